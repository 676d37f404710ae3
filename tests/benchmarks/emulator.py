"""How fast the Dataverse emulator is, over HTTP and in a process of its own.

Run as `python -m tests.benchmarks.emulator`. The requests are ready made and the answers are not
read, so that what is measured is the emulator and not a client of it.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from decimal import Decimal
from itertools import count
from typing import Annotated, TypeVar

import httpx
import typer

from dataverse_schema.tables.billing import InvoiceLine
from tests.benchmarks.billing_run import NEXT, START, load_contracts
from tests.benchmarks.emulator_process import running_emulator
from tests.benchmarks.measuring import Stopwatch, show
from work365.adapters.dataverse.client import DataverseClient
from work365.adapters.dataverse.mapping import write_row
from work365.adapters.dataverse.operations import Body
from work365.http import write_json

ROWS_PER_MESSAGE = 1_000
ROWS_PER_PAGE = 5_000
THREADS = 2
COLUMNS = (
    "w365_key,w365_description,w365_quantity,w365_amount,w365_servicestarton,_w365_contract_value"
)
FILTER = "w365_amount gt 12.40 and startswith(w365_key,'LINE-')"
HEADERS = {"Authorization": "Bearer benchmark", "Content-Type": "application/json"}
PAGES = {**HEADERS, "Prefer": f"odata.maxpagesize={ROWS_PER_PAGE}"}

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Figure:
    """One kind of request, many times."""

    name: str
    requests: int
    rows: int
    seconds: float

    @property
    def requests_per_second(self) -> float:
        """Requests answered, for each second on the clock."""
        return self.requests / self.seconds

    @property
    def rows_per_second(self) -> float:
        """Rows written or read, for each second on the clock."""
        return self.rows / self.seconds


class Measured:
    """An emulator, and requests to it."""

    def __init__(self, url: str, http: httpx.Client, threads: int) -> None:
        self._root = f"{url}/api/data/v9.2/"
        self._http = http
        self._threads = threads
        self._numbers = count()
        client = DataverseClient(url=url, token=lambda: "benchmark", http=http)
        (self._contract,) = load_contracts(client, 1)

    def singles(self, count: int) -> Figure:
        """Create rows one by one."""
        address = self._root + InvoiceLine.entity_set()
        bodies = [write_json(self._row()) for _ in range(count)]

        def create(body: str) -> None:
            self._http.post(address, content=body, headers=HEADERS).raise_for_status()

        return self._figure("single creates", create, bodies, rows=count)

    def bulk(self, rows: int) -> Figure:
        """Create rows by the thousand."""
        bodies = [self._message() for _ in range(rows // ROWS_PER_MESSAGE)]
        address = f"{self._root}{InvoiceLine.entity_set()}/Microsoft.Dynamics.CRM.CreateMultiple"

        def create(body: str) -> None:
            self._http.post(address, content=body, headers=HEADERS).raise_for_status()

        return self._figure("CreateMultiple of 1,000 rows", create, bodies, rows=rows)

    def reads(self, pages: int) -> Figure:
        """Read the first page of a query again and again."""
        address = f"{self._root}{InvoiceLine.entity_set()}?$select={COLUMNS}&$filter={FILTER}"

        def read(_number: int) -> None:
            answer = self._http.get(address, headers=PAGES).raise_for_status()
            assert b"@odata.nextLink" in answer.content[-2_000:], "a full page"

        return self._figure(
            "filtered reads of 5,000 rows", read, range(pages), rows=pages * ROWS_PER_PAGE
        )

    def _figure(
        self, name: str, ask: Callable[[T], None], asked: Sequence[T], *, rows: int
    ) -> Figure:
        stopwatch = Stopwatch()
        with stopwatch.running(), ThreadPoolExecutor(self._threads) as pool:
            list(pool.map(ask, asked))
        return Figure(name, len(asked), rows, stopwatch.seconds)

    def _message(self) -> str:
        kind = {"@odata.type": f"Microsoft.Dynamics.CRM.{InvoiceLine.table_name()}"}
        return write_json({"Targets": [{**kind, **self._row()} for _ in range(ROWS_PER_MESSAGE)]})

    def _row(self) -> Body:
        number = next(self._numbers)
        values = {
            "key": f"LINE-{number:08d}",
            "contract": self._contract,
            "position": 1 + number % 9,
            "description": f"Product {number % 50}",
            "component": "seats",
            "quantity": Decimal(1 + number % 100),
            "unit_price": Decimal("12.40"),
            "service_start_on": START,
            "service_end_on": NEXT,
            "amount": Decimal(1_240 + number % 1_000).scaleb(-2),
        }
        return write_row(InvoiceLine, values)


def figures(*, singles: int, bulk_rows: int, pages: int) -> list[Figure]:
    """Return what so many requests of each kind took."""
    with running_emulator() as emulator, httpx.Client(timeout=120) as http:
        measured = Measured(emulator.url, http, THREADS)
        return [
            measured.singles(singles),
            measured.bulk(bulk_rows),
            measured.reads(pages),
        ]


def main(
    singles: Annotated[int, typer.Option()] = 1_000,
    bulk_rows: Annotated[int, typer.Option()] = 50_000,
    pages: Annotated[int, typer.Option()] = 40,
) -> None:
    """Print how many requests and rows the emulator does in a second."""
    show(
        f"The Dataverse emulator over HTTP, {THREADS} requests at once",
        ["request", "requests", "rows", "seconds", "requests/s", "rows/s"],
        [
            (
                each.name, each.requests, each.rows, each.seconds, each.requests_per_second,
                each.rows_per_second,
            )
            for each in figures(singles=singles, bulk_rows=bulk_rows, pages=pages)
        ],
    )  # fmt: skip


if __name__ == "__main__":
    typer.run(main)
