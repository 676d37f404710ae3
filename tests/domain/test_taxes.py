from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from work365.domain.findings import Severity
from work365.domain.tax_ids import Place
from work365.domain.taxes import (
    REVERSE_CHARGE,
    REVERSE_CHARGE_REASON,
    AppliedTax,
    InvalidTaxRate,
    Party,
    TaxedAt,
    TaxRate,
    TaxRateAmbiguous,
    TaxRateMissing,
    TaxRules,
    rate_on,
)

SOFTWARE = "software"
DAY = date(2026, 3, 1)
GERMANY, AUSTRIA, SWITZERLAND = Place("DE"), Place("AT"), Place("CH")
GERMAN = TaxRate(
    place=GERMANY,
    category=SOFTWARE,
    percent=Decimal(19),
    valid_from=date(2021, 1, 1),
    name="USt",
    source="UStG, section 12",
)
AUSTRIAN = replace(GERMAN, place=AUSTRIA, percent=Decimal(20), name="MwSt")
SWISS = replace(GERMAN, place=SWITZERLAND, percent=Decimal(0), name="Export")
US = replace(GERMAN, place=Place("US"), percent=Decimal(0), name="Federal")
WASHINGTON = replace(GERMAN, place=Place("US", "WA"), percent=Decimal("6.5"), name="Sales tax")
RATES = (GERMAN, AUSTRIAN, SWISS, US, WASHINGTON)
RULES = TaxRules(seller=Party(GERMANY, "DE136695976"), rates=RATES)
AUSTRIAN_ID = "ATU13585627"


class TestTaxRate:
    @pytest.mark.parametrize("percent", ["-0.01", "NaN", "Infinity"])
    def test_a_percentage_is_a_number_from_0_on(self, percent: str) -> None:
        with pytest.raises(InvalidTaxRate, match=f"percent {percent} is not a number from 0 on"):
            replace(GERMAN, percent=Decimal(percent))

    @pytest.mark.parametrize("until", [date(2020, 12, 31), date(2021, 1, 1)])
    def test_it_holds_for_a_day_at_least(self, until: date) -> None:
        with pytest.raises(InvalidTaxRate, match=f"until {until}, which is not after 2021-01-01"):
            replace(GERMAN, valid_until=until)

    def test_what_is_pinned_says_all_of_it(self) -> None:
        assert GERMAN.applied == AppliedTax(
            name="USt",
            percent=Decimal(19),
            category=SOFTWARE,
            place=GERMANY,
            source="UStG, section 12",
            reason=None,
        )

    def test_the_shares_of_net_and_gross_are_exact(self) -> None:
        assert GERMAN.applied.share_of_net == Fraction(19, 100)
        assert GERMAN.applied.share_of_gross == Fraction(19, 119)


class TestRateOn:
    def test_holds_from_its_first_day_to_the_day_before_its_end(self) -> None:
        rate = replace(GERMAN, valid_until=DAY)

        assert rate_on([rate], place=GERMANY, category=SOFTWARE, day=date(2021, 1, 1)) is rate
        assert rate_on([rate], place=GERMANY, category=SOFTWARE, day=date(2026, 2, 28)) is rate
        for day in (date(2020, 12, 31), DAY):
            with pytest.raises(TaxRateMissing):
                rate_on([rate], place=GERMANY, category=SOFTWARE, day=day)

    def test_the_rate_that_follows_takes_over_on_its_day(self) -> None:
        lower = replace(GERMAN, valid_until=DAY, percent=Decimal(16))
        higher = replace(GERMAN, valid_from=DAY)

        assert rate_on([lower, higher], place=GERMANY, category=SOFTWARE, day=DAY) is higher

    def test_a_region_goes_before_its_country(self) -> None:
        for rates in (RATES, RATES[::-1]):
            found = rate_on(rates, place=Place("US", "WA"), category=SOFTWARE, day=DAY)

            assert found is WASHINGTON

    @pytest.mark.parametrize("region", [None, "OR"])
    def test_elsewhere_in_the_country_its_own_rate_holds(self, region: str | None) -> None:
        assert rate_on(RATES, place=Place("US", region), category=SOFTWARE, day=DAY) is US

    def test_no_rate_is_a_refusal_and_not_no_tax(self) -> None:
        with pytest.raises(TaxRateMissing, match="'books' in DE on 2026-03-01; state one, of 0"):
            rate_on(RATES, place=GERMANY, category="books", day=DAY)
        with pytest.raises(TaxRateMissing, match="'software' in FR-75 on"):
            rate_on(RATES, place=Place("FR", "75"), category=SOFTWARE, day=DAY)

    def test_two_rates_for_one_place_are_refused(self) -> None:
        other = replace(GERMAN, name="Another", percent=Decimal(7))

        with pytest.raises(TaxRateAmbiguous, match=r"Another and USt both hold .* on 2026-03-01"):
            rate_on([GERMAN, other], place=GERMANY, category=SOFTWARE, day=DAY)

    def test_two_rates_for_one_region_are_refused(self) -> None:
        other = replace(WASHINGTON, name="Another")

        with pytest.raises(TaxRateAmbiguous, match="in US-WA"):
            rate_on([*RATES, other], place=Place("US", "WA"), category=SOFTWARE, day=DAY)


