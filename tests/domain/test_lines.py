from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from work365.domain.charges import LICENSE, Charge, PercentOff, Price, Slot
from work365.domain.currencies import Conversion, ExchangeRate
from work365.domain.day_counts import DayCount
from work365.domain.lines import (
    BilledLine,
    CreditedTwice,
    Drawn,
    LineKind,
    Owed,
    draw_up,
    evaluated,
)
from work365.domain.money import Money
from work365.domain.periods import Period
from work365.domain.policies import AddingUp
from work365.domain.proration import Proration, Rounding
from work365.domain.refunds import had_again
from work365.domain.rounding import RoundingMode

APRIL = Period(date(2026, 4, 1), date(2026, 5, 1))
"""Thirty days."""


def april(day: int) -> date:
    return APRIL.start + timedelta(days=day - 1)


def slot_of(per_unit: str = "30", **terms: Any) -> Slot:
    price = Price("SUB-1", LICENSE, "EUR", Decimal(per_unit), 1)
    return Slot(price._replace(**terms), APRIL.start, APRIL.end, 1)


class Told(NamedTuple):
    """What a line says: the days, how many, the money, and the key of the line it takes from."""

    start: int
    end: int
    quantity: str
    amount: str
    corrects: str | None = None
    kind: str = "charge"


def credit(start: int, end: int, quantity: str, amount: str, corrects: str) -> Told:
    return Told(start, end, quantity, amount, corrects, "credit")


def waived(start: int, end: int, quantity: str) -> Told:
    return Told(start, end, quantity, "0.00", None, "waived")


class Invoices:
    """The lines of one slot, on invoice after invoice."""

    def __init__(self, slot: Slot, adding_up: AddingUp = AddingUp.PERIOD) -> None:
        self.slot = slot
        self.adding_up = adding_up
        self.lines: list[BilledLine] = []
        self.count = 0

    def bill(self, *owed: tuple[str, int, int], waive: bool = False) -> list[Told]:
        """Draw up an invoice of so many units from one day up to another."""
        self.count += 1
        wanted = [Owed(self.charge(*one), waived=waive) for one in owed]
        if not waive:
            kept = [line.charge for line in self.lines if line.kind is LineKind.WAIVED]
            wanted = list(had_again(wanted, kept))
        drawn = draw_up(wanted, self.lines, adding_up=self.adding_up)
        for number, line in enumerate(drawn):
            key = f"{self.count}{'abcdefgh'[number]}"
            self.lines.append(BilledLine(key=key, **line._asdict()))
            assert evaluated(self.lines[-1]) == line.amount
        return [self.told(line) for line in drawn]

    def charge(self, quantity: str, start: int = 1, end: int = 31) -> Charge:
        return Charge(self.slot, Period(april(start), april(end)), Decimal(quantity))

    def told(self, line: Drawn) -> Told:
        period = line.charge.service_period
        return Told(
            (period.start - APRIL.start).days + 1,
            (period.end - APRIL.start).days + 1,
            str(line.charge.quantity),
            f"{line.amount.amount:.2f}",
            line.corrects,
            line.kind.value,
        )

    @property
    def total(self) -> Decimal:
        return sum((line.amount.amount for line in self.lines), Decimal(0))


class TestACharge:
    def test_is_a_line(self) -> None:
        assert Invoices(slot_of()).bill(("2", 1, 31)) == [Told(1, 31, "2", "60.00")]

    def test_keeps_nothing_that_it_does_not_need(self) -> None:
        charge = Invoices(slot_of()).charge("2")

        (drawn,) = draw_up([Owed(charge)], [], adding_up=AddingUp.PERIOD)

        assert drawn == Drawn(charge, Money("EUR", Decimal(60)))
        assert (drawn.kind, drawn.corrects, drawn.limit) == (LineKind.CHARGE, None, None)

    def test_of_a_part_of_a_unit_is_a_line_beside_others(self) -> None:
        books = Invoices(slot_of())
        books.bill(("2", 1, 31))

        assert books.bill(("0.5", 1, 31)) == [Told(1, 31, "0.5", "15.00")]

    def test_is_a_line_beside_another_of_its_invoice(self) -> None:
        books, other = Invoices(slot_of()), Invoices(slot_of("12"))
        owed = [Owed(other.charge("1")), Owed(books.charge("1", 1, 11)), Owed(books.charge("1"))]

        drawn = draw_up(owed, [], adding_up=AddingUp.PERIOD)

        assert [books.told(line) for line in drawn] == [
            Told(1, 31, "1", "12.00"),
            Told(1, 11, "1", "10.00"),
            Told(1, 31, "1", "30.00"),
        ]

    def test_of_another_slot_has_lines_of_its_own(self) -> None:
        books, other = Invoices(slot_of()), Invoices(slot_of("12"))
        books.bill(("2", 1, 31))

        (drawn,) = draw_up([Owed(other.charge("1", 16))], books.lines, adding_up=AddingUp.PERIOD)

        assert other.told(drawn) == Told(16, 31, "1", "6.00")


