"""Templates of agreements."""

from dataclasses import replace

from work365.domain.microsoft.agreements import AgreementTemplate
from work365.domain.microsoft.customers import AgreementType


def test_the_template_in_force_is_the_one_with_the_highest_rank() -> None:
    old = AgreementTemplate(
        id="a", type=AgreementType.CUSTOMER_AGREEMENT, link="https://aka.ms/agreement", rank=0
    )
    new = replace(old, id="b", rank=1)

    assert max((old, new), key=lambda template: template.rank) is new
    assert old.type.value == "MicrosoftCustomerAgreement"
