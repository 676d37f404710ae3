import json
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from typer.testing import CliRunner, Result

from dataverse_schema.table import Table
from dataverse_schema.tables.billing import BillingContract, Subscription, SubscriptionChange
from dataverse_schema.tables.providers import Provider, ProviderAccount
from dataverse_schema.tables.standard import Account, ProductPriceLevel
from work365.adapters.dataverse.client import DataverseClient
from work365.adapters.dataverse.mapping import write_row
from work365.adapters.dataverse.operations import create, update
from work365.adapters.dataverse.reading import AccountReader
from work365.bootstrap import Services
from work365.emulators.dataverse.app import create_app
from work365.entrypoints import demo
from work365.entrypoints.cli import importing
from work365.entrypoints.serving import LocalServer
from work365.http import Retries
from work365.settings import Settings

DOCUMENTED = Path(__file__).parents[3] / "shared" / "fixtures" / "partner_center"
DEMO = Path(demo.__file__).parent
TENANT = "7f1306d2-21c2-49c1-90dd-7658e3609779"
SUBSCRIPTIONS = str(DEMO / "subscriptions" / f"{TENANT}.json")
PRICES = str(DEMO / "price_sheet_DE.csv")
NEW_YEAR = date(2026, 1, 1)
COUNT = len(json.loads(Path(SUBSCRIPTIONS).read_text(encoding="utf-8"))["items"])


