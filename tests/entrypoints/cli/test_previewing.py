import json
import os
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
import trustme
from typer.testing import CliRunner, Result

from tests.domain.logs import CONTRACT, START, entry, subscription
from tests.journeys.world import World, contract, customer, dataverse
from tests.usecases.fakes import FakeBillingStore
from work365.domain.accounts import Account
from work365.domain.assumptions import (
    Assumption,
    Cancellation,
    NewPrice,
    NothingAssumed,
    SeatChange,
    Together,
)
from work365.domain.changes import UnitPrice
from work365.domain.findings import Finding, Severity
from work365.entrypoints.cli import app
from work365.entrypoints.cli.previewing import (
    Asked,
    CannotBePreviewed,
    NotAnAssumption,
    account_of,
    assumption,
    count,
    show,
    unit_price,
)
from work365.ports.billing import ContractFinding

DAY = date(2026, 3, 11)
NO_REFUND = Asked(DAY, refund=False)
REFUND = Asked(DAY, refund=True)
MONTHLY = UnitPrice(Decimal("12.40"), 1)


def account() -> Account:
    seats = subscription("SUB-1", entry(START, 10, price=MONTHLY))
    return Account(contract=CONTRACT, subscriptions=(seats,))


class TestOptions:
    def test_more_seats(self) -> None:
        (change,) = NO_REFUND.more(["SUB-1=5"])

        assert change == SeatChange(subscription="SUB-1", on=DAY, quantity=Decimal(5))

    @pytest.mark.parametrize("asked", [NO_REFUND, REFUND])
    def test_fewer_seats(self, asked: Asked) -> None:
        (change,) = asked.fewer(["SUB-1=2"])

        assert change == SeatChange(
            subscription="SUB-1", on=DAY, quantity=Decimal(-2), refund=asked.refund
        )

    @pytest.mark.parametrize("asked", [NO_REFUND, REFUND])
    def test_an_end(self, asked: Asked) -> None:
        assert list(asked.ended(["SUB-1"])) == [
            Cancellation(subscription="SUB-1", on=DAY, refund=asked.refund)
        ]

    def test_a_price_of_a_key_with_an_equals_sign(self) -> None:
        (priced,) = NO_REFUND.priced(["A=B=13.00/12"])

        assert priced == NewPrice(subscription="A=B", on=DAY, price=UnitPrice(Decimal("13.00"), 12))

    @pytest.mark.parametrize("option", ["SUB-1", "=5", "SUB-1=", ""])
    def test_an_option_says_which_subscription_and_how_much(self, option: str) -> None:
        with pytest.raises(NotAnAssumption, match="write it as SUB-1=5"):
            list(NO_REFUND.more([option]))

    @pytest.mark.parametrize("text", ["0", "-1", "five", "NaN", "Infinity"])
    def test_seats_are_a_number_above_zero(self, text: str) -> None:
        with pytest.raises(NotAnAssumption, match=f"'{text}' is no number of seats"):
            count(text)

    def test_a_part_of_a_seat_is_a_number(self) -> None:
        assert count("0.5") == Decimal("0.5")

    def test_a_price_without_months_is_for_one(self) -> None:
        assert unit_price("13.00") == UnitPrice(Decimal("13.00"), 1)

    @pytest.mark.parametrize("text", ["13,00", "13.00/", "13.00/x", "13.00/-1", "/1", "NaN/1"])
    def test_a_price_is_a_number_for_months(self, text: str) -> None:
        with pytest.raises(NotAnAssumption, match="is no price"):
            unit_price(text)

    def test_what_is_assumed_is_taken_together(self) -> None:
        one, other = NO_REFUND.ended(["SUB-1", "SUB-2"])

        assumed: list[Assumption] = [assumption([]), assumption([one]), assumption([one, other])]

        assert assumed == [NothingAssumed(), one, Together([one, other])]


class TestReading:
    def test_gives_the_account(self) -> None:
        there = account()

        assert account_of(CONTRACT.id, FakeBillingStore([there])) == there

    def test_of_a_contract_that_cannot_be_billed_is_refused_with_the_reason(self) -> None:
        store = FakeBillingStore([account()])
        finding = Finding(Severity.ERROR, "field_missing", "it has no start", "contract CT-1")
        store.unreadable[CONTRACT.id] = ContractFinding(CONTRACT.id, finding)

        with pytest.raises(CannotBePreviewed, match="contract CT-1: it has no start"):
            account_of(CONTRACT.id, store)

    def test_of_a_contract_that_went_away_is_refused(self) -> None:
        with pytest.raises(CannotBePreviewed, match="is not there any more"):
            account_of(UUID(int=9), FakeBillingStore([]))


