"""End to end: a month billed in Dataverse, over HTTP, row by row as it is kept.

Run as `python -m tests.benchmarks.billing_run`. The emulator runs in a process of its own with
its rows in a file, so that what is measured is what a real run does, short of the network.
"""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID, uuid5

import httpx
import typer

from dataverse_schema.table import Table
from dataverse_schema.tables.billing import BillingContract, Subscription, SubscriptionChange
from dataverse_schema.tables.standard import Account, TransactionCurrency
from tests.benchmarks.emulator_process import RunningEmulator, running_emulator
from tests.benchmarks.measuring import Stopwatch, resident_megabytes_max, show
from work365.adapters.dataverse.client import DataverseClient
from work365.adapters.dataverse.mapping import whole_row
from work365.adapters.dataverse.operations import create_multiple, query
from work365.adapters.dataverse.store import DataverseBillingStore
from work365.http import http_client, read_json
from work365.ports.billing import BillingStore
from work365.usecases.bill_contracts import Billed, bill_contracts
from work365.usecases.sweep_changes import ONE_DAY, chunks

THREADS = 2
SUBSCRIPTIONS_PER_CONTRACT = 5
ROWS_PER_MESSAGE_MAX = 1_000
START = date(2026, 1, 1)
NEXT = date(2026, 2, 1)
AT = datetime(2026, 2, 1, tzinfo=UTC)
IDS = UUID("4f0a1c5e-63f5-4a52-8d3a-6f3f3b7f0c11")


@dataclass(frozen=True, slots=True)
class BillingRun:
    """One run over all contracts."""

    name: str
    contracts: int
    invoices: int
    lines: int
    seconds: float
    requests: int
    batch_operations: int

    @property
    def invoices_per_second(self) -> float:
        """Invoices kept, for each second on the clock."""
        return self.invoices / self.seconds

    @property
    def seconds_per_thousand(self) -> float:
        """Seconds for 1,000 contracts, whether or not they had anything to invoice."""
        return self.seconds / self.contracts * 1_000

    def for_thousand(self, count: int) -> float:
        """Return `count` for 1,000 contracts."""
        return count / self.contracts * 1_000


@dataclass(frozen=True, slots=True)
class BillingRuns:
    """All runs over one environment, and the memory that they took."""

    runs: tuple[BillingRun, ...]
    own_megabytes_max: float
    emulator_megabytes_max: float


def billing_runs(contracts: int) -> BillingRuns:
    """Return two months of `contracts` contracts with 5 subscriptions, each month billed twice."""
    with running_emulator() as emulator, http_client() as http:
        client = DataverseClient(url=emulator.url, token=lambda: "benchmark", http=http)
        every = load_contracts(client, contracts)
        store = DataverseBillingStore(client)
        runner = _Runner(emulator, store, every)
        runs = (
            runner.run("first month", START, lambda: store.due_contracts(START)),
            runner.run("first month again", START, lambda: every),
            runner.run("next month", NEXT, lambda: store.due_contracts(NEXT)),
            runner.run("next month again", NEXT, lambda: every),
        )
        return BillingRuns(runs, resident_megabytes_max(), emulator.resident_megabytes_max)


def main(contracts: Annotated[int, typer.Option()] = 1_000) -> None:
    """Print the figures of a billing run in the emulator."""
    figures = billing_runs(contracts)
    show(
        f"{contracts:,} contracts with {SUBSCRIPTIONS_PER_CONTRACT} subscriptions, through the"
        f" use case into the emulator, {THREADS} threads",
        [
            "run", "invoices", "lines", "seconds", "invoices/s", "s per 1,000 contracts",
            "requests per 1,000", "operations in batches per 1,000",
        ],
        [
            (
                run.name, run.invoices, run.lines, run.seconds, run.invoices_per_second,
                run.seconds_per_thousand, run.for_thousand(run.requests),
                run.for_thousand(run.batch_operations),
            )
            for run in figures.runs
        ],
    )  # fmt: skip
    show(
        "Resident memory at most",
        ["process", "MB"],
        [
            ("billing", figures.own_megabytes_max),
            ("emulator", figures.emulator_megabytes_max),
        ],
    )


