"""A partner's environment on this machine, for the tests of what billing reads and writes."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import httpx

from dataverse_schema.options import OwnYesNo
from dataverse_schema.table import Table
from dataverse_schema.tables.billing import (
    BillingContract,
    Invoice,
    InvoiceLine,
    OneTimeCharge,
    Subscription,
    SubscriptionChange,
)
from dataverse_schema.tables.operations import Finding
from dataverse_schema.tables.standard import Account
from work365.adapters.dataverse import operations
from work365.adapters.dataverse.client import DataverseClient
from work365.adapters.dataverse.mapping import write_row
from work365.adapters.dataverse.origin import Origin
from work365.adapters.dataverse.reading import AccountReader
from work365.adapters.dataverse.store import DataverseBillingStore
from work365.domain.settlements import Settlement, settle_account
from work365.emulators.dataverse.app import create_app
from work365.emulators.dataverse.seeds import PERSON_ID
from work365.entrypoints.serving import LocalServer
from work365.http import Retries
from work365.ports.billing import KeptAccount
from work365.usecases.bill_contracts import Billed, bill_contracts

NEW_YEAR = date(2026, 1, 1)
NOW = datetime(2026, 1, 1, 6, 30, tzinfo=UTC)
ROW_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
CONTRACT_KEY = re.compile(r"CT-\d\d(?!\d)")
REFUNDING: Mapping[str, Any] = {"process_refunds": OwnYesNo.YES, "refund_at_end": True}
PRICE = {"unit_price": Decimal("12.40"), "price_months": 1}

LEFT_BEHIND: Mapping[type[Table], Sequence[str]] = {
    Invoice: (
        "key", "sequence", "kind", "status", "invoice_on", "due_on", "net_amount", "line_count",
    ),
    InvoiceLine: (
        "key", "position", "kind", "corrects", "carried", "description", "quantity", "unit_price",
        "amount",
    ),
    BillingContract: ("key", "settled_through", "last_sequence", "settle_next_on", "settled_as"),
    Subscription: ("key", "settled_as"),
    SubscriptionChange: ("key", "settled_as"),
    OneTimeCharge: ("key", "settled_as"),
    Finding: ("code", "status", "message", "path"),
}  # fmt: skip
"""What billing writes, without ids and times, so that two environments can be compared."""

Kept = dict[str, list[tuple[str, ...]]]
Hook = Callable[[httpx.Request], None]


class Partner:
    """One environment: its people, who write contracts and logs, and the service."""

    def __init__(
        self, url: str, http: httpx.Client, watched: httpx.Client, sleeps: list[float]
    ) -> None:
        self.url = url
        self.http = http
        self._watched = watched
        self._retries = Retries(sleep=sleeps.append, elapsed_seconds=lambda: sum(sleeps))
        self.start_anew()

    def start_anew(self) -> None:
        """Empty the environment, but for one customer."""
        self.control("POST", "reset")
        self.client = self.service(self.http)
        self.people = self._client(self.http, user=f"user:{PERSON_ID}", tag=None)
        self.store = DataverseBillingStore(self.client)
        self.reader = AccountReader(self.client)
        currencies = {code: row for row, code in self.reader.currencies.items()}
        self.euro = currencies["EUR"]
        self.customer = self.add(Account, name="Hollerbach", key="C-1")

    def service(self, http: httpx.Client) -> DataverseClient:
        """Return a client of the service's own user."""
        return self._client(http, user="service", tag="work365")

    def _client(self, http: httpx.Client, *, user: str, tag: str | None) -> DataverseClient:
        return DataverseClient(
            url=self.url,
            token=lambda: user,
            http=http,
            origin=Origin(tag=tag),
            retries=self._retries,
        )

    @contextmanager
    def watched(self, hook: Hook) -> Iterator[DataverseBillingStore]:
        """Open a store with connections of its own, that calls `hook` before each request."""
        self._watched.event_hooks = {"request": [hook]}
        try:
            yield DataverseBillingStore(self.service(self._watched))
        finally:
            self._watched.event_hooks = {}

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

    def set_change(self, key: str, **values: Any) -> None:
        self.set(SubscriptionChange, self.row(SubscriptionChange, key).row_id, **values)

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

    def add_one_time_charge(
        self, contract: UUID, key: str, day: date, price: str, **more: Any
    ) -> UUID:
        return self.add(
            OneTimeCharge,
            name="Migration",
            key=key,
            contract=contract,
            charged_on=day,
            unit_price=Decimal(price),
            **more,
        )

    def open(self, key: str = "CT-1", *, seats: int = 10, **terms: Any) -> tuple[UUID, UUID]:
        """Add a contract with seats at 12.40 a month; return it and its subscription."""
        contract = self.add_contract(key, **terms)
        subscription = self.add_subscription(contract, f"sub-{key}")
        self.add_change(subscription, f"{key}-0", NEW_YEAR, seats, **PRICE)
        return contract, subscription

    def open_many(self, count: int, **terms: Any) -> tuple[list[UUID], list[UUID]]:
        """Add contracts, CT-00 and so on, each with ten seats at 12.40; return both ids."""
        keys = [f"CT-{number:02d}" for number in range(count)]
        common = {"customer": self.customer, "currency": self.euro, "start_on": NEW_YEAR, **terms}
        contracts = self.add_all(
            BillingContract, [{"name": key, "key": key, **common} for key in keys]
        )
        subscriptions = self.add_all(
            Subscription,
            [
                {"name": "Seats", "key": f"sub-{key}", "contract": row, "start_on": NEW_YEAR}
                for key, row in zip(keys, contracts, strict=True)
            ],
        )
        self.change_all(subscriptions, "opening", NEW_YEAR, 10, **PRICE)
        return contracts, subscriptions

    def change_all(
        self, subscriptions: Sequence[UUID], name: str, day: date, quantity: int, **more: Any
    ) -> list[UUID]:
        """Add the same change to each; its key tells the contract, too."""
        return self.add_all(
            SubscriptionChange,
            [
                {
                    "name": name,
                    "key": f"CT-{number:02d}-{name}",
                    "subscription": row,
                    "effective_on": day,
                    "quantity_delta": Decimal(quantity),
                    **more,
                }
                for number, row in enumerate(subscriptions)
            ],
        )

    # What the service does
    # ---------------------
    def bill(
        self,
        *contracts: UUID,
        through: date | None = NEW_YEAR,
        as_of: date | None = None,
        store: DataverseBillingStore | None = None,
    ) -> Billed:
        today = as_of or through
        assert today is not None
        return bill_contracts(
            contracts=contracts, through=through, as_of=today, at=NOW, store=store or self.store
        )

    # What is there
    # -------------
    def rows(self, table: type[Table]) -> list[Any]:
        return list(self.reader.all(table))

    def row(self, table: type[Table], key: str) -> Any:
        [found] = self.reader.all(table, operations.equals(table.column_name("key"), key))
        return found

    def amounts(self) -> list[tuple[str, str, str]]:
        """Return invoice, first day of service and amount of each line."""
        invoices = {row.row_id: row.key for row in self.rows(Invoice)}
        return sorted(
            (invoices[row.invoice], str(row.service_start_on), f"{row.amount:.2f}")
            for row in self.rows(InvoiceLine)
        )

    def findings(self) -> list[Finding]:
        return sorted(self.rows(Finding), key=lambda row: (row.code, row.message))

    def kept(self) -> Kept:
        """Return all that billing left behind."""
        return {
            table.__name__: sorted(
                tuple(ROW_ID.sub("", str(getattr(row, field))) for field in fields)
                for row in self.rows(table)
            )
            for table, fields in LEFT_BEHIND.items()
        }

    def kept_of_each(self) -> dict[str, list[tuple[str, ...]]]:
        """Return the same by contract, without its own key, so that two can be compared.

        Contracts are called CT- and two digits, and that is in the keys of all their rows.
        """
        found: dict[str, list[tuple[str, ...]]] = {}
        for table, rows in self.kept().items():
            for row in rows:
                [key] = set(CONTRACT_KEY.findall(" ".join(row)))
                found.setdefault(key, []).append((table, *(part.replace(key, "") for part in row)))
        return found

    # What a test asks of the emulator itself
    # ---------------------------------------
    def control(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        answer = self.http.request(method, f"{self.url}/_emulator/v1/{path}", json=body)
        return answer.raise_for_status().json()

    def set_clock(self, moment: datetime) -> None:
        self.control("PUT", "clock", {"now": moment.isoformat()})

    def break_next(self, **fault: Any) -> None:
        self.control("POST", "faults", {"requests": [fault]})

    @contextmanager
    def counted(self) -> Iterator[dict[str, int]]:
        """Count what is done in the block: in all, and `rows_read` of each table."""
        self.control("POST", "requests/reset")
        counts: dict[str, int] = {}
        yield counts
        done = self.control("GET", "requests")
        counts |= {what: done[what]["total"] for what in ("requests", "rows_written")}
        counts |= done["rows_read"]["by_kind"]


def settled(
    store: DataverseBillingStore, *contracts: UUID, through: date
) -> list[tuple[KeptAccount, Settlement]]:
    """Return what a run would ask `store` to keep."""
    return [
        (kept, settle_account(kept.account, through=through))
        for kept in store.read_accounts(contracts).accounts
    ]


def at_request(number: int, act: Callable[[], object], *, table: type[Table] | None = None) -> Hook:
    """Return a hook that does `act` once, before the n-th request about `table` or any table.

    Units: requests are counted from 0.
    """
    seen = 0

    def hook(request: httpx.Request) -> None:
        nonlocal seen
        if table is None or is_about(table, request):
            seen += 1
            if seen == number + 1:
                act()

    return hook


def is_about(table: type[Table], request: httpx.Request) -> bool:
    """Return whether `request` asks for rows of `table`, alone or with others."""
    asked = f"/{table.entity_set()}"
    return request.url.path.endswith(asked) or f"{asked}?".encode() in request.content


def is_write(request: httpx.Request) -> bool:
    """Return whether `request` is a change set, and not queries that are sent together."""
    return b"changeset_" in request.content


@contextmanager
def served() -> Iterator[str]:
    """Run an empty emulator in this process, and give back its address."""
    with LocalServer(create_app(state=None, clock=lambda: NOW)) as server:
        yield server.url
