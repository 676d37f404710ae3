from datetime import date

import pytest

from work365.domain.tax_ids import (
    MEMBERSHIPS,
    OUTSIDE_THE_UNION,
    InvalidPlace,
    Membership,
    Place,
    VatIdInvalid,
    checked_vat_id,
    membership_on,
)

DAY = date(2026, 3, 1)


class TestPlace:
    def test_a_region_follows_the_country(self) -> None:
        assert str(Place("US", "WA")) == "US-WA"
        assert str(Place("US")) == "US"

    @pytest.mark.parametrize("country", ["", "D", "DEU", "de", "D1", "ÖÄ"])
    def test_a_country_is_two_capitals(self, country: str) -> None:
        with pytest.raises(InvalidPlace, match="is not a code of ISO 3166-1 such as DE"):
            Place(country)


class TestTheUnion:
    @pytest.mark.parametrize(
        ("country", "day", "inside"),
        [
            ("DE", date(1992, 12, 31), False),
            ("DE", date(1993, 1, 1), True),
            ("AT", date(1994, 12, 31), False),
            ("AT", date(1995, 1, 1), True),
            ("PL", date(2004, 4, 30), False),
            ("PL", date(2004, 5, 1), True),
            ("BG", date(2006, 12, 31), False),
            ("BG", date(2007, 1, 1), True),
            ("HR", date(2013, 6, 30), False),
            ("HR", date(2013, 7, 1), True),
            ("GR", date(1993, 1, 1), True),
            ("GB", date(1993, 1, 1), True),
            ("GB", date(2020, 12, 31), True),
            ("GB", date(2021, 1, 1), False),
            ("CH", DAY, False),
            ("XI", DAY, False),
        ],
    )
    def test_a_country_is_in_it_on_the_days_of_its_membership(
        self, country: str, day: date, inside: bool
    ) -> None:
        assert (membership_on(Place(country), day) is not None) is inside

    def test_it_has_27_members_and_had_28(self) -> None:
        def members(day: date) -> set[str]:
            return {row.country for row in MEMBERSHIPS if row.holds_on(day)}

        assert len(members(DAY)) == 27
        assert members(date(2020, 12, 31)) - members(DAY) == {"GB"}

    @pytest.mark.parametrize(("country", "region"), sorted(OUTSIDE_THE_UNION))
    def test_some_regions_of_members_are_outside(self, country: str, region: str) -> None:
        assert membership_on(Place(country, region), DAY) is None
        assert membership_on(Place(country), DAY) is not None

    def test_other_regions_are_inside_with_their_country(self) -> None:
        assert membership_on(Place("ES", "MD"), DAY) == Membership("ES", date(1993, 1, 1))

    def test_numbers_start_with_the_country_but_for_greece(self) -> None:
        prefixes = {row.country: row.vat_prefix for row in MEMBERSHIPS}

        differing = {country: prefix for country, prefix in prefixes.items() if country != prefix}

        assert differing == {"GR": "EL"}


class TestCheckedVatId:
    @pytest.mark.parametrize(
        ("country", "given", "expected"),
        [
            ("DE", "DE136695976", "DE136695976"),
            ("DE", " de 136 695 976", "DE136695976"),
            ("AT", "ATU13585627", "ATU13585627"),
            ("NL", "NL004495445B01", "NL004495445B01"),
            ("GR", "EL094259216", "EL094259216"),
        ],
    )
    def test_a_valid_number_comes_back_compact(
        self, country: str, given: str, expected: str
    ) -> None:
        assert checked_vat_id(given, place=Place(country), day=DAY) == expected

    def test_a_number_of_the_united_kingdom_was_one_while_it_was_a_member(self) -> None:
        last_day = date(2020, 12, 31)

        assert checked_vat_id("GB 980 7806 84", place=Place("GB"), day=last_day) == "GB980780684"
        with pytest.raises(VatIdInvalid, match="GB is not under the union's VAT on 2026-03-01"):
            checked_vat_id("GB 980 7806 84", place=Place("GB"), day=DAY)

    @pytest.mark.parametrize("number", ["DE136695977", "DE13669597", "DE", "DE13669597A"])
    def test_wrong_digits_are_refused(self, number: str) -> None:
        with pytest.raises(VatIdInvalid, match=f"VAT number '{number}': .*as it is registered"):
            checked_vat_id(number, place=Place("DE"), day=DAY)

    @pytest.mark.parametrize("number", ["ATU13585627", "136695976", "EU372022452", ""])
    def test_a_number_of_another_country_is_refused(self, number: str) -> None:
        with pytest.raises(VatIdInvalid, match="one of DE starts with DE"):
            checked_vat_id(number, place=Place("DE"), day=DAY)

    def test_a_greek_number_does_not_start_with_the_code_of_the_country(self) -> None:
        with pytest.raises(VatIdInvalid, match="one of GR starts with EL"):
            checked_vat_id("GR094259216", place=Place("GR"), day=DAY)
