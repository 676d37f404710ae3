"""Dataverse as the place where contracts, change logs and invoices are kept."""

from collections.abc import Collection, Iterator, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from dataverse_schema.options import ContractStatus, FindingStatus
from dataverse_schema.tables.billing import BillingContract
from dataverse_schema.tables.operations import Finding
from work365.adapters.dataverse.client import DataverseClient
from work365.adapters.dataverse.errors import DuplicateKey, RowNotFound, VersionMismatch
from work365.adapters.dataverse.findings import close_findings, open_finding, upsert_findings
from work365.adapters.dataverse.operations import all_of, equals, literal, query
from work365.adapters.dataverse.reading import AccountReader
from work365.adapters.dataverse.writing import deletions_ahead, writes_of
from work365.domain.settlements import Settlement
from work365.ports.billing import ContractFinding, KeptAccount, Overtaken, Reading, Written


class DataverseBillingStore:
    """A `BillingStore` on one environment."""

    def __init__(self, client: DataverseClient) -> None:
        self._client = client
        self._reader = AccountReader(client)

    def read_accounts(self, contracts: Sequence[UUID]) -> Reading:
        """Return the accounts of `contracts`, read with a handful of queries."""
        return self._reader.read(contracts)

    def keep(self, settlements: Sequence[tuple[KeptAccount, Settlement]]) -> Written:
        """Write the difference between `settlements` and what is kept, in one change set."""
        writes = writes_of(settlements)
        ahead = deletions_ahead(settlements, writes)
        try:
            self._client.change_set(ahead or writes.operations(), repeatable=True)
        except (DuplicateKey, VersionMismatch, RowNotFound) as error:
            raise Overtaken(str(error)) from error
        if ahead:
            raise Overtaken("a draft has more lines to delete than one change set holds")
        return writes.written()

    def keep_findings(
        self, *, contracts: Collection[UUID], findings: Sequence[ContractFinding], at: datetime
    ) -> None:
        """Make `findings` the open ones of `contracts`, with one query and at most one write."""
        kept = {
            row.key: row
            for row in self._reader.among(
                Finding,
                Finding.column_name("contract"),
                contracts,
                equals(Finding.column_name("status"), int(FindingStatus.OPEN)),
            )
        }
        wanted = {row["key"]: row for row in (open_finding(found, at) for found in findings)}
        opened = [row for key, row in wanted.items() if key not in kept]
        closed = [row for key, row in kept.items() if key not in wanted]
        writes = [*upsert_findings(opened), *close_findings(closed)]
        self._client.change_set(writes, repeatable=True)

    def due_contracts(self, through: date) -> Iterator[UUID]:
        """Yield the contracts that time gave something to settle, and those never settled yet."""
        next_on = BillingContract.column_name("settle_next_on")
        settled = BillingContract.column_name("settled_through")
        has_come = f"{next_on} le {literal(through + timedelta(days=1))}"
        yield from self._contracts(f"{has_come} or ({next_on} eq null and {settled} eq null)")

    def all_contracts(self) -> Iterator[UUID]:
        """Yield every contract that is not a draft."""
        yield from self._contracts()

    def _contracts(self, *conditions: str) -> Iterator[UUID]:
        table = BillingContract
        status = table.column_name("status")
        # An empty status is the class's default, and `ne` alone lets no empty column through.
        not_draft = f"{status} ne {int(ContractStatus.DRAFT)} or {status} eq null"
        asked = query(
            table.entity_set(),
            select=[table.primary_id()],
            filter=all_of(not_draft, *conditions),
        )
        for row in self._client.rows(asked):
            yield UUID(row[table.primary_id()])
