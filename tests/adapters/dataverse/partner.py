"""A partner's environment on this machine, for the tests of what billing reads and writes."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import httpx

from dataverse_schema.table import Table
from dataverse_schema.tables.billing import (
    BillingContract,
    Invoice,
    InvoiceLine,
    Subscription,
    SubscriptionChange,
)
from dataverse_schema.tables.operations import Finding
from dataverse_schema.tables.standard import Account
from work365.adapters.dataverse import operations
from work365.adapters.dataverse.client import DataverseClient
from work365.adapters.dataverse.mapping import write_row
from work365.adapters.dataverse.reading import AccountReader
from work365.adapters.dataverse.store import DataverseBillingStore
from work365.domain.invoices import settle_account
from work365.emulators.dataverse.app import create_app
from work365.emulators.dataverse.seeds import DOLLAR_ID, PERSON_ID
from work365.entrypoints.serving import LocalServer
from work365.http import Retries, http_client
from work365.usecases.bill_contracts import Billed, bill_contracts

NEW_YEAR = date(2026, 1, 1)
NOW = datetime(2026, 1, 1, 6, 30, tzinfo=UTC)
ROW_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
WAIT_SECONDS_MAX = 30

LEFT_BEHIND: Mapping[type[Table], Sequence[str]] = {
    Invoice: ("key", "sequence", "status", "invoice_on", "due_on", "net_amount", "line_count"),
    InvoiceLine: ("key", "position", "description", "quantity", "unit_price", "amount"),
    BillingContract: ("key", "settled_through", "last_sequence", "settle_next_on", "settled_as"),
    Subscription: ("key", "settled_as"),
    SubscriptionChange: ("key", "settled_as"),
    Finding: ("code", "status", "message", "path"),
}
"""What billing writes, without ids and times, so that two environments can be compared."""

Kept = dict[str, list[tuple[Any, ...]]]
Hook = Callable[[httpx.Request], None]


class Partner:
    """One environment: its people, who write contracts and logs, and the service."""

    def __init__(self, url: str, http: httpx.Client, sleeps: list[float]) -> None:
        self.url = url
        self._http = http
        self._retries = Retries(sleep=sleeps.append, elapsed_seconds=lambda: sum(sleeps))
        self.client = self.service(http)
        self.people = self._client(http, token=f"user:{PERSON_ID}", tag=None)
        self.store = DataverseBillingStore(self.client)
        self.reader = AccountReader(self.client)
        self.control("POST", "reset")
        currencies = {code: row for row, code in self.reader.currencies.items()}
        self.euro = currencies["EUR"]
        self.dollar = UUID(DOLLAR_ID)
        self.customer = self.add(Account, name="Hollerbach", key="C-1")

    def service(self, http: httpx.Client) -> DataverseClient:
        """Return a client of the service's own user."""
        return self._client(http, token="service", tag="work365")  # noqa: S106  no secret

    def _client(self, http: httpx.Client, *, token: str, tag: str | None) -> DataverseClient:
        return DataverseClient(
            url=self.url, token=lambda: token, http=http, tag=tag, retries=self._retries
        )

    @contextmanager
    def watched(self, hook: Hook) -> Iterator[DataverseBillingStore]:
        """Open a store of its own that calls `hook` before each request."""
        with http_client() as http:
            http.event_hooks = {"request": [hook]}
            yield DataverseBillingStore(self.service(http))

    # What people do
    # --------------
    def add(self, table: type[Table], **values: Any) -> UUID:
        row = self.people.send(operations.create(table.entity_set(), write_row(table, values)))
        assert isinstance(row, UUID)
        return row

    def add_all(self, table: type[Table], rows: Sequence[Mapping[str, Any]]) -> list[UUID]:
        bodies = [write_row(table, row) for row in rows]
        message = operations.create_multiple(table.entity_set(), table.table_name(), bodies)
        return [UUID(row) for row in self.people.send(message)["Ids"]]

    def set(self, table: type[Table], row: UUID, **values: Any) -> None:
        self.people.send(operations.update(table.entity_set(), row, write_row(table, values)))

    def delete(self, table: type[Table], row: UUID) -> None:
        self.people.send(operations.delete(table.entity_set(), row))

    def add_contract(self, key: str = "CT-1", **terms: Any) -> UUID:
        given = {
            "name": f"Contract {key}",
            "key": key,
            "customer": self.customer,
            "currency": self.euro,
            "start_on": NEW_YEAR,
        }
        return self.add(BillingContract, **{**given, **terms})

    def add_subscription(self, contract: UUID, key: str = "sub-1", **terms: Any) -> UUID:
        given = {"name": "Seats", "key": key, "contract": contract, "start_on": NEW_YEAR}
        return self.add(Subscription, **{**given, **terms})

    def add_change(
        self, subscription: UUID, key: str, day: date, quantity: int, **more: Any
    ) -> UUID:
        return self.add(
            SubscriptionChange,
            name=f"Change {key}",
            key=key,
            subscription=subscription,
            effective_on=day,
            quantity_delta=Decimal(quantity),
            **more,
        )

    def open(self, key: str = "CT-1", *, seats: int = 10, **terms: Any) -> tuple[UUID, UUID]:
        """Add a contract with one subscription at 12.40; return the ids of both."""
        contract = self.add_contract(key, **terms)
        subscription = self.add_subscription(contract, f"sub-{key}")
        self.add_change(
            subscription,
            f"{key}-0",
            NEW_YEAR,
            seats,
            unit_price=Decimal("12.40"),
            price_months=1,
        )
        return contract, subscription

    # What the service does
    # ---------------------
    def bill(
        self,
        *contracts: UUID,
        through: date = NEW_YEAR,
        as_of: date | None = None,
        store: DataverseBillingStore | None = None,
    ) -> Billed:
        return bill_contracts(
            contracts=contracts,
            through=through,
            as_of=as_of or through,
            at=NOW,
            store=store or self.store,
        )

    def read_and_settle(self, store: DataverseBillingStore, through: date, *contracts: UUID) -> Any:
        """Return what `store` would be asked to keep."""
        return [
            (kept, settle_account(kept.account, through=through))
            for kept in store.read_accounts(contracts).accounts
        ]

    # What is there
    # -------------
    def rows(self, table: type[Table]) -> list[Any]:
        return list(self.reader.all(table))

    def row(self, table: type[Table], key: str) -> Any:
        [found] = self.reader.all(table, operations.equals(table.column_name("key"), key))
        return found

    def lines(self) -> list[tuple[str, Decimal]]:
        """Return invoice and amount of each line."""
        invoices = {row.row_id: row.key for row in self.rows(Invoice)}
        return sorted((invoices[row.invoice], row.amount) for row in self.rows(InvoiceLine))

    def kept(self) -> Kept:
        """Return all that billing left behind."""
        return {
            table.__name__: sorted(
                (_without_ids([getattr(row, field) for field in fields]))
                for row in self.rows(table)
            )
            for table, fields in LEFT_BEHIND.items()
        }

    def findings(self) -> list[Finding]:
        return sorted(self.rows(Finding), key=lambda row: (row.code, row.message))

    # What a test asks of the emulator itself
    # ---------------------------------------
    def control(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        answer = self._http.request(method, f"{self.url}/_emulator/v1/{path}", json=body)
        return answer.raise_for_status().json()

    def set_clock(self, moment: datetime) -> None:
        self.control("PUT", "clock", {"now": moment.isoformat()})

    def break_next(self, **fault: Any) -> None:
        self.control("POST", "faults", {"requests": [fault]})

    @contextmanager
    def counted(self) -> Iterator[dict[str, int]]:
        """Count into the dict, when the block ends, the requests and the rows written in it."""
        self.control("POST", "requests/reset")
        counts: dict[str, int] = {}
        yield counts
        done = self.control("GET", "requests")
        counts |= {what: done[what]["total"] for what in ("requests", "rows_written", "rows_read")}


def _without_ids(values: Sequence[Any]) -> tuple[str, ...]:
    return tuple(ROW_ID.sub("", str(value)) for value in values)


@contextmanager
def served() -> Iterator[str]:
    """Run an empty emulator in this process, and give back its address."""
    with LocalServer(create_app(state=None, clock=lambda: NOW)) as server:
        yield server.url
