from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from tests.usecases.fake_catalog import TODAY, a_subscription
from work365.domain.catalog import BillingPlan, SubscriptionStatus, Term
from work365.domain.changes import Change, Status
from work365.domain.microsoft.comparison import differences, term_end
from work365.ports.catalog import KeptSubscription

EARLY = datetime(2026, 1, 1, tzinfo=UTC)


def an_entry(quantity: int, on: date = date(2026, 1, 1), status: Status | None = None) -> Change:
    key = f"{on} {quantity} {status}"
    return Change(
        key=key, effective_on=on, recorded_at=EARLY, quantity=Decimal(quantity), status=status
    )


def kept(*changes: Change) -> KeptSubscription:
    return KeptSubscription(
        key="s-1",
        contract=None,
        term="P1Y",
        plan="Monthly",
        term_end_on=date(2027, 1, 1),
        auto_renew=True,
        changes=changes,
    )


def test_the_same_differs_in_nothing() -> None:
    found = differences(a_subscription(), kept(an_entry(10)), today=TODAY)

    assert list(found) == []


def test_the_quantity_is_the_sum_of_the_log() -> None:
    log = kept(an_entry(12), an_entry(-2, date(2026, 2, 1)), an_entry(5, date(2026, 4, 1)))

    found = differences(a_subscription(), log, today=TODAY)

    assert list(found) == []


def test_another_quantity_is_told_with_the_day_and_the_remedy() -> None:
    [found] = differences(a_subscription(quantity=12), kept(an_entry(10)), today=TODAY)

    assert found.field == "quantity"
    assert found.remedy == (
        "Microsoft says 12, the change log says 10 on 2026-03-01; add a change or run the sync"
    )


def test_one_that_has_not_started_is_compared_as_of_its_start() -> None:
    start = date(2026, 5, 1)

    found = differences(
        a_subscription(effective_start=start), kept(an_entry(10, start)), today=TODAY
    )

    assert list(found) == []


@pytest.mark.parametrize("status", [SubscriptionStatus.EXPIRED, SubscriptionStatus.DELETED])
def test_what_ended_at_the_provider_and_is_charged_here_is_told(
    status: SubscriptionStatus,
) -> None:
    [found] = differences(a_subscription(status=status), kept(an_entry(10)), today=TODAY)

    assert found.code == "ended_at_the_provider"
    assert found.value == status.value
    assert "goes on being charged" in found.remedy


def test_what_ended_at_the_provider_and_here_is_not_told() -> None:
    ended = a_subscription(status=SubscriptionStatus.DELETED)
    cancelled = an_entry(0, date(2026, 2, 1), Status.CANCELLED)

    assert list(differences(ended, kept(an_entry(10), cancelled), today=TODAY)) == []
    assert list(differences(ended, kept(), today=TODAY)) == []


@pytest.mark.parametrize("status", [SubscriptionStatus.ACTIVE, SubscriptionStatus.SUSPENDED])
def test_what_ended_here_and_is_charged_by_the_provider_is_told(
    status: SubscriptionStatus,
) -> None:
    log = kept(an_entry(10), an_entry(0, date(2026, 2, 1), Status.CANCELLED))

    [found] = differences(a_subscription(status=status), log, today=TODAY)

    assert found.code == "not_charged_here"
    assert "the change log says cancelled on 2026-03-01" in found.remedy


@pytest.mark.parametrize(
    ("field", "name", "value", "said"),
    [
        ("term", "termDuration", Term.MONTH, "P1M"),
        ("plan", "billingCycle", BillingPlan.ANNUAL, "Annual"),
        ("commitment_last_day", "commitmentEndDate", date(2027, 12, 31), "2028-01-01"),
        ("auto_renew", "autoRenewEnabled", False, "no"),
    ],
)
def test_other_terms_are_told(field: str, name: str, value: object, said: str) -> None:
    given = a_subscription(**{field: value})

    [found] = differences(given, kept(an_entry(10)), today=TODAY)

    assert (found.field, found.code, found.value) == (name, "terms_differ", said)


def test_a_kept_value_that_is_missing_is_told() -> None:
    log = replace(kept(an_entry(10)), term_end_on=None)

    [found] = differences(a_subscription(), log, today=TODAY)

    assert "kept is nothing" in found.remedy


def test_what_the_provider_leaves_out_does_not_differ() -> None:
    given = a_subscription(term=None, plan=None, commitment_last_day=None)

    assert list(differences(given, kept(an_entry(10)), today=TODAY)) == []


def test_a_term_ends_on_the_day_after_its_last() -> None:
    assert term_end(a_subscription(commitment_last_day=date(2026, 12, 31))) == date(2027, 1, 1)
    assert term_end(a_subscription(commitment_last_day=None)) is None
