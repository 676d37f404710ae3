from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.domain.books import by_day, days_of
from work365.domain.charges import (
    LICENSE,
    Charge,
    OverlappingCharges,
    PercentOff,
    Price,
    Slot,
    credit_and_charge,
    settle,
    steps_of,
)
from work365.domain.currencies import Conversion, ExchangeRate
from work365.domain.day_counts import DayCount
from work365.domain.money import Money
from work365.domain.periods import Period, PeriodNotContained
from work365.domain.proration import Proration, Rounding, UnknownProration
from work365.domain.rounding import RoundingMode

START = date(2026, 1, 1)
JANUARY = Period(START, date(2026, 2, 1))
THE_11TH = date(2026, 1, 11)
THE_21ST = date(2026, 1, 21)
BEFORE, AFTER = Period(START, THE_11TH), Period(THE_11TH, JANUARY.end)
FIRST, SECOND = Period(START, date(2026, 1, 5)), Period(date(2026, 1, 5), THE_11TH)
BETWEEN, LATER = Period(THE_11TH, THE_21ST), Period(THE_21ST, JANUARY.end)
PER_SEAT = Price("SUB-1", LICENSE, "EUR", Decimal("12.40"), 1)
SEAT = Slot(PER_SEAT, JANUARY.start, JANUARY.end, 1)
DOLLARS = Conversion(
    ExchangeRate(
        from_currency="USD",
        to_currency="EUR",
        rate=Decimal("0.9"),
        valid_on=START,
        source="ECB",
    )
)


OTHER = SEAT._replace(price=PER_SEAT._replace(subscription="SUB-2"))


def priced(**terms: Any) -> Slot:
    return SEAT._replace(price=PER_SEAT._replace(**terms))