class TestACredit:
    def test_names_its_line(self) -> None:
        books = Invoices(slot_of())
        books.bill(("2", 1, 31))

        assert books.bill(("-2", 16, 31)) == [credit(16, 31, "-2", "-30.00", "1a")]

    def test_takes_its_discount(self) -> None:
        tenth = (PercentOff("launch", Decimal(10)),)
        books = Invoices(slot_of(discounts=tenth))
        books.bill(("2", 1, 31))

        assert books.bill(("-1", 16, 31)) == [credit(16, 31, "-1", "-13.50", "1a")]

    def test_takes_its_exchange_rate(self) -> None:
        rate = ExchangeRate(
            from_currency="USD",
            to_currency="EUR",
            rate=Decimal("0.9"),
            valid_on=april(1),
            source="ECB",
        )
        books = Invoices(slot_of(conversion=Conversion(rate)))
        books.bill(("2", 1, 31))

        assert books.bill(("-1", 16, 31)) == [credit(16, 31, "-1", "-13.50", "1a")]

    def test_comes_from_the_newest_line_first(self) -> None:
        books = Invoices(slot_of())
        books.bill(("2", 1, 31))
        books.bill(("3", 1, 31))

        assert books.bill(("-4", 16, 31)) == [
            credit(16, 31, "-3", "-45.00", "2a"),
            credit(16, 31, "-1", "-15.00", "1a"),
        ]

    def test_takes_what_earlier_credits_left(self) -> None:
        books = Invoices(slot_of())
        books.bill(("2", 1, 31))
        books.bill(("3", 1, 31))
        books.bill(("-2", 21, 31))

        assert books.bill(("-2", 16, 31)) == [
            credit(16, 21, "-2", "-10.00", "2a"),
            credit(21, 31, "-1", "-10.00", "2a"),
            credit(21, 31, "-1", "-10.00", "1a"),
        ]

    def test_comes_from_lines_of_its_own_days(self) -> None:
        books = Invoices(slot_of())
        books.bill(("2", 1, 16))
        books.bill(("2", 16, 31))

        assert books.bill(("-2", 10, 20)) == [
            credit(16, 20, "-2", "-8.00", "2a"),
            credit(10, 16, "-2", "-12.00", "1a"),
        ]

    def test_lines_come_in_the_order_of_their_keys(self) -> None:
        books = Invoices(slot_of())
        books.bill(("2", 1, 31))
        books.bill(("3", 1, 31))
        books.lines.reverse()

        assert books.bill(("-1", 16, 31)) == [credit(16, 31, "-1", "-15.00", "2a")]

    @pytest.mark.parametrize(("quantity", "amount"), [("3", "45.00"), ("1", "15.00")])
    def test_comes_before_a_charge_of_the_same_day(self, quantity: str, amount: str) -> None:
        books = Invoices(slot_of())
        books.bill(("2", 1, 31))

        assert books.bill((quantity, 16, 31), ("-2", 16, 31)) == [
            credit(16, 31, "-2", "-30.00", "1a"),
            Told(16, 31, quantity, amount),
        ]

    def test_comes_before_what_is_charged(self) -> None:
        books = Invoices(slot_of())
        books.bill(("2", 1, 31))

        assert books.bill(("-2", 16, 31), ("3", 1, 16)) == [
            credit(16, 31, "-2", "-30.00", "1a"),
            Told(1, 16, "3", "45.00"),
        ]

    def test_finds_its_line_whatever_it_is_called(self) -> None:
        books = Invoices(slot_of())
        books.bill(("2", 1, 31))
        books.bill(("-1", 16, 31))
        books.lines[1] = replace(books.lines[1], key="0-credit-note")

        assert books.bill(("-1", 16, 31)) == [credit(16, 31, "-1", "-15.00", "1a")]

    def test_of_an_agreed_credit_is_a_charge(self) -> None:
        # A negative price: what it took off is given back.
        books = Invoices(slot_of("-20"))
        books.bill(("2", 1, 31))

        assert books.bill(("-1", 1, 31)) == [credit(1, 31, "-1", "20.00", "1a")]
        assert books.bill(("-1", 1, 31)) == [credit(1, 31, "-1", "20.00", "1a")]
        assert books.total == 0

    @pytest.mark.parametrize("owed", [("-3", 16, 31), ("-2", 15, 31)])
    def test_of_more_than_was_charged_is_refused(self, owed: tuple[str, int, int]) -> None:
        books = Invoices(slot_of())
        books.bill(("2", 16, 31))

        with pytest.raises(CreditedTwice) as refused:
            books.bill(owed)

        assert refused.value.code == "credited_twice"
        assert str(refused.value) == (
            f"subscription SUB-1: {owed[0]} units from 2026-04-{owed[1]} on are to be credited,"
            " and closed invoices charge fewer; look for a line that was edited or deleted, and"
            " restore it"
        )

    def test_of_a_line_that_is_gone_is_refused(self) -> None:
        books = Invoices(slot_of())
        books.bill(("2", 1, 31))
        books.bill(("-1", 16, 31))
        del books.lines[0]

        with pytest.raises(CreditedTwice) as refused:
            books.bill(("1", 16, 31))

        assert str(refused.value) == (
            "line 2a: it credits line 1a, which is not there; restore that line from the audit"
            " history"
        )


