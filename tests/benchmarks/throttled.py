"""A billing run under Dataverse's service-protection limits: what it costs, loses and uses.

Run as `python -m tests.benchmarks.throttled`. Dataverse allows a user 6,000 requests in 300
seconds. The window is made shorter and the requests fewer by the same factor, so that 20
requests a second can be kept up as in the real one, and a run sees many windows in minutes.
The chunks are smaller than the product's own, which need so few requests that the limit would
never be met.
"""

import logging
from bisect import bisect
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from math import ceil
from time import monotonic
from typing import Annotated, Any
from uuid import UUID

import httpx
import typer

from dataverse_schema.table import Table
from dataverse_schema.tables.billing import Invoice, InvoiceLine
from tests.benchmarks.billing_run import AT, START, load_contracts
from tests.benchmarks.emulator_process import RunningEmulator, running_emulator
from tests.benchmarks.measuring import Stopwatch, show
from tests.benchmarks.official_sdk import OfficialStore, official_client
from work365.adapters.dataverse.client import DataverseClient
from work365.adapters.dataverse.mapping import select
from work365.adapters.dataverse.operations import query
from work365.adapters.dataverse.pace import Pace
from work365.adapters.dataverse.store import DataverseBillingStore
from work365.http import http_client, read_json
from work365.jobs import CHUNK_CONTRACTS_MAX
from work365.ports.billing import BillingStore
from work365.usecases.bill_contracts import bill_contracts
from work365.usecases.sweep_changes import ONE_DAY

REQUESTS_PER_WINDOW = 6_000
WINDOW_SECONDS = 300
EXECUTION_MS = 1_200_000
CONCURRENT = 52
SHORTER = 10
"""How many times shorter the window is, and how many times fewer the requests in it."""
SMALL_CHUNK = 20
CONTRACTS_OF_THE_COMPARISON = 1_000
SHARE_THAT_IS_THROTTLED = 0.9
"""From when so much of a window was used, the run counts as throttled."""
SAMPLE_SECONDS = 0.1
TOO_MANY = 429

Invoices = dict[str, tuple[object, ...]]


@dataclass(frozen=True, slots=True)
class Run:
    """One billing run."""

    name: str
    invoices: Invoices
    lines: Invoices
    seconds: float
    requests: int
    refused: int
    usage: float | None
    """Share of the allowance that was used while throttled, None without limits."""
    at_once_max: int

    @property
    def per_thousand(self) -> float:
        """Requests for 1,000 invoices."""
        return self.requests / len(self.invoices) * 1_000


class Witness:
    """Sees every request go out and come back."""

    def __init__(self) -> None:
        self.sent: list[float] = []
        self.refused = 0
        self.at_once_max = 0
        self._at_once = 0

    @contextmanager
    def client(self) -> Iterator[httpx.Client]:
        """Return a client whose requests are seen."""
        with http_client() as http:
            http.event_hooks = {"request": [self._leaves], "response": [self._returns]}
            yield http

    def _leaves(self, _request: httpx.Request) -> None:
        self.sent.append(monotonic())
        self._at_once += 1
        self.at_once_max = max(self.at_once_max, self._at_once)

    def _returns(self, response: httpx.Response) -> None:
        self._at_once -= 1
        self.refused += response.status_code == TOO_MANY

    def usage(self, *, allowed: int, window_seconds: float) -> float:
        """Return how much of the allowance the windows used that ended while throttled.

        It is the mean over time, from the first full window to the last request.
        """
        moments = sorted(self.sent)
        samples = int((moments[-1] - moments[0]) / SAMPLE_SECONDS)
        ends = [moments[0] + number * SAMPLE_SECONDS for number in range(samples)]
        shares = [
            (bisect(moments, end) - bisect(moments, end - window_seconds)) / allowed for end in ends
        ]
        throttled = [place for place, share in enumerate(shares) if share > SHARE_THAT_IS_THROTTLED]
        since = shares[throttled[0] :] if throttled else []
        return sum(since) / len(since) if since else 0.0


def billing_run(
    name: str, *, contracts: int, chunk: int, shorter: int | None = None, official: bool = False
) -> Run:
    """Return the first month of `contracts` contracts, `chunk` of them in a job.

    With the limits in a window so many times `shorter`, or without them; `official` with the
    writes of Microsoft's own client.
    """
    witness = Witness()
    with running_emulator() as emulator, http_client() as http:
        loading = DataverseClient(url=emulator.url, token=lambda: "benchmark", http=http)
        every = load_contracts(loading, contracts)
        httpx.post(f"{emulator.url}/_emulator/v1/requests/reset").raise_for_status()
        if shorter:
            _limit(emulator, shorter)
        stopwatch = Stopwatch()
        with witness.client() as watched, stopwatch.running():
            client = DataverseClient(
                url=emulator.url,
                token=lambda: "benchmark",
                http=watched,
                pace=Pace(window_seconds=WINDOW_SECONDS / (shorter or 1)),
            )
            _bill(client, emulator, every, chunk=chunk, official=official)
        counted = read_json(httpx.get(f"{emulator.url}/_emulator/v1/requests").content)
        httpx.post(f"{emulator.url}/_emulator/v1/limits", json={"on": False}).raise_for_status()
        return Run(
            name=name,
            invoices=_kept(loading, Invoice),
            lines=_kept(loading, InvoiceLine),
            seconds=stopwatch.seconds,
            requests=counted["requests"]["total"],
            refused=witness.refused,
            usage=witness.usage(
                allowed=REQUESTS_PER_WINDOW // shorter, window_seconds=WINDOW_SECONDS / shorter
            )
            if shorter
            else None,
            at_once_max=witness.at_once_max,
        )


