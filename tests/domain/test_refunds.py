from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal

import pytest

from tests.domain.books import by_day
from work365.domain.changes import Standing
from work365.domain.charges import LICENSE, Charge, Price, Slot
from work365.domain.lines import Owed
from work365.domain.periods import Period
from work365.domain.refunds import (
    EVERYTHING,
    Unrefunded,
    had_again,
    in_pairs,
    refuse,
    unrefunded,
)

PRICE = Price("SUB-1", LICENSE, "EUR", Decimal("12.40"), 1)
MARCH = Slot(PRICE, date(2026, 3, 1), date(2026, 4, 1), 1)
DEARER = MARCH._replace(price=PRICE._replace(per_unit=Decimal(13)))
CHEAPER = MARCH._replace(price=PRICE._replace(per_unit=Decimal(11)))

Told = list[tuple[int, int, int, bool]]
"""From the first of these days up to the second, so many, and whether they are waived."""


def march(day: int) -> date:
    return date(2026, 3, 1) + timedelta(days=day - 1)


def days(start: int, end: int) -> Period:
    return Period(march(start), march(end))


def seats(quantity: int, start: int = 1, end: int = 32, slot: Slot = MARCH) -> Charge:
    return Charge(slot, days(start, end), Decimal(quantity))


def given_up(*levels: tuple[int, int]) -> Unrefunded:
    return Unrefunded([(march(day), Decimal(units)) for day, units in levels])


def refused(*missing: Charge, known: Unrefunded) -> Told:
    return told(refuse(missing, {"SUB-1": known}))


def told(owed: Iterable[Owed]) -> Told:
    return [
        (
            (one.charge.service_period.start - march(1)).days + 1,
            (one.charge.service_period.end - march(1)).days + 1,
            int(one.charge.quantity),
            one.waived,
        )
        for one in owed
    ]


class TestCut:
    @pytest.mark.parametrize(
        ("levels", "expected"),
        [
            ([], [(5, 20, 0)]),
            ([(1, 2)], [(5, 20, 2)]),
            ([(5, 2)], [(5, 20, 2)]),
            ([(6, 2)], [(5, 6, 0), (6, 20, 2)]),
            ([(19, 2)], [(5, 19, 0), (19, 20, 2)]),
            ([(20, 2)], [(5, 20, 0)]),
            ([(25, 2)], [(5, 20, 0)]),
            ([(1, 2), (3, 4), (10, 1), (12, 5), (30, 9)], [(5, 10, 4), (10, 12, 1), (12, 20, 5)]),
        ],
    )
    def test_is_into_the_days_on_which_one_number_holds(
        self, levels: list[tuple[int, int]], expected: list[tuple[int, int, int]]
    ) -> None:
        parts = given_up(*levels).cut(days(5, 20))

        assert [(part.start.day, part.end.day, int(units)) for part, units in parts] == expected


class TestUnrefunded:
    LEVELS = (
        Standing(march(1), Decimal(10), None),
        Standing(march(11), Decimal(7), None, Decimal(3)),
    )

    def test_is_what_the_change_log_says(self) -> None:
        known = unrefunded(self.LEVELS, end=None, refund_at_end=False)

        assert known == given_up((1, 0), (11, 3))

    def test_is_everything_from_the_end_on(self) -> None:
        known = unrefunded(self.LEVELS, end=march(20), refund_at_end=False)

        assert known.levels == [(march(1), 0), (march(11), 3), (march(20), EVERYTHING)]

    def test_the_log_says_nothing_from_the_end_on(self) -> None:
        on_the_day = unrefunded(self.LEVELS, end=march(11), refund_at_end=False)
        before = unrefunded(self.LEVELS, end=march(5), refund_at_end=False)

        assert on_the_day.levels == [(march(1), 0), (march(11), EVERYTHING)]
        assert before.levels == [(march(1), 0), (march(5), EVERYTHING)]

    def test_is_what_the_change_log_says_where_the_end_is_refunded(self) -> None:
        known = unrefunded(self.LEVELS, end=march(11), refund_at_end=True)

        assert known == given_up((1, 0), (11, 3))


