from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cache
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest
from dateutil.relativedelta import (  # type: ignore[import-untyped]  # it has no type hints
    relativedelta,
)
from hypothesis import given
from hypothesis import strategies as st

from tests.domain.books import ByDay, by_day, days_of
from tests.domain.strategies import accounts, day_after
from work365.domain.accounts import Account
from work365.domain.changes import Change, NegativeQuantity, PriceMissing, Status, UnitPrice
from work365.domain.charges import LICENSE, Charge, Price, Slot, propose, settle
from work365.domain.contracts import (
    AnchorRule,
    BillingContract,
    ContractType,
    Subscription,
    Timing,
)
from work365.domain.money import Money
from work365.domain.periods import Period

START = date(2026, 1, 1)
JANUARY = Period(START, date(2026, 2, 1))
FEBRUARY = Period(date(2026, 2, 1), date(2026, 3, 1))
THE_11TH = date(2026, 1, 11)
BEFORE, AFTER = Period(START, THE_11TH), Period(THE_11TH, JANUARY.end)
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
PER_SEAT = Price("SUB-1", LICENSE, "EUR", Decimal("12.40"), 1)
SEAT = Slot(PER_SEAT, JANUARY.start, JANUARY.end, 1)
OPENING = Change("SUB-1-0", START, NOON, Decimal(10), UnitPrice(Decimal("12.40"), 1))
CONTRACT = BillingContract(
    id=UUID(int=1), key="CT-1", customer=UUID(int=2), currency="EUR", start_on=START
)


def subscription_of(*changes: Change, **terms: Any) -> Subscription:
    return replace(
        Subscription(
            id=UUID(int=3),
            key="SUB-1",
            name="Business Basic",
            start_on=START,
            changes=(OPENING, *changes),
        ),
        **terms,
    )


def proposed(
    subscription: Subscription, through: date, **terms: Any
) -> list[tuple[Period, Decimal]]:
    charges = propose(replace(CONTRACT, **terms), subscription, through=through)
    return [(charge.service_period, charge.quantity) for charge in charges]


class TestAmount:
    def test_is_quantity_times_price_times_the_share_of_the_days(self) -> None:
        added = Charge(SEAT, AFTER, Decimal(3))

        # 3 x 12.40 x 21/31
        assert added.exact_amount == Fraction("37.20") * Fraction(21, 31)
        assert added.amount == Money("EUR", Decimal("25.20"))

    @pytest.mark.parametrize(
        ("price_months", "cycle_months", "expected"),
        [
            (12, 1, "10.00"),
            (1, 12, "1440.00"),
            (12, 36, "360.00"),
            (36, 1, "3.33"),
        ],
    )
    def test_a_price_pays_for_its_months_and_a_cycle_has_its_own(
        self, price_months: int, cycle_months: int, expected: str
    ) -> None:
        price = Price("SUB-1", LICENSE, "EUR", Decimal(120), price_months)
        charge = Charge(Slot(price, JANUARY.start, JANUARY.end, cycle_months), JANUARY, Decimal(1))

        assert charge.amount == Money("EUR", Decimal(expected))

    def test_a_credit_is_the_negative_of_the_charge(self) -> None:
        charge, credit = Charge(SEAT, AFTER, Decimal(3)), Charge(SEAT, AFTER, Decimal(-3))

        assert credit.amount == -charge.amount

    @given(st.sets(st.sampled_from(list(days_of(JANUARY))), max_size=6), st.integers(-9, 9))
    def test_parts_add_up_to_the_whole(self, cuts: set[date], seats: int) -> None:
        edges = sorted({JANUARY.start, *cuts, JANUARY.end})

        parts = [Charge(SEAT, Period(start, end), Decimal(seats)) for start, end in pairwise(edges)]

        whole = Charge(SEAT, JANUARY, Decimal(seats))
        assert sum(part.exact_amount for part in parts) == whole.exact_amount


