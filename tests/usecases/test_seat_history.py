from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from tests.usecases.fake_catalog import a_contract, a_price, a_subscription
from tests.usecases.fake_catalog import as_kept as kept_of
from tests.usecases.provider_ends import logged, seen
from work365.domain.microsoft.audit import AuditRecord
from work365.ports.catalog import KeptSubscription, Opening
from work365.usecases.seat_history import SeatChange, drift_since, seat_history

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)


def on(day: int, hour: int = 12) -> datetime:
    return datetime(2026, 2, day, hour, tzinfo=UTC)


def ten_seats() -> KeptSubscription:
    return kept_of(
        Opening(
            provided=a_subscription(),
            tenant="t",
            contract=a_contract(),
            price=a_price(),
            term_end_on=date(2027, 1, 1),
            source="a file",
            recorded_at=NOW,
        )
    )


def entries(quantity: int, *changes: SeatChange, before: int | None = 10) -> list[tuple[date, int]]:
    found = drift_since(
        logged(ten_seats(), seen_quantity=before), seen(quantity), changes, recorded_at=NOW
    )
    return [(each.change.effective_on, int(each.change.quantity)) for each in found.changes]


def record(before: str | None, after: str | None, **given: object) -> AuditRecord:
    made = AuditRecord(
        id="r-1",
        at=on(3),
        operation="update_subscription",
        succeeded=True,
        resource="Subscription",
        customer="t",
        application=None,
        user=None,
        old_value=before,
        new_value=after,
    )
    return replace(made, **given)  # type: ignore[arg-type]  # fields are given by name


class TestRecords:
    def test_tell_when_seats_came_in_either_spelling(self) -> None:
        history = seat_history(
            [
                record('{"id":"S-1","quantity":12}', '{"id":"S-1","quantity":15}', at=on(9)),
                record('{"Id":"S-1","Quantity":10}', '{"Id":"S-1","Quantity":12}'),
            ]
        )

        assert history == {"s-1": (SeatChange(on(3), 10, 12), SeatChange(on(9), 12, 15))}

    @pytest.mark.parametrize(
        "told",
        [
            record(None, '{"id":"s-1","quantity":12}'),
            record("not JSON", '{"id":"s-1","quantity":12}'),
            record("[1]", '{"id":"s-1","quantity":12}'),
            record('{"id":"s-1","quantity":"10"}', '{"id":"s-1","quantity":12}'),
            record('{"quantity":10}', '{"quantity":12}'),
            record('{"id":"s-1","quantity":12}', '{"id":"s-1","quantity":12}'),
            record('{"id":"s-1","quantity":10}', '{"id":"s-1","quantity":12}', succeeded=False),
            record('{"id":"s-1","quantity":10}', '{"id":"s-1","quantity":12}', resource="order"),
            record("[" * 100_000, '{"id":"s-1","quantity":12}'),
        ],
    )
    def test_that_do_not_say_it_are_no_help(self, told: AuditRecord) -> None:
        assert seat_history([told]) == {}


class TestChangesAtMicrosoft:
    def test_without_records_hold_from_the_day_on_which_they_were_seen(self) -> None:
        assert entries(12) == [(NOW.date(), 2)]

    def test_hold_each_from_its_own_day(self) -> None:
        steps = SeatChange(on(3), 10, 12), SeatChange(on(9), 12, 15)

        assert entries(15, *steps) == [(date(2026, 2, 3), 2), (date(2026, 2, 9), 3)]

    def test_hold_from_the_day_in_utc_on_which_they_were_made(self) -> None:
        assert entries(12, SeatChange(on(3, 23), 10, 12)) == [(date(2026, 2, 3), 2)]

    def test_that_are_in_our_log_already_are_not_entered_again(self) -> None:
        assert entries(10, SeatChange(on(3), 8, 10)) == []

    def test_before_what_our_log_says_are_left_alone(self) -> None:
        steps = SeatChange(on(3), 8, 10), SeatChange(on(9), 10, 12)

        assert entries(12, *steps) == [(date(2026, 2, 9), 2)]

    def test_with_a_gap_are_one_on_the_day_of_the_last(self) -> None:
        steps = SeatChange(on(3), 10, 11), SeatChange(on(9), 13, 15)

        assert entries(15, *steps) == [(date(2026, 2, 9), 5)]

    def test_that_lead_elsewhere_do_not_count(self) -> None:
        assert entries(12, SeatChange(on(3), 10, 99)) == [(NOW.date(), 2)]

    def test_are_none_where_microsoft_shows_what_it_did_before(self) -> None:
        found = drift_since(
            logged(ten_seats(), seen_quantity=12),
            seen(12),
            [SeatChange(on(3), 10, 12)],
            recorded_at=NOW,
        )

        assert found.changes == ()
        assert [str(each.intent) for each in found.repairs] == ["10 seats instead of 12"]

    def test_have_keys_by_which_they_are_entered_once(self) -> None:
        steps = [SeatChange(on(3), 10, 12), SeatChange(on(9), 12, 15)]
        ours = logged(ten_seats())

        first = drift_since(ours, seen(15), steps, recorded_at=NOW)
        again = drift_since(ours, seen(15), steps, recorded_at=on(28))

        assert [each.change.key for each in first.changes] == [
            each.change.key for each in again.changes
        ]
        assert len({each.change.key for each in first.changes}) == 2
        assert sum(each.change.quantity for each in first.changes) == Decimal(5)
