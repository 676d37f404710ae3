from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from work365.domain.money import CurrencyMismatch, Money
from work365.domain.tax_ids import Place
from work365.domain.tax_totals import (
    CreditAboveInvoice,
    Prices,
    RateTotal,
    TaxableLine,
    TaxMethod,
    TaxNotOnInvoice,
    TaxTotals,
    credit_tax,
    left_to_credit,
    line_tax,
    tax_totals,
)
from work365.domain.taxes import AppliedTax

GERMANY = Place("DE")
EXCLUSIVE, INCLUSIVE = Prices.EXCLUSIVE, Prices.INCLUSIVE


def tax_of(percent: str) -> AppliedTax:
    return AppliedTax(f"VAT {percent}", Decimal(percent), "software", GERMANY, "a law")


FULL, REDUCED, EXEMPT = tax_of("19"), tax_of("7"), tax_of("0")


def euros(amount: str) -> Money:
    return Money("EUR", Decimal(amount))


def line(tax: AppliedTax, exact: str | Fraction) -> TaxableLine:
    return TaxableLine.of(tax, Fraction(exact), "EUR")


def totals(
    *lines: TaxableLine,
    method: TaxMethod = TaxMethod.UNROUNDED_NET,
    prices: Prices = EXCLUSIVE,
) -> TaxTotals:
    return tax_totals(lines, currency="EUR", method=method, prices=prices)


class TestTaxTotals:
    def test_lines_are_added_up_rate_by_rate_as_they_come(self) -> None:
        found = totals(line(REDUCED, "10"), line(FULL, "20"), line(REDUCED, "5"))

        assert found.by_rate == (
            RateTotal(REDUCED, euros("15"), euros("1.05")),
            RateTotal(FULL, euros("20"), euros("3.80")),
        )
        assert (found.net, found.tax, found.gross) == (
            euros("35"),
            euros("4.85"),
            euros("39.85"),
        )
        assert (found.currency, found.method) == ("EUR", TaxMethod.UNROUNDED_NET)
        assert found.prices is EXCLUSIVE

    def test_two_taxes_of_one_percentage_stay_apart(self) -> None:
        austrian = FULL._replace(place=Place("AT"))

        found = totals(line(FULL, "1"), line(austrian, "2"))

        assert [rate.net for rate in found.by_rate] == [euros("1"), euros("2")]

    def test_a_line_without_a_method_is_taxed_by_the_unrounded_net(self) -> None:
        assert tax_totals([], currency="EUR").method is TaxMethod.UNROUNDED_NET

    @pytest.mark.parametrize("method", TaxMethod)
    @pytest.mark.parametrize("prices", Prices)
    def test_no_lines_have_no_tax(self, method: TaxMethod, prices: Prices) -> None:
        found = totals(method=method, prices=prices)

        assert found.by_rate == ()
        assert found.gross == euros("0")

    @pytest.mark.parametrize("method", TaxMethod)
    @pytest.mark.parametrize("prices", Prices)
    def test_a_rate_of_0_is_shown_and_comes_to_nothing(
        self, method: TaxMethod, prices: Prices
    ) -> None:
        lines = [line(EXEMPT, Fraction(1, 3)), line(EXEMPT, Fraction(1, 3))]

        found = totals(*lines, method=method, prices=prices)

        assert found.by_rate == (RateTotal(EXEMPT, euros("0.66"), euros("0")),)

    @pytest.mark.parametrize("method", TaxMethod)
    def test_lines_of_two_currencies_are_refused(self, method: TaxMethod) -> None:
        with pytest.raises(CurrencyMismatch):
            tax_totals([TaxableLine.of(FULL, Fraction(1), "USD")], currency="EUR", method=method)

    def test_yen_have_no_decimals(self) -> None:
        found = tax_totals([TaxableLine.of(FULL, Fraction(150), "JPY")], currency="JPY")

        # 28.5 yen of tax.
        assert found.tax == Money("JPY", Decimal(29))