class TestLinesThatAreRoundedByThemselves:
    def test_a_credit_is_never_above_what_is_left(self) -> None:
        # 0.15 in parts of 0.015, which is 0.02 rounded.
        books = Invoices(slot_of("0.15"), AddingUp.LINE)
        books.bill(("1", 1, 31))

        amounts = [books.bill(("-1", day, day + 3))[0].amount for day in range(28, 0, -3)]

        assert amounts == ["-0.02"] * 7 + ["-0.01"] + ["0.00"] * 2
        assert [line.limit for line in books.lines[1:]] == [None] * 7 + [
            Money("EUR", Decimal("-0.01")),
            Money.zero("EUR"),
            Money.zero("EUR"),
        ]

    def test_the_last_credit_takes_the_rest(self) -> None:
        books = Invoices(slot_of("1"), AddingUp.LINE)
        books.bill(("1", 1, 31))

        amounts = [books.bill(("-1", *part))[0].amount for part in [(1, 11), (11, 21), (21, 31)]]

        assert amounts == ["-0.33", "-0.33", "-0.34"]
        assert [line.limit for line in books.lines[1:]] == [
            None,
            None,
            Money("EUR", Decimal("-0.34")),
        ]

    def test_three_parts_need_not_add_up(self) -> None:
        books = Invoices(slot_of("100"), AddingUp.LINE)

        amounts = [books.bill(("1", *part))[0].amount for part in [(1, 11), (11, 21), (21, 31)]]

        assert amounts == ["33.33", "33.33", "33.33"]
        assert all(line.carried == 0 for line in books.lines)

    def test_nothing_is_evened_out(self) -> None:
        books = Invoices(slot_of("0.005"), AddingUp.LINE)
        books.bill(("1", 1, 31))
        books.bill(("1", 1, 31))

        assert books.total == Decimal("0.02")
        assert books.bill(("-1", 1, 16)) == [credit(1, 16, "-1", "0.00", "2a")]
        assert books.bill(("-1", 16, 31)) == [credit(16, 31, "-1", "-0.01", "2a")]


