from decimal import Decimal
from pathlib import Path

import pytest

from tests.entrypoints.examples.stories import (
    CONTRACT,
    HAPPENED,
    INVOICES,
    SEEN,
    kept,
    story,
    table,
)
from work365.domain.changes import NegativeQuantity
from work365.domain.money import Money
from work365.entrypoints.examples.reading import read_example
from work365.entrypoints.examples.run import Played, lines_total, play, sold_as


def played_of(folder: Path, *sections: str) -> Played:
    return play(read_example(kept(folder, story(*sections))))


def happened(*rows: str) -> str:
    return table("What happened", "known on | about | day | what", *rows)


def rows_of(played: Played, title: str) -> list[tuple[str, ...]]:
    return [
        tuple(map(str, row)) for sheet in played.found if sheet.title == title for row in sheet.rows
    ]


OPENED = "2026-01-01 | Notes | 2026-01-01 | 10 seats at 12.40 for 1 month"


def test_what_is_as_the_file_says_has_no_differences(tmp_path: Path) -> None:
    played = played_of(tmp_path, CONTRACT, HAPPENED, INVOICES)

    assert (played.is_compared, played.differences) == (True, {})
    assert [invoice.sequence for invoice in played.invoices] == [1]


def test_what_is_not_is_told_row_by_row(tmp_path: Path) -> None:
    wrong = INVOICES.replace("12.40 | 124.00", "12.40 | 125.00")

    played = played_of(tmp_path, CONTRACT, HAPPENED, wrong)

    ((expected, found),) = played.differences["Invoices as seen on"]
    assert expected is not None
    assert found is not None
    assert (expected[:-1], expected[-1], found[-1]) == (found[:-1], Decimal(125), Decimal(124))


def test_nothing_is_compared_where_the_file_says_nothing(tmp_path: Path) -> None:
    played = played_of(tmp_path, CONTRACT, HAPPENED, SEEN)

    assert (played.is_compared, played.differences) == (False, {})
    assert len(rows_of(played, "Invoices as seen on")) == 4


def test_a_sheet_of_which_nothing_comes_is_a_difference(tmp_path: Path) -> None:
    taxes = table(
        "Tax on the invoices",
        "invoice | tax | percent | net | amount | gross",
        "1 | VAT | 19 | 124.00 | 23.56 | 147.56",
    )

    played = played_of(tmp_path, CONTRACT, HAPPENED, SEEN, taxes)

    ((expected, found),) = played.differences["Tax on the invoices"]
    assert (expected is not None, found) == (True, None)


def test_facts_are_told_on_the_day_on_which_they_become_known(tmp_path: Path) -> None:
    facts = happened(OPENED, "2026-02-03 | Notes | 2026-01-30 | 2 seats more")

    played = played_of(tmp_path, CONTRACT, facts, "## Invoices as seen on 2026-03-01\n")

    third = [line.charge.quantity for line in played.invoices[2].lines]
    assert [len(invoice.lines) for invoice in played.invoices] == [1, 1, 3]
    assert third == [2, 2, 12]


def test_a_day_that_is_known_on_the_last_day_is_told(tmp_path: Path) -> None:
    facts = happened(OPENED, "2026-02-01 | Notes | 2026-01-30 | 2 seats more")

    played = played_of(tmp_path, CONTRACT, facts, SEEN)

    assert [line.charge.quantity for line in played.invoices[1].lines] == [2, 12]


def test_what_the_rules_of_billing_refuse_is_refused(tmp_path: Path) -> None:
    facts = happened(OPENED, "2026-01-11 | Notes | 2026-01-11 | 11 seats fewer")

    with pytest.raises(NegativeQuantity):
        played_of(tmp_path, CONTRACT, facts, SEEN)


def test_seats_are_asked_for_by_name_and_day(tmp_path: Path) -> None:
    facts = happened(OPENED, "2026-01-11 | Notes | 2026-01-11 | 2 seats more")
    held = table(
        "Seats held",
        "subscription | day | seats",
        "Notes | 2026-01-10 | 10",
        "Notes | 2026-01-11 | 12",
        "Plans | 2026-01-11 | 0",
    )

    played = played_of(tmp_path, CONTRACT, facts, SEEN, held)

    assert played.differences == {}


