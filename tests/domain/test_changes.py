from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.domain.strategies import CHANGES_MAX, contracts, subscriptions
from work365.domain.changes import (
    Change,
    NegativeQuantity,
    PriceMissing,
    Standing,
    Status,
    UnitPrice,
    quantity_on,
    standings,
)

START = date(2026, 1, 1)
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
LATER = NOON + timedelta(hours=1)
PRICE = UnitPrice(Decimal("12.40"), 1)
DEARER = UnitPrice(Decimal("13.00"), 1)
OPENING = Change("1", START, NOON, Decimal(10), PRICE)
FAR_OFF = date(2030, 1, 1)

logs = (
    contracts()
    .flatmap(lambda contract: subscriptions(contract, 1, CHANGES_MAX))
    .map(lambda subscription: subscription.changes)
)
days = st.dates(date(2022, 12, 1), date(2026, 1, 1))


class TestStandings:
    def test_no_changes_are_no_standings(self) -> None:
        assert standings([], through=FAR_OFF) == []

    def test_seats_add_up_from_the_day_they_are_effective(self) -> None:
        more = Change("2", date(2026, 1, 11), NOON, Decimal(3))

        assert standings([more, OPENING], through=FAR_OFF) == [
            Standing(START, Decimal(10), PRICE),
            Standing(date(2026, 1, 11), Decimal(13), PRICE),
        ]

    def test_a_price_without_seats_alters_the_price_alone(self) -> None:
        dearer = Change("2", date(2026, 1, 11), NOON, price=DEARER)

        assert standings([OPENING, dearer], through=FAR_OFF) == [
            Standing(START, Decimal(10), PRICE),
            Standing(date(2026, 1, 11), Decimal(10), DEARER),
        ]

    def test_entries_of_one_day_count_together(self) -> None:
        changes = [Change("2", START, NOON, Decimal(3)), OPENING]

        assert standings(changes, through=FAR_OFF) == [Standing(START, Decimal(13), PRICE)]

    def test_seats_may_come_and_go_within_a_day(self) -> None:
        fewer = Change("0", START, NOON - timedelta(hours=1), Decimal(-3))

        assert standings([fewer, OPENING], through=FAR_OFF) == [Standing(START, Decimal(7), PRICE)]

    @pytest.mark.parametrize(
        ("first", "second", "expected"), [(PRICE, DEARER, DEARER), (DEARER, PRICE, PRICE)]
    )
    def test_of_two_prices_on_one_day_the_one_recorded_last_holds(
        self, first: UnitPrice, second: UnitPrice, expected: UnitPrice
    ) -> None:
        # The keys are the other way round, so that it is not they that decide.
        changes = [
            Change("a", START, LATER, Decimal(1), second),
            Change("b", START, NOON, price=first),
        ]

        assert standings(changes, through=FAR_OFF) == [Standing(START, Decimal(1), expected)]

    def test_keys_decide_between_prices_recorded_at_one_time(self) -> None:
        changes = [Change("b", START, NOON, price=DEARER), OPENING]

        assert standings(changes, through=FAR_OFF) == [Standing(START, Decimal(10), DEARER)]

    @pytest.mark.parametrize("status", [one for one in Status if one is not Status.ACTIVE])
    def test_seats_that_are_not_active_are_not_charged_and_not_forgotten(
        self, status: Status
    ) -> None:
        changes = [
            OPENING,
            Change("2", date(2026, 1, 11), NOON, status=status),
            Change("3", date(2026, 1, 15), NOON, Decimal(2)),
            Change("4", date(2026, 1, 21), NOON, status=Status.ACTIVE),
        ]

        assert standings(changes, through=FAR_OFF) == [
            Standing(START, Decimal(10), PRICE),
            Standing(date(2026, 1, 11), Decimal(0), PRICE, unrefunded=Decimal(10)),
            Standing(date(2026, 1, 21), Decimal(12), PRICE),
        ]

    @pytest.mark.parametrize(
        ("through", "seats"), [(date(2026, 1, 10), 10), (date(2026, 1, 11), 13)]
    )
    def test_a_later_entry_does_not_exist_yet(self, through: date, seats: int) -> None:
        more = Change("2", date(2026, 1, 11), NOON, Decimal(3))

        assert standings([OPENING, more], through=through)[-1].quantity == seats

    def test_a_change_that_changes_nothing_is_no_standing(self) -> None:
        same = Change("2", date(2026, 1, 11), NOON, price=UnitPrice(Decimal("12.400"), 1))

        assert standings([OPENING, same], through=FAR_OFF) == [Standing(START, Decimal(10), PRICE)]

    def test_taking_away_more_than_there_is_is_refused(self) -> None:
        fewer = Change("2", date(2026, 1, 11), NOON, Decimal(-11))

        with pytest.raises(NegativeQuantity) as refused:
            standings([OPENING, fewer], through=FAR_OFF)

        assert str(refused.value) == (
            "change 2: the quantity would be -1 from 2026-01-11 on; correct the quantity or its"
            " date by a further change"
        )

    def test_seats_that_are_not_active_may_not_fall_below_zero_either(self) -> None:
        ended = Change("2", date(2026, 1, 11), NOON, Decimal(-11), status=Status.CANCELLED)

        with pytest.raises(NegativeQuantity):
            standings([OPENING, ended], through=FAR_OFF)

    def test_seats_without_a_price_are_refused(self) -> None:
        seats = Change("1", START, NOON, Decimal(1))

        with pytest.raises(PriceMissing) as refused:
            standings([seats], through=FAR_OFF)

        assert str(refused.value) == (
            "change 1: 1 units from 2026-01-01 on have no price; add a change with the unit price"
            " and the months it pays for"
        )

    def test_the_last_entry_of_the_day_is_named_where_a_price_is_missing(self) -> None:
        seats = [Change(key, START, NOON, Decimal(1)) for key in ("1", "2")]
        priced = Change("3", date(2026, 1, 2), NOON, price=PRICE)

        with pytest.raises(PriceMissing, match="change 2: 2 units from 2026-01-01"):
            standings([*seats, priced], through=FAR_OFF)

    def test_what_is_not_charged_needs_no_price(self) -> None:
        trial = Change("1", START, NOON, Decimal(1), status=Status.SUSPENDED)

        assert standings([trial], through=FAR_OFF) == []

    def test_what_does_not_exist_yet_is_not_refused(self) -> None:
        fewer = Change("2", date(2026, 1, 11), NOON, Decimal(-11))

        assert len(standings([OPENING, fewer], through=date(2026, 1, 10))) == 1

    @given(logs, days)
    def test_every_day_stands_as_adding_up_its_log_says(
        self, log: tuple[Change, ...], day: date
    ) -> None:
        past = sorted(
            (change for change in log if change.effective_on <= day),
            key=lambda change: (change.effective_on, change.recorded_at, change.key),
        )
        seats = sum((change.quantity for change in past), Decimal(0))
        status = next((c.status for c in reversed(past) if c.status), Status.ACTIVE)
        price = next((c.price for c in reversed(past) if c.price), None)

        levels = [level for level in standings(log, through=FAR_OFF) if level.start <= day]

        charged = seats if status is Status.ACTIVE else Decimal(0)
        stands = levels[-1] if levels else Standing(day, Decimal(0), None)
        assert (stands.quantity, stands.price) == (charged, price)

    @given(logs)
    def test_standings_follow_each_other_and_differ(self, log: tuple[Change, ...]) -> None:
        levels = standings(log, through=FAR_OFF)

        for before, after in pairwise(levels):
            assert before.start < after.start
            assert before[1:] != after[1:]

    @given(logs, st.data())
    def test_the_order_of_the_log_does_not_matter(
        self, log: tuple[Change, ...], data: st.DataObject
    ) -> None:
        shuffled = data.draw(st.permutations(log))

        assert standings(shuffled, through=FAR_OFF) == standings(log, through=FAR_OFF)


