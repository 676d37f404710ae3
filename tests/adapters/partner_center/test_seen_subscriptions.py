"""What Partner Center says of a subscription beyond what is billed."""

from datetime import UTC, datetime
from typing import Any

import pytest

from work365.adapters.partner_center.files import Row
from work365.adapters.partner_center.reading import nested
from work365.adapters.partner_center.seen_subscriptions import read_seen
from work365.domain.catalog import BillingPlan
from work365.domain.microsoft.subscriptions import RefundableSeats, SeenSubscription, TermEnd

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def read(**fields: Any) -> tuple[SeenSubscription | None, Row]:
    body = {
        "id": "S1",
        "offerId": "PRODUCT:0001:AVAIL",
        "offerName": "Mail",
        "quantity": 5,
        "effectiveStartDate": "2026-01-01T00:00:00Z",
        "status": "active",
        "autoRenewEnabled": True,
        **fields,
    }
    row = Row("list", 1, nested(body))
    return read_seen(row, tenant="t1", seen_at=NOW), row


def seen(**fields: Any) -> SeenSubscription:
    found, row = read(**fields)
    assert found is not None, row.findings
    return found


@pytest.mark.parametrize("spelling", ["scheduledType", "scheduleType"])
@pytest.mark.parametrize(
    ("action", "term_end"),
    [
        ("RenewToNewTerm", TermEnd.RENEW),
        ("Cancel", TermEnd.CANCEL),
        ("RenewToExtendedServiceTerm", TermEnd.EXTEND),
        ("Transition", TermEnd.TRANSITION),
    ],
)
def test_both_spellings_of_a_schedule_are_read(
    spelling: str, action: str, term_end: TermEnd
) -> None:
    told = [{spelling: "TermEnd", "actionType": action}]

    assert seen(scheduledActions=told, autoRenewEnabled=False).term_end is term_end


def test_what_becomes_of_it_without_renewal_and_action_is_not_said() -> None:
    assert seen(autoRenewEnabled=False).term_end is None
    assert seen(autoRenewEnabled=True).term_end is TermEnd.RENEW


def test_an_action_counts_before_the_older_instructions() -> None:
    action = {
        "scheduledType": "TermEnd",
        "actionType": "RenewToNewTerm",
        "instructions": {"quantity": 3},
    }

    found = seen(scheduledActions=[action], scheduledNextTermInstructions={"quantity": 9})

    assert found.next_term is not None
    assert found.next_term.quantity == 3


def test_what_is_scheduled_for_another_day_is_told_and_the_rest_is_read() -> None:
    custom = {"scheduledType": "CustomDate", "actionType": "Cancel"}

    found, row = read(scheduledActions=[custom])

    assert found is not None
    assert found.term_end is TermEnd.RENEW
    assert [finding.code for finding in row.findings] == ["scheduled_action_not_read"]


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        (
            {"scheduledActions": [{"scheduledType": "TermEnd", "actionType": "Sing"}]},
            "scheduledActions[1].actionType",
        ),
        ({"scheduledActions": "none"}, "scheduledActions"),
        ({"scheduledActions": [3]}, "scheduledActions[1].row"),
        (
            {"refundableQuantity": {"details": [{"quantity": 2}]}},
            "refundableQuantity.details[1].allowedUntilDateTime",
        ),
        (
            {"scheduledNextTermInstructions": {"product": {"termDuration": "P6M"}}},
            "scheduledNextTermInstructions.product.termDuration",
        ),
        ({"scheduledNextTermInstructions": 3}, "scheduledNextTermInstructions"),
        ({"cancellationAllowedUntilDate": "soon"}, "cancellationAllowedUntilDate"),
    ],
)
def test_what_cannot_be_read_is_found_where_it_stands(fields: dict[str, Any], path: str) -> None:
    found, row = read(**fields)

    assert found is None
    assert [finding.path for finding in row.findings] == [f"list#1/{path}"]


def test_seats_that_can_be_given_back_are_read_by_batch() -> None:
    batches = [
        {"quantity": 2, "allowedUntilDateTime": "2026-03-08T10:11:12.987Z"},
        {"quantity": 0, "allowedUntilDateTime": "2026-03-09T00:00:00Z"},
    ]

    assert seen(refundableQuantity={"totalQuantity": 2, "details": batches}).refundable == (
        RefundableSeats(2, datetime(2026, 3, 8, 10, 11, 12, tzinfo=UTC)),
    )


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({}, None),
        ({"refundableQuantity": None}, None),
        ({"refundableQuantity": {"totalQuantity": 4}}, None),
        ({"refundableQuantity": {"totalQuantity": 4, "details": []}}, None),
        ({"refundableQuantity": {"totalQuantity": 0}}, ()),
        ({"refundableQuantity": {"totalQuantity": 0, "details": []}}, ()),
        ({"refundableQuantity": {"details": []}}, ()),
    ],
)
def test_no_seats_that_can_be_given_back_are_told_from_nothing_said(
    fields: dict[str, Any], says: tuple[()] | None
) -> None:
    assert seen(**fields).refundable == says


@pytest.mark.parametrize(
    ("options", "until"),
    [
        (None, None),
        ([], None),
        ([{"type": "Partial", "expiresAt": "2026-03-08T00:00:00Z"}], None),
        ([{"type": "Full", "expiresAt": None}], None),
        (
            [
                {"type": "full", "expiresAt": "2026-03-02T10:00:00+00:00"},
                {"type": "Full", "expiresAt": "2026-03-01T10:00:00Z"},
                {"type": "Partial", "expiresAt": "2026-03-08T00:00:00Z"},
            ],
            datetime(2026, 3, 2, 10, tzinfo=UTC),
        ),
    ],
)
def test_how_long_all_is_paid_back_is_microsofts_own_word(
    options: list[dict[str, Any]] | None, until: datetime | None
) -> None:
    assert seen(refundOptions=options).full_refund_until == until


def test_a_plan_that_changes_with_the_next_charge_is_read() -> None:
    told = {"product": {"billingCycle": "annual"}}

    assert seen(nextChargeInstructions=told).next_plan is BillingPlan.ANNUAL


def test_the_extended_term_is_known_by_its_name() -> None:
    assert seen(offerName="Mail (Extended Service Term)").in_extended_term
    assert not seen().in_extended_term


def test_a_product_of_another_publisher_is_known_where_it_is_said() -> None:
    assert not seen(isMicrosoftProduct=False).is_microsoft
    assert seen().is_microsoft


def test_an_end_that_stands_for_none_is_none() -> None:
    found = seen(
        commitmentEndDate="9999-12-14T00:00:00Z", commitmentEndDateTime="0001-01-01T00:00:00Z"
    )

    assert found.commitment_end_at is None
    assert found.provided.commitment_last_day is None
