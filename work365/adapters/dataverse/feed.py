"""What changed in the tables that billing reads, by Dataverse's change tracking.

Our own writes come back in the feed too. They are told by what they leave behind: a change
whose content is the one remembered as settled has been taken account of, and so has a
contract that we wrote last and whose terms are the ones remembered.
"""

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import Any
from uuid import UUID

from dataverse_schema.table import Table
from dataverse_schema.tables.billing import BillingContract, Subscription, SubscriptionChange
from dataverse_schema.tables.operations import Watermark
from work365.adapters.dataverse import operations
from work365.adapters.dataverse.accounts import change_of, contract_of
from work365.adapters.dataverse.client import DataverseClient
from work365.adapters.dataverse.delta import Delta
from work365.adapters.dataverse.errors import DeltaExpired
from work365.adapters.dataverse.findings import deleted_change, upsert_findings
from work365.adapters.dataverse.mapping import read_row, select, write_row
from work365.adapters.dataverse.reading import AccountReader, portions
from work365.domain.accounts import change_content, contract_terms
from work365.errors import Refusal
from work365.ports import Changed

logger = logging.getLogger(__name__)

MODIFIED_BY = "_modifiedby_value"
CREATED_ON = "createdon"


class DataverseChangeFeed:
    """A `ChangeFeed` on one environment."""

    def __init__(self, client: DataverseClient) -> None:
        self._client = client
        self._reader = AccountReader(client)

    def read(self) -> Changed:
        """Return the contracts touched since the marks that were kept last."""
        marks = {row.key: row.token for row in self._reader.all(Watermark)}
        contracts = self._delta(BillingContract, marks, MODIFIED_BY)
        subscriptions = self._delta(Subscription, marks)
        changes = self._delta(SubscriptionChange, marks, CREATED_ON)
        touched: dict[UUID, None] = {}
        touched |= dict.fromkeys(self._edited_contracts(contracts.rows))
        touched |= dict.fromkeys(_contracts_of(subscriptions.rows))
        touched |= dict.fromkeys(self._contracts_of_changes(changes.rows))
        read = {
            BillingContract.table_name(): contracts.link,
            Subscription.table_name(): subscriptions.link,
            SubscriptionChange.table_name(): changes.link,
        }
        return Changed(
            contracts=tuple(touched),
            deleted_changes=tuple(changes.deleted),
            marks={name: link for name, link in read.items() if link != marks.get(name)},
        )

    def keep_marks(self, changed: Changed, *, at: datetime) -> None:
        """Remember how far `changed` has read, and show which entries of a log are gone."""
        key = Watermark.column_name("key")
        rows = [
            (
                {key: name},
                write_row(Watermark, {"name": name, "key": name, "token": link, "read_on": at}),
            )
            for name, link in changed.marks.items()
        ]
        writes = [upsert_findings([deleted_change(row, at) for row in changed.deleted_changes])]
        if rows:
            table = Watermark.entity_set(), Watermark.table_name()
            writes.append([operations.upsert_multiple(*table, rows)])
        self._client.change_set((write for each in writes for write in each), repeatable=True)

    @cached_property
    def _own_user(self) -> UUID:
        return UUID(self._client.send(operations.Operation("GET", "WhoAmI"))["UserId"])

    def _delta(self, table: type[Table], marks: Mapping[str, str | None], *more: str) -> Delta:
        columns = [*select(table), *more]
        link = marks.get(table.table_name())
        try:
            return self._client.changes(table.entity_set(), columns, link)
        except DeltaExpired:
            logger.warning("%s: the delta link expired; reading every row", table.table_name())
            return self._client.changes(table.entity_set(), columns)

    def _edited_contracts(self, rows: Sequence[Mapping[str, Any]]) -> Iterator[UUID]:
        for row in rows:
            contract = read_row(BillingContract, row)
            assert contract.row_id is not None
            ours = row.get(MODIFIED_BY) == str(self._own_user)
            if not (ours and contract.settled_as == self._terms(contract)):
                yield contract.row_id

    def _terms(self, row: BillingContract) -> str | None:
        try:
            return contract_terms(contract_of(row, self._reader.currencies))
        except Refusal:
            # Billing it will meet the same refusal, and keep it as a finding.
            return None

    def _contracts_of_changes(self, rows: Sequence[Mapping[str, Any]]) -> Iterator[UUID]:
        subscriptions = {
            change.subscription
            for row in rows
            if (change := read_row(SubscriptionChange, row)).subscription is not None
            and not _is_settled(change, row)
        }
        yield from self._contracts_of_subscriptions(
            part for part in subscriptions if part is not None
        )

    def _contracts_of_subscriptions(self, subscriptions: Iterable[UUID]) -> Iterator[UUID]:
        contract = Subscription.read_name("contract")
        for some in portions(subscriptions):
            asked = operations.query(
                Subscription.entity_set(),
                select=[contract],
                filter=operations.is_in(Subscription.primary_id(), some),
            )
            yield from _contracts_of(self._client.rows(asked))


def _contracts_of(subscriptions: Iterable[Mapping[str, Any]]) -> Iterator[UUID]:
    for row in subscriptions:
        contract = row[Subscription.read_name("contract")]
        if contract is not None:
            yield UUID(contract)


def _is_settled(change: SubscriptionChange, row: Mapping[str, Any]) -> bool:
    try:
        entry = change_of(change, datetime.fromisoformat(row[CREATED_ON]))
    except Refusal:
        return False
    assert change.subscription is not None, "its contract was looked for by it"
    return change.settled_as == change_content(entry, subscription=change.subscription)
