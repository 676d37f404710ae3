import json
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tests.domain.logs import CONTRACT, START, entry, subscription
from work365.domain.accounts import Account
from work365.domain.assumptions import Assumption, Cancellation, NothingAssumed, Quote, SeatChange
from work365.domain.books import Books
from work365.domain.changes import UnitPrice
from work365.domain.contracts import Subscription
from work365.domain.invoice_taxes import TaxTerms
from work365.domain.money import Money
from work365.domain.one_time_charges import OneTimeCharge
from work365.domain.previews import Steady
from work365.domain.tax_ids import Place
from work365.domain.taxes import Party, TaxRate, TaxRules
from work365.entrypoints.cli.output import print_json
from work365.entrypoints.cli.preview_output import Shown, as_document, in_words, print_preview
from work365.entrypoints.cli.previewing import show

DAY = date(2026, 3, 11)
APRIL = date(2026, 4, 1)
SEATS = replace(
    subscription("SUB-1", entry(START, 10, price=UnitPrice(Decimal("12.40"), 1))),
    name="Office [E3]",
)
FIVE_MORE = SeatChange(subscription="SUB-1", on=DAY, quantity=Decimal(5))
MIGRATION = OneTimeCharge(
    id=SEATS.id,
    key="ONCE-1",
    name="Migration",
    on=DAY,
    quantity=Decimal(2),
    unit_price=Decimal("80.00"),
)
GERMANY = Place("DE")


def billed(*parts: Subscription, **terms: Any) -> Account:
    contract = replace(CONTRACT, **terms)
    books = Books(Account(contract=contract, subscriptions=parts or (SEATS,)))
    books.run(DAY)
    return books.account


def taxed(account: Account) -> Account:
    rate = TaxRate(
        place=GERMANY,
        category="standard",
        percent=Decimal(19),
        valid_from=date(2021, 1, 1),
        name="USt",
        source="UStG, section 12",
    )
    rules = TaxRules(seller=Party(GERMANY), rates=(rate,))
    return replace(account, tax=TaxTerms(rules=rules, buyer=Party(GERMANY)))


def shown(assumed: Assumption, account: Account | None = None, on: date = DAY) -> Shown:
    return show(account or billed(), assumed, on=on, today=DAY)


def printed(
    capsys: pytest.CaptureFixture[str], one: Shown, *, explained: bool = False
) -> list[str]:
    """Return the lines that were printed, each with single spaces."""
    print_preview(one, explained=explained)
    return [" ".join(line.split()) for line in capsys.readouterr().out.splitlines() if line.strip()]


def document(capsys: pytest.CaptureFixture[str], one: Shown, *, explained: bool = False) -> Any:
    print_json(as_document(one, explained=explained))
    return json.loads(capsys.readouterr().out)


class TestInWords:
    def test_says_what_comes_at_once_and_what_from_then_on(self) -> None:
        assert in_words(shown(FIVE_MORE)) == (
            "5 more seats of Office [E3] from 11 March 2026: 104.00 EUR on the invoice of"
            " 1 April 2026, and 62.00 EUR a month more from then on."
        )

    def test_says_that_it_is_less(self) -> None:
        fewer = replace(FIVE_MORE, quantity=Decimal(-1))

        assert in_words(shown(fewer)) == (
            "1 fewer seat of Office [E3] from 11 March 2026: 12.40 EUR less on the invoice"
            " of 1 April 2026, and 12.40 EUR a month less from then on."
        )

    def test_says_what_an_end_saves(self) -> None:
        end = Cancellation(subscription="SUB-1", on=APRIL)

        assert in_words(shown(end, on=APRIL)) == (
            "end of Office [E3] from 1 April 2026: 124.00 EUR less on the invoice of 1 April 2026."
        )

    def test_says_where_nothing_changes(self) -> None:
        free = replace(SEATS, changes=(entry(START, 10, price=UnitPrice(Decimal(0), 1)),))

        assert in_words(shown(FIVE_MORE, billed(free))) == (
            "5 more seats of Office [E3] from 11 March 2026: nothing changes on these invoices."
        )

    @pytest.mark.parametrize(
        ("months", "every"), [(1, "a month"), (3, "every 3 months"), (12, "a year")]
    )
    def test_says_how_often(self, months: int, every: str) -> None:
        steady = Steady(Money("EUR", Decimal("1234.50")), months, APRIL)

        told = in_words(replace(shown(FIVE_MORE), steady=steady))

        assert told.endswith(f", and 1,234.50 EUR {every} more from then on.")

    def test_names_each_invoice_that_changes(self) -> None:
        later = replace(FIVE_MORE, on=date(2026, 4, 11))
        backdated = show(billed(), FIVE_MORE, on=DAY, today=date(2026, 4, 11))

        assert in_words(shown(later, on=later.on)).count("on the invoice of") == 1
        assert (
            "104.00 EUR on the invoice of 1 April 2026, 62.00 EUR on the invoice of 1 May 2026, and"
        ) in in_words(backdated)


