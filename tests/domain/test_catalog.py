from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from work365.domain.catalog import (
    PLAN_MONTHS,
    PRICE_MONTHS,
    TERM_MONTHS,
    BillingPlan,
    ListPrice,
    PlanNotSold,
    PriceAmbiguous,
    PriceKey,
    PriceList,
    PriceNotFound,
    ProviderSubscription,
    Sku,
    SubscriptionStatus,
    Term,
    fixed_price_on,
    part_number,
    price_months,
    price_on,
)
from work365.domain.periods import Period

BASIC = Sku("CFQ7TTC0LH18", "0001", "Microsoft 365 Business Basic", "Microsoft Corporation")
KEY = PriceKey("CFQ7TTC0LH18:0001", Term.YEAR, BillingPlan.MONTHLY, "DE", "EUR")
LISTED = ListPrice(
    sku=BASIC,
    term=Term.YEAR,
    plan=BillingPlan.MONTHLY,
    market="DE",
    currency="EUR",
    segment="Commercial",
    unit_price=Decimal("52.42"),
    erp_price=Decimal("65.52"),
    price_months=12,
    effective_from=date(2025, 4, 1),
    effective_until=date(2026, 7, 1),
)


class TestPriceMonths:
    @pytest.mark.parametrize(
        ("term", "plan", "months"),
        [
            (Term.MONTH, BillingPlan.MONTHLY, 1),
            (Term.YEAR, BillingPlan.MONTHLY, 12),
            (Term.YEAR, BillingPlan.ANNUAL, 12),
            (Term.THREE_YEARS, BillingPlan.ANNUAL, 36),
            (Term.THREE_YEARS, BillingPlan.TRIENNIAL, 36),
            (Term.MONTH, BillingPlan.NONE, 1),
        ],
    )
    def test_a_listed_price_pays_for_the_whole_term(
        self, term: Term, plan: BillingPlan, months: int
    ) -> None:
        assert price_months(term, plan) == months

    def test_a_month_cannot_be_billed_annually(self) -> None:
        with pytest.raises(PlanNotSold, match="P1M is not sold with billing plan Annual"):
            price_months(Term.MONTH, BillingPlan.ANNUAL)

    def test_no_plan_bills_for_longer_than_its_price_pays(self) -> None:
        too_long = [
            (term, plan)
            for (term, plan), months in PRICE_MONTHS.items()
            if PLAN_MONTHS.get(plan, 1) > months
        ]

        assert too_long == []


class TestListPrice:
    def test_a_year_billed_monthly_costs_a_twelfth_each_month(self) -> None:
        assert LISTED.for_months(LISTED.erp_price, 1) == Fraction("5.46")

    def test_a_twelfth_that_does_not_end_is_exact(self) -> None:
        price = replace(LISTED, unit_price=Decimal(100))

        assert price.for_months(price.unit_price, 1) == Fraction(25, 3)

    @pytest.mark.parametrize(
        ("day", "expected"),
        [
            (date(2025, 3, 31), False),
            (date(2025, 4, 1), True),
            (date(2026, 6, 30), True),
            (date(2026, 7, 1), False),
        ],
    )
    def test_a_price_holds_from_its_first_day_until_its_end(
        self, day: date, expected: bool
    ) -> None:
        assert LISTED.holds_on(day) is expected

    def test_the_key_of_a_price_is_what_it_is_asked_for_by(self) -> None:
        assert LISTED.key == KEY


@pytest.mark.parametrize(
    ("product_id", "sku_id"), [("CFQ7TTC0LH18", "0001"), ("cfq7ttc0lh18", "1")]
)
def test_a_part_number_is_the_same_however_a_spreadsheet_left_it(
    product_id: str, sku_id: str
) -> None:
    assert part_number(product_id=product_id, sku_id=sku_id) == "CFQ7TTC0LH18:0001"