def seats(quantity: int, period: Period = JANUARY, slot: Slot = SEAT) -> Charge:
    return Charge(slot, period, Decimal(quantity))


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

    @pytest.mark.parametrize(
        ("quantity", "per_unit", "expected"),
        [("2.5", "12.40", "31.00"), ("3", "0.005", "0.02"), ("-0.5", "0.03", "-0.02")],
    )
    def test_quantities_and_prices_have_any_number_of_decimals(
        self, quantity: str, per_unit: str, expected: str
    ) -> None:
        charge = Charge(priced(per_unit=Decimal(per_unit)), JANUARY, Decimal(quantity))

        assert charge.amount == Money("EUR", Decimal(expected))

    def test_a_day_outside_of_the_billing_period_is_refused(self) -> None:
        outside = seats(1, Period(START, date(2026, 2, 2)))

        with pytest.raises(PeriodNotContained) as refused:
            _ = outside.exact_amount

        assert str(refused.value) == (
            "[2026-01-01, 2026-02-02) is not within [2026-01-01, 2026-02-01)"
        )

    def test_discounts_are_taken_off_one_after_the_other(self) -> None:
        off = (PercentOff("launch", Decimal(10)), PercentOff("loyal", Decimal("33.3")))

        # 124.00 x 0.9 x 0.667
        assert seats(10, slot=priced(discounts=off)).exact_amount == Fraction("74.4372")
        assert seats(10, slot=priced(discounts=off[:1])).amount == Money("EUR", Decimal("111.60"))

    def test_everything_off_is_free(self) -> None:
        free = priced(discounts=(PercentOff("pilot", Decimal(100)),))

        assert seats(10, slot=free).amount == Money.zero("EUR")

    def test_another_currency_is_converted_before_the_amount_is_rounded(self) -> None:
        charge = seats(1, AFTER, priced(conversion=DOLLARS))

        assert charge.exact_amount == Fraction("12.40") * Fraction(21, 31) * Fraction("0.9")
        assert charge.amount == Money("EUR", Decimal("7.56"))
        assert charge.slot.price.priced_in == "USD"
        assert PER_SEAT.priced_in == "EUR"

    def test_another_rule_counts_other_days(self) -> None:
        charge = seats(3, AFTER, priced(proration=Proration(day_count=DayCount.STRICT_30_360).name))

        assert charge.measure == Fraction(20, 30)
        assert charge.amount == Money("EUR", Decimal("24.80"))

    def test_the_measure_counts_how_often_the_price_is_owed(self) -> None:
        yearly = Slot(PER_SEAT._replace(months=12), START, date(2026, 4, 1), 3)

        assert seats(1).measure == 1
        assert seats(1, AFTER).measure == Fraction(21, 31)
        assert Charge(yearly, AFTER, Decimal(1)).measure == Fraction(21, 90) * Fraction(3, 12)

    def test_another_rule_rounds_on_the_way(self) -> None:
        cents = Proration(rounding=Rounding(unit_price_digits=2)).name
        yearly = priced(per_unit=Decimal(100), months=12, proration=cents)

        # 8.333.. is 8.33 a seat, and three times that.
        assert seats(3, slot=yearly).exact_amount == Fraction("24.99")

    def test_another_rule_rounds_the_line_its_own_way(self) -> None:
        cut_off = Proration(rounding=Rounding(line_mode=RoundingMode.TOWARDS_ZERO)).name
        charge = seats(1, AFTER, priced(per_unit=Decimal(100), proration=cut_off))

        # 67.741..
        assert charge.amount == Money("EUR", Decimal("67.74"))
        assert charge.rounded(Fraction("67.749")) == Money("EUR", Decimal("67.74"))
        assert seats(1).rounded(Fraction("67.745")) == Money("EUR", Decimal("67.75"))

    def test_discounts_follow_the_other_rule(self) -> None:
        tenth = (PercentOff("launch", Decimal(10)),)
        unprorated = priced(proration=Proration(day_count=DayCount.NONE).name, discounts=tenth)

        assert seats(1, AFTER, unprorated).amount == Money("EUR", Decimal("11.16"))

    def test_a_rule_that_is_not_there_is_refused(self) -> None:
        with pytest.raises(UnknownProration):
            _ = seats(1, slot=priced(proration="lunar/1")).amount

    @given(st.sets(st.sampled_from(list(days_of(JANUARY))), max_size=6), st.integers(-9, 9))
    def test_parts_add_up_to_the_whole(self, cuts: set[date], seats: int) -> None:
        edges = sorted({JANUARY.start, *cuts, JANUARY.end})

        parts = [Charge(SEAT, Period(start, end), Decimal(seats)) for start, end in pairwise(edges)]

        whole = Charge(SEAT, JANUARY, Decimal(seats))
        assert sum(part.exact_amount for part in parts) == whole.exact_amount


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

    def test_what_is_proposed_once_and_never_billed_is_itself(self) -> None:
        assert settle([seats(3, AFTER)], []) == [seats(3, AFTER)]

    def test_nothing_is_owed_for_no_units_or_no_days(self) -> None:
        nothing = [seats(0), seats(3, Period(THE_11TH, THE_11TH), priced(months=3))]

        assert settle(nothing, []) == []
        assert settle([], nothing) == []

    def test_what_was_billed_in_parts_adds_up(self) -> None:
        assert settle([seats(6)], [seats(3), seats(2)]) == [seats(1)]
        assert settle([seats(6)], [seats(6), seats(2, AFTER), seats(-2, AFTER)]) == []

    def test_what_was_billed_twice_is_credited_once(self) -> None:
        assert settle([seats(3)], [seats(3), seats(3)]) == [seats(-3)]

    def test_what_was_billed_and_is_not_proposed_is_credited(self) -> None:
        assert settle([], [seats(3)]) == [seats(-3)]

    def test_follows_the_order_of_subscriptions_and_prices_and_days(self) -> None:
        tenth = (PercentOff("launch", Decimal(10)),)
        march = Slot(PER_SEAT, date(2026, 3, 1), date(2026, 4, 1), 1)
        ordered = [
            seats(1, BEFORE),
            seats(2, LATER),
            Charge(march, march.billing_period, Decimal(1)),
            seats(1, slot=priced(conversion=DOLLARS)),
            seats(1, slot=priced(discounts=tenth)),
            seats(1, slot=priced(per_unit=Decimal(13))),
            seats(1, slot=priced(component="support")),
            seats(1, slot=priced(subscription="SUB-2")),
        ]

        assert settle([*reversed(ordered[2:]), *ordered[:2]], []) == ordered

    def test_prices_at_two_rates_and_with_two_discounts_do_not_mix(self) -> None:
        other = Conversion(replace(DOLLARS.stated, rate=Decimal("0.8")))
        slots = [priced(conversion=DOLLARS), priced(conversion=other), SEAT]

        assert len(settle([seats(1, slot=slots[0])], [seats(1, slot=slots[1])])) == 2
        assert len(settle([seats(1, slot=slots[0])], [seats(1, slot=slots[2])])) == 2

    def test_prices_at_two_rates_have_one_order_too(self) -> None:
        other = Conversion(replace(DOLLARS.stated, rate=Decimal("0.8")))
        two = [seats(1, slot=priced(conversion=rate)) for rate in (DOLLARS, other)]

        assert settle(reversed(two), []) == settle(two, [])

    def test_a_price_written_with_more_zeros_is_the_same_price(self) -> None:
        longer = SEAT._replace(price=PER_SEAT._replace(per_unit=Decimal("12.4000")))

        assert (
            settle([Charge(SEAT, JANUARY, Decimal(1))], [Charge(longer, JANUARY, Decimal(1))]) == []
        )