class TestUnrefunded:
    def unrefunded(
        self, *changes: Change, refunds: bool = True, last_day_counts: bool = False
    ) -> list[tuple[int, int, int]]:
        levels = standings(
            [OPENING, *changes],
            through=FAR_OFF,
            refunds=refunds,
            last_day_counts=last_day_counts,
        )
        return [(level.start.day, int(level.quantity), int(level.unrefunded)) for level in levels]

    def on(self, day: int, quantity: int, **facts: Any) -> Change:
        return replace(Change(f"on-{day}", date(2026, 1, day), NOON, Decimal(quantity)), **facts)

    def test_is_what_was_taken_away_without_asking_for_a_refund(self) -> None:
        assert self.unrefunded(self.on(5, -3), self.on(9, -2)) == [
            (1, 10, 0),
            (5, 7, 3),
            (9, 5, 5),
        ]

    @pytest.mark.parametrize(
        ("refunds", "asked", "expected"),
        [(True, True, 0), (True, False, 3), (False, True, 3), (False, False, 3)],
    )
    def test_is_nothing_where_the_policy_and_the_entry_give_a_refund(
        self, refunds: bool, asked: bool, expected: int
    ) -> None:
        fewer = self.on(5, -3, refund=asked)

        assert self.unrefunded(fewer, refunds=refunds)[-1] == (5, 7, expected)

    def test_shrinks_as_units_are_had_again_and_never_below_nothing(self) -> None:
        assert self.unrefunded(self.on(5, -3), self.on(9, 2), self.on(12, 4), self.on(15, -1)) == [
            (1, 10, 0),
            (5, 7, 3),
            (9, 9, 1),
            (12, 13, 0),
            (15, 12, 1),
        ]

    def test_shrinks_whether_or_not_more_units_ask_for_a_refund(self) -> None:
        more = self.on(9, 2, refund=True)

        assert self.unrefunded(self.on(5, -3), more)[-1] == (9, 9, 1)

    def test_stays_where_further_units_are_refunded(self) -> None:
        refunded = self.on(9, -2, refund=True)

        assert self.unrefunded(self.on(5, -3), refunded)[-1] == (9, 5, 3)

    def test_one_entry_that_asks_speaks_for_its_day(self) -> None:
        asks = replace(self.on(5, -2, refund=True), key="asks")

        assert self.unrefunded(asks, self.on(5, -1)) == [(1, 10, 0), (5, 7, 0)]

    def test_counts_the_units_of_what_is_paused(self) -> None:
        paused = self.on(5, 0, status=Status.PAUSED)
        resumed = self.on(9, 0, status=Status.ACTIVE)

        assert self.unrefunded(paused, resumed) == [(1, 10, 0), (5, 0, 10), (9, 10, 0)]

    def test_is_kept_beside_a_price_that_changes(self) -> None:
        assert self.unrefunded(self.on(5, -3), self.on(9, 0, price=DEARER)) == [
            (1, 10, 0),
            (5, 7, 3),
            (9, 7, 3),
        ]