class TestPriceOn:
    def test_returns_the_price_in_force_on_the_day(self) -> None:
        later = replace(
            LISTED,
            unit_price=Decimal(60),
            effective_from=date(2026, 7, 1),
            effective_until=None,
        )
        prices = PriceList.of([later, LISTED])

        assert price_on(prices, KEY, date(2026, 6, 30)) is LISTED
        assert price_on(prices, KEY, date(2026, 7, 1)) is later

    @pytest.mark.parametrize(
        ("day", "expected"), [(date(2021, 11, 2), "older"), (date(2021, 11, 4), "newer")]
    )
    def test_an_older_price_holds_until_it_ends_where_two_overlap(
        self, day: date, expected: str
    ) -> None:
        # The days are those of Microsoft's own example of an overlap.
        found = {
            "older": replace(
                LISTED,
                effective_from=date(2021, 10, 1),
                effective_until=date(2021, 11, 4),
            ),
            "newer": replace(LISTED, effective_from=date(2021, 11, 1), effective_until=None),
        }

        assert price_on(PriceList.of(found.values()), KEY, day) is found[expected]

    def test_the_latest_start_decides_between_prices_that_end_together(self) -> None:
        corrected = replace(LISTED, effective_from=date(2025, 5, 1), unit_price=Decimal("52.40"))

        assert price_on(PriceList.of([LISTED, corrected]), KEY, date(2025, 6, 1)) is corrected

    def test_a_row_that_is_listed_twice_is_one_price(self) -> None:
        again = replace(LISTED)

        assert price_on(PriceList.of([LISTED, again]), KEY, date(2025, 6, 1)) == LISTED

    def test_two_prices_for_exactly_the_same_days_are_refused(self) -> None:
        other = replace(LISTED, unit_price=Decimal("55.00"))

        with pytest.raises(PriceAmbiguous, match=r"52\.42 and 55\.00"):
            price_on(PriceList.of([LISTED, other]), KEY, date(2025, 6, 1))

    def test_a_missing_price_names_what_was_asked_and_the_nearest_ones(self) -> None:
        annual = replace(LISTED, plan=BillingPlan.ANNUAL)
        in_dollars = replace(LISTED, plan=BillingPlan.ANNUAL, currency="USD", market="US")
        no_teams = replace(LISTED, sku=replace(BASIC, sku_id="000P"))
        prices = PriceList.of([no_teams, in_dollars, annual])

        with pytest.raises(PriceNotFound) as refusal:
            price_on(prices, KEY, date(2026, 1, 1))

        assert str(refusal.value) == (
            "There is no list price of CFQ7TTC0LH18:0001 P1Y Monthly DE EUR Commercial on"
            " 2026-01-01. Nearest: CFQ7TTC0LH18:0001 P1Y Annual DE EUR Commercial from"
            " 2025-04-01 until 2026-07-01; CFQ7TTC0LH18:0001 P1Y Annual US USD Commercial"
            " from 2025-04-01 until 2026-07-01; CFQ7TTC0LH18:000P P1Y Monthly DE EUR"
            " Commercial from 2025-04-01 until 2026-07-01."
        )

    def test_the_nearest_days_come_first_among_prices_that_are_over(self) -> None:
        old = replace(LISTED, effective_from=date(2023, 1, 1), effective_until=date(2024, 1, 1))
        prices = PriceList.of([old, LISTED])

        with pytest.raises(PriceNotFound, match=r"Nearest: [^;]*from 2025-04-01 until"):
            price_on(prices, KEY, date(2026, 7, 1))

    @pytest.mark.parametrize(
        "change",
        [
            {"market": "FR"},
            {"currency": "CHF"},
            {"segment": "Education"},
            {"term": Term.MONTH},
            {"plan": BillingPlan.ANNUAL},
            {"part_number": "CFQ7TTC0LH18:000P"},
        ],
    )
    def test_a_price_is_never_taken_for_another_one(self, change: dict[str, str]) -> None:
        asked = replace(KEY, **change)  # type: ignore[arg-type]  # one field of any type

        with pytest.raises(PriceNotFound):
            price_on(PriceList.of([LISTED]), asked, date(2026, 1, 1))

    def test_an_unknown_product_is_said_to_be_unknown(self) -> None:
        asked = replace(KEY, part_number="CFQ7TTC00000:0001")

        with pytest.raises(PriceNotFound, match="nothing of that product"):
            price_on(PriceList.of([LISTED]), asked, date(2026, 1, 1))


class TestFixedPriceOn:
    BOUGHT_ON = date(2025, 9, 15)
    RENEWAL = date(2026, 9, 15)
    LATER = replace(
        LISTED, unit_price=Decimal(60), effective_from=date(2026, 7, 1), effective_until=None
    )
    PRICES = PriceList.of([LISTED, LATER])

    @pytest.mark.parametrize(
        ("day", "price", "term"),
        [
            (BOUGHT_ON, LISTED, Period(BOUGHT_ON, RENEWAL)),
            (date(2026, 7, 1), LISTED, Period(BOUGHT_ON, RENEWAL)),
            (date(2026, 9, 14), LISTED, Period(BOUGHT_ON, RENEWAL)),
            (RENEWAL, LATER, Period(RENEWAL, date(2027, 9, 15))),
            (date(2028, 9, 15), LATER, Period(date(2028, 9, 15), date(2029, 9, 15))),
        ],
    )
    def test_the_price_of_a_terms_first_day_is_fixed_until_it_ends(
        self, day: date, price: ListPrice, term: Period
    ) -> None:
        fixed = fixed_price_on(self.PRICES, KEY, bought_on=self.BOUGHT_ON, day=day)

        assert fixed == (price, term)

    def test_the_length_of_the_term_is_that_of_what_was_bought(self) -> None:
        monthly = replace(LISTED, term=Term.MONTH)
        key = replace(KEY, term=Term.MONTH)

        fixed = fixed_price_on(
            PriceList.of([monthly]), key, bought_on=date(2026, 1, 31), day=date(2026, 3, 1)
        )

        assert fixed == (monthly, Period(date(2026, 2, 28), date(2026, 3, 31)))

    def test_a_term_has_the_months_of_its_duration(self) -> None:
        assert [TERM_MONTHS[term] for term in Term] == [1, 12, 36]

    def test_what_was_not_bought_yet_has_no_price(self) -> None:
        day = date(2025, 9, 14)

        with pytest.raises(PriceNotFound, match="on 2025-09-14: it was bought on 2025-09-15"):
            fixed_price_on(self.PRICES, KEY, bought_on=self.BOUGHT_ON, day=day)

    def test_a_renewal_without_a_price_is_refused(self) -> None:
        prices = PriceList.of([LISTED])

        with pytest.raises(PriceNotFound, match=r"no list price of .* on 2026-09-15"):
            fixed_price_on(prices, KEY, bought_on=self.BOUGHT_ON, day=date(2026, 10, 1))


@pytest.mark.parametrize(
    ("bought_as", "expected"),
    [("CFQ7TTC0LH18:0001", True), ("MS-AZR-0145P", False)],
)
def test_a_part_number_of_two_parts_is_new_commerce(bought_as: str, expected: bool) -> None:
    subscription = ProviderSubscription(
        id="ba9f1a2c-51d6-4d9f-9a53-6f4f3a1c0c11",
        part_number=bought_as,
        name="Reception desk",
        quantity=4,
        effective_start=date(2026, 1, 1),
        commitment_last_day=None,
        status=SubscriptionStatus.ACTIVE,
        term=None,
        plan=None,
        auto_renew=True,
        is_trial=False,
        customer_tenant=None,
        order_id=None,
    )

    assert subscription.is_new_commerce is expected