class TestRefuse:
    def test_what_was_given_up_is_waived(self) -> None:
        assert refused(seats(-3, 11), known=given_up((11, 3))) == [(11, 32, -3, True)]

    def test_what_was_not_given_up_is_credited(self) -> None:
        assert refused(seats(-3, 11), known=given_up()) == [(11, 32, -3, False)]
        assert list(refuse([seats(-3, 11)], {})) == [Owed(seats(-3, 11))]
        assert list(refuse([seats(-3, 11)], {"SUB-2": given_up((1, 9))})) == [Owed(seats(-3, 11))]

    def test_more_is_never_waived(self) -> None:
        assert refused(seats(3, 11), known=given_up((11, 3))) == [(11, 32, 3, False)]

    def test_of_more_units_only_those_that_were_given_up_are_waived(self) -> None:
        # A correction takes one unit, and three were given up.
        assert refused(seats(-4, 11), known=given_up((11, 3))) == [
            (11, 32, -3, True),
            (11, 32, -1, False),
        ]

    def test_of_more_days_only_those_after_giving_up_are_waived(self) -> None:
        assert refused(seats(-3, 5), known=given_up((11, 3))) == [
            (11, 32, -3, True),
            (5, 11, -3, False),
        ]

    def test_what_was_had_again_is_credited(self) -> None:
        assert refused(seats(-3, 5), known=given_up((5, 3), (20, 1))) == [
            (5, 20, -3, True),
            (20, 32, -1, True),
            (20, 32, -2, False),
        ]

    def test_everything_is_as_many_as_there_are(self) -> None:
        known = Unrefunded([(march(11), EVERYTHING)])

        assert refused(seats(-10, 11), known=known) == [(11, 32, -10, True)]

    def test_another_price_for_the_same_units_is_credited_in_full(self) -> None:
        missing = [seats(-8, 20), seats(8, 20, slot=DEARER)]

        assert refused(*missing, known=given_up((11, 2))) == [
            (20, 32, -8, False),
            (20, 32, 8, False),
        ]

    def test_another_price_for_fewer_units_waives_those_that_are_fewer(self) -> None:
        missing = [seats(-10, 20), seats(8, 20, slot=DEARER)]

        assert refused(*missing, known=given_up((20, 2))) == [
            (20, 32, -2, True),
            (20, 32, -8, False),
            (20, 32, 8, False),
        ]

    def test_what_is_waived_of_one_price_is_not_waived_of_another(self) -> None:
        missing = [seats(-2, 11), seats(-3, 11, slot=DEARER)]

        assert refused(*missing, known=given_up((11, 4))) == [
            (11, 32, -2, True),
            (11, 32, -2, True),
            (11, 32, -1, False),
        ]

    def test_more_units_of_one_price_are_no_credit_for_another(self) -> None:
        missing = [seats(-2, 11), seats(5, 11, slot=DEARER)]

        assert refused(*missing, known=given_up((11, 4))) == [
            (11, 32, -2, False),
            (11, 32, 5, False),
        ]

    def test_units_of_two_tiers_are_waived_once_the_highest_first(self) -> None:
        first, second = (
            MARCH._replace(price=PRICE._replace(component=f"tier-{number}")) for number in (2, 10)
        )
        missing = [seats(-4, 11, slot=first), seats(-3, 11, slot=second)]

        owed = list(refuse(missing, {"SUB-1": given_up((11, 5))}))

        assert owed == [
            Owed(seats(-3, 11, slot=second), waived=True),
            Owed(seats(-2, 11, slot=first), waived=True),
            Owed(seats(-2, 11, slot=first)),
        ]

    def test_periods_and_the_fee_of_a_tier_are_told_apart(self) -> None:
        april = Slot(PRICE, date(2026, 4, 1), date(2026, 5, 1), 1)
        fee = MARCH._replace(price=PRICE._replace(component="tier-2-flat"))
        missing = [
            seats(-2, 11),
            Charge(april, april.billing_period, Decimal(3)),
            seats(3, 11, slot=fee),
        ]

        waived = [owed for owed in refuse(missing, {"SUB-1": given_up((11, 2))}) if owed.waived]

        assert waived == [Owed(seats(-2, 11), waived=True)]

    @pytest.mark.parametrize(
        "other",
        [
            MARCH._replace(start=date(2026, 2, 1)),
            MARCH._replace(end=date(2026, 5, 1)),
        ],
    )
    def test_more_in_another_period_does_not_make_up_for_fewer(self, other: Slot) -> None:
        missing = [seats(-2, 11), seats(2, 11, slot=other)]

        assert refused(*missing, known=given_up((11, 2))) == [
            (11, 32, -2, True),
            (11, 32, 2, False),
        ]

    def test_a_unit_more_that_comes_first_is_charged(self) -> None:
        missing = [seats(1, 11, slot=DEARER), seats(-3, 11)]

        assert refused(*missing, known=given_up((11, 5))) == [
            (11, 32, 1, False),
            (11, 32, -2, True),
            (11, 32, -1, False),
        ]

    def test_what_is_charged_alone_keeps_its_order(self) -> None:
        first, second = (
            MARCH._replace(price=PRICE._replace(component=f"tier-{number}")) for number in (1, 2)
        )
        missing = [seats(1, 11, slot=first), seats(1, 11, slot=second)]

        owed = list(refuse(missing, {"SUB-1": given_up((11, 5))}))

        assert owed == [Owed(charge) for charge in missing]

    def test_what_is_refunded_does_not_keep_others_from_being_waived(self) -> None:
        other = MARCH._replace(price=PRICE._replace(subscription="SUB-2"))
        missing = [seats(-3, 11, slot=other), seats(-3, 11)]

        assert list(refuse(missing, {"SUB-1": given_up((11, 3))})) == [
            Owed(seats(-3, 11, slot=other)),
            Owed(seats(-3, 11), waived=True),
        ]

    def test_usage_is_never_waived(self) -> None:
        usage = MARCH._replace(price=PRICE._replace(component="usage-unit"))

        assert refused(seats(-3, slot=usage), known=given_up((1, 3))) == [(1, 32, -3, False)]

    def test_nothing_is_lost(self) -> None:
        missing = [seats(-7, 3, 9), seats(-2, 15), seats(4, 5, slot=DEARER), seats(-1, 1, 3)]

        owed = list(refuse(missing, {"SUB-1": given_up((2, 1), (7, 3), (18, 0))}))

        assert by_day([one.charge for one in owed]) == by_day(missing)