class TestProposeInAdvance:
    def test_a_period_is_due_on_its_first_day(self) -> None:
        subscription = subscription_of()

        assert proposed(subscription, date(2025, 12, 31)) == []
        assert proposed(subscription, START) == [(JANUARY, Decimal(10))]
        assert proposed(subscription, date(2026, 1, 31)) == [(JANUARY, Decimal(10))]
        assert proposed(subscription, date(2026, 2, 1)) == [
            (JANUARY, Decimal(10)),
            (FEBRUARY, Decimal(10)),
        ]

    def test_a_change_cuts_the_period_from_its_day_on(self) -> None:
        subscription = subscription_of(Change("SUB-1-1", THE_11TH, NOON, Decimal(3)))

        assert proposed(subscription, THE_11TH - timedelta(days=1)) == [(JANUARY, Decimal(10))]
        assert proposed(subscription, THE_11TH) == [(BEFORE, Decimal(10)), (AFTER, Decimal(13))]

    def test_days_without_seats_are_no_charge(self) -> None:
        suspended = Change("SUB-1-1", THE_11TH, NOON, status=Status.SUSPENDED)

        assert proposed(subscription_of(suspended), THE_11TH) == [(BEFORE, Decimal(10))]

    def test_an_end_within_the_period_ends_the_charge(self) -> None:
        assert proposed(subscription_of(end_on=THE_11TH), START) == [(BEFORE, Decimal(10))]

    def test_a_subscription_that_starts_within_the_period_is_charged_from_then(self) -> None:
        assert proposed(subscription_of(start_on=THE_11TH), THE_11TH) == [(AFTER, Decimal(10))]

    def test_a_calendar_period_before_the_start_is_charged_in_part(self) -> None:
        charges = propose(
            replace(CONTRACT, start_on=THE_11TH, anchor_rule=AnchorRule.CALENDAR),
            subscription_of(),
            through=THE_11TH,
        )

        assert list(charges) == [Charge(SEAT, AFTER, Decimal(10))]

    def test_without_changes_there_is_nothing_to_charge(self) -> None:
        assert proposed(subscription_of(changes=()), date(2026, 6, 1)) == []

    def test_after_the_end_there_is_nothing_to_charge(self) -> None:
        subscription = subscription_of(start_on=date(2026, 3, 1))

        assert proposed(subscription, date(2026, 6, 1), end_on=FEBRUARY.start) == []


class TestProposeInArrears:
    def test_a_period_is_due_on_the_day_after_its_last(self) -> None:
        subscription = subscription_of()

        assert proposed(subscription, date(2026, 1, 31), timing=Timing.ARREARS) == []
        assert proposed(subscription, date(2026, 2, 1), timing=Timing.ARREARS) == [
            (JANUARY, Decimal(10))
        ]

    def test_the_last_period_is_due_when_the_subscription_ends(self) -> None:
        subscription = subscription_of(end_on=THE_11TH)

        assert proposed(subscription, THE_11TH, timing=Timing.ARREARS) == [(BEFORE, Decimal(10))]

    def test_the_day_of_a_change_is_counted_once(self) -> None:
        subscription = subscription_of(Change("SUB-1-1", THE_11TH, NOON, Decimal(3)))

        assert proposed(subscription, JANUARY.end, timing=Timing.ARREARS) == [
            (BEFORE, Decimal(10)),
            (AFTER, Decimal(13)),
        ]


class TestProposeOnFlexiContracts:
    def test_periods_are_those_of_the_subscription(self) -> None:
        subscription = subscription_of(start_on=THE_11TH, cycle_months=12)

        assert proposed(subscription, THE_11TH, type=ContractType.FLEXI) == [
            (Period(THE_11TH, date(2027, 1, 11)), Decimal(10))
        ]