class TestTheLastDayCounts:
    def levels(self, change: Change, *, through: date = FAR_OFF) -> list[tuple[date, int]]:
        levels = standings([OPENING, change], through=through, last_day_counts=True)
        return [(level.start, int(level.quantity)) for level in levels]

    def test_of_a_cancellation(self) -> None:
        cancelled = Change("2", date(2026, 1, 11), NOON, status=Status.CANCELLED)

        assert self.levels(cancelled) == [(START, 10), (date(2026, 1, 12), 0)]

    @pytest.mark.parametrize("status", [None, Status.SUSPENDED, Status.PAUSED])
    def test_of_nothing_else(self, status: Status | None) -> None:
        fewer = Change("2", date(2026, 1, 11), NOON, Decimal(-10), status=status)

        assert self.levels(fewer) == [(START, 10), (date(2026, 1, 11), 0)]

    def test_a_cancellation_is_known_on_its_own_day(self) -> None:
        cancelled = Change("2", date(2026, 1, 11), NOON, status=Status.CANCELLED)

        assert self.levels(cancelled, through=date(2026, 1, 10)) == [(START, 10)]
        assert self.levels(cancelled, through=date(2026, 1, 11))[-1] == (date(2026, 1, 12), 0)

    def test_only_where_that_is_agreed(self) -> None:
        cancelled = Change("2", date(2026, 1, 11), NOON, status=Status.CANCELLED)

        assert standings([OPENING, cancelled], through=FAR_OFF)[-1].start == date(2026, 1, 11)


