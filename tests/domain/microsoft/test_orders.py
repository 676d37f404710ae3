"""What is bought, and what became of it."""

import pytest

from work365.domain.catalog import BillingPlan
from work365.domain.microsoft.orders import Checkout, LineRefusal, OrderStatus, Purchase


def test_nobody_attests_without_being_asked() -> None:
    purchase = Purchase(part_number="P:0001", quantity=1, term=None, plan=BillingPlan.NONE)

    assert not purchase.partner_on_record_attested
    assert purchase.provisioning == ()


def test_a_checkout_can_have_bought_nothing() -> None:
    refusal = LineRefusal(line=None, code="13605", description="No agreement")

    assert Checkout(orders=(), refusals=(refusal,)).refusals == (refusal,)


@pytest.mark.parametrize("spelled", ["pending", "completed", "failed", "cancelled"])
def test_states_are_spelled_as_partner_center_does(spelled: str) -> None:
    assert OrderStatus(spelled).value == spelled
