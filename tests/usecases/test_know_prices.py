from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from tests.domain.microsoft.seen import a_seen
from tests.usecases.fake_catalog import BASIC, a_price
from work365.domain.catalog import BillingPlan, Sku, Term
from work365.domain.changes import Change, UnitPrice
from work365.domain.microsoft.subscriptions import NextTerm
from work365.usecases.know_prices import (
    Offered,
    PriceBook,
    known_prices,
    next_offered,
    offered,
    term_start,
)

LATER = date(2027, 1, 1)
AUSTRIAN, POUNDS = a_price(market="AT"), a_price(currency="GBP")
NOON = datetime(2026, 9, 11, 12, tzinfo=UTC)


def wanted(on: date = LATER, **given: object) -> Offered:
    return Offered(
        part_number=str(given.get("part_number", BASIC.part_number)),
        term=Term.YEAR,
        plan=BillingPlan.MONTHLY,
        on=on,
    )


class TestAPriceBook:
    def test_knows_what_the_partner_pays_and_for_how_many_months(self) -> None:
        book = PriceBook.of([a_price()])

        assert book.partner_price(wanted(), "EUR") == UnitPrice(Decimal("49.92"), 12)

    def test_takes_the_price_of_the_day(self) -> None:
        before = a_price(effective_until=date(2026, 7, 1))
        after = a_price(effective_from=date(2026, 7, 1), unit_price=Decimal("54.00"))
        book = PriceBook.of([before, after])

        found = [book.partner_price(wanted(day), "EUR") for day in (date(2026, 6, 30), LATER)]

        assert [price and price.amount for price in found] == [Decimal("49.92"), Decimal("54.00")]

    def test_knows_no_price_before_the_first_and_after_the_last(self) -> None:
        book = PriceBook.of([a_price(effective_until=date(2026, 7, 1))])

        assert book.partner_price(wanted(date(2024, 12, 31)), "EUR") is None
        assert book.partner_price(wanted(date(2026, 7, 1)), "EUR") is None

    def test_chooses_no_market_among_several(self) -> None:
        book = PriceBook.of([a_price(), AUSTRIAN])

        assert book.market_of(BASIC.part_number, "EUR") is None
        assert book.partner_price(wanted(), "EUR") is None

    def test_takes_the_market_that_it_is_told(self) -> None:
        book = PriceBook.of([a_price(), AUSTRIAN], market="AT")

        assert book.market_of(BASIC.part_number, "EUR") == "AT"
        assert book.partner_price(wanted(), "EUR") is not None

    def test_knows_nothing_of_a_market_that_does_not_list_the_product(self) -> None:
        book = PriceBook.of([a_price()], market="AT")

        assert book.market_of(BASIC.part_number, "EUR") is None

    def test_looks_at_prices_in_the_currency_alone(self) -> None:
        book = PriceBook.of([a_price(), POUNDS])

        assert book.partner_price(wanted(), "USD") is None
        assert book.partner_price(wanted(), "GBP") is not None

    def test_does_not_choose_between_two_prices_of_the_same_days(self) -> None:
        book = PriceBook.of([a_price(), a_price(unit_price=Decimal("50.00"))])

        assert book.partner_price(wanted(), "EUR") is None

    def test_knows_no_price_of_what_is_not_sold(self) -> None:
        book = PriceBook.of([a_price()])
        month_billed_yearly = Offered(
            part_number=BASIC.part_number, term=Term.MONTH, plan=BillingPlan.ANNUAL, on=LATER
        )

        assert book.partner_price(month_billed_yearly, "EUR") is None
        assert book.partner_price(None, "EUR") is None


class TestATerm:
    @pytest.mark.parametrize(
        ("started", "last_day", "term", "begins"),
        [
            (date(2026, 9, 11), date(2027, 9, 10), Term.YEAR, date(2026, 9, 11)),
            (date(2024, 9, 11), date(2027, 9, 10), Term.YEAR, date(2026, 9, 11)),
            (date(2026, 1, 30), date(2026, 9, 29), Term.MONTH, date(2026, 8, 30)),
            (date(2026, 9, 11), date(2026, 12, 31), Term.YEAR, date(2026, 9, 11)),
        ],
    )
    def test_begins_so_long_before_its_end_or_when_it_was_bought(
        self, started: date, last_day: date, term: Term, begins: date
    ) -> None:
        seen = a_seen(effective_start=started, commitment_last_day=last_day, term=term)

        assert term_start(seen) == begins

    @pytest.mark.parametrize(
        "given",
        [
            {"term": None},
            {"commitment_last_day": None},
            {"effective_start": date(2027, 10, 1)},
        ],
    )
    def test_that_is_not_there_begins_on_no_day(self, given: dict[str, object]) -> None:
        assert term_start(a_seen(**given)) is None


class TestWhatIsOffered:
    def test_is_the_same_again_if_nothing_is_said(self) -> None:
        assert next_offered(a_seen()) == wanted(date(2027, 9, 11))

    def test_is_what_microsoft_was_told_of_the_next_term(self) -> None:
        told = NextTerm(part_number="CFQ7TTC0LDPB:0001", term=Term.MONTH, quantity=3)

        following = next_offered(a_seen(next_term=told))

        assert following == Offered(
            part_number="CFQ7TTC0LDPB:0001",
            term=Term.MONTH,
            plan=BillingPlan.MONTHLY,
            on=date(2027, 9, 11),
        )

    @pytest.mark.parametrize("given", [{"term": None}, {"plan": None}])
    def test_is_nothing_without_term_or_plan(self, given: dict[str, object]) -> None:
        assert offered(a_seen(**given), LATER) is None

    def test_is_nothing_after_a_term_without_an_end(self) -> None:
        assert next_offered(a_seen(commitment_last_day=None)) is None


class TestKnownPrices:
    def test_are_those_of_this_term_the_next_one_and_a_month(self) -> None:
        raised = a_price(effective_from=date(2027, 7, 1), unit_price=Decimal("54.00"))
        monthly = a_price(term=Term.MONTH, price_months=1, unit_price=Decimal("5.40"))
        this = a_price(effective_until=date(2027, 7, 1))
        book = PriceBook.of([this, raised, monthly])

        known = known_prices(a_seen(), book, currency="EUR")

        assert known.partner == UnitPrice(Decimal("49.92"), 12)
        assert known.next_partner == UnitPrice(Decimal("54.00"), 12)
        assert known.monthly == UnitPrice(Decimal("5.40"), 1)
        assert known.customer is None

    def test_are_of_what_comes_instead_where_that_is_supposed(self) -> None:
        better = Sku("CFQ7TTC0LDPB", "0001", "Business Premium", "Microsoft Corporation")
        book = PriceBook.of([a_price(), a_price(sku=better, unit_price=Decimal("211.20"))])

        known = known_prices(
            a_seen(), book, currency="EUR", next_is=wanted(part_number=better.part_number)
        )

        assert known.next_partner == UnitPrice(Decimal("211.20"), 12)

    def test_of_the_customer_are_the_last_one_in_the_log(self) -> None:
        opening = Change("a", date(2026, 9, 11), NOON, Decimal(10), UnitPrice(Decimal("6.00"), 1))
        raised = Change("b", date(2026, 10, 1), NOON, price=UnitPrice(Decimal("6.50"), 1))
        more = Change("c", date(2026, 11, 1), NOON, Decimal(2))

        known = known_prices(
            a_seen(), PriceBook.of(()), currency="EUR", changes=[raised, more, opening]
        )

        assert known.customer == UnitPrice(Decimal("6.50"), 1)
        assert known.partner is None
