"""The whole subscription that a change is sent with."""

from datetime import date
from typing import Any

import pytest

from work365.adapters.partner_center.subscription_bodies import (
    AvailabilityMissing,
    ScheduleSpelling,
    body_with,
)
from work365.domain.catalog import BillingPlan, SubscriptionStatus, Term
from work365.domain.microsoft.subscription_edits import SubscriptionEdit
from work365.domain.microsoft.subscriptions import NextTerm, TermEnd

SPELLING = ScheduleSpelling.SCHEDULED_TYPE
INSTRUCTIONS = {
    "product": {"productId": "P", "skuId": "0001", "availabilityId": "A"},
    "quantity": 9,
}
CUSTOM = {"scheduledType": "CustomDate", "actionType": "Cancel", "effectiveDate": "2026-05-01"}


def body(**fields: Any) -> dict[str, Any]:
    return {
        "id": "s1",
        "offerId": "PRODUCT:0001:AVAIL",
        "quantity": 5,
        "billingCycle": "monthly",
        "termDuration": "P1Y",
        "autoRenewEnabled": True,
        "status": "active",
        **fields,
    }


def edited(before: dict[str, Any], **edit: Any) -> dict[str, Any]:
    return body_with(before, SubscriptionEdit(**edit), SPELLING)


def at_end(action: str, **more: Any) -> dict[str, Any]:
    return {"scheduledType": "TermEnd", "actionType": action, **more}


@pytest.mark.parametrize(
    ("edit", "changed"),
    [
        ({"quantity": 7}, {"quantity": 7}),
        ({"status": SubscriptionStatus.DELETED}, {"status": "deleted"}),
        ({"friendly_name": "Sales"}, {"friendlyName": "Sales"}),
        ({"plan": BillingPlan.ANNUAL}, {"billingCycle": "annual"}),
        (
            {"term": Term.THREE_YEARS, "plan": BillingPlan.TRIENNIAL},
            {"termDuration": "P3Y", "billingCycle": "triennial"},
        ),
    ],
)
def test_only_what_is_named_changes(edit: dict[str, Any], changed: dict[str, Any]) -> None:
    before = body(unknown={"kept": [1]}, scheduledNextTermInstructions=INSTRUCTIONS)

    assert edited(before, **edit) == {**before, **changed}


def test_the_answer_itself_is_left_as_it_was() -> None:
    before = body()

    edited(before, quantity=7, term_end=TermEnd.CANCEL)

    assert before == body()


def test_a_cancellation_at_the_end_is_said_and_clears_the_next_term() -> None:
    result = edited(body(scheduledNextTermInstructions=INSTRUCTIONS), term_end=TermEnd.CANCEL)

    assert result["autoRenewEnabled"] is False
    assert result["scheduledActions"] == [at_end("Cancel")]
    assert result["scheduledNextTermInstructions"] is None


def test_what_is_scheduled_for_another_day_stays() -> None:
    before = body(scheduledActions=[CUSTOM, at_end("RenewToNewTerm")])

    assert edited(before, term_end=TermEnd.EXTEND)["scheduledActions"] == [
        CUSTOM,
        at_end("RenewToExtendedServiceTerm"),
    ]


def test_turning_auto_renewal_on_keeps_what_the_next_term_was_to_be() -> None:
    before = body(autoRenewEnabled=False, scheduledNextTermInstructions=INSTRUCTIONS)

    result = edited(before, term_end=TermEnd.RENEW)

    assert result["autoRenewEnabled"] is True
    assert result["scheduledNextTermInstructions"] == INSTRUCTIONS
    assert result["scheduledActions"] == [at_end("RenewToNewTerm", instructions=INSTRUCTIONS)]


@pytest.mark.parametrize(
    ("before", "term_end"),
    [
        (body(), TermEnd.RENEW),
        (body(autoRenewEnabled=False, scheduledActions=[at_end("Cancel")]), TermEnd.CANCEL),
        (
            body(
                autoRenewEnabled=False,
                scheduledActions=[
                    {"scheduleType": "termEnd", "actionType": "RenewToExtendedServiceTerm"}
                ],
            ),
            TermEnd.EXTEND,
        ),
    ],
)
def test_what_ends_so_already_stays_as_it_is(before: dict[str, Any], term_end: TermEnd) -> None:
    assert edited(before, term_end=term_end) == before


def test_auto_renewal_that_is_off_without_an_action_is_not_taken_for_a_cancellation() -> None:
    result = edited(body(autoRenewEnabled=False), term_end=TermEnd.CANCEL)

    assert result["scheduledActions"] == [at_end("Cancel")]


def test_the_next_term_is_as_now_where_nothing_else_is_said() -> None:
    result = edited(body(), term_end=TermEnd.RENEW, next_term=NextTerm(quantity=3))

    assert result["scheduledNextTermInstructions"] == {
        "product": {
            "productId": "PRODUCT",
            "skuId": "0001",
            "availabilityId": "AVAIL",
            "billingCycle": "monthly",
            "termDuration": "P1Y",
        },
        "quantity": 3,
    }


def test_the_next_term_can_be_another_product_until_a_day() -> None:
    next_term = NextTerm(
        part_number="OTHER:0002",
        availability="FRESH",
        term=Term.MONTH,
        plan=BillingPlan.MONTHLY,
        promotion="PROMO",
        end_on=date(2026, 7, 31),
    )

    result = edited(body(), term_end=TermEnd.TRANSITION, next_term=next_term)

    instructions = {
        "product": {
            "productId": "OTHER",
            "skuId": "0002",
            "availabilityId": "FRESH",
            "billingCycle": "Monthly",
            "termDuration": "P1M",
            "promotionId": "PROMO",
        },
        "quantity": 5,
        "customTermEndDate": "2026-07-31T00:00:00Z",
    }
    assert result["scheduledActions"] == [at_end("Transition", instructions=instructions)]


def test_another_product_needs_an_availability_of_its_own() -> None:
    next_term = NextTerm(part_number="OTHER:0002")

    with pytest.raises(AvailabilityMissing, match="OTHER:0002"):
        edited(body(), term_end=TermEnd.RENEW, next_term=next_term)


def test_how_the_kind_of_schedule_is_spelled_is_a_setting() -> None:
    edit = SubscriptionEdit(term_end=TermEnd.CANCEL)

    result = body_with(body(), edit, ScheduleSpelling.SCHEDULE_TYPE)

    assert result["scheduledActions"] == [{"scheduleType": "TermEnd", "actionType": "Cancel"}]
