"""The demo with a story of one customer and three days."""

import importlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

import pytest
import trustme
from typer.testing import CliRunner, Result

import function_app
from work365.bootstrap import services
from work365.emulators.dataverse.app import create_app
from work365.entrypoints.cli import app, running
from work365.entrypoints.cli.output import progress
from work365.entrypoints.demo import stage
from work365.entrypoints.demo.stage import DemoWrong
from work365.entrypoints.demo.story import Story, tell
from work365.entrypoints.local_environment import LocalEnvironment, free_port
from work365.entrypoints.serving import LocalServer
from work365.usecases.run_billing import Run

# By name: the package has the command where this module would be.
demo = importlib.import_module("work365.entrypoints.cli.demo")

FIRST_DAY = date(2026, 1, 10)
LAST_DAY = date(2026, 1, 12)
CONTRACTS = ("CT-1001", "CT-1002")
INVOICES = ["CT-1001-00001.pdf", "CT-1001-00002.pdf"]
LINE = (
    "Charge for 3 x Microsoft 365 Business Standard (Werkstatt) at 12.40 EUR a month,"
    " 2026-01-11 to 2026-01-31, 21 of 31 days: 25.20 EUR."
)


def short_story() -> Story:
    whole = tell()
    return replace(
        whole,
        customers=whole.customers[:1],
        price_sheets={"DE": whole.price_sheets["DE"]},
        subscriptions=tuple(file for file in whole.subscriptions if file.contract in CONTRACTS),
        events=tuple(event for event in whole.events if event.recorded_on <= LAST_DAY),
    )


@contextmanager
def emulator_in_this_process(here: LocalEnvironment) -> Iterator[None]:
    here.state.mkdir(parents=True, exist_ok=True)
    application = create_app(
        state=here.dataverse_file, clock=lambda: datetime(2026, 1, 1, tzinfo=UTC)
    )
    with LocalServer(application, port=here.dataverse_port):
        yield


class Played(NamedTuple):
    """The demo after it was played once, for whoever wants to look at it."""

    state: Path
    result: Result
    ending: Any


@contextmanager
def theatre_in(folder: Path) -> Iterator[pytest.MonkeyPatch]:
    before = dict(os.environ)
    with pytest.MonkeyPatch.context() as patch:
        for module in (stage, demo):
            patch.setattr(module, "FIRST_DAY", FIRST_DAY)
            patch.setattr(module, "LAST_DAY", LAST_DAY)
        for module in (demo, running):
            patch.setattr(module, "tell", short_story)
        patch.setattr(stage, "dataverse_emulator", emulator_in_this_process)
        patch.setattr(running, "wait_for_interrupt", lambda: None)
        certificates = folder / "certificates.pem"
        trustme.CA().cert_pem.write_to_path(certificates)
        # Reading all the world's certificates takes longer than a day of the story.
        patch.setenv("SSL_CERT_FILE", str(certificates))
        yield patch
    services.cache_clear()
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture
def theatre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[pytest.MonkeyPatch]:
    """Where the short story is played, by processes that have not set anything yet."""
    with theatre_in(tmp_path_factory.mktemp("theatre")) as patch:
        yield patch


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    folder = tmp_path_factory.mktemp("played")
    endings = []
    with theatre_in(folder) as patch:
        perform = demo.perform

        def performed(begun: stage.Stage) -> Any:
            endings.append(perform(begun))
            return endings[-1]

        patch.setattr(demo, "perform", performed)
        result = run("demo", "--no-microsoft", "--state", str(folder / "demo"))
    assert result.exit_code == 0, result.output
    return Played(folder / "demo", result, endings[0])


def run(*arguments: str) -> Result:
    begin_process()
    return CliRunner().invoke(app, list(arguments))


def begin_process() -> None:
    # The library lets the functions of an app be read once.
    importlib.reload(function_app)
    services.cache_clear()


def said(text: str) -> str:
    """Return what was printed, as one line without the lines of a tree."""
    return " ".join(text.replace("│", " ").split())


