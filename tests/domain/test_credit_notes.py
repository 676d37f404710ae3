from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from work365.domain.credit_notes import (
    CreditableLine,
    CreditChanged,
    CreditedLine,
    CreditNote,
    CreditNoteMixed,
    CreditNotPositive,
    CreditOfCredit,
    CreditTooLarge,
    Left,
    capped,
    capped_credit,
    credit,
    credit_amount,
    credit_money,
    left_of,
    money_left,
    runs_left,
)
from work365.domain.money import CurrencyMismatch, Money
from work365.domain.periods import Period

JUNE = Period(date(2026, 6, 1), date(2026, 7, 1))
LINE = CreditableLine(
    key="I1_1",
    invoice="I1",
    service_period=JUNE,
    quantity=Decimal(3),
    amount=Money("EUR", Decimal("100.00")),
)


def euros(amount: str) -> Money:
    return Money("EUR", Decimal(amount))


def june(first: int, end: int) -> Period:
    """The days of June from `first` to before `end`."""
    return Period(date(2026, 6, first), date(2026, 6, 1) + timedelta(days=end - 1))


def credited(
    request: str, period: Period, quantity: str, *before: CreditedLine, line: CreditableLine = LINE
) -> CreditedLine:
    return credit(
        line,
        service_period=period,
        quantity=Decimal(quantity),
        request=request,
        credited_before=before,
    )


class TestCreditAmount:
    @pytest.mark.parametrize(
        ("billed", "credited_before", "units_before", "units", "expected"),
        [
            # A third of 0.05, rounded: 0.0166...; a half cent goes away from zero.
            ("0.05", "0", 0, 4, "0.02"),
            ("0.05", "0", 0, 6, "0.03"),
            ("-0.05", "0", 0, 6, "-0.03"),
            # The last part takes what is left, whatever its share is.
            ("10.00", "6.66", 8, 4, "3.34"),
            ("-10.00", "-6.66", 8, 4, "-3.34"),
            # More units than there are take what is left too.
            ("10.00", "6.66", 8, 5, "3.34"),
            # One unit before the end is still a share.
            ("10.00", "6.66", 7, 4, "3.33"),
            # Never more than is left.
            ("10.00", "9.00", 0, 4, "1.00"),
            ("-10.00", "-9.00", 0, 4, "-1.00"),
            ("10.00", "10.00", 4, 4, "0"),
            ("10.00", "11.00", 4, 4, "0"),
            ("0", "0", 0, 4, "0"),
        ],
    )
    def test_is_the_share_of_the_units_or_what_is_left(
        self, billed: str, credited_before: str, units_before: int, units: int, expected: str
    ) -> None:
        amount = credit_amount(
            billed=euros(billed),
            billed_units=Fraction(12),
            credited=euros(credited_before),
            credited_units=Fraction(units_before),
            units=Fraction(units),
        )

        assert amount == euros(expected)

    def test_is_rounded_in_its_own_currency(self) -> None:
        amount = credit_amount(
            billed=Money("JPY", Decimal(100)),
            billed_units=Fraction(3),
            credited=Money("JPY", Decimal(0)),
            credited_units=Fraction(0),
            units=Fraction(2),
        )

        assert amount == Money("JPY", Decimal(67))

    def test_two_currencies_are_refused(self) -> None:
        with pytest.raises(CurrencyMismatch):
            credit_amount(
                billed=euros("1.00"),
                billed_units=Fraction(3),
                credited=Money("USD", Decimal(0)),
                credited_units=Fraction(0),
                units=Fraction(2),
            )

    @given(
        st.integers(-(10**6), 10**6).map(lambda cents: euros(str(Decimal(cents).scaleb(-2)))),
        st.lists(st.integers(1, 50), min_size=1, max_size=8),
    )
    def test_all_credits_of_a_line_add_up_to_it(self, billed: Money, parts: list[int]) -> None:
        in_all, before, before_units = Fraction(sum(parts)), euros("0"), Fraction(0)

        for part in parts:
            amount = credit_amount(
                billed=billed,
                billed_units=in_all,
                credited=before,
                credited_units=before_units,
                units=Fraction(part),
            )
            assert amount.amount * billed.amount >= 0
            before, before_units = before + amount, before_units + part
            assert abs(before.amount) <= abs(billed.amount)

        assert before == billed