class TestMethods:
    """Three lines of 10.13 and a third of a cent, at 19 percent; and others like it."""

    @pytest.mark.parametrize(
        ("method", "expected"),
        [
            # 30.40 is 5.776; printed are 3 x 10.13 = 30.39, of which it is 5.7741.
            (TaxMethod.UNROUNDED_NET, "5.78"),
            (TaxMethod.UNROUNDED_NET_OF_ALL_RATES, "5.78"),
            (TaxMethod.UNROUNDED_TOTAL, "5.78"),
            (TaxMethod.ROUNDED_NET, "5.77"),
            # 1.9253 a line.
            (TaxMethod.ROUNDED_LINES, "5.79"),
        ],
    )
    def test_differ_by_what_is_rounded(self, method: TaxMethod, expected: str) -> None:
        lines = [line(FULL, Fraction(3040, 300))] * 3

        found = totals(*lines, method=method)

        assert found.by_rate == (RateTotal(FULL, euros("30.39"), euros(expected)),)

    @pytest.mark.parametrize(
        ("method", "expected"),
        [
            # 30.40 holds 4.8538 of tax, 30.39 holds 4.8522, a line 1.6179.
            (TaxMethod.UNROUNDED_NET, "4.85"),
            (TaxMethod.UNROUNDED_NET_OF_ALL_RATES, "4.85"),
            # The net is 25.5462.
            (TaxMethod.UNROUNDED_TOTAL, "4.85"),
            (TaxMethod.ROUNDED_NET, "4.85"),
            (TaxMethod.ROUNDED_LINES, "4.86"),
        ],
    )
    def test_of_prices_that_include_tax_the_gross_stays(
        self, method: TaxMethod, expected: str
    ) -> None:
        lines = [line(FULL, Fraction(3040, 300))] * 3

        (found,) = totals(*lines, method=method, prices=INCLUSIVE).by_rate

        assert found.tax == euros(expected)
        assert found.gross == euros("30.39")
        assert found.printed(INCLUSIVE) == euros("30.39")
        assert found.printed(EXCLUSIVE) == found.net

    def test_the_unrounded_total_keeps_the_gross_to_the_cent(self) -> None:
        # 66.6667 and 12.6667 are 79.3333; 67 cents and 33 cents.
        two_thirds = line(FULL, Fraction(200, 3))
        # 100.3333 and 7.0233 are 107.3567.
        a_third = line(REDUCED, Fraction(301, 3))

        found = totals(two_thirds, a_third, method=TaxMethod.UNROUNDED_TOTAL)

        assert [rate.tax for rate in found.by_rate] == [euros("12.66"), euros("7.03")]
        assert [rate.gross for rate in found.by_rate] == [euros("79.33"), euros("107.36")]
        assert totals(two_thirds, a_third).by_rate[0].tax == euros("12.67")
        assert totals(two_thirds, a_third).by_rate[1].tax == euros("7.02")

    def test_over_all_rates_tax_is_rounded_once_and_shared_out(self) -> None:
        # 0.2166 and 0.1064, together 0.323; each by itself is 0.22 and 0.11.
        lines = [line(FULL, "1.14"), line(REDUCED, "1.52")]

        found = totals(*lines, method=TaxMethod.UNROUNDED_NET_OF_ALL_RATES)

        assert [rate.tax for rate in found.by_rate] == [euros("0.21"), euros("0.11")]
        assert totals(*lines).tax == euros("0.33")

    def test_over_all_rates_a_credit_is_the_mirror_of_the_charge(self) -> None:
        lines = [line(FULL, "-1.14"), line(EXEMPT, "5"), line(REDUCED, "-1.52")]

        found = totals(*lines, method=TaxMethod.UNROUNDED_NET_OF_ALL_RATES)

        assert [rate.tax for rate in found.by_rate] == [
            euros("-0.21"),
            euros("0"),
            euros("-0.11"),
        ]

    def test_over_all_rates_a_credit_beside_a_charge_is_rounded_by_itself(self) -> None:
        lines = [line(FULL, "-1.14"), line(REDUCED, "1.52")]

        found = totals(*lines, method=TaxMethod.UNROUNDED_NET_OF_ALL_RATES)

        assert [rate.tax for rate in found.by_rate] == [euros("-0.22"), euros("0.11")]

    def test_the_printed_amount_may_be_another_than_the_rounded_one(self) -> None:
        printed = TaxableLine(FULL, Fraction(2, 3), euros("0.66"))

        assert totals(printed).net == euros("0.66")
        assert totals(printed, method=TaxMethod.ROUNDED_NET).net == euros("0.66")

    @given(
        st.lists(
            st.tuples(
                st.sampled_from([FULL, REDUCED, EXEMPT]),
                st.fractions(-100, 100, max_denominator=366),
            ),
            max_size=6,
        ),
        st.sampled_from(TaxMethod),
        st.sampled_from(Prices),
    )
    def test_what_is_printed_adds_up_whatever_the_method(
        self, drawn: list[tuple[AppliedTax, Fraction]], method: TaxMethod, prices: Prices
    ) -> None:
        lines = [TaxableLine.of(tax, exact, "EUR") for tax, exact in drawn]

        found = totals(*lines, method=method, prices=prices)

        printed = Money.total((line.printed for line in lines), "EUR")
        assert (found.net if prices is EXCLUSIVE else found.gross) == printed
        assert found.net + found.tax == found.gross
        turned = [TaxableLine.of(tax, -exact, "EUR") for tax, exact in drawn]
        assert totals(*turned, method=method, prices=prices).tax == -found.tax


