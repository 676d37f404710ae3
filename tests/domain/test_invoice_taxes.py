from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

import pytest

from work365.domain.accounts import Account
from work365.domain.books import Books
from work365.domain.changes import Change, UnitPrice
from work365.domain.contracts import BillingContract, Subscription
from work365.domain.day_counts import DayCount
from work365.domain.invoice_taxes import TaxTerms
from work365.domain.lines import LineKind
from work365.domain.money import Money
from work365.domain.one_time_charges import OneTimeCharge
from work365.domain.policies import BillingPolicy
from work365.domain.proration import Proration
from work365.domain.settlements import settle_account
from work365.domain.tax_ids import Place
from work365.domain.tax_totals import Prices, TaxMethod
from work365.domain.taxes import AppliedTax, Party, TaxRate, TaxRateMissing, TaxRules

START = date(2026, 1, 1)
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
GERMANY, FRANCE = Place("DE"), Place("FR")


def rate(percent: str, category: str = "standard", **days: date) -> TaxRate:
    return TaxRate(
        place=GERMANY,
        category=category,
        percent=Decimal(percent),
        valid_from=days.get("valid_from", date(2024, 1, 1)),
        valid_until=days.get("valid_until"),
        name=f"USt {percent}",
        source="UStG",
    )


HOME_BUYER = Party(GERMANY)


def terms(*rates: TaxRate, buyer: Party = HOME_BUYER, **choices: Prices | TaxMethod) -> TaxTerms:
    rules = TaxRules(seller=Party(GERMANY), rates=rates)
    return replace(TaxTerms(rules=rules, buyer=buyer), **choices)  # type: ignore[arg-type]  # each choice is of its field's kind


def account(tax: TaxTerms, *changes: Change, policy: BillingPolicy | None = None) -> Account:
    opening = Change("SUB-1-0", START, NOON, Decimal(10), UnitPrice(Decimal("12.40"), 1))
    return Account(
        contract=BillingContract(
            id=UUID(int=1),
            key="CT-1",
            customer=UUID(int=2),
            currency="EUR",
            start_on=START,
            policy=policy or BillingPolicy(refunds=True),
        ),
        subscriptions=(
            Subscription(
                id=UUID(int=3),
                key="SUB-1",
                name="Basic",
                start_on=START,
                changes=(opening, *changes),
            ),
        ),
        tax=tax,
    )


def billed(told: Account, *days: date) -> Books:
    books = Books(told)
    for day in days:
        books.run(day)
    return books


class TestALine:
    def test_has_the_tax_of_the_invoice_s_day(self) -> None:
        changed = terms(
            rate("19", valid_until=date(2026, 2, 1)), rate("21", valid_from=date(2026, 2, 1))
        )

        january, february = billed(account(changed), START, date(2026, 2, 1)).closed

        assert [line.tax.percent for line in january.lines if line.tax] == [19]
        assert [line.tax.percent for line in february.lines if line.tax] == [21]

    def test_has_the_tax_of_what_is_sold(self) -> None:
        book = OneTimeCharge(
            id=UUID(int=9),
            key="ONCE-1",
            name="Handbook",
            on=START,
            quantity=Decimal(1),
            unit_price=Decimal(50),
            tax_category="books",
        )
        told = replace(account(terms(rate("19"), rate("7", "books"))), one_time=(book,))

        (invoice,) = billed(told, START).closed

        assert {line.sold.key: line.tax.percent for line in invoice.lines if line.tax} == {
            "ONCE-1": 7,
            "SUB-1": 19,
        }
        assert invoice.taxes is not None
        assert [(one.net.amount, one.tax.amount) for one in invoice.taxes.by_rate] == [
            (Decimal("50.00"), Decimal("3.50")),
            (Decimal("124.00"), Decimal("23.56")),
        ]
        assert invoice.total == Money("EUR", Decimal("201.06"))

    def test_without_a_rate_is_refused(self) -> None:
        nothing = account(terms(rate("7", "books")))

        with pytest.raises(TaxRateMissing, match="standard"):
            settle_account(nothing, through=START)

    def test_of_a_buyer_who_owes_the_tax_has_none_and_says_why(self) -> None:
        buyer = Party(FRANCE, "FR40303265045")

        (invoice,) = billed(account(terms(rate("19"), buyer=buyer)), START).closed

        (line,) = invoice.lines
        assert isinstance(line.tax, AppliedTax)
        assert line.tax.percent == 0
        assert invoice.total == invoice.net
        assert line.tax.reason


