import json
import os
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from time import monotonic
from typing import Any

import httpx
import pytest
import trustme
from pypdf import PdfReader
from typer.testing import CliRunner, Result

from tests.journeys.world import NEW_YEAR, World, contract, customer, dataverse
from work365.adapters.dataverse import operations
from work365.entrypoints.cli import app
from work365.entrypoints.cli.billing import file_name
from work365.entrypoints.local_environment import LocalEnvironment, free_port

CHANGED_ON = date(2026, 1, 11)
ADDED = (
    "Charge for 3 x Business Standard at 12.40 EUR a month, 2026-01-11 to 2026-01-31, 21 of 31"
    " days: 25.20 EUR."
)


class Office:
    """An environment in which each test finds what it expects; it is made anew where it must."""

    def __init__(self, here: LocalEnvironment) -> None:
        self.here = here
        self._world: World | None = None
        self._is_as_billed = False

    def nobody(self) -> World:
        """Return a partner without customers, on New Year's Day."""
        self.close()
        address = f"{self.here.dataverse_url}/_emulator/v1/reset"
        httpx.post(address, trust_env=False).raise_for_status()
        self._world = World(self.here)
        self._world.set_day(NEW_YEAR)
        return self._world

    def partner(self) -> World:
        """Return a partner with two customers, in two currencies."""
        one = self.nobody()
        contoso = replace(customer("NC-1", contract("CT-1")), name="Contoso [test]")
        fabrikam = replace(customer("NC-2", contract("CT-2")), name="Fabrikam", currency="USD")
        one.people.keep_customers([contoso, fabrikam], provider="Microsoft")
        one.add_subscription("sub-1", "CT-1", name="Business Standard")
        one.open_with("change-1", "sub-1", 10, "12.40")
        one.add_subscription("sub-2", "CT-2", name="Exchange Online")
        one.open_with("change-2", "sub-2", 400, "4.00")
        return one

    def billed(self) -> World:
        """Return the same partner on the day three seats were added; it is only to be looked at."""
        if self._world is None or not self._is_as_billed:
            one = self.partner()
            one.set_day(CHANGED_ON)
            one.change("change-3", "sub-1", CHANGED_ON, 3)
            assert run("bill").exit_code == 0
            self._is_as_billed = True
            return one
        return self._world

    def spoil(self) -> None:
        """Make it anew for whoever comes next."""
        self._is_as_billed = False

    def close(self) -> None:
        self.spoil()
        if self._world is not None:
            self._world.close()


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    folder = tmp_path_factory.mktemp("cli")
    certificates = folder / "certificates.pem"
    trustme.CA().cert_pem.write_to_path(certificates)
    with dataverse(folder) as here, closing(Office(here)) as one:
        # Reading all the world's certificates takes longer than most commands.
        os.environ["SSL_CERT_FILE"] = str(certificates)
        yield one


@pytest.fixture
def nobody(office: Office) -> World:
    return office.nobody()


@pytest.fixture
def partner(office: Office) -> World:
    return office.partner()


@pytest.fixture
def billed(office: Office) -> World:
    return office.billed()


@pytest.fixture
def spoilt(office: Office) -> World:
    """The partner as billed, with which a test does what it likes."""
    one = office.billed()
    office.spoil()
    return one


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def run_json(*arguments: str) -> Any:
    return json.loads(run(*arguments, "--json").stdout)


def said(text: str) -> str:
    """Return what was printed, as one line without the lines of a tree."""
    return " ".join(text.replace("│", " ").split())


def jobs(one: World) -> list[dict[str, Any]]:
    asked = operations.query("w365_jobs", select=["w365_name", "w365_status", "w365_result"])
    return list(one.client.rows(asked))