class TestLineTax:
    def test_is_on_the_unrounded_line(self) -> None:
        # 0.475 of 2.50, and 0.474 of 2.495, which prints as 2.50 too.
        assert line_tax(line(FULL, "2.50")) == euros("0.48")
        assert line_tax(line(FULL, "2.495")) == euros("0.47")

    def test_is_within_a_price_that_includes_it(self) -> None:
        assert line_tax(line(FULL, "1.19"), INCLUSIVE) == euros("0.19")


class TestCreditTax:
    """An invoice of 31.57 at 19 percent (5.9983), and of 10.00 at 7 percent."""

    INVOICE = totals(line(FULL, "31.57"), line(REDUCED, "10"))

    def test_takes_the_invoices_rate_and_method(self) -> None:
        invoice = totals(line(FULL, "31.57"), method=TaxMethod.ROUNDED_LINES, prices=INCLUSIVE)

        credit = credit_tax(invoice, [], [line(FULL, "2"), line(FULL, "2")])

        # 0.3193 a line.
        assert credit == totals(
            line(FULL, "2"), line(FULL, "2"), method=TaxMethod.ROUNDED_LINES, prices=INCLUSIVE
        )
        assert (credit.tax, credit.gross) == (euros("0.64"), euros("4.00"))
        assert (credit.method, credit.prices) == (TaxMethod.ROUNDED_LINES, INCLUSIVE)

    def test_the_last_credit_takes_what_is_left(self) -> None:
        # 2.0007, 2.0045 and 1.9931 of tax; by itself the last would be a cent less.
        first = credit_tax(self.INVOICE, [], [line(FULL, "10.53")])
        second = credit_tax(self.INVOICE, [first], [line(FULL, "10.55")])
        last = credit_tax(self.INVOICE, [first, second], [line(FULL, "10.49")])

        assert [credit.tax for credit in (first, second, last)] == [
            euros("2.00"),
            euros("2.00"),
            euros("2.00"),
        ]
        assert line_tax(line(FULL, "10.49")) == euros("1.99")
        left = left_to_credit(self.INVOICE, [first, second, last])
        assert left.by_rate == (
            RateTotal(FULL, euros("0"), euros("0")),
            RateTotal(REDUCED, euros("10"), euros("0.70")),
        )

    def test_a_credit_never_takes_more_tax_than_is_left(self) -> None:
        # Each of 0.03 has 0.0057 of tax: a cent; the invoice has two.
        invoice = totals(line(FULL, "0.12"))
        credits: list[TaxTotals] = []

        for _ in range(4):
            credits.append(credit_tax(invoice, credits, [line(FULL, "0.03")]))

        assert [credit.tax for credit in credits] == [
            euros("0.01"),
            euros("0.01"),
            euros("0"),
            euros("0"),
        ]

    def test_a_price_that_includes_tax_keeps_its_gross_when_the_tax_is_used_up(self) -> None:
        # Each of 0.04 holds 0.0064 of tax: a cent; the invoice of 0.12 holds 0.0192.
        invoice = totals(line(FULL, "0.12"), prices=INCLUSIVE)
        credits: list[TaxTotals] = []

        for amount in ("0.04", "0.04", "0.03", "0.01"):
            credits.append(credit_tax(invoice, credits, [line(FULL, amount)]))

        assert [(credit.net, credit.tax) for credit in credits] == [
            (euros("0.03"), euros("0.01")),
            (euros("0.03"), euros("0.01")),
            (euros("0.03"), euros("0")),
            (euros("0.01"), euros("0")),
        ]

    def test_a_rates_credits_leave_the_others_alone(self) -> None:
        first = credit_tax(self.INVOICE, [], [line(REDUCED, "10")])

        second = credit_tax(self.INVOICE, [first], [line(FULL, "31.57")])

        assert first.by_rate == (RateTotal(REDUCED, euros("10"), euros("0.70")),)
        assert second.by_rate == (RateTotal(FULL, euros("31.57"), euros("6.00")),)

    @pytest.mark.parametrize("amount", ["31.58", "-0.01"])
    def test_a_credit_is_between_nothing_and_the_invoice(self, amount: str) -> None:
        with pytest.raises(
            CreditAboveInvoice,
            match=rf"of 19 percent: a credit of {amount} EUR is not between 0 and the 31\.57",
        ):
            credit_tax(self.INVOICE, [], [line(FULL, amount)])

    def test_what_was_credited_before_counts(self) -> None:
        first = credit_tax(self.INVOICE, [], [line(FULL, "31.50")])

        assert credit_tax(self.INVOICE, [first], [line(FULL, "0.07")]).tax == euros("0.01")
        with pytest.raises(CreditAboveInvoice, match=r"the 0\.07 that is left"):
            credit_tax(self.INVOICE, [first], [line(FULL, "0.08")])

    def test_of_prices_that_include_tax_the_gross_is_compared(self) -> None:
        invoice = totals(line(FULL, "11.90"), prices=INCLUSIVE)

        assert credit_tax(invoice, [], [line(FULL, "11.90")]).gross == euros("11.90")
        with pytest.raises(CreditAboveInvoice, match=r"11\.91 EUR .* the 11\.90"):
            credit_tax(invoice, [], [line(FULL, "11.91")])

    def test_a_credit_of_nothing_is_nothing(self) -> None:
        assert credit_tax(self.INVOICE, [], []).by_rate == ()
        assert credit_tax(self.INVOICE, [], [line(FULL, "0")]).tax == euros("0")

    def test_a_tax_that_the_invoice_has_not_is_refused(self) -> None:
        with pytest.raises(TaxNotOnInvoice, match="tax VAT 20 of 20 percent is not on the"):
            credit_tax(self.INVOICE, [], [line(tax_of("20"), "1")])

    @given(
        st.lists(st.integers(1, 500), min_size=1, max_size=6),
        st.sampled_from(TaxMethod),
        st.sampled_from(Prices),
    )
    def test_all_credits_together_are_the_invoice(
        self, cents: list[int], method: TaxMethod, prices: Prices
    ) -> None:
        parts = [line(FULL, Fraction(part, 100)) for part in cents]
        whole = line(FULL, Fraction(sum(cents), 100))
        invoice = totals(whole, method=method, prices=prices)
        credits: list[TaxTotals] = []

        for part in parts:
            credits.append(credit_tax(invoice, credits, [part]))

        assert Money.total((credit.net for credit in credits), "EUR") == invoice.net
        assert Money.total((credit.tax for credit in credits), "EUR") == invoice.tax
        assert all(credit.tax.amount >= 0 and credit.net.amount >= 0 for credit in credits)
