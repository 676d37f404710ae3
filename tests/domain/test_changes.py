from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

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

    @pytest.mark.parametrize("status", [Status.SUSPENDED, Status.CANCELLED])
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
            Standing(date(2026, 1, 11), Decimal(0), PRICE),
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

        with pytest.raises(NegativeQuantity, match="change 2: the quantity would be -1"):
            standings([OPENING, fewer], through=FAR_OFF)

    def test_seats_that_are_not_active_may_not_fall_below_zero_either(self) -> None:
        ended = Change("2", date(2026, 1, 11), NOON, Decimal(-11), status=Status.CANCELLED)

        with pytest.raises(NegativeQuantity):
            standings([OPENING, ended], through=FAR_OFF)

    def test_seats_without_a_price_are_refused(self) -> None:
        seats = Change("1", START, NOON, Decimal(1))

        with pytest.raises(PriceMissing, match="1 units from 2026-01-01 on have no price"):
            standings([seats], through=FAR_OFF)

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


class TestContent:
    def test_names_every_fact(self) -> None:
        change = Change("1", START, NOON, Decimal(-3), PRICE, Status.CANCELLED)

        assert change.content == "2026-01-01 -3 12.4/1 cancelled"

    def test_what_the_entry_does_not_name_is_a_dash(self) -> None:
        assert Change("1", START, NOON).content == "2026-01-01 0 - -"

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
        ],
        ids=["day", "seats", "price", "months", "no price", "status"],
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