class TestACredit:
    FEWER = Change("SUB-1-1", date(2026, 1, 11), NOON, Decimal(-3), refund=True)

    def test_has_the_tax_of_the_line_that_it_corrects(self) -> None:
        changed = terms(
            rate("19", valid_until=date(2026, 2, 1)), rate("21", valid_from=date(2026, 2, 1))
        )
        books = billed(account(changed), START)
        books.account = replace(
            books.account, subscriptions=account(changed, self.FEWER).subscriptions
        )

        books.run(date(2026, 2, 1))

        taxes = {line.kind: line.tax.percent for line in books.closed[1].lines if line.tax}
        assert taxes == {LineKind.CREDIT: 19, LineKind.CHARGE: 21}

    def test_that_is_waived_has_no_tax(self) -> None:
        tax = terms(rate("19"))
        books = billed(account(tax), START)
        kept = replace(self.FEWER, refund=False)
        books.account = replace(books.account, subscriptions=account(tax, kept).subscriptions)

        books.run(date(2026, 2, 1))

        waived, charged = books.closed[1].lines
        assert (waived.kind, waived.tax) == (LineKind.WAIVED, None)
        assert charged.tax is not None

    def test_by_a_rule_whose_parts_do_not_add_up_is_taxed_as_printed(self) -> None:
        begun = BillingPolicy(refunds=True, proration=Proration(day_count=DayCount.BEGUN_MONTHS))
        contract = account(terms(rate("20")), policy=begun)
        yearly = replace(contract.contract, cycle_months=3)
        books = billed(replace(contract, contract=yearly), START)
        changed = account(terms(rate("20")), replace(self.FEWER, effective_on=date(2026, 2, 11)))
        books.account = replace(books.account, subscriptions=changed.subscriptions)

        books.run(date(2026, 4, 1))

        credit = next(
            line
            for invoice in books.closed
            for line in invoice.lines
            if line.kind is LineKind.CREDIT
        )
        invoice = next(one for one in books.closed if credit in one.lines)
        assert credit.amount == Money("EUR", Decimal("-37.20"))
        assert invoice.taxes is not None
        assert invoice.taxes.tax.amount == invoice.net.amount / 5


class TestTotals:
    @pytest.mark.parametrize(
        ("method", "tax"), [(TaxMethod.UNROUNDED_NET, "0.50"), (TaxMethod.ROUNDED_NET, "0.51")]
    )
    def test_are_on_the_net_before_or_after_it_is_rounded(
        self, method: TaxMethod, tax: str
    ) -> None:
        told = account(terms(rate("25"), method=method))
        sold = [
            OneTimeCharge(
                id=UUID(int=number),
                key=f"ONCE-{number}",
                name="Sticker",
                on=START,
                quantity=Decimal(1),
                unit_price=Decimal("1.005"),
            )
            for number in (8, 9)
        ]

        (invoice,) = billed(replace(told, subscriptions=(), one_time=tuple(sold)), START).closed

        assert invoice.net == Money("EUR", Decimal("2.02"))
        assert invoice.taxes is not None
        assert invoice.taxes.tax == Money("EUR", Decimal(tax))

    def test_of_prices_with_the_tax_in_them_are_what_is_printed(self) -> None:
        (invoice,) = billed(account(terms(rate("24"), prices=Prices.INCLUSIVE)), START).closed

        assert invoice.total == Money("EUR", Decimal("124.00"))
        assert invoice.net == Money("EUR", Decimal("100.00"))

    def test_without_tax_terms_are_none(self) -> None:
        (invoice,) = billed(replace(account(terms(rate("19"))), tax=None), START).closed

        assert invoice.taxes is None
        assert invoice.total == invoice.net