class _Runner:
    def __init__(
        self, emulator: RunningEmulator, store: BillingStore, every: Sequence[UUID]
    ) -> None:
        self._url = f"{emulator.url}/_emulator/v1/requests"
        self._store = store
        self._every = every

    def run(self, name: str, through: date, due: Callable[[], Iterable[UUID]]) -> BillingRun:
        """Bill on the day after `through` what is due, chunk by chunk, and count what it took."""
        httpx.post(f"{self._url}/reset").raise_for_status()
        stopwatch = Stopwatch()

        def bill(chunk: Sequence[UUID]) -> Billed:
            return bill_contracts(
                contracts=chunk,
                through=through,
                as_of=through + ONE_DAY,
                at=AT,
                store=self._store,
            )

        with stopwatch.running(), ThreadPoolExecutor(THREADS) as pool:
            billed = list(pool.map(bill, chunks(due())))
        counts = read_json(httpx.get(self._url).raise_for_status().content)
        assert not any(chunk.findings for chunk in billed), billed
        assert sum(chunk.contracts for chunk in billed) == len(self._every), "none was left out"
        return BillingRun(
            name=name,
            contracts=len(self._every),
            invoices=sum(chunk.written.invoices for chunk in billed),
            lines=sum(chunk.written.lines for chunk in billed),
            seconds=stopwatch.seconds,
            requests=counts["requests"]["total"],
            batch_operations=counts["batch_operations"]["total"],
        )


def load_contracts(client: DataverseClient, contracts: int) -> list[UUID]:
    """Create the contracts and what is under them; return the contracts' ids."""
    asked = query(
        TransactionCurrency.entity_set(),
        select=[TransactionCurrency.primary_id()],
        filter=f"{TransactionCurrency.column_name('iso_currency_code')} eq 'EUR'",
    )
    (euro,) = (UUID(row[TransactionCurrency.primary_id()]) for row in client.rows(asked))
    numbers = range(contracts)
    parts = [(number, part) for number in numbers for part in range(SUBSCRIPTIONS_PER_CONTRACT)]
    for table in (
        (Account(row_id=_id("account", number), name=f"Customer {number}") for number in numbers),
        (_contract(number, euro) for number in numbers),
        (_subscription(number, part) for number, part in parts),
        (_opening(number, part) for number, part in parts),
    ):
        _create(client, list(table))
    return [_id("contract", number) for number in numbers]


def _create(client: DataverseClient, rows: Sequence[Table]) -> None:
    table = type(rows[0])
    for first in range(0, len(rows), ROWS_PER_MESSAGE_MAX):
        some = [whole_row(row) for row in rows[first : first + ROWS_PER_MESSAGE_MAX]]
        client.send(create_multiple(table.entity_set(), table.table_name(), some))


def _contract(number: int, currency: UUID) -> BillingContract:
    return BillingContract(
        row_id=_id("contract", number),
        name=f"Contract {number}",
        key=f"CT-{number:06d}",
        customer=_id("account", number),
        currency=currency,
        start_on=START,
    )


def _subscription(number: int, part: int) -> Subscription:
    return Subscription(
        row_id=_id("subscription", number, part),
        name=f"Product {part}",
        key=f"SUB-{number:06d}-{part}",
        contract=_id("contract", number),
        start_on=START,
    )


def _opening(number: int, part: int) -> SubscriptionChange:
    return SubscriptionChange(
        row_id=_id("change", number, part),
        name="Opening",
        key=f"CHG-{number:06d}-{part}",
        subscription=_id("subscription", number, part),
        effective_on=START,
        quantity_delta=Decimal(1 + number % 100),
        unit_price=Decimal(440 + 100 * part).scaleb(-2),
        price_months=1,
    )


def _id(*name: object) -> UUID:
    return uuid5(IDS, " ".join(str(part) for part in name))


if __name__ == "__main__":
    typer.run(main)