class TestCapped:
    @pytest.mark.parametrize(
        ("wanted", "left", "expected"),
        [
            ("4", "10", "4"),
            ("10.01", "10", "10"),
            ("-0.01", "10", "0"),
            ("0.01", "0", "0"),
            ("-0.01", "0", "0"),
            ("-4", "-10", "-4"),
            ("-10.01", "-10", "-10"),
            ("0.01", "-10", "0"),
        ],
    )
    def test_is_between_nothing_and_what_is_left(
        self, wanted: str, left: str, expected: str
    ) -> None:
        assert capped(euros(wanted), left=euros(left)) == euros(expected)


class TestMoneyLeft:
    @pytest.mark.parametrize(
        ("billed", "credited_before", "expected"),
        [
            ("10", "4", "6"),
            ("10", "10", "0"),
            ("10", "10.01", "0"),
            ("-10", "-4", "-6"),
            ("-10", "-10.01", "0"),
            ("0", "0.01", "0"),
        ],
    )
    def test_is_what_was_not_credited_and_never_beyond_nothing(
        self, billed: str, credited_before: str, expected: str
    ) -> None:
        assert money_left(billed=euros(billed), credited=euros(credited_before)) == euros(expected)


class TestCappedCredit:
    @pytest.mark.parametrize(
        ("wanted", "billed", "credited_before", "expected"),
        [
            ("70", "90", "15", "70"),
            ("75", "90", "15", "75"),
            ("75.01", "90", "15", "75"),
            ("1", "90", "90", "0"),
            ("1", "90", "95", "0"),
            ("0", "90", "0", "0"),
            ("1", "0", "0", "0"),
        ],
    )
    def test_is_never_more_than_is_left(
        self, wanted: str, billed: str, credited_before: str, expected: str
    ) -> None:
        capped = capped_credit(
            wanted=euros(wanted), billed=euros(billed), credited=euros(credited_before)
        )

        assert capped == euros(expected)

    def test_a_credit_below_zero_is_refused(self) -> None:
        with pytest.raises(CreditNotPositive, match=r"credit of -0.01 EUR would be a charge; sta"):
            capped_credit(wanted=euros("-0.01"), billed=euros("1"), credited=euros("0"))

    def test_a_credit_in_another_currency_is_refused(self) -> None:
        with pytest.raises(CurrencyMismatch):
            capped_credit(wanted=Money("USD", Decimal(1)), billed=euros("1"), credited=euros("0"))


class TestLeftOf:
    def test_is_days_times_quantity_and_money(self) -> None:
        before = [
            credited("a", june(21, 31), "2"),
            # Of another line: it does not count.
            replace(credited("a", june(1, 31), "1"), corrects="I1_2"),
        ]

        assert left_of(LINE, before) == Left(Fraction(90 - 20), euros("100.00") - euros("22.22"))

    def test_all_is_left_at_first(self) -> None:
        assert left_of(LINE, []) == Left(Fraction(90), euros("100.00"))