class TestCreditAndCharge:
    def settled(self, wanted: list[Charge], billed: list[Charge]) -> list[tuple[Period, int]]:
        before = steps_of(billed)
        missing = [
            part
            for charge in settle(iter(wanted), iter(billed))
            for part in credit_and_charge(charge, before.get(charge.slot, {}))
        ]
        assert by_day([*billed, *missing]) == by_day(wanted)
        return [(charge.service_period, int(charge.quantity)) for charge in missing]

    def test_what_was_billed_is_credited_and_what_holds_is_charged(self) -> None:
        assert self.settled([seats(10, BEFORE), seats(12, AFTER)], [seats(10)]) == [
            (AFTER, -10),
            (AFTER, 12),
        ]

    def test_a_change_of_a_change_credits_the_change(self) -> None:
        billed = [seats(10), seats(-10, AFTER), seats(12, AFTER)]
        wanted = [seats(10, BEFORE), seats(12, BETWEEN), seats(11, LATER)]

        assert self.settled(wanted, billed) == [(LATER, -12), (LATER, 11)]

    def test_nothing_is_charged_where_nothing_is_left(self) -> None:
        assert self.settled([seats(10, BEFORE)], [seats(10)]) == [(AFTER, -10)]

    def test_what_was_never_billed_is_charged_alone(self) -> None:
        assert self.settled([seats(10)], []) == [(JANUARY, 10)]

    def test_days_that_were_not_billed_are_charged_alone(self) -> None:
        billed = [seats(10, BETWEEN)]

        assert self.settled([seats(2, BEFORE), seats(12, BETWEEN), seats(2, LATER)], billed) == [
            (BEFORE, 2),
            (BETWEEN, -10),
            (BETWEEN, 12),
            (LATER, 2),
        ]

    def test_days_between_two_that_were_billed_are_charged_alone(self) -> None:
        billed = [seats(10, BEFORE), seats(10, LATER)]

        assert self.settled([seats(12, BEFORE), seats(2, BETWEEN), seats(12, LATER)], billed) == [
            (BEFORE, -10),
            (BEFORE, 12),
            (BETWEEN, 2),
            (LATER, -10),
            (LATER, 12),
        ]

    def test_days_on_which_nothing_changed_are_left_alone(self) -> None:
        assert self.settled([seats(10)], [seats(10)]) == []
        assert self.settled([seats(11, BEFORE), seats(10, AFTER)], [seats(10)]) == [
            (BEFORE, -10),
            (BEFORE, 11),
        ]

    def test_other_prices_are_left_alone(self) -> None:
        other = priced(per_unit=Decimal(13))

        missing = settle([seats(10), seats(4, slot=other)], [seats(10)])

        assert missing == [seats(4, slot=other)]