class TestBill:
    def test_what_is_due_is_billed_and_counted(self, partner: World) -> None:
        result = run("bill")

        assert result.exit_code == 0, result.output
        assert result.stdout == "2 of 2 contracts settled; 2 invoices and 2 lines written.\n"
        assert len(partner.lines()) == 2

    def test_a_second_time_nothing_is_due(self, billed: World) -> None:
        result = run("bill")

        assert (result.exit_code, result.stdout) == (0, "Nothing is due.\n")

    def test_all_contracts_can_be_settled_again(self, billed: World) -> None:
        result = run("bill", "--all")

        assert result.stdout == "2 of 2 contracts settled; 0 invoices and 0 lines written.\n"

    def test_programs_get_one_document(self, partner: World) -> None:
        assert run_json("bill", "--through", "2026-02-01", "--ahead") == {
            "through": "2026-02-01",
            "contracts": 2,
            "settled": 2,
            "invoices_written": 4,
            "lines_written": 4,
            "findings": [],
            "failures": [],
        }

    def test_a_day_that_has_not_come_is_refused_unless_it_is_meant(self, partner: World) -> None:
        result = run("bill", "--through", "2026-02-01")

        assert (result.exit_code, result.stdout) == (2, "")
        assert said(result.stderr) == (
            "Refused (day_not_come): 2026-02-01 has not come (today is 2026-01-01), and an invoice"
            " that is closed early stays closed; give --ahead if that is meant"
        )
        assert partner.lines() == []

    def test_a_day_that_is_over_can_be_billed_through(self, partner: World) -> None:
        partner.set_day(date(2026, 2, 15))

        # Those of January are closed; those of February are drafts, as of today.
        assert run_json("bill", "--through", "2026-01-31")["invoices_written"] == 4

    def test_today_is_the_day_of_the_partners_calendar(
        self, billed: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("WORK365_TIME_ZONE", "Pacific/Honolulu")

        assert run_json("bill")["through"] == "2026-01-10"

    def test_a_run_is_shown_as_a_job(self, partner: World) -> None:
        run("bill")

        (job,) = jobs(partner)
        assert job["w365_name"] == "Billing through 2026-01-01"
        assert job["w365_result"].startswith("2 of 2 contracts settled")

    def test_where_nothing_is_due_there_is_no_job(self, nobody: World) -> None:
        assert run("bill").stdout == "Nothing is due.\n"
        assert jobs(nobody) == []

    def test_a_finding_is_told_and_ends_with_one(self, partner: World) -> None:
        partner.people.keep_customers([customer("NC-3", contract("CT-[3]"))], provider="Microsoft")
        partner.add_subscription("sub-3", "CT-[3]")
        partner.open_with("change-4", "sub-3", -1, "1.00")

        result = run("bill")

        told = said(result.stderr)
        assert result.exit_code == 1
        assert result.stdout.startswith("3 of 3 contracts settled; 2 invoices")
        assert "error billing contract CT-[3]: change change-4: the quantity would be -1" in told

    def test_a_finding_is_listed_for_programs(self, partner: World) -> None:
        partner.change("change-3", "sub-2", NEW_YEAR, -500)

        result = run("bill", "--json")

        (finding,) = json.loads(result.stdout)["findings"]
        assert result.exit_code == 1
        assert finding["severity"] == "error"
        assert finding["code"] == "negative_quantity"
        assert finding["path"] == "billing contract CT-2"
        assert "correct the quantity or its date" in finding["message"]

    def test_contracts_that_could_not_be_reached_end_with_one_and_stay_due(
        self, partner: World
    ) -> None:
        failure = {"kind": "status", "status": 500, "path": "$batch"}
        partner.control("POST", "faults", {"requests": [failure]})

        result = run("bill")
        again = run("bill")

        told = said(result.stderr)
        assert result.exit_code == 1
        assert result.stdout.startswith("0 of 2 contracts settled")
        assert "2 contracts were not billed: batch of" in told
        assert "HTTP 500" in told
        assert (again.exit_code, len(partner.lines())) == (0, 2)

    @pytest.mark.parametrize("day", ["tomorrow", "2026-02-30", "01.02.2026"])
    def test_a_day_is_a_date(self, office: Office, day: str) -> None:
        result = run("bill", "--through", day)

        assert result.exit_code == 2
        assert "--through" in result.stderr


class TestInvoices:
    def test_are_a_table_with_a_total_for_each_currency(self, billed: World) -> None:
        rows = [said(line) for line in run("invoices").stdout.splitlines() if line.strip()]

        assert rows[0] == "Invoices"
        assert rows[1] == "Customer Invoice Date Status Lines Net"
        assert "Contoso [test] CT-1-00001 2026-01-01 billed 1 124.00 EUR" in rows
        assert "Contoso [test] CT-1-00002 2026-02-01 draft 1 25.20 EUR" in rows
        assert "Fabrikam CT-2-00001 2026-01-01 billed 1 1,600.00 USD" in rows
        assert rows[-2].startswith("2 invoices")
        assert rows[-2].endswith(" 149.20 EUR")
        assert rows[-1].endswith(" 1,600.00 USD")

    def test_for_programs_have_amounts_as_text(self, billed: World) -> None:
        first, *_ = run_json("invoices")

        assert first == {
            "invoice": "CT-1-00001",
            "contract": "CT-1",
            "customer": "Contoso [test]",
            "status": "billed",
            "kind": "invoice",
            "invoice_on": "2026-01-01",
            "due_on": "2026-01-31",
            "currency": "EUR",
            "net": "124.00",
            "lines": 1,
        }

    def test_of_one_contract_can_be_asked_for(self, billed: World) -> None:
        listed = run_json("invoices", "--contract", "CT-2")

        assert [invoice["invoice"] for invoice in listed] == ["CT-2-00001"]

    def test_of_a_contract_that_is_not_there_are_refused(self, billed: World) -> None:
        result = run("invoices", "--contract", "CT-77")

        assert result.exit_code == 2
        assert said(result.stderr) == (
            "Refused (not_in_the_book): there is no billing contract 'CT-77';"
            " `work365 invoices` lists them"
        )

    def test_before_the_first_are_an_empty_list(self, nobody: World) -> None:
        assert run_json("invoices") == []
        assert run("invoices").exit_code == 0

    def test_a_name_that_looks_like_markup_is_written_as_it_is(self, spoilt: World) -> None:
        awkward = replace(customer("NC-1", contract("CT-1")), name="A[/] [bold]B")
        spoilt.people.keep_customers([awkward], provider="Microsoft")

        result = run("invoices")

        assert result.exit_code == 0, result.output
        assert "A[/] [bold]B" in result.stdout


class TestPdf:
    def test_is_written_for_each_invoice(
        self, billed: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("WORK365_PARTNER_NAME", "Northwind Cloud")
        folder = tmp_path / "new" / "invoices"

        result = run("invoices", "--pdf", str(folder))

        assert result.exit_code == 0, result.output
        assert sorted(file.name for file in folder.iterdir()) == [
            "CT-1-00001.pdf",
            "CT-1-00002.pdf",
            "CT-2-00001.pdf",
        ]
        text = said(PdfReader(folder / "CT-1-00002.pdf").pages[0].extract_text())
        assert "Draft invoice" in text
        assert "25.20" in text
        assert "Contoso [test]" in text

    def test_is_not_written_where_all_is_waived_and_that_is_said(
        self, spoilt: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("WORK365_PARTNER_NAME", "Northwind Cloud")
        spoilt.change("change-9", "sub-2", CHANGED_ON, -100)
        run("bill", "--all")

        result = run("invoices", "--contract", "CT-2", "--pdf", str(tmp_path))

        assert result.exit_code == 0, result.output
        assert [file.name for file in tmp_path.iterdir()] == ["CT-2-00001.pdf"]
        assert "CT-2-00002: nothing to print, because all of it is waived" in said(result.stderr)

    @pytest.mark.parametrize(
        ("key", "name"),
        [
            ("CT-1001-00002", "CT-1001-00002"),
            ("../../etc/passwd", "______etc_passwd"),
            ("C:\\CT 1", "C__CT_1"),
            ("Müller_1", "Müller_1"),
        ],
    )
    def test_is_called_by_its_key_which_names_no_folder(self, key: str, name: str) -> None:
        assert file_name(key) == name

    def test_says_whom_it_is_from_or_is_not_written(self, billed: World, tmp_path: Path) -> None:
        folder = tmp_path / "invoices"

        result = run("invoices", "--pdf", str(folder))

        assert result.exit_code == 2
        assert "Refused (setting_wrong): WORK365_PARTNER_NAME is not set" in said(result.stderr)
        assert not folder.exists()

    def test_is_written_into_a_folder(
        self, billed: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("WORK365_PARTNER_NAME", "Northwind Cloud")
        file = tmp_path / "file"
        file.touch()

        result = run("invoices", "--pdf", str(file))

        assert result.exit_code == 2
        assert "Failed: [Errno 17] File exists" in said(result.stderr)


class TestExplain:
    def test_a_line_is_a_sentence_and_the_steps_of_its_amount(self, billed: World) -> None:
        result = run("explain", "CT-1-00002/1")

        told = said(result.stdout)
        assert result.exit_code == 0, result.output
        assert told.startswith(ADDED)
        assert "line 1 of invoice CT-1-00002" in told
        assert "amount 25.20 EUR: rounded once, by half-away-from-zero/1" in told
        assert "exact amount 3 x 12.40 EUR x 21/31 = 25.2: before it is rounded" in told

    def test_a_line_names_the_entries_and_the_lines_that_it_comes_from(self, billed: World) -> None:
        told = said(run("explain", "CT-1-00002/1").stdout)

        before = run_json("explain", "CT-1-00001/1")["line"]
        assert "entry change-1 +10: from 2026-01-01 on" in told
        assert "entry change-3 +3: from 2026-01-11 on" in told
        assert f"line {before} -10: billed before".replace(" ", "") in told.replace(" ", "")
        assert "by entry change-1 of 2026-01-01" in told

    def test_a_line_names_the_entries_beside_it_where_they_do_not_add_up(
        self, spoilt: World
    ) -> None:
        spoilt.change("change-9", "sub-1", CHANGED_ON, -100)

        result = run("explain", "CT-1-00002/1")

        told = said(result.stdout)
        assert result.exit_code == 0, result.output
        assert "exact amount 3 x 12.40 EUR x 21/31 = 25.2" in told
        assert (
            "quantity 3: units that are had; had by then: entry change-1 +10,"
            " entry change-3 +3, entry change-9 -100" in told
        )

    def test_a_line_speaks_alone_where_its_contract_cannot_be_read(self, spoilt: World) -> None:
        nameless = {"w365_proration": "by-the-moon/1"}
        row = {"w365_key": "CT-1"}
        spoilt.user.send(operations.update("w365_billingcontracts", row, nameless))

        told = said(run("explain", "CT-1-00002/1").stdout)

        assert "quantity 3: units that are had" in told
        assert "entry change" not in told
        assert "exact amount 3 x 12.40 EUR x 21/31 = 25.2" in told

    def test_a_one_time_charge_has_no_log_and_speaks_alone(self, spoilt: World) -> None:
        body = {
            "w365_name": "Migration",
            "w365_key": "once-1",
            "w365_chargedon": CHANGED_ON,
            "w365_unitprice": Decimal("950.00"),
            "w365_Contract@odata.bind": "/w365_billingcontracts(w365_key='CT-2')",
        }
        spoilt.user.send(operations.create("w365_onetimecharges", body))
        run("bill", "--all")

        told = said(run("explain", "CT-2-00002/1").stdout)

        assert told.startswith("Charge for 1 x Migration at 950.00 USD each")
        assert "quantity 1: units, sold once" in told

    def test_for_programs_has_amounts_as_text(self, billed: World) -> None:
        document = run_json("explain", "CT-1-00002/1")

        assert document["sentence"] == ADDED
        assert (document["invoice"], document["position"]) == ("CT-1-00002", 1)
        assert (document["amount"], document["currency"]) == ("25.20", "EUR")
        assert (document["exact"], document["rounding"]) == ("25.2", "half-away-from-zero/1")
        assert [(factor["name"], factor["value"]) for factor in document["factors"]] == [
            ("quantity", "3"),
            ("unit price", "12.40 EUR"),
            ("days", "21/31"),
        ]
        assert (document["tree"]["value"], document["tree"]["operation"]) == ("126/5", "round")

    def test_a_line_is_also_found_by_its_key(self, billed: World) -> None:
        key = run_json("explain", "CT-1-00002/1")["line"]

        assert run_json("explain", key)["sentence"] == ADDED

    @pytest.mark.parametrize(
        ("line", "told"),
        [
            ("CT-1-00009/1", "there is no invoice 'CT-1-00009'; `work365 invoices` lists them"),
            ("CT-1-00002/2", "invoice CT-1-00002 has no line 2"),
            ("25.20", "there is no invoice line '25.20'; `work365 invoices` lists them"),
        ],
    )
    def test_what_is_not_there_is_refused(self, billed: World, line: str, told: str) -> None:
        result = run("explain", line)

        assert (result.exit_code, result.stdout) == (2, "")
        assert said(result.stderr) == f"Refused (not_in_the_book): {told}"

    def test_a_line_with_rounding_of_earlier_ones_says_how_much(self, spoilt: World) -> None:
        spoilt.set_day(date(2026, 1, 13))
        for day in (12, 13):
            spoilt.change(f"change-{day}", "sub-2", date(2026, 1, day), 1)
        run("bill", "--all")

        told = said(run("explain", "CT-2-00002/2").stdout)
        document = run_json("explain", "CT-2-00002/2")

        assert "amount 4.90 USD: rounded once, by half-away-from-zero/1" in told
        assert "exact with carried 4.9022580645...: before it is rounded" in told
        assert "exact amount 2 x 4.00 USD x 19/31 = 4.9032258065..." in told
        assert "carried -0.0009677419...: rounding of earlier lines of this price" in told
        assert (document["carried"], document["limit"]) == ("-0.0009677419...", "")

    def test_a_waived_line_says_why_it_is_nothing(self, spoilt: World) -> None:
        spoilt.change("change-9", "sub-2", CHANGED_ON, -100)
        run("bill", "--all")

        told = said(run("explain", "CT-2-00002/1").stdout)
        document = run_json("explain", "CT-2-00002/1")

        assert told.startswith(document["sentence"])
        assert document["limit"].startswith("waived")
        assert f"amount 0 USD: {document['limit']}" in told
        assert (document["kind"], document["amount"]) == ("waived", "0.00")

    def test_a_credit_names_the_line_that_it_takes_back(self, spoilt: World) -> None:
        refunding = replace(customer("NC-2", contract("CT-2", refunds=True)), currency="USD")
        spoilt.people.keep_customers([refunding], provider="Microsoft")
        spoilt.change("change-9", "sub-2", CHANGED_ON, -100, refund=True)
        run("bill", "--all")

        told = said(run("explain", "CT-2-00002/1").stdout)
        document = run_json("explain", "CT-2-00002/1")

        corrected = run_json("explain", "CT-2-00001/1")["line"]
        assert told.startswith("Credit for 100 x Exchange Online at 4.00 USD a month")
        assert f"takes back a part of line {corrected}" in told
        assert (document["kind"], document["corrects"]) == ("credit", corrected)
        assert document["amount"] == "-270.97"

    def test_a_line_that_was_tampered_with_is_not_explained(self, spoilt: World) -> None:
        key = {"w365_key": run_json("explain", "CT-1-00002/1")["line"]}
        raised = {"w365_amount": Decimal("52.20")}
        spoilt.user.send(operations.update("w365_invoicelines", key, raised))

        result = run("explain", "CT-1-00002/1")

        assert result.exit_code == 2
        assert said(result.stderr) == (
            "Failed (amount_unexplained): its inputs give 25.20 EUR, and it says 52.20 EUR"
        )

    def test_a_product_whose_name_looks_like_markup_is_named_as_it_is(self, spoilt: World) -> None:
        spoilt.add_subscription("sub-9", "CT-1", name="Power BI [gcc] Pro[/]")
        spoilt.open_with("change-9", "sub-9", 1, "8.00")
        run("bill", "--all")

        told = [said(run("explain", f"CT-1-00002/{position}").stdout) for position in (1, 2)]

        assert any("1 x Power BI [gcc] Pro[/] at 8.00 EUR" in sentence for sentence in told)


@pytest.mark.parametrize("command", [["bill"], ["invoices"], ["explain", "CT-1-00001/1"]])
class TestTrouble:
    def test_where_nothing_answers_it_is_said_at_once_what_to_start(
        self, billed: World, monkeypatch: pytest.MonkeyPatch, command: list[str]
    ) -> None:
        url = f"http://127.0.0.1:{free_port()}"
        monkeypatch.setenv("WORK365_DATAVERSE_URL", url)
        begun = monotonic()

        result = run(*command)

        assert monotonic() - begun < 5
        assert (result.exit_code, result.stdout) == (2, "")
        assert said(result.stderr) == (
            f"Failed (nothing_answers): nothing answers at {url}; start Work 365 on this machine"
            " with `make up`, or set WORK365_DATAVERSE_URL to the address of your environment"
        )

    def test_a_wrong_setting_is_a_sentence_without_a_traceback(
        self, billed: World, monkeypatch: pytest.MonkeyPatch, command: list[str]
    ) -> None:
        monkeypatch.setenv("WORK365_TIME_ZONE", "Mars")

        result = run(*command)

        assert (result.exit_code, result.stdout) == (2, "")
        assert said(result.stderr) == (
            "Refused (setting_wrong): WORK365_TIME_ZONE is 'Mars', which is no time zone; use one"
            " like Europe/Berlin"
        )

    def test_a_dataverse_that_fails_is_a_sentence_without_a_traceback(
        self, billed: World, command: list[str]
    ) -> None:
        failure = {"kind": "status", "status": 500, "path": "w365_"}
        billed.control("POST", "faults", {"requests": [failure]})

        result = run(*command)

        told = said(result.stderr)
        assert (result.exit_code, result.stdout) == (2, "")
        assert told.startswith("Failed (dataverse_server_failed): GET w365_")
        assert "HTTP 500" in told


def test_the_environment_of_this_machine_is_found_without_being_told(
    billed: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = billed.here
    for name in here.application_settings():
        monkeypatch.delenv(name)
    assert "WORK365_DATAVERSE_URL" not in os.environ

    monkeypatch.setattr("work365.entrypoints.local_environment.LocalEnvironment", lambda: here)

    assert run("bill").stdout == "Nothing is due.\n"