class TestCredit:
    def test_is_the_share_of_its_days_and_quantity(self) -> None:
        part = credited("a", june(21, 31), "2")

        # 100.00 x 20/90
        assert part == CreditedLine(
            corrects="I1_1",
            invoice="I1",
            request="a",
            service_period=june(21, 31),
            quantity=Decimal(2),
            amount=euros("22.22"),
        )
        assert (part.key, part.units) == ("I1_1_a_20260621", Fraction(20))

    def test_the_last_takes_what_is_left(self) -> None:
        first = credited("a", JUNE, "1")
        second = credited("b", JUNE, "1", first)
        last = credited("c", JUNE, "1", first, second)

        assert [part.amount for part in (first, second, last)] == [
            euros("33.33"),
            euros("33.33"),
            euros("33.34"),
        ]

    def test_a_part_of_one_unit_may_be_left(self) -> None:
        line = replace(LINE, quantity=Decimal(1))

        part = credited("a", JUNE, "0.75", line=line)

        assert (part.amount, left_of(line, [part]).units) == (euros("75.00"), Fraction(30, 4))

    def test_a_line_below_zero_is_credited_with_its_sign(self) -> None:
        line = replace(LINE, amount=euros("-100.00"))

        assert credited("a", june(21, 31), "2", line=line).amount == euros("-22.22")

    def test_the_same_request_is_credited_once(self) -> None:
        first = credited("a", june(21, 31), "2")
        other = credited("b", june(1, 11), "1", first)

        assert credited("a", june(21, 31), "2", other, first) is first

    @pytest.mark.parametrize(("end", "quantity"), [(31, "1"), (30, "2")])
    def test_a_request_that_was_credited_otherwise_is_refused(
        self, end: int, quantity: str
    ) -> None:
        first = credited("a", june(21, 31), "2")

        with pytest.raises(CreditChanged, match=r"line I1_1: request a was credited before.*new"):
            credited("a", june(21, end), quantity, first)

    def test_more_than_is_left_on_a_day_is_refused(self) -> None:
        before = credited("a", june(21, 31), "2")

        assert credited("b", june(11, 31), "1", before).amount == euros("22.22")
        with pytest.raises(
            CreditTooLarge,
            match=r"line I1_1: 2 units in \[2026-06-11, 2026-07-01\) are 1 more than is left in"
            r" \[2026-06-21, 2026-07-01\) of 3 units in .*; lower",
        ):
            credited("b", june(11, 31), "2", before)

    @pytest.mark.parametrize("period", [june(21, 32), Period(date(2026, 5, 31), date(2026, 6, 2))])
    def test_days_that_the_line_is_not_for_are_refused(self, period: Period) -> None:
        with pytest.raises(CreditTooLarge):
            credited("a", period, "1")

    @pytest.mark.parametrize(("period", "quantity"), [(JUNE, "0"), (JUNE, "-1"), (june(5, 5), "1")])
    def test_nothing_is_not_credited(self, period: Period, quantity: str) -> None:
        with pytest.raises(CreditNotPositive, match=r"line I1_1: .* is not above zero; state"):
            credited("a", period, quantity)

    @pytest.mark.parametrize(
        "line",
        [
            replace(LINE, corrects="I0_1"),
            replace(LINE, quantity=Decimal(-3), amount=euros("-100.00")),
            replace(LINE, quantity=Decimal(0)),
        ],
    )
    def test_a_line_that_gives_money_back_is_refused(self, line: CreditableLine) -> None:
        with pytest.raises(CreditOfCredit, match="line I1_1: it gives money back itself"):
            credited("a", JUNE, "1", line=line)
        with pytest.raises(CreditOfCredit, match="line I1_1: it gives money back itself"):
            credit_money(line, euros("1"), request="a")

    def test_a_line_is_for_a_day_at_least(self) -> None:
        with pytest.raises(AssertionError, match="line I1_1 is for no day"):
            replace(LINE, service_period=june(5, 5))

    @given(st.permutations([(1, 11), (11, 21), (21, 31)]), st.sampled_from(["0.01", "7.77"]))
    def test_parts_in_any_order_add_up_to_the_line(
        self, days: list[tuple[int, int]], amount: str
    ) -> None:
        line = replace(LINE, amount=euros(amount))
        before: list[CreditedLine] = []

        for place, (first, end) in enumerate(days):
            before.append(credited(f"{place}", june(first, end), "3", *before, line=line))

        assert left_of(line, before) == Left(Fraction(0), euros("0"))
        assert list(runs_left(line, before)) == []