class TestProposeReopened:
    def test_periods_that_are_over_are_left_out(self) -> None:
        charges = propose(
            CONTRACT, subscription_of(), through=date(2026, 2, 1), reopened_from=JANUARY.end
        )

        assert [charge.service_period for charge in charges] == [FEBRUARY]

    def test_a_period_that_is_not_over_is_proposed_as_a_whole(self) -> None:
        charges = propose(CONTRACT, subscription_of(), through=START, reopened_from=THE_11TH)

        assert [charge.service_period for charge in charges] == [JANUARY]

    @pytest.mark.parametrize("reopened_from", [date(2026, 1, 11), date(2026, 1, 20)])
    def test_a_period_that_is_not_over_is_proposed_when_its_service_is(
        self, reopened_from: date
    ) -> None:
        charges = propose(
            CONTRACT,
            subscription_of(end_on=THE_11TH),
            through=date(2026, 1, 20),
            reopened_from=reopened_from,
        )

        assert [charge.service_period for charge in charges] == [BEFORE]

    @given(accounts(), st.data())
    def test_gives_the_charges_of_the_whole_history_in_periods_that_are_not_over(
        self, account: Account, data: st.DataObject
    ) -> None:
        through = data.draw(day_after(account.contract.start_on))
        reopened_from = data.draw(day_after(account.contract.start_on))

        for subscription in account.subscriptions:
            every = propose(account.contract, subscription, through=through)
            some = propose(
                account.contract, subscription, through=through, reopened_from=reopened_from
            )
            assert list(some) == [charge for charge in every if charge.slot.end > reopened_from]


class TestProposeRefusals:
    def test_a_log_that_does_not_add_up_is_refused(self) -> None:
        subscription = subscription_of(Change("SUB-1-1", THE_11TH, NOON, Decimal(-11)))

        with pytest.raises(NegativeQuantity):
            proposed(subscription, THE_11TH)

    def test_seats_without_a_price_are_refused(self) -> None:
        with pytest.raises(PriceMissing):
            proposed(subscription_of(changes=(replace(OPENING, price=None),)), START)


class TestSettle:
    def test_charges_only_the_added_seats_from_the_day_they_were_added(self) -> None:
        billed = [Charge(SEAT, JANUARY, Decimal(10))]
        wanted = [Charge(SEAT, BEFORE, Decimal(10)), Charge(SEAT, AFTER, Decimal(13))]

        assert settle(wanted, billed) == [Charge(SEAT, AFTER, Decimal(3))]

    def test_credits_the_unused_days_of_a_cancelled_subscription(self) -> None:
        billed = [Charge(SEAT, JANUARY, Decimal(10))]
        wanted = [Charge(SEAT, BEFORE, Decimal(10))]

        assert settle(wanted, billed) == [Charge(SEAT, AFTER, Decimal(-10))]

    def test_a_new_price_credits_the_old_and_charges_the_new(self) -> None:
        dearer = SEAT._replace(price=PER_SEAT._replace(per_unit=Decimal("13.00")))
        billed = [Charge(SEAT, JANUARY, Decimal(10))]
        wanted = [Charge(SEAT, BEFORE, Decimal(10)), Charge(dearer, AFTER, Decimal(10))]

        assert settle(wanted, billed) == [
            Charge(SEAT, AFTER, Decimal(-10)),
            Charge(dearer, AFTER, Decimal(10)),
        ]

    def test_days_that_touch_become_one_charge(self) -> None:
        wanted = [Charge(SEAT, BEFORE, Decimal(10)), Charge(SEAT, AFTER, Decimal(10))]

        assert settle(wanted, []) == [Charge(SEAT, JANUARY, Decimal(10))]

    def test_a_price_written_with_more_zeros_is_the_same_price(self) -> None:
        longer = SEAT._replace(price=PER_SEAT._replace(per_unit=Decimal("12.4000")))

        assert (
            settle([Charge(SEAT, JANUARY, Decimal(1))], [Charge(longer, JANUARY, Decimal(1))]) == []
        )


SLOTS = [
    SEAT,
    SEAT._replace(price=PER_SEAT._replace(per_unit=Decimal("13.00"))),
    Slot(PER_SEAT._replace(subscription="SUB-2"), JANUARY.start, JANUARY.end, 1),
]