class TestHadAgain:
    """Two seats were given up without a refund from the 11th up to the 20th: they are paid."""

    PAID = (seats(-2, 11, 20),)

    def test_what_is_paid_already_is_not_charged(self) -> None:
        owed = [Owed(seats(3, 5))]

        assert told(had_again(owed, self.PAID)) == [
            (11, 20, 2, True),
            (5, 11, 3, False),
            (11, 20, 1, False),
            (20, 32, 3, False),
        ]

    def test_no_more_is_had_again_than_there_is(self) -> None:
        owed = [Owed(seats(1, 11, 20))]

        assert list(had_again(owed, self.PAID)) == [Owed(seats(1, 11, 20), waived=True)]

    def test_a_part_of_a_unit_is_had_again_too(self) -> None:
        half = Charge(MARCH, days(11, 20), Decimal("0.5"))

        assert list(had_again([Owed(half)], self.PAID)) == [Owed(half, waived=True)]

    def test_what_is_used_is_no_seat_had_again(self) -> None:
        usage = MARCH._replace(price=PRICE._replace(component="usage-minimum-spend"))
        owed = [Owed(seats(2, slot=usage))]

        assert list(had_again(owed, self.PAID)) == owed

    def test_it_is_had_again_once(self) -> None:
        owed = [Owed(seats(2, 11, 20)), Owed(seats(3, 11, 20))]

        assert told(had_again(owed, self.PAID)) == [(11, 20, 2, True), (11, 20, 3, False)]

    def test_what_was_had_again_before_is_charged(self) -> None:
        owed = [Owed(seats(2, 11, 20))]

        assert told(had_again(owed, (*self.PAID, seats(1, 11, 20)))) == [
            (11, 20, 1, True),
            (11, 20, 1, False),
        ]

    def test_a_credit_is_left_alone(self) -> None:
        owed = [Owed(seats(-1, 11)), Owed(seats(-1, 5), waived=True)]

        assert list(had_again(owed, self.PAID)) == owed

    def test_where_nothing_was_waived_nothing_is_had_again(self) -> None:
        owed = [Owed(seats(3, 5)), Owed(seats(-1, 5, slot=DEARER))]

        assert list(had_again(owed, ())) == owed

    def test_at_another_price_what_was_paid_is_credited_and_the_new_one_charged(self) -> None:
        owed = [Owed(seats(3, 5, slot=DEARER))]

        assert list(had_again(owed, self.PAID)) == [
            Owed(seats(3, 5, slot=DEARER)),
            Owed(seats(2, 11, 20), waived=True),
            Owed(seats(-2, 11, 20)),
        ]

    def test_at_another_price_no_more_is_credited_than_is_had(self) -> None:
        owed = [Owed(seats(1, 5, 15, slot=DEARER))]

        assert list(had_again(owed, self.PAID)) == [
            *owed,
            Owed(seats(1, 11, 15), waived=True),
            Owed(seats(-1, 11, 15)),
        ]

    def test_what_was_paid_at_two_prices_is_credited_once(self) -> None:
        owed = [Owed(seats(3, 11, 20, slot=CHEAPER))]

        assert list(had_again(owed, (*self.PAID, seats(-2, 11, 20, slot=DEARER)))) == [
            *owed,
            Owed(seats(2, 11, 20), waived=True),
            Owed(seats(-2, 11, 20)),
            Owed(seats(1, 11, 20, slot=DEARER), waived=True),
            Owed(seats(-1, 11, 20, slot=DEARER)),
        ]

    def test_what_changes_price_alone_is_not_had_again(self) -> None:
        owed = [Owed(seats(-8, 11, 20)), Owed(seats(8, 11, 20, slot=DEARER))]

        assert list(had_again(owed, self.PAID)) == owed

    def test_fewer_units_are_not_had_again(self) -> None:
        owed = [Owed(seats(-1, 11, 20, slot=DEARER))]

        assert list(had_again(owed, self.PAID)) == owed

    def test_what_is_waived_now_takes_nothing_from_what_is_had_again(self) -> None:
        owed = [
            Owed(seats(2, 11, 20, slot=DEARER)),
            Owed(seats(-1, 11, 20, slot=CHEAPER), waived=True),
        ]

        assert list(had_again(owed, self.PAID)) == [
            *owed,
            Owed(seats(2, 11, 20), waived=True),
            Owed(seats(-2, 11, 20)),
        ]

    @pytest.mark.parametrize(
        "other",
        [
            MARCH._replace(price=PRICE._replace(subscription="SUB-2")),
            MARCH._replace(price=PRICE._replace(component="tier-2-flat")),
            MARCH._replace(end=date(2026, 5, 1)),
        ],
    )
    def test_something_else_is_not_had_again(self, other: Slot) -> None:
        owed = [Owed(seats(3, 11, 20, slot=other))]

        assert list(had_again(owed, self.PAID)) == owed


class TestInPairs:
    def test_all_that_was_billed_is_credited_and_what_holds_is_charged(self) -> None:
        owed = [Owed(seats(2, 11))]

        assert told(in_pairs(iter(owed), [seats(10)])) == [
            (11, 32, -10, False),
            (11, 32, 12, False),
        ]

    def test_what_is_waived_stays_a_difference(self) -> None:
        owed = [Owed(seats(-2, 11), waived=True), Owed(seats(-1, 11))]

        # Eight are left once two are waived.
        assert told(in_pairs(owed, [seats(10)])) == [
            (11, 32, -2, True),
            (11, 32, -8, False),
            (11, 32, 7, False),
        ]

    def test_what_is_missing_for_two_reasons_is_credited_once(self) -> None:
        owed = [Owed(seats(-19)), Owed(seats(1), waived=True), Owed(seats(-1))]

        assert told(in_pairs(owed, [seats(20), seats(-1)])) == [
            (1, 32, 1, True),
            (1, 32, -20, False),
        ]

    def test_what_was_never_billed_is_charged_alone(self) -> None:
        owed = [Owed(seats(2, 11, slot=DEARER))]

        assert list(in_pairs(owed, [seats(10)])) == owed