class TestOverlaps:
    def test_charges_that_touch_or_are_apart_are_let_through(self) -> None:
        apart = [seats(1, BEFORE), seats(1, LATER), seats(2, slot=OTHER)]

        assert settle(apart, []) == apart
        assert settle([seats(1, BEFORE), seats(1, BETWEEN), seats(1, LATER)], []) == [seats(1)]

    def test_the_same_days_of_two_prices_are_no_overlap(self) -> None:
        charges = [seats(1), seats(1, slot=priced(per_unit=Decimal(13)))]

        assert settle(charges, []) == charges

    def test_days_that_were_billed_twice_are_no_overlap(self) -> None:
        assert settle([], [seats(1, BEFORE), seats(1)]) == [seats(-2, BEFORE), seats(-1, AFTER)]

    @pytest.mark.parametrize("second", [JANUARY, Period(date(2026, 1, 10), JANUARY.end)])
    @pytest.mark.parametrize("first", [[seats(1, BEFORE)], [seats(2, FIRST), seats(1, SECOND)]])
    def test_days_that_would_be_charged_twice_are_refused(
        self, first: list[Charge], second: Period
    ) -> None:
        with pytest.raises(OverlappingCharges) as refused:
            settle([*first, seats(1, second)], [])

        assert refused.value.code == "overlapping_charges"
        assert str(refused.value) == (
            f"subscription SUB-1: license would be charged twice from {second.start} on; look for"
            " a second subscription with this key, or for two that overlap, and end one of them"
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


@st.composite
def lists_of_proposals(draw: st.DrawFn) -> list[Charge]:
    """Draw charges of which no two are for the same days of a slot, by slot and day."""
    proposed: list[Charge] = []
    ends: dict[Slot, date] = {}
    for charge in sorted(draw(lists_of_charges), key=first_day):
        if charge.service_period.start >= ends.get(charge.slot, START):
            ends[charge.slot] = charge.service_period.end
            proposed.append(charge)
    return proposed


def first_day(charge: Charge) -> date:
    return charge.service_period.start


class TestLaws:
    @given(lists_of_proposals(), lists_of_charges)
    def test_what_is_missing_and_what_was_billed_are_what_is_proposed(
        self, wanted: list[Charge], billed: list[Charge]
    ) -> None:
        missing = settle(wanted, billed)

        assert by_day([*billed, *missing]) == by_day(wanted)

    @given(lists_of_proposals(), lists_of_charges)
    def test_billing_twice_changes_nothing(
        self, wanted: list[Charge], billed: list[Charge]
    ) -> None:
        missing = settle(wanted, billed)

        assert settle(wanted, billed + missing) == []

    @given(lists_of_proposals(), lists_of_charges, st.randoms(use_true_random=False))
    def test_the_order_of_the_charges_does_not_matter(
        self, wanted: list[Charge], billed: list[Charge], random: Any
    ) -> None:
        missing = settle(wanted, billed)

        random.shuffle(wanted)
        wanted.sort(key=first_day)
        random.shuffle(billed)

        assert settle(wanted, billed) == missing

    @given(lists_of_proposals(), lists_of_charges)
    def test_no_day_of_a_price_is_charged_twice_and_none_for_nothing(
        self, wanted: list[Charge], billed: list[Charge]
    ) -> None:
        missing = settle(wanted, billed)

        days = [(charge.slot, day) for charge in missing for day in days_of(charge.service_period)]
        assert len(days) == len(set(days))
        assert all(charge.quantity and charge.service_period.days for charge in missing)