class World:
    """An environment with a customer, whose tenant is mapped, and its contract."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self.client: DataverseClient = services.dataverse
        self.reader = AccountReader(self.client)
        currencies = {code: row for row, code in self.reader.currencies.items()}
        self.customer = self.add(Account, name="Hollerbach", key="C-1")
        self.contract = self.add(
            BillingContract,
            name="CT-1",
            key="CT-1",
            customer=self.customer,
            currency=currencies["EUR"],
            start_on=NEW_YEAR,
        )
        provider = self.add(Provider, name="Microsoft", key="microsoft")
        self.add(
            ProviderAccount,
            name="Hollerbach",
            key=TENANT,
            provider=provider,
            account=self.customer,
            tenant=TENANT,
        )

    def add(self, table: type[Table], **values: Any) -> UUID:
        row = self.client.send(create(table.entity_set(), write_row(table, values)))
        assert isinstance(row, UUID)
        return row

    def count(self, table: type[Table]) -> int:
        return len(list(self.reader.all(table)))

    def control(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        url = f"{self.services.settings.dataverse_url}/_emulator/v1/{path}"
        answer = httpx.request(method, url, json=body, trust_env=False)
        return answer.raise_for_status().json()


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with LocalServer(
        create_app(state=None, clock=lambda: datetime(2026, 1, 1, 9, tzinfo=UTC))
    ) as server:
        yield server.url


@pytest.fixture
def world(address: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    httpx.post(f"{address}/_emulator/v1/reset", trust_env=False).raise_for_status()
    services = Services(
        Settings(
            dataverse_url=address,
            dataverse_token="service",  # noqa: S106  the emulator takes any token
            clock_url=f"{address}/_emulator/v1/clock",
        )
    )
    # Waiting takes no time, so that lost answers cost none.
    retries = Retries(sleep=lambda _: None, elapsed_seconds=lambda: 0)
    vars(services)["dataverse"] = DataverseClient(
        url=address, token=lambda: "service", http=services.http, retries=retries
    )
    monkeypatch.setattr(importing, "connected", lambda: nullcontext(services))
    yield World(services)
    services.http.close()


@pytest.fixture
def file(tmp_path: Path) -> Callable[[str, object], str]:
    """Return the path of a new file with this name and JSON content."""

    def make(name: str, content: object) -> str:
        path = tmp_path / name
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return str(path)

    return make


def run(*arguments: str) -> Result:
    return CliRunner().invoke(importing.app, ["subscriptions", *arguments])


def run_json(*arguments: str) -> tuple[int, dict[str, Any]]:
    result = run(*arguments, "--json")
    document: dict[str, Any] = json.loads(result.stdout)
    assert document["exit_code"] == result.exit_code
    return result.exit_code, document


def as_said(result: Result) -> str:
    """Return what was printed, as one line."""
    return " ".join(result.output.split())


def changed(**fields: Any) -> dict[str, Any]:
    """Return the first subscription of the file with other fields."""
    content: dict[str, Any] = json.loads(Path(SUBSCRIPTIONS).read_text(encoding="utf-8"))
    return {**content["items"][0], **fields}


def test_files_go_in_and_are_counted(world: World) -> None:
    result = run(SUBSCRIPTIONS, "--prices", PRICES)

    assert result.exit_code == 0, result.output
    assert world.count(Subscription) == world.count(SubscriptionChange) == COUNT
    assert world.count(ProductPriceLevel) == 100
    assert "list prices" in result.stdout
    assert "row(s) were written" in result.stdout


def test_the_second_time_nothing_is_written_and_it_says_so(world: World) -> None:
    run(SUBSCRIPTIONS, "--prices", PRICES)
    world.control("POST", "requests/reset")

    result = run(SUBSCRIPTIONS, "--prices", PRICES)

    assert result.exit_code == 0, result.output
    assert world.control("GET", "requests")["rows_written"]["total"] == 0
    assert "Nothing was written: everything was there already." in as_said(result)


def test_a_dry_run_counts_the_same_and_writes_nothing(world: World) -> None:
    world.control("POST", "requests/reset")

    _, rehearsed = run_json(SUBSCRIPTIONS, "--prices", PRICES, "--dry-run")
    written_by_rehearsal = world.control("GET", "requests")["rows_written"]["total"]
    _, done = run_json(SUBSCRIPTIONS, "--prices", PRICES)

    assert written_by_rehearsal == 0
    assert rehearsed["counts"] == done["counts"]
    assert (rehearsed["dry_run"], done["dry_run"]) == (True, False)


def test_a_dry_run_says_that_it_is_one(world: World) -> None:
    result = run(SUBSCRIPTIONS, "--prices", PRICES, "--dry-run")

    assert "This was a dry run: nothing was written" in as_said(result)


def test_a_price_sheet_among_the_files_is_known_by_its_name(world: World) -> None:
    result = run(SUBSCRIPTIONS, PRICES)

    assert result.exit_code == 0, result.output
    assert world.count(ProductPriceLevel) == 100


def test_what_is_refused_is_said_and_the_rest_goes_in(
    world: World, file: Callable[[str, object], str]
) -> None:
    unpriced = file("unpriced.json", changed(id="s-9", offerId="CFQ7TTC0LH99:0001:CFQ7TTC0K971"))

    result = run(SUBSCRIPTIONS, unpriced, "--prices", PRICES)

    assert result.exit_code == 1
    assert world.count(Subscription) == COUNT
    said = as_said(result)
    assert "error" in said
    assert "CFQ7TTC0LH99:0001" in said


def test_when_nothing_can_be_done_it_ends_with_two(
    world: World, file: Callable[[str, object], str]
) -> None:
    status, document = run_json(SUBSCRIPTIONS)
    broken_status, broken = run_json(file("broken.json", "not JSON"))

    assert (status, broken_status) == (2, 2)
    assert document["counts"]["subscriptions"]["refused"] == COUNT
    assert [finding["code"] for finding in broken["findings"]] == ["file_refused"]
    assert world.count(Subscription) == 0


def test_an_unreadable_file_does_not_stop_the_others(
    world: World, file: Callable[[str, object], str]
) -> None:
    broken = file("broken.json", "not JSON")

    status, document = run_json(broken, SUBSCRIPTIONS, "--prices", PRICES)

    assert status == 1
    assert world.count(Subscription) == COUNT
    assert [finding["path"] for finding in document["findings"]] == [broken]


def test_rows_that_cannot_be_read_are_counted_as_refused(
    world: World, file: Callable[[str, object], str]
) -> None:
    wrong = file("wrong.json", [changed(id="s-8", quantity="10", status="odd"), changed(id="s-9")])

    status, document = run_json(wrong, "--prices", PRICES)

    assert status == 1
    assert document["counts"]["subscriptions"]["refused"] == 1
    assert document["counts"]["subscriptions"]["created"] == 1
    assert [finding["path"] for finding in document["findings"]] == [
        f"{wrong}#1/quantity",
        f"{wrong}#1/status",
    ]


def test_a_kept_price_that_was_spoilt_by_hand_is_told_and_not_doubled(world: World) -> None:
    run(PRICES)
    row = next(iter(world.reader.all(ProductPriceLevel)))
    assert row.row_id is not None
    body = write_row(ProductPriceLevel, {"term": "P2Y"})
    world.client.send(update(ProductPriceLevel.entity_set(), row.row_id, body))

    status, document = run_json(PRICES)

    codes = [finding["code"] for finding in document["findings"]]
    assert (status, codes) == (1, ["field_wrong", "dataverse_duplicate_key"])
    assert document["counts"]["list prices"]["unchanged"] == 99
    assert world.count(ProductPriceLevel) == 100


def test_an_unknown_contract_is_said_in_one_sentence(world: World) -> None:
    result = run(SUBSCRIPTIONS, "--prices", PRICES, "--contract", "CT-77")

    assert result.exit_code == 2
    assert "there is no billing contract CT-77" in as_said(result)
    assert world.count(Subscription) == 0


def test_the_options_reach_the_import(world: World, file: Callable[[str, object], str]) -> None:
    nameless = changed(id="s-9", links={})
    path = file("nameless.json", nameless)
    other = "0cca44d6-68e9-4762-94ee-31ece98783b9"

    result = run(
        path, "--prices", PRICES, "--contract", "CT-1", "--tenant", other.upper(), "--market", "de"
    )

    accounts = {row.tenant: row.account for row in world.reader.all(ProviderAccount)}
    assert result.exit_code == 0, result.output
    assert accounts[other] == world.customer


def test_many_findings_are_shown_in_part_and_listed_for_programs(
    world: World, file: Callable[[str, object], str]
) -> None:
    path = file("many.json", [changed(id=f"s-{number}", quantity=0) for number in range(60)])

    shown = as_said(run(path))
    _, document = run_json(path)

    assert "and 10 more findings, which --json lists" in shown
    assert len(document["findings"]) == 60


def test_without_files_the_help_is_shown(world: World) -> None:
    assert "Usage" in run().output


def test_two_imports_at_once_make_each_row_once(world: World) -> None:
    with ThreadPoolExecutor() as pool:
        futures = [
            pool.submit(
                importing.take_in,
                world.services,
                subscriptions={"a.json": Path(SUBSCRIPTIONS).read_text(encoding="utf-8")},
                price_sheets={"a.csv": Path(PRICES).read_text(encoding="utf-8")},
            )
            for _ in range(2)
        ]
        both = [future.result() for future in futures]

    again = importing.take_in(
        world.services,
        subscriptions={"a.json": Path(SUBSCRIPTIONS).read_text(encoding="utf-8")},
        price_sheets={"a.csv": Path(PRICES).read_text(encoding="utf-8")},
        contract="CT-1",
        market="DE",
    )
    assert sum(imported.subscriptions for imported in both) == COUNT
    assert world.count(Subscription) == world.count(SubscriptionChange) == COUNT
    assert (again.subscriptions, again.prices, again.findings) == (0, 0, ())


def test_answers_that_get_lost_double_nothing(world: World) -> None:
    lost = {"kind": "drop", "path": "$batch", "after_work": True, "count": 5}
    world.control("POST", "faults", {"requests": [lost]})

    status, document = run_json(SUBSCRIPTIONS, "--prices", PRICES)

    assert (status, document["findings"]) == (0, [])
    assert world.count(Subscription) == world.count(SubscriptionChange) == COUNT
    assert world.count(ProductPriceLevel) == 100


@pytest.mark.skipif(
    not DOCUMENTED.is_dir(), reason=f"Microsoft's documented responses are not at {DOCUMENTED}"
)
def test_the_documented_responses_are_taken_in_or_found(world: World) -> None:
    status, document = run_json(
        str(DOCUMENTED / "subscriptions_list_response.json"),
        str(DOCUMENTED / "subscription_patch_quantity_nce_response.json"),
        str(DOCUMENTED / "subscriptions_list_software_response.json"),
        "--prices",
        str(DOCUMENTED / "price_sheet_updatedlicensebased.csv"),
    )

    findings = {
        (Path(finding["path"].partition("#")[0]).name, finding["code"])
        for finding in document["findings"]
    }
    assert status == 1
    assert document["counts"]["list prices"]["created"] == 1
    assert document["counts"]["subscriptions"]["refused"] == 3
    assert findings == {
        ("subscriptions_list_response.json", "not_all_pages"),
        ("subscriptions_list_response.json", "tenant_missing"),
        ("subscription_patch_quantity_nce_response.json", "provider_account_not_mapped"),
        ("subscriptions_list_software_response.json", "provider_account_not_mapped"),
    }