class TestShow:
    @pytest.mark.parametrize(
        ("on", "today", "as_of"),
        [
            (date(2026, 3, 11), date(2026, 3, 11), date(2026, 4, 1)),
            (date(2026, 3, 11), date(2026, 4, 2), date(2026, 5, 1)),
            (date(2026, 5, 2), date(2026, 4, 2), date(2026, 6, 1)),
        ],
    )
    def test_goes_up_to_the_first_invoice_after_both_days(
        self, on: date, today: date, as_of: date
    ) -> None:
        shown = show(account(), NothingAssumed(), on=on, today=today)

        assert shown.preview.after.as_of == as_of

    def test_what_holds_for_good_is_said_from_the_day_it_is_assumed(self) -> None:
        five_more = SeatChange(subscription="SUB-1", on=DAY, quantity=Decimal(5))

        steady = show(account(), five_more, on=DAY, today=START).steady

        assert steady is not None
        assert (steady.amount.amount, steady.since) == (Decimal("62.00"), date(2026, 4, 1))


@pytest.fixture(scope="module")
def partner(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A partner with one contract, billed through March."""
    folder = tmp_path_factory.mktemp("preview")
    certificates = folder / "certificates.pem"
    trustme.CA().cert_pem.write_to_path(certificates)
    with dataverse(folder) as here, closing(World(here)) as one:
        # Reading all the world's certificates takes longer than most commands.
        os.environ["SSL_CERT_FILE"] = str(certificates)
        one.set_day(date(2026, 1, 1))
        one.people.keep_customers([customer("NC-1", contract("CT-1"))], provider="Microsoft")
        one.add_subscription("sub-1", "CT-1", name="Business [Standard]")
        one.open_with("change-1", "sub-1", 10, "12.40")
        one.set_day(DAY)
        assert run("bill").exit_code == 0
        yield one


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def run_json(*arguments: str) -> Any:
    return json.loads(run(*arguments, "--json").stdout)


def said(text: str) -> str:
    """Return what was printed, as one line."""
    return " ".join(text.split())


class TestCommand:
    def test_shows_the_next_invoice_and_writes_nothing(self, partner: World) -> None:
        before = partner.kept()

        result = run("preview", "CT-1")

        assert result.exit_code == 0, result.output
        assert "CT-1-00004 of 2026-04-01, as it will be" in said(result.stdout)
        assert "Business [Standard] 2026-04-01 to 2026-04-30 10 124.00" in said(result.stdout)
        assert "What changes" not in result.stdout
        assert partner.kept() == before

    def test_says_what_more_seats_come_to(self, partner: World) -> None:
        result = run("preview", "CT-1", "--more", "sub-1=5")

        assert said(result.stdout).endswith(
            "5 more seats of Business [Standard] from 11 March 2026: 104.00 EUR on the invoice of"
            " 1 April 2026, and 62.00 EUR a month more from then on."
        )

    def test_shows_what_comes_and_what_changes(self, partner: World) -> None:
        result = run("preview", "CT-1", "--more", "sub-1=5")

        told = said(result.stdout)
        assert "2026-03-11 to 2026-03-31 2026-04-01 42.00" in told
        assert "2026-04-01 to 2026-04-30 2026-04-01 124.00 186.00" in told
        assert "together +104.00" in told

    def test_can_explain_each_line(self, partner: World) -> None:
        result = run("preview", "CT-1", "--more", "sub-1=5", "--explain")

        told = said(result.stdout).replace(" ", "")
        assert "21of31days" in told

    def test_for_programs_has_amounts_as_text(self, partner: World) -> None:
        shown = run_json("preview", "CT-1", "--more", "sub-1=2", "--on", "2026-03-12")

        (invoice,) = shown["invoices"]
        assert [line["amount"] for line in invoice["lines"]] == ["16.00", "148.80"]
        assert shown["difference"] == {"net": "40.80", "tax": "0.00", "total": "40.80"}
        assert shown["from_then_on"] == {"amount": "24.80", "months": 1, "since": "2026-04-01"}

    def test_for_programs_explains_a_line_as_a_tree(self, partner: World) -> None:
        shown = run_json("preview", "CT-1", "--explain")

        (line,) = shown["invoices"][0]["lines"]
        assert line["sentence"].startswith("Charge for 10 x Business [Standard]")
        assert (line["tree"]["value"], line["tree"]["operation"]) == ("124", "round")
        assert line["tree"]["rule"] == "half-away-from-zero/1"

    def test_shows_one_line_step_by_step(self, partner: World) -> None:
        result = run("preview", "CT-1", "--more", "sub-1=5", "--line", "CT-1-00004/1")

        told = said(result.stdout)
        assert result.exit_code == 0, result.output
        assert told.startswith("Charge for 5 x Business [Standard] at 12.40 EUR a month")
        assert "exact amount 5 x 12.40 EUR x 21/31 = 42" in told
        assert "net" not in told

    def test_for_programs_one_line_is_a_document_of_its_own(self, partner: World) -> None:
        line = run_json("preview", "CT-1", "--more", "sub-1=5", "--line", "4/2")

        assert (line["invoice"], line["position"], line["amount"]) == ("CT-1-00004", 2, "186.00")
        assert line["tree"]["value"] == "186"

    def test_takes_several_assumptions_at_once(self, partner: World) -> None:
        result = run_json(
            "preview", "CT-1", "--fewer", "sub-1=2", "--price", "sub-1=10.00/1",
            "--on", "2026-04-01",
        )  # fmt: skip

        assert result["assumed"].startswith(
            "2 fewer seats of Business [Standard]; Business [Standard] at 10.00 EUR a month from"
            " 1 April 2026: 44.00 EUR less on the invoice of 1 April 2026"
        )

    def test_an_end_is_the_first_day_that_is_not_charged(self, partner: World) -> None:
        result = run_json("preview", "CT-1", "--cancel", "sub-1", "--on", "2026-04-01")

        assert result["invoices"] == []
        assert result["difference"]["net"] == "-124.00"

    def test_where_nothing_comes_it_says_so(self, partner: World) -> None:
        result = run("preview", "CT-1", "--cancel", "sub-1", "--on", "2026-04-01", "--refund")

        assert result.stdout.startswith("Nothing is to be invoiced.")

    def test_without_a_day_it_is_from_today(self, partner: World) -> None:
        assert run_json("preview", "CT-1")["on"] == DAY.isoformat()

    @pytest.mark.parametrize(
        ("arguments", "told"),
        [
            (["CT-9"], "contract_not_usable): there is no billing contract CT-9"),
            (["CT-1", "--more", "sub-9=1"], "not_under_contract): contract CT-1: there is no"),
            (["CT-1", "--fewer", "sub-1=11"], "more_than_there_are): subscription sub-1: 11 units"),
            (["CT-1", "--line", "CT-1-00002/2"], "no_such_line): there is no line 'CT-1-00002/2'"),
            (["CT-1", "--more", "sub-1"], "not_an_assumption): 'sub-1' does not say"),
            (
                ["CT-1", "--more", "sub-1=1", "--on", "2025-12-31"],
                "outside_subscription): subscription sub-1: 2025-12-31 is before its first day",
            ),
        ],
    )
    def test_what_cannot_be_is_refused_in_a_sentence(
        self, partner: World, arguments: list[str], told: str
    ) -> None:
        result = run("preview", *arguments)

        assert (result.exit_code, result.stdout) == (2, "")
        assert f"Refused ({told}" in said(result.stderr)


def test_what_was_shown_is_billed_once_it_is_recorded(partner: World) -> None:
    # The last one of this module: it bills, and moves the clock.
    shown = run_json("preview", "CT-1", "--more", "sub-1=2", "--on", "2026-03-12")

    partner.change("change-2", "sub-1", date(2026, 3, 12), 2)
    partner.set_day(date(2026, 4, 1))
    run("bill", "--all")

    *_, billed = run_json("invoices", "--contract", "CT-1")
    (invoice,) = shown["invoices"]
    assert (billed["invoice"], billed["net"]) == (invoice["invoice"], invoice["net"])
    assert billed["net"] == "164.80"