class TestRoundingThatIsCarried:
    def test_three_parts_add_up(self) -> None:
        books = Invoices(slot_of("100"))

        amounts = [books.bill(("1", *part))[0].amount for part in [(1, 11), (11, 21), (21, 31)]]

        assert amounts == ["33.33", "33.34", "33.33"]
        assert [line.carried for line in books.lines] == [0, Fraction(1, 300), Fraction(-1, 300)]

    def test_three_parts_of_one_invoice_add_up(self) -> None:
        books = Invoices(slot_of("100"))

        lines = books.bill(("1", 1, 11), ("2", 11, 21), ("1", 21, 31))

        assert [line.amount for line in lines] == ["33.33", "66.67", "33.33"]

    def test_credits_of_the_parts_take_back_the_whole(self) -> None:
        books = Invoices(slot_of("100"))
        books.bill(("1", 1, 31))

        amounts = [books.bill(("-1", *part))[0].amount for part in [(1, 11), (11, 21), (21, 31)]]

        # 66.67 is left, then 33.33, then nothing.
        assert amounts == ["-33.33", "-33.34", "-33.33"]
        assert books.total == 0

    def test_halves_go_up_in_the_sum(self) -> None:
        books = Invoices(slot_of("0.005"))

        amounts = [books.bill(("1", 1, 31))[0].amount for _ in range(4)]

        assert amounts == ["0.01", "0.00", "0.01", "0.00"]
        assert [line.carried for line in books.lines] == [
            0,
            Fraction(-5, 1000),
            0,
            Fraction(-5, 1000),
        ]

    def test_a_half_that_is_credited_goes_down_in_the_sum(self) -> None:
        books = Invoices(slot_of("0.005"))
        books.bill(("1", 1, 31))
        books.bill(("1", 1, 31))

        # 0.01 is left of the two, so that by itself the credit of the second is nothing.
        assert books.bill(("-1", 1, 31)) == [credit(1, 31, "-1", "0.00", "2a")]
        assert books.lines[-1].carried == Fraction(5, 1000)
        assert books.bill(("-1", 1, 31)) == [credit(1, 31, "-1", "-0.01", "1a")]

    def test_a_limited_credit_is_evened_out_by_another_line(self) -> None:
        books = Invoices(slot_of("0.005"))
        books.bill(("1", 1, 31))
        books.bill(("1", 1, 31))
        books.bill(("-1", 1, 16))
        books.bill(("-1", 1, 16))

        # The newer line has no money left to give; the older one has the cent.
        assert books.bill(("-1", 16, 31)) == [
            credit(16, 31, "-1", "0.00", "2a"),
            credit(1, 31, "0", "-0.01", "1a"),
        ]
        assert books.lines[-2].limit == Money.zero("EUR")
        assert books.lines[-1].limit is None
        assert books.bill(("-1", 16, 31)) == [credit(16, 31, "-1", "0.00", "1a")]
        assert books.total == 0

    @pytest.mark.parametrize(("per_unit", "billed"), [("0.10", "0.09"), ("-0.10", "-0.09")])
    def test_a_credit_never_charges_what_the_lines_lack(self, per_unit: str, billed: str) -> None:
        # 0.10 in three lines of 0.03, each rounded by itself; less a day it is 0.0966...
        books = Invoices(slot_of(per_unit), AddingUp.LINE)
        for part in [(1, 11), (11, 21), (21, 31)]:
            books.bill(("1", *part))
        books.adding_up = AddingUp.PERIOD

        assert books.bill(("-1", 30, 31)) == [credit(30, 31, "-1", "0.00", "3a")]
        assert books.lines[-1].limit == Money.zero("EUR")
        assert books.total == Decimal(billed)

    def test_a_line_that_cuts_off_is_cut_off_in_the_sum(self) -> None:
        cut_off = Proration(rounding=Rounding(line_mode=RoundingMode.TOWARDS_ZERO)).name
        books = Invoices(slot_of("100", proration=cut_off))

        amounts = [books.bill(("1", *part))[0].amount for part in [(1, 11), (11, 21), (21, 31)]]

        # 33.33, 66.66 and 100.00
        assert amounts == ["33.33", "33.33", "33.34"]
        assert books.bill(("-1", 1, 11)) == [
            credit(1, 11, "-1", "-33.33", "1a"),
            credit(11, 21, "0", "-0.01", "2a"),
        ]
        assert books.total == Decimal("66.66")

    @given(
        st.lists(
            st.tuples(st.integers(1, 5), st.integers(1, 29), st.integers(1, 10)),
            min_size=1,
            max_size=5,
        ),
        st.sampled_from(["100", "0.005", "12.40", "0.1"]),
    )
    def test_what_is_charged_and_credited_again_comes_to_nothing(
        self, charges: list[tuple[int, int, int]], per_unit: str
    ) -> None:
        books = Invoices(slot_of(per_unit))
        wanted = [(quantity, start, min(31, start + length)) for quantity, start, length in charges]

        for quantity, start, end in wanted:
            books.bill((str(quantity), start, end))
        for quantity, start, end in wanted:
            books.bill((str(-quantity), start, end))

        assert books.total == 0