class TestPricedByAModel:
    def test_seats_need_no_price_in_the_log(self) -> None:
        seats = Change("1", START, NOON, Decimal(4))

        assert standings([seats], through=FAR_OFF, priced_by_log=False) == [
            Standing(START, Decimal(4), None)
        ]


class TestContent:
    def test_names_every_fact(self) -> None:
        change = Change("1", START, NOON, Decimal(-3), PRICE, Status.CANCELLED)

        assert change.content == "2026-01-01 -3 12.4/1 cancelled 2026-01-01T12:00:00+00:00"

    def test_what_the_entry_does_not_name_is_a_dash(self) -> None:
        assert Change("1", START, NOON).content == "2026-01-01 0 - -"

    def test_a_refund_that_is_asked_for_is_told(self) -> None:
        fewer = Change("1", START, NOON, Decimal(-3), refund=True)

        assert fewer.content == "2026-01-01 -3 - - refunded"

    def test_the_same_number_written_longer_is_the_same_content(self) -> None:
        longer = Change("1", START, NOON, Decimal("10.000"), UnitPrice(Decimal("12.4000"), 1))

        assert longer.content == OPENING.content

    @pytest.mark.parametrize(
        "edited",
        [
            Change("1", date(2026, 1, 2), NOON, Decimal(10), PRICE),
            Change("1", START, NOON, Decimal(100), PRICE),
            Change("1", START, NOON, Decimal(10), DEARER),
            Change("1", START, NOON, Decimal(10), UnitPrice(PRICE.amount, 12)),
            Change("1", START, NOON, Decimal(10)),
            Change("1", START, NOON, Decimal(10), PRICE, Status.ACTIVE),
            Change("1", START, NOON, Decimal(10), PRICE, refund=True),
        ],
        ids=["day", "seats", "price", "months", "no price", "status", "refund"],
    )
    def test_every_edit_is_noticed(self, edited: Change) -> None:
        assert edited.content != OPENING.content


class TestQuantityOn:
    def test_counts_what_is_effective_by_the_day(self) -> None:
        later = Change("2", date(2026, 3, 1), NOON, Decimal(3))

        assert quantity_on([OPENING, later], date(2026, 2, 28)) == OPENING.quantity
        assert quantity_on([OPENING, later], date(2026, 3, 1)) == OPENING.quantity + 3

    def test_is_nothing_before_the_first_entry(self) -> None:
        assert quantity_on([OPENING], date(2025, 1, 1)) == 0


class TestTheLastDay:
    """Of a cancellation, where it is charged."""

    OPENED = Change("1", START, NOON, Decimal(10), PRICE)

    def levels(self, *changes: Change) -> list[tuple[date, int]]:
        found = standings([self.OPENED, *changes], through=date.max, last_day_counts=True)
        return [(level.start, int(level.quantity)) for level in found]

    def test_is_charged(self) -> None:
        cancelled = Change("2", date(2026, 1, 10), NOON, status=Status.CANCELLED)

        assert self.levels(cancelled) == [(START, 10), (date(2026, 1, 11), 0)]

    def test_is_not_the_last_where_it_is_taken_back_on_it(self) -> None:
        cancelled = Change("2", date(2026, 1, 10), NOON, status=Status.CANCELLED)
        back = Change("3", date(2026, 1, 10), NOON, status=Status.ACTIVE)

        assert self.levels(cancelled, back) == [(START, 10)]

    def test_does_not_undo_an_activation_of_the_day_after(self) -> None:
        back = Change("2", date(2026, 1, 11), NOON, status=Status.ACTIVE)
        cancelled = Change("3", date(2026, 1, 10), NOON, status=Status.CANCELLED)

        assert self.levels(back, cancelled) == [(START, 10)]