class TestDemo:
    def test_shows_the_main_job_from_import_to_paper(self, played: Played) -> None:
        told = said(played.result.stdout)

        assert "Northwind Cloud GmbH: 1 customers, " in told
        assert "100 list prices imported." in told
        assert "3 days went by. People changed 1 things, and Dataverse rang" in told
        assert "CT-1001-00002" in told
        assert (
            "Billing all contracts a second time: 2 of 2 contracts settled;"
            " 0 invoices and 0 lines written." in told
        )
        assert "One line explained (work365 explain CT-1001-00002/1)" in told
        assert LINE in told
        assert "exact amount 3 x 12.40 EUR x 21/31 = 25.2: before it is rounded" in told
        assert f"2invoicesasPDFsarein{played.state}/invoices" in told.replace(" ", "")

    def test_leaves_an_invoice_on_paper_for_each(self, played: Played) -> None:
        files = sorted((played.state / "invoices").iterdir())

        assert [file.name for file in files] == INVOICES
        assert all(file.read_bytes().startswith(b"%PDF") for file in files)

    def test_for_programs_is_one_document(
        self, played: Played, theatre: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        theatre.setattr(demo, "running", lambda here, story: nullcontext())
        theatre.setattr(demo, "perform", lambda begun: played.ending)

        document = json.loads(
            run("demo", "--no-microsoft", "--state", str(tmp_path), "--json").stdout
        )

        assert document["customers"] == 1
        assert document["rings"] > document["subscriptions"] > 0
        assert document["lines_written_by_second_run"] == 0
        assert document["explained"] == LINE
        assert document["folder"] == str(played.state / "invoices")
        assert [f"{invoice['invoice']}.pdf" for invoice in document["invoices"]] == INVOICES
        assert document["invoices"][1]["net"] == "25.20"

    def test_deletes_what_an_earlier_demo_left(self, tmp_path: Path) -> None:
        here = LocalEnvironment(state=tmp_path)
        leftover = tmp_path / "invoices" / "CT-0000-00001.pdf"
        leftover.parent.mkdir()
        leftover.touch()
        here.dataverse_file.write_text("the rows of an earlier demo")

        demo._empty(here)

        assert not leftover.exists()

    def test_never_deletes_what_is_somebody_elses(self, tmp_path: Path) -> None:
        letters = tmp_path / "letters.txt"
        letters.touch()

        result = run("demo", "--no-microsoft", "--state", str(tmp_path))

        assert result.exit_code == 2
        assert said(result.stderr).startswith(f"Refused (folder_taken): {tmp_path} holds what no")
        assert "choose another folder with --state" in said(result.stderr)
        assert letters.exists()

    @pytest.mark.parametrize("folder", ["", "new"])
    def test_begins_in_an_empty_folder(
        self, tmp_path: Path, theatre: pytest.MonkeyPatch, folder: str
    ) -> None:
        begun: list[LocalEnvironment] = []

        def running(here: LocalEnvironment, story: Story) -> NoReturn:
            begun.append(here)
            raise DemoWrong("far enough")

        theatre.setattr(demo, "running", running)
        state = tmp_path / "theatre"
        state.mkdir()

        result = run("demo", "--no-microsoft", "--state", str(state / folder))

        assert said(result.stderr).endswith("Failed (demo_wrong): far enough")
        assert [here.state for here in begun] == [state / folder]

    def test_a_file_that_is_refused_ends_it(
        self, tmp_path: Path, theatre: pytest.MonkeyPatch
    ) -> None:
        theatre.setattr(demo, "tell", lambda: replace(short_story(), price_sheets={}))

        result = run("demo", "--no-microsoft", "--state", str(tmp_path / "demo"))

        assert result.exit_code == 2
        assert said(result.stderr).count("Failed (demo_wrong):") == 1


def test_a_story_that_does_not_come_to_its_end_is_told(
    tmp_path: Path, theatre: pytest.MonkeyPatch
) -> None:
    here = LocalEnvironment(tmp_path / "demo", free_port(), free_port())
    begin_process()

    with stage.running(here, short_story()) as begun, progress() as bars:
        begun.load(bars)

        with pytest.raises(DemoWrong, match="no invoice has a line for change CHG-0001"):
            begun.line_of_change()
        theatre.setattr(stage.Stage, "_bill_all", lambda _: Run(invoices=1))
        with pytest.raises(DemoWrong, match="billing a second time was not idle"):
            begun.bill_again()


class TestUp:
    def test_plays_the_demo_where_there_is_no_invoice_yet(
        self, tmp_path: Path, theatre: pytest.MonkeyPatch
    ) -> None:
        def perform(begun: stage.Stage) -> NoReturn:
            raise DemoWrong(f"played in {begun.here.state.name}")

        theatre.setattr(running, "perform", perform)

        result = up(tmp_path / "demo")

        assert said(result.stderr).endswith("Failed (demo_wrong): played in demo")

    @pytest.mark.usefixtures("theatre")
    def test_stays_up_with_what_was_played_before(self, played: Played) -> None:
        result = up(played.state)

        assert (result.exit_code, result.stdout) == (0, "")
        assert "Work 365 answers at http://127.0.0.1:" in said(result.stderr)


def up(state: Path) -> Result:
    ports = ["--port", str(free_port()), "--dataverse-port", str(free_port())]
    return run("up", "--demo", "--state", str(state), *ports)
