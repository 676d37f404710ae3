from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from work365.domain.numbering import (
    Audit,
    DocumentKind,
    Gap,
    InvalidSeries,
    Numbering,
    Series,
    SeriesIsLater,
    audit,
    take,
)

PLAIN = Series(key="invoices", prefix="R-", digits=4, next_number=7)
YEARLY = Series(key="invoices", prefix="R", digits=3, yearly=True)
DAY = date(2026, 3, 1)


def taken(series: Series, *days: date) -> tuple[list[str], Series]:
    """The numbers of documents issued on these days, one after the other, and the series after."""
    numbers = []
    for day in days:
        number, series = take(series, day)
        numbers.append(number)
    return numbers, series


class TestSeries:
    def test_the_count_has_at_least_its_digits_and_is_never_cut(self) -> None:
        assert PLAIN.written(42) == "R-0042"
        assert PLAIN.written(123456) == "R-123456"

    def test_a_yearly_number_has_its_year(self) -> None:
        assert YEARLY.written(42, 2026) == "R2026-042"

    def test_an_empty_prefix_will_do(self) -> None:
        assert Series(key="k", prefix="", digits=1).written(1) == "1"

    @pytest.mark.parametrize(("digits", "next_number"), [(0, 1), (1, 0)])
    def test_a_count_below_one_is_refused(self, digits: int, next_number: int) -> None:
        with pytest.raises(InvalidSeries, match=r"series k: .* both must be 1 or more"):
            Series(key="k", prefix="R-", digits=digits, next_number=next_number)

    def test_a_prefix_that_ends_with_a_digit_is_refused(self) -> None:
        with pytest.raises(InvalidSeries, match=r"prefix 'R-2' ends with a digit.*end it with"):
            Series(key="k", prefix="R-2")


class TestTake:
    def test_gives_one_number_after_the_other(self) -> None:
        numbers, after = taken(PLAIN, DAY, DAY, date(2027, 1, 1))

        assert numbers == ["R-0007", "R-0008", "R-0009"]
        assert after == replace(PLAIN, next_number=10)

    def test_a_yearly_series_starts_again_with_each_year(self) -> None:
        days = (date(2026, 12, 31), date(2026, 12, 31), date(2027, 1, 1), date(2027, 5, 1))

        numbers, after = taken(YEARLY, *days)

        assert numbers == ["R2026-001", "R2026-002", "R2027-001", "R2027-002"]
        assert (after.year, after.next_number) == (2027, 3)

    def test_a_yearly_series_starts_with_the_number_it_was_set_up_with(self) -> None:
        numbers, _ = taken(replace(YEARLY, next_number=120), DAY, date(2027, 1, 1))

        assert numbers == ["R2026-120", "R2027-001"]

    def test_a_day_in_a_year_that_is_left_behind_is_refused(self) -> None:
        _, after = take(YEARLY, date(2027, 1, 1))

        with pytest.raises(SeriesIsLater, match=r"are of 2027 and 2026-12-31 is before; issue"):
            take(after, date(2026, 12, 31))

    @given(st.integers(1, 40), st.booleans())
    def test_leaves_no_gap_and_no_double(self, count: int, yearly: bool) -> None:
        series = replace(YEARLY, yearly=yearly)

        numbers, after = taken(series, *[DAY] * count)

        assert audit(after, numbers) == Audit((), (), ())


class TestNumbering:
    def test_credit_notes_have_a_series_of_their_own_by_default(self) -> None:
        invoice, numbering = Numbering().take(DocumentKind.INVOICE, DAY)
        credit_note, numbering = numbering.take(DocumentKind.CREDIT_NOTE, DAY)
        next_invoice, _ = numbering.take(DocumentKind.INVOICE, DAY)

        assert (invoice, credit_note, next_invoice) == ("INV-000001", "CN-000001", "INV-000002")

    def test_credit_notes_are_numbered_among_the_invoices_where_it_says_so(self) -> None:
        numbering = Numbering(invoices=PLAIN, credit_notes=None)

        invoice, numbering = numbering.take(DocumentKind.INVOICE, DAY)
        credit_note, numbering = numbering.take(DocumentKind.CREDIT_NOTE, DAY)

        assert (invoice, credit_note) == ("R-0007", "R-0008")
        assert numbering.invoices.next_number == 9


class TestAudit:
    USED = replace(PLAIN, next_number=10)

    def test_numbers_that_are_all_there_are_right(self) -> None:
        numbers = [f"R-000{count}" for count in range(9, 0, -1)]

        assert audit(self.USED, numbers) == Audit((), (), ())

    def test_a_gap_is_told_by_its_first_and_last_number(self) -> None:
        numbers = ["R-0001", "R-0002", "R-0004", "R-0008", "R-0009"]

        assert audit(self.USED, numbers).gaps == (
            Gap("R-0003", "R-0003"),
            Gap("R-0005", "R-0007"),
        )

    def test_numbers_are_missed_at_the_beginning_and_at_the_end(self) -> None:
        found = audit(self.USED, ["R-0005"], first_number=4)

        assert found.gaps == (Gap("R-0004", "R-0004"), Gap("R-0006", "R-0009"))

    def test_where_no_number_was_written_all_are_missed(self) -> None:
        assert audit(self.USED, []).gaps == (Gap("R-0001", "R-0009"),)
        assert audit(replace(PLAIN, next_number=1), []) == Audit((), (), ())

    def test_a_number_that_is_there_twice_is_told_once(self) -> None:
        numbers = ["R-0007", "R-0008", "R-0008", "R-0008", "R-0009", "R-0009"]

        found = audit(self.USED, numbers, first_number=7)

        assert found == Audit((), ("R-0008", "R-0009"), ())

    @pytest.mark.parametrize(
        "number",
        [
            "X-0007",
            "R-7",
            "R-00007",
            "R-0000",
            "R-0010",
            "R-0011",
            "R-0007a",
            "R-\u0660\u0660\u0660\u0667",
        ],
    )
    def test_a_number_that_the_series_did_not_write_is_foreign(self, number: str) -> None:
        numbers = ["R-0007", "R-0008", "R-0009", number]

        assert audit(self.USED, numbers, first_number=7) == Audit((), (), (number,))

    def test_each_year_is_counted_by_itself(self) -> None:
        after = replace(YEARLY, year=2027, next_number=4)

        found = audit(after, ["R2026-005", "R2026-007", "R2027-002"], first_number=5)

        assert found.gaps == (
            Gap("R2026-006", "R2026-006"),
            Gap("R2027-001", "R2027-001"),
            Gap("R2027-003", "R2027-003"),
        )

    @pytest.mark.parametrize("number", ["R2027-004", "R2028-001", "R-001", "R27-001"])
    def test_a_number_of_a_year_to_come_is_foreign(self, number: str) -> None:
        after = replace(YEARLY, year=2027, next_number=4)
        numbers = ["R2027-001", "R2027-002", "R2027-003", number]

        assert audit(after, numbers) == Audit((), (), (number,))

    def test_an_unused_yearly_series_wrote_nothing(self) -> None:
        assert audit(YEARLY, ["R2026-001"]) == Audit((), (), ("R2026-001",))
        assert audit(replace(YEARLY, next_number=5), []) == Audit((), (), ())