@st.composite
def january_charges(draw: st.DrawFn) -> Charge:
    start = draw(st.integers(0, 30))
    days = draw(st.integers(0, 31 - start))
    first = JANUARY.start + timedelta(days=start)
    return Charge(
        draw(st.sampled_from(SLOTS)),
        Period(first, first + timedelta(days=days)),
        draw(st.integers(-5, 20).map(Decimal)),
    )


lists_of_charges = st.lists(january_charges(), max_size=6)


class TestLaws:
    @given(lists_of_charges, lists_of_charges)
    def test_what_is_missing_and_what_was_billed_are_what_is_proposed(
        self, wanted: list[Charge], billed: list[Charge]
    ) -> None:
        missing = settle(wanted, billed)

        assert by_day([*billed, *missing]) == by_day(wanted)

    @given(lists_of_charges, lists_of_charges)
    def test_billing_twice_changes_nothing(
        self, wanted: list[Charge], billed: list[Charge]
    ) -> None:
        missing = settle(wanted, billed)

        assert settle(wanted, billed + missing) == []

    @given(lists_of_charges, lists_of_charges, st.randoms(use_true_random=False))
    def test_the_order_of_the_charges_does_not_matter(
        self, wanted: list[Charge], billed: list[Charge], random: Any
    ) -> None:
        missing = settle(wanted, billed)

        random.shuffle(wanted)
        random.shuffle(billed)

        assert settle(wanted, billed) == missing

    @given(lists_of_charges, lists_of_charges)
    def test_no_day_of_a_price_is_charged_twice_and_none_for_nothing(
        self, wanted: list[Charge], billed: list[Charge]
    ) -> None:
        missing = settle(wanted, billed)

        days = [(charge.slot, day) for charge in missing for day in days_of(charge.service_period)]
        assert len(days) == len(set(days))
        assert all(charge.quantity and charge.service_period.days for charge in missing)

    @given(accounts(), st.data())
    def test_what_is_proposed_is_what_counting_day_by_day_gives(
        self, account: Account, data: st.DataObject
    ) -> None:
        contract = account.contract
        through = data.draw(day_after(contract.start_on))

        for subscription in account.subscriptions:
            charges = propose(contract, subscription, through=through)
            assert by_day(charges) == counted(contract, subscription, through)


def counted(contract: BillingContract, subscription: Subscription, through: date) -> ByDay:
    """Return what is due through `through`, found without any of the engine's own arithmetic."""
    flexi = contract.type is ContractType.FLEXI
    months = (flexi and subscription.cycle_months) or contract.cycle_months
    anchor = subscription.start_on if flexi else contract.start_on
    if contract.anchor_rule is AnchorRule.CALENDAR:
        anchor = anchor.replace(day=1)
        if 12 % months == 0 or months % 12 == 0:
            anchor = max(
                anchor.replace(month=month)
                for month in range(1, 13, min(months, 12))
                if month <= anchor.month
            )
    starts = [anchor + relativedelta(months=months * number) for number in range(-60, 60)]
    first = max(subscription.start_on, contract.start_on)
    last = min(day for day in (subscription.end_on, contract.end_on, date.max) if day)
    quantities: ByDay = {}
    for start, end in pairwise(starts):
        due_on = start if contract.timing is Timing.ADVANCE else min(end, last)
        if due_on > through or last <= first:
            continue
        for day in days_of(Period(max(start, first), max(start, first, min(end, last)))):
            seats, price = held(subscription, min(day, through))
            if seats and price:
                per_seat = Price(subscription.key, LICENSE, contract.currency, *price)
                quantities[Slot(per_seat, start, end, months), day] = seats
    return quantities


@cache
def held(subscription: Subscription, day: date) -> tuple[Decimal, UnitPrice | None]:
    """Return the seats that are charged on `day`, and at what price."""
    log = sorted(
        (change for change in subscription.changes if change.effective_on <= day),
        key=lambda change: (change.effective_on, change.recorded_at, change.key),
    )
    seats, price, status = Decimal(0), None, Status.ACTIVE
    for change in log:
        seats += change.quantity
        price = change.price or price
        status = change.status or status
    return (seats if status is Status.ACTIVE else Decimal(0)), price