def test_a_part_is_told_with_what_it_is_printed_with(tmp_path: Path) -> None:
    facts = happened(
        OPENED,
        "2026-01-01 | Room | 2026-01-01 | 1 seat at 1.00 for 1 month, printed with Notes",
        "2026-01-05 | Setup | 2026-01-05 | 1 at 9.00, once",
    )

    played = played_of(tmp_path, CONTRACT, facts, SEEN)

    assert [sold_as(line) for line in played.invoices[0].lines] == ["Notes", "Room, with Notes"]
    assert sold_as(played.invoices[1].lines[-1]) == "Setup"


def test_credit_is_used_oldest_first_and_what_is_left_is_told(tmp_path: Path) -> None:
    contract = CONTRACT + "| billed | every 3 months |\n| refunds | given |\n"
    facts = happened(
        "2026-01-01 | Notes | 2026-01-01 | 6 seats at 90.00 for 3 months",
        "2026-01-31 | Notes | 2026-01-31 | 3 seats fewer, refunded",
        "2026-02-15 | Notes | 2026-02-15 | 3 seats fewer, refunded",
        "2026-03-20 | Setup | 2026-03-20 | 1 at 190.00, once",
    )
    credit = table(
        "Account credit",
        "used for | from invoice | amount",
        "invoice 4 | 2 | 180.00",
        "invoice 4 | 3 | 10.00",
        "left | 3 | 125.00",
    )

    played = played_of(tmp_path, contract, facts, "## Invoices as seen on 2026-04-01\n", credit)

    # 3 seats for 60 of 90 days are 180.00, and for 45 of them, from 15 February on, 135.00.
    assert [invoice.net.amount for invoice in played.invoices] == [540, -180, -135, 190]
    assert played.differences == {}


class TestTaxes:
    TAXES = table("Taxes", "term | value", "seller | DE", "customer | DE")
    RATES = table("Tax rates", "tax | place | percent | source", "VAT | DE | 19 | law")

    def test_tax_is_told_by_rate_and_in_all(self, tmp_path: Path) -> None:
        played = played_of(
            tmp_path,
            CONTRACT,
            self.TAXES,
            self.RATES,
            HAPPENED,
            "## Invoices as seen on 2026-01-01\n",
        )

        assert rows_of(played, "Tax on the invoices")[:2] == [
            ("1", "VAT", "19", "124.00", "23.56", "147.56"),
            ("1", "total", "", "124.00", "23.56", "147.56"),
        ]

    def test_a_category_has_its_own_rate(self, tmp_path: Path) -> None:
        rates = table(
            "Tax rates",
            "tax | place | percent | category | source",
            "VAT | DE | 19 | standard | law",
            "Reduced | DE | 7 | books | law",
        )
        facts = happened(OPENED, "2026-01-01 | Manual | 2026-01-01 | 1 at 10.00, once")
        categories = table("Tax categories", "of | category", "Manual | books", "Notes | books")

        played = played_of(tmp_path, CONTRACT, self.TAXES, rates, categories, facts, SEEN)

        names = {row[1] for row in rows_of(played, "Tax on the invoices")}
        assert names == {"Reduced", "total"}

    def test_a_credit_becomes_account_credit_with_its_tax(self, tmp_path: Path) -> None:
        contract = CONTRACT + "| billed | every 3 months |\n| refunds | given |\n"
        facts = happened(
            "2026-01-01 | Notes | 2026-01-01 | 6 seats at 90.00 for 3 months",
            "2026-01-31 | Notes | 2026-01-31 | 3 seats fewer, refunded",
            "2026-02-15 | Setup | 2026-02-15 | 1 at 100.00, once",
        )
        credit = table(
            "Account credit",
            "used for | from invoice | amount",
            "invoice 3 | 2 | 119.00",
            "left | 2 | 95.20",
        )
        seen = "## Invoices as seen on 2026-03-01\n"

        played = played_of(tmp_path, contract, self.TAXES, self.RATES, facts, seen, credit)

        # 180.00 come back with 34.20 of tax, and 100.00 are charged with 19.00.
        assert [invoice.net.amount for invoice in played.invoices] == [540, -180, 100]
        assert played.differences == {}

    def test_lines_that_have_the_tax_in_them_add_up_to_what_is_paid(self, tmp_path: Path) -> None:
        taxes = self.TAXES + "| prices | with the tax in them |\n"

        played = played_of(
            tmp_path, CONTRACT, taxes, self.RATES, HAPPENED, "## Invoices as seen on 2026-01-01\n"
        )

        (invoice, *_) = played.invoices
        assert lines_total(invoice) == invoice.total == Money("EUR", Decimal("124.00"))
        assert invoice.net == Money("EUR", Decimal("104.20"))