class TestCreditMoney:
    def test_takes_back_no_units(self) -> None:
        part = credit_money(LINE, euros("100.00"), request="goodwill")

        assert (part.units, part.amount, part.corrects) == (Fraction(0), euros("100.00"), "I1_1")
        assert (part.service_period, part.invoice) == (JUNE, "I1")
        assert (part.request, part.key) == ("goodwill", "I1_1_goodwill_20260601")

    def test_less_than_one_is_given_back_too(self) -> None:
        assert credit_money(LINE, euros("0.50"), request="a").amount == euros("0.50")

    def test_of_a_line_that_cost_nothing_nothing_is_given_back(self) -> None:
        with pytest.raises(CreditTooLarge):
            credit_money(replace(LINE, amount=euros("0")), euros("1"), request="a")

    def test_units_are_credited_later_up_to_what_is_left(self) -> None:
        goodwill = credit_money(LINE, euros("90.00"), request="goodwill")

        assert credited("a", june(21, 31), "3", goodwill).amount == euros("10.00")

    def test_more_than_is_left_is_refused(self) -> None:
        before = credited("a", june(21, 31), "3")

        with pytest.raises(CreditTooLarge, match=r"66.68 EUR cannot be .* where 66.67 EUR is left"):
            credit_money(LINE, euros("66.68"), request="b", credited_before=[before])

    @pytest.mark.parametrize(("billed", "amount"), [("9", "0"), ("9", "-1"), ("-9", "1")])
    def test_an_amount_without_the_sign_of_the_line_is_refused(
        self, billed: str, amount: str
    ) -> None:
        line = replace(LINE, amount=euros(billed))

        with pytest.raises(CreditNotPositive, match=f"{amount} EUR cannot be given back of"):
            credit_money(line, euros(amount), request="a")

    def test_an_amount_below_zero_is_given_back_of_a_line_below_zero(self) -> None:
        line = replace(LINE, amount=euros("-9.00"))

        assert credit_money(line, euros("-9.00"), request="a").amount == euros("-9.00")
        with pytest.raises(CreditTooLarge):
            credit_money(line, euros("-9.01"), request="a")

    def test_the_same_request_is_credited_once(self) -> None:
        first = credit_money(LINE, euros("60.00"), request="a")

        again = credit_money(LINE, euros("60.00"), request="a", credited_before=[first])

        assert again is first

    def test_a_request_with_another_amount_is_refused(self) -> None:
        first = credit_money(LINE, euros("60.00"), request="a")

        with pytest.raises(CreditChanged):
            credit_money(LINE, euros("61.00"), request="a", credited_before=[first])


class TestCreditNote:
    def test_names_its_invoice_and_is_below_zero_on_the_paper(self) -> None:
        parts = (credited("a", june(1, 11), "3"), credited("a", june(11, 12), "3"))

        note = CreditNote(invoice="I1", request="a", lines=parts)

        assert (note.key, note.total, note.voids) == ("I1_a", euros("-36.66"), False)

    def test_may_have_a_single_line(self) -> None:
        note = CreditNote(invoice="I1", request="a", lines=(credited("a", JUNE, "1"),))

        assert note.total == euros("-33.33")

    def test_lines_of_another_invoice_are_refused(self) -> None:
        other = replace(credited("a", JUNE, "1"), invoice="I2")

        with pytest.raises(CreditNoteMixed, match=r"credit note I1_a: .*\['I1', 'I2'\]; make one"):
            CreditNote(invoice="I1", request="a", lines=(credited("a", JUNE, "1"), other))

    def test_a_credit_note_without_lines_is_refused(self) -> None:
        with pytest.raises(CreditNoteMixed, match="at least one line"):
            CreditNote(invoice="I1", request="a", lines=())