class TestTables:
    def test_show_each_line_with_its_amount(self, capsys: pytest.CaptureFixture[str]) -> None:
        rows = printed(capsys, shown(NothingAssumed()))

        assert rows[0] == "CT-1-00002 of 2026-04-01, as it will be"
        assert rows[1] == "For Days Quantity EUR"
        assert rows[3:] == [
            "Office [E3] 2026-04-01 to 2026-04-30 10 124.00",
            "net 124.00",
        ]

    def test_show_the_tax_where_there_is_one(self, capsys: pytest.CaptureFixture[str]) -> None:
        rows = printed(capsys, shown(NothingAssumed(), taxed(billed())))

        assert rows[-3:] == ["net 124.00", "tax 23.56", "total 147.56"]

    def test_show_what_changes_and_end_with_it_in_words(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        one = shown(FIVE_MORE)

        rows = printed(capsys, one)

        start = rows.index("What changes")
        assert rows[start + 1] == "For Days Invoice without with"
        assert rows[start + 3 : start + 6] == [
            "Office [E3] 2026-03-11 to 2026-03-31 2026-04-01 42.00",
            "Office [E3] 2026-04-01 to 2026-04-30 2026-04-01 124.00 186.00",
            "together +104.00",
        ]
        assert " ".join(rows[start + 6 :]) == in_words(one)

    def test_show_what_goes_with_a_minus(self, capsys: pytest.CaptureFixture[str]) -> None:
        rows = printed(capsys, shown(Cancellation(subscription="SUB-1", on=APRIL), on=APRIL))

        assert rows[0] == "Nothing is to be invoiced."
        assert "Office [E3] 2026-04-01 to 2026-04-30 2026-04-01 124.00" in rows
        assert "together -124.00" in rows

    def test_have_no_changes_where_there_are_none(self, capsys: pytest.CaptureFixture[str]) -> None:
        ended = billed(replace(SEATS, end_on=APRIL), end_on=APRIL)

        rows = printed(capsys, shown(Cancellation(subscription="SUB-1", on=APRIL), ended, APRIL))

        assert " ".join(rows) == (
            "Nothing is to be invoiced."
            " end of Office [E3] from 1 April 2026: nothing changes on these invoices."
        )

    def test_of_a_draft_contract_say_that_it_is_one(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        draft = Account(contract=replace(CONTRACT, active=False), subscriptions=(SEATS,))

        rows = printed(capsys, shown(NothingAssumed(), draft))

        assert rows == ["Nothing is to be invoiced: the contract is a draft."]

    def test_explain_each_line(self, capsys: pytest.CaptureFixture[str]) -> None:
        rows = printed(capsys, shown(Quote(one_time=(MIGRATION,))), explained=True)

        told = " ".join(rows)
        assert "How it was worked out" in rows[1]
        assert "Charge for 2 x" in told
        assert "160.00 EUR." in told


class TestDocument:
    def test_has_amounts_as_text(self, capsys: pytest.CaptureFixture[str]) -> None:
        told = document(capsys, shown(FIVE_MORE, taxed(billed())))

        (invoice,) = told["invoices"]
        added, following = invoice.pop("lines")
        assert (told["contract"], told["currency"]) == ("CT-1", "EUR")
        assert (told["on"], told["as_of"]) == ("2026-03-11", "2026-04-01")
        assert invoice == {
            "invoice": "CT-1-00002",
            "invoice_on": "2026-04-01",
            "net": "228.00",
            "tax": "43.32",
            "total": "271.32",
        }
        assert added == {
            "line": "CT-1-00002_SUB-1_license_20260301_20260401_20260311_12.4x1",
            "for": "Office [E3]",
            "kind": "charge",
            "first_day": "2026-03-11",
            "last_day": "2026-03-31",
            "quantity": "5",
            "amount": "42.00",
        }
        assert told["difference"] == {"net": "104.00", "tax": "19.76", "total": "123.76"}
        assert told["changes"] == [
            {
                "invoice_on": "2026-04-01",
                "line": added["line"],
                "before": None,
                "after": "42.00",
            },
            {
                "invoice_on": "2026-04-01",
                "line": following["line"],
                "before": "124.00",
                "after": "186.00",
            },
        ]
        assert told["from_then_on"] == {"amount": "62.00", "months": 1, "since": "2026-04-01"}
        assert told["assumed"] == in_words(shown(FIVE_MORE))

    def test_of_what_goes_has_the_line_that_went(self, capsys: pytest.CaptureFixture[str]) -> None:
        end = Cancellation(subscription="SUB-1", on=APRIL)

        told = document(capsys, shown(end, on=APRIL))

        (change,) = told["changes"]
        assert (change["before"], change["after"]) == ("124.00", None)
        assert told["from_then_on"] is None

    def test_of_nothing_assumed_has_no_sentence(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert document(capsys, shown(NothingAssumed()))["assumed"] is None

    def test_has_the_tree_of_each_line_where_it_is_asked_for(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        told = document(capsys, shown(FIVE_MORE), explained=True)

        added = told["invoices"][0]["lines"][0]
        quantity = added["tree"]["from"][0]["from"][0]
        assert added["sentence"].endswith("21 of 31 days: 42.00 EUR.")
        assert {name: added["tree"][name] for name in ("name", "operation", "value", "rule")} == {
            "name": "amount",
            "operation": "round",
            "value": "42",
            "rule": "half-away-from-zero/1",
        }
        assert (quantity["name"], quantity["operation"], quantity["value"]) == (
            "quantity", "sum", "5",
        )  # fmt: skip
        # The entry that is assumed, and the line that was billed before it.
        assert [part["shown"] for part in quantity["from"]] == ["+10", "+5", "-10"]