def _bill(
    client: DataverseClient,
    emulator: RunningEmulator,
    every: Sequence[UUID],
    *,
    chunk: int,
    official: bool,
) -> None:
    if not official:
        _bill_with(client, lambda: DataverseBillingStore(client), every, chunk)
        return
    with official_client(emulator.url) as sdk:
        _bill_with(client, lambda: OfficialStore(client, sdk), every, chunk)


def _bill_with(
    client: DataverseClient, store: Callable[[], BillingStore], every: Sequence[UUID], chunk: int
) -> None:
    one = store()

    def bill(first: int) -> None:
        billed = bill_contracts(
            contracts=every[first : first + chunk],
            through=START,
            as_of=START + ONE_DAY,
            at=AT,
            store=one,
        )
        assert not billed.findings, billed

    # One first: only an answer tells how many may be sent at once.
    bill(0)
    with ThreadPoolExecutor(client.degree_of_parallelism) as pool:
        list(pool.map(bill, range(chunk, len(every), chunk)))


def _limit(emulator: RunningEmulator, shorter: int) -> None:
    limits = {
        "on": True,
        "requests": REQUESTS_PER_WINDOW // shorter,
        "window_seconds": WINDOW_SECONDS // shorter,
        "execution_ms": EXECUTION_MS // shorter,
        "concurrent": CONCURRENT,
    }
    httpx.post(f"{emulator.url}/_emulator/v1/limits", json=limits).raise_for_status()


def _kept(client: DataverseClient, table: type[Table]) -> Invoices:
    """Return every row of `table` by its key."""
    columns = select(table)
    key = table.column_name("key")
    rows: Iterator[dict[str, Any]] = client.rows(query(table.entity_set(), select=columns))
    return {row[key]: tuple(row[column] for column in columns) for row in rows}


def main(
    contracts: Annotated[int, typer.Option()] = 10_000,
    chunk: Annotated[int, typer.Option()] = SMALL_CHUNK,
) -> None:
    """Print what a billing run costs, with and without limits, and beside Microsoft's client."""
    logging.getLogger("httpx").setLevel(logging.WARNING)
    free = billing_run("without limits", contracts=contracts, chunk=chunk)
    limited = billing_run("with limits", contracts=contracts, chunk=chunk, shorter=SHORTER)
    lost = {key for key, row in free.invoices.items() if limited.invoices.get(key) != row}
    lost |= {key for key, row in free.lines.items() if limited.lines.get(key) != row}
    more = (limited.invoices.keys() - free.invoices) | (limited.lines.keys() - free.lines)
    show(
        f"{contracts:,} contracts in chunks of {chunk}, at {REQUESTS_PER_WINDOW // SHORTER}"
        f" requests in {WINDOW_SECONDS // SHORTER} s and {CONCURRENT} at once",
        [
            "run", "invoices", "lines", "seconds", "requests", "requests/s", "at once, most",
            "refused (429)", "allowance used, %",
        ],
        [
            (
                run.name, len(run.invoices), len(run.lines), run.seconds, run.requests,
                run.requests / run.seconds, run.at_once_max, run.refused,
                "" if run.usage is None else run.usage * 100,
            )
            for run in (free, limited)
        ],
    )  # fmt: skip
    print(f"invoices and lines lost or different: {len(lost)}, too many: {len(more)}")
    compared = min(contracts, CONTRACTS_OF_THE_COMPARISON)
    shown = []
    for size in (CHUNK_CONTRACTS_MAX, chunk):
        ours = billing_run("Work 365", contracts=compared, chunk=size)
        theirs = billing_run("official SDK", contracts=compared, chunk=size, official=True)
        assert (ours.invoices, ours.lines) == (theirs.invoices, theirs.lines), "the same rows"
        # The product writes a chunk in one request; what else it sent were its readings.
        reads = ours.requests - ceil(compared / size)
        for run in (ours, theirs):
            writes = (run.requests - reads) / len(run.invoices) * 1_000
            shown.append((run.name, size, len(run.invoices), run.per_thousand, writes))
    show(
        f"{compared:,} contracts read by the product, written by the product and by Microsoft's"
        " own client",
        [
            "written by", "contracts in a chunk", "invoices", "requests per 1,000 invoices",
            "of them not for reading",
        ],
        shown,
    )  # fmt: skip


if __name__ == "__main__":
    typer.run(main)
