"""Customers as Partner Center lists them."""

import pytest

from work365.domain.microsoft.customers import AgreementType, SeenCustomer


def test_what_partner_center_does_not_say_is_absent() -> None:
    seen = SeenCustomer(tenant="t1", name="Contoso")

    assert (seen.domain, seen.relationship, seen.reseller) == (None, None, None)


@pytest.mark.parametrize("spelled", ["MicrosoftCustomerAgreement", "MicrosoftCloudAgreement"])
def test_agreements_are_spelled_as_partner_center_does(spelled: str) -> None:
    assert AgreementType(spelled).value == spelled
