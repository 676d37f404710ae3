"""Azure under a plan."""

import pytest

from work365.domain.microsoft.azure import AzureEntitlement, Registration


def test_an_entitlement_names_the_plan_that_it_is_under() -> None:
    entitlement = AzureEntitlement(id="e1", name="Azure", status="active", plan="s1")

    assert entitlement.plan == "s1"
    assert entitlement.id != entitlement.plan


@pytest.mark.parametrize("spelled", ["notregistered", "registering", "registered"])
def test_registrations_are_spelled_as_partner_center_does(spelled: str) -> None:
    assert Registration(spelled).value == spelled