class TestRulesWhosePartsDoNotAddUp:
    """A period from month end to month end: its 28 days are counted over the 31 of January."""

    JANUARY = Slot(
        Price(
            "SUB-1",
            LICENSE,
            "EUR",
            Decimal(31),
            1,
            Proration(day_count=DayCount.START_MONTH).name,
        ),
        date(2026, 1, 31),
        date(2026, 2, 28),
        1,
    )
    HALF = date(2026, 2, 14)
    WHOLE = Period(JANUARY.start, JANUARY.end)
    FIRST = Period(JANUARY.start, HALF)
    LAST = Period(HALF, JANUARY.end)

    def amounts(self, *owed: tuple[int, Period], adding_up: AddingUp) -> list[Decimal]:
        billed: list[BilledLine] = []
        for number, (quantity, period) in enumerate(owed):
            charge = Charge(self.JANUARY, period, Decimal(quantity))
            for drawn in draw_up([Owed(charge)], billed, adding_up=adding_up):
                billed.append(BilledLine(key=f"{number}", **drawn._asdict()))
                assert evaluated(billed[-1]) == drawn.amount
        return [line.amount.amount for line in billed]

    def test_what_is_had_in_the_end_decides(self) -> None:
        # 31.00 for the whole; 14.00 for either half by itself.
        assert self.amounts(
            (1, self.WHOLE), (-1, self.LAST), (-1, self.FIRST), adding_up=AddingUp.PERIOD
        ) == [31, -17, -14]

    def test_a_half_that_is_added_to_the_other_makes_a_whole(self) -> None:
        assert self.amounts((1, self.FIRST), (1, self.LAST), adding_up=AddingUp.PERIOD) == [14, 17]

    def test_more_units_for_a_half_are_by_themselves(self) -> None:
        assert self.amounts((10, self.WHOLE), (3, self.LAST), adding_up=AddingUp.PERIOD) == [
            310,
            42,
        ]

    def test_fewer_units_than_were_added_leave_the_others_whole(self) -> None:
        assert self.amounts(
            (10, self.WHOLE), (3, self.LAST), (-3, self.LAST), adding_up=AddingUp.PERIOD
        ) == [310, 42, -42]

    def test_lines_by_themselves_are_what_they_are(self) -> None:
        assert self.amounts(
            (1, self.WHOLE), (-1, self.LAST), (-1, self.FIRST), adding_up=AddingUp.LINE
        ) == [31, -14, -17]


class TestWaivedLines:
    def test_may_be_for_more_units_too(self) -> None:
        assert Invoices(slot_of()).bill(("2", 1, 31), waive=True) == [waived(1, 31, "2")]

    def test_settle_without_money(self) -> None:
        books = Invoices(slot_of())
        books.bill(("10", 1, 31))

        assert books.bill(("-2", 16, 31), waive=True) == [waived(16, 31, "-2")]
        assert books.total == 300

    def test_are_taken_back_before_anything_is_charged(self) -> None:
        books = Invoices(slot_of())
        books.bill(("10", 1, 31))
        books.bill(("-2", 16, 31), waive=True)

        assert books.bill(("3", 16, 31)) == [waived(16, 31, "2"), Told(16, 31, "1", "15.00")]

    def test_are_taken_back_on_their_own_days(self) -> None:
        books = Invoices(slot_of())
        books.bill(("10", 1, 31))
        books.bill(("-2", 16, 26), waive=True)

        assert books.bill(("1", 11, 31)) == [
            Told(11, 16, "1", "5.00"),
            waived(16, 26, "1"),
            Told(26, 31, "1", "5.00"),
        ]
        assert books.bill(("2", 16, 26)) == [waived(16, 26, "1"), Told(16, 26, "1", "10.00")]

    def test_leave_the_money_of_what_is_credited_later(self) -> None:
        books = Invoices(slot_of())
        books.bill(("10", 1, 31))
        books.bill(("-2", 16, 31), waive=True)

        assert books.bill(("-8", 16, 31)) == [credit(16, 31, "-8", "-120.00", "1a")]
        assert books.total == 180


class TestEvaluated:
    LINE = BilledLine(
        key="1a",
        charge=Charge(slot_of("100"), Period(april(1), april(11)), Decimal(1)),
        amount=Money("EUR", Decimal("33.33")),
    )

    def test_is_the_rounded_sum_of_what_is_kept(self) -> None:
        assert evaluated(self.LINE) == Money("EUR", Decimal("33.33"))
        carried = replace(self.LINE, carried=Fraction(2, 1000))
        assert evaluated(carried) == Money("EUR", Decimal("33.34"))

    @pytest.mark.parametrize("left", ["-12.34", "0"])
    def test_is_the_limit_where_there_is_one(self, left: str) -> None:
        limit = Money("EUR", Decimal(left))

        assert evaluated(replace(self.LINE, limit=limit)) == limit

    def test_is_nothing_where_it_was_waived(self) -> None:
        line = replace(self.LINE, kind=LineKind.WAIVED, carried=Fraction(1))

        assert evaluated(line) == Money.zero("EUR")