class TestTreatment:
    def test_a_buyer_in_the_sellers_country_is_charged_its_rate(self) -> None:
        buyer = Party(GERMANY, "DE136695976")

        assert RULES.treatment(buyer, category=SOFTWARE, day=DAY) == (GERMAN.applied, ())

    def test_a_buyer_outside_the_union_is_charged_the_rate_that_is_stated_there(self) -> None:
        buyer = Party(SWITZERLAND, "CHE123456788")

        assert RULES.treatment(buyer, category=SOFTWARE, day=DAY) == (SWISS.applied, ())

    def test_a_seller_outside_the_union_charges_the_rate_at_the_buyer(self) -> None:
        rules = replace(RULES, seller=Party(SWITZERLAND))
        buyer = Party(AUSTRIA, AUSTRIAN_ID)

        assert rules.treatment(buyer, category=SOFTWARE, day=DAY) == (AUSTRIAN.applied, ())

    def test_a_buyer_with_a_vat_number_in_another_member_state_owes_the_tax_itself(self) -> None:
        buyer = Party(AUSTRIA, AUSTRIAN_ID)

        treatment = RULES.treatment(buyer, category=SOFTWARE, day=DAY)

        assert treatment.findings == ()
        assert treatment.tax.name == REVERSE_CHARGE
        assert treatment.tax.percent == 0
        assert treatment.tax.reason == REVERSE_CHARGE_REASON
        assert (treatment.tax.category, treatment.tax.place) == (SOFTWARE, AUSTRIA)
        assert "2006/112/EC" in treatment.tax.source

    def test_nothing_is_reversed_before_a_country_joined(self) -> None:
        rates = tuple(replace(rate, valid_from=date(1990, 1, 1)) for rate in RATES)
        rules = replace(RULES, rates=rates)
        buyer = Party(AUSTRIA, AUSTRIAN_ID)

        before = rules.treatment(buyer, category=SOFTWARE, day=date(1994, 12, 31))
        after = rules.treatment(buyer, category=SOFTWARE, day=date(1995, 1, 1))

        assert before.tax.name == "MwSt"
        assert after.tax.name == REVERSE_CHARGE

    @pytest.mark.parametrize(
        ("taxed_at", "expected"), [(TaxedAt.SELLER, GERMAN), (TaxedAt.BUYER, AUSTRIAN)]
    )
    def test_without_a_vat_number_the_place_is_a_setting(
        self, taxed_at: TaxedAt, expected: TaxRate
    ) -> None:
        rules = replace(RULES, without_vat_id=taxed_at)

        treatment = rules.treatment(Party(AUSTRIA), category=SOFTWARE, day=DAY)

        assert treatment == (expected.applied, ())

    def test_the_sellers_rate_is_the_setting_where_none_is_made(self) -> None:
        assert RULES.without_vat_id is TaxedAt.SELLER

    @pytest.mark.parametrize("number", ["ATU13585628", "DE136695976", ""])
    def test_a_number_that_cannot_be_one_is_a_finding_and_tax_is_charged(self, number: str) -> None:
        treatment = RULES.treatment(Party(AUSTRIA, number), category=SOFTWARE, day=DAY)

        assert treatment.tax == GERMAN.applied
        (finding,) = treatment.findings
        assert finding.severity is Severity.WARNING
        assert (finding.code, finding.path) == ("vat_id_invalid", "vat_id")
        assert repr(number) in finding.message

    def test_a_rate_that_is_missing_is_refused_here_too(self) -> None:
        with pytest.raises(TaxRateMissing, match="in DE on"):
            RULES.treatment(Party(Place("FR"), "x"), category="books", day=DAY)


def test_a_missing_french_rate_is_told_for_the_seller_or_the_buyer() -> None:
    at_buyer = replace(RULES, without_vat_id=TaxedAt.BUYER)

    with pytest.raises(TaxRateMissing, match="in FR on"):
        at_buyer.treatment(Party(Place("FR")), category=SOFTWARE, day=DAY)
