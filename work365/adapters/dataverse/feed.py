"""What changed in the tables that billing reads, by Dataverse's change tracking.

Our own writes come back in the feed too. They are told by what they leave behind: a change or
a one-time charge whose content is the one remembered as settled has been taken account of, and
so has a contract or a subscription that we wrote last and whose terms are the ones remembered.
"""

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from itertools import chain
from typing import Any
from uuid import UUID

from dataverse_schema.table import Table
from dataverse_schema.tables.billing import (
    BillingContract,
    OneTimeCharge,
    Subscription,
    SubscriptionChange,
)
from dataverse_schema.tables.operations import Watermark
from work365.adapters.dataverse import operations
from work365.adapters.dataverse.accounts import (
    change_of,
    contract_of,
    one_time_charge_of,
    subscription_of,
)
from work365.adapters.dataverse.client import DataverseClient
from work365.adapters.dataverse.delta import Delta
from work365.adapters.dataverse.errors import DeltaExpired
from work365.adapters.dataverse.findings import deleted_change, homeless_row, upsert_findings
from work365.adapters.dataverse.mapping import RowImpossible, read_row, select, write_row
from work365.adapters.dataverse.policies import USUAL_SETTINGS
from work365.adapters.dataverse.reading import AccountReader, portions
from work365.domain.accounts import change_content, contract_terms, one_time_content
from work365.errors import Refusal
from work365.ports.changes import Changed

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
        subscriptions = self._delta(Subscription, marks, MODIFIED_BY)
        changes = self._delta(SubscriptionChange, marks, CREATED_ON)
        one_time = self._delta(OneTimeCharge, marks)
        touched: dict[UUID, None] = {}
        touched |= dict.fromkeys(self._edited_contracts(contracts.rows))
        touched |= dict.fromkeys(_contracts_of(self._edited_subscriptions(subscriptions.rows)))
        touched |= dict.fromkeys(self._contracts_of_changes(changes.rows))
        touched |= dict.fromkeys(_contracts_of_one_time_charges(one_time.rows))
        read = {
            BillingContract.table_name(): contracts.link,
            Subscription.table_name(): subscriptions.link,
            SubscriptionChange.table_name(): changes.link,
            OneTimeCharge.table_name(): one_time.link,
        }
        return Changed(
            contracts=tuple(touched),
            deleted_changes=tuple(changes.deleted),
            homeless=dict(
                chain(
                    _homeless("subscription", Subscription, "contract", subscriptions.rows),
                    _homeless("change", SubscriptionChange, "subscription", changes.rows),
                    _homeless("one-time charge", OneTimeCharge, "contract", one_time.rows),
                )
            ),
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
        findings = [deleted_change(row, at) for row in changed.deleted_changes]
        findings += [homeless_row(row, name, at) for row, name in changed.homeless.items()]
        writes = [upsert_findings(findings)]
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
            delta = self._client.changes(table.entity_set(), columns, link)
        except DeltaExpired:
            logger.warning("%s: the delta link expired; reading every row", table.table_name())
            return self._client.changes(table.entity_set(), columns)
        # A link names the columns of the day it was given, perhaps to an older version of us.
        if all(row.keys() >= set(columns) for row in delta.rows):
            return delta
        logger.warning("%s: the delta link lacks columns; reading every row", table.table_name())
        every = self._client.changes(table.entity_set(), columns)
        return Delta(every.rows, delta.deleted, every.link)

    def _edited_contracts(self, rows: Sequence[Mapping[str, Any]]) -> Iterator[UUID]:
        for row in rows:
            if not (self._is_ours(row) and self._is_settled_contract(row)):
                yield UUID(row[BillingContract.primary_id()])

    def _edited_subscriptions(
        self, rows: Sequence[Mapping[str, Any]]
    ) -> Iterator[Mapping[str, Any]]:
        for row in rows:
            if not (self._is_ours(row) and _is_settled_subscription(row)):
                yield row

    def _is_ours(self, row: Mapping[str, Any]) -> bool:
        return bool(row[MODIFIED_BY] == str(self._own_user))

    def _is_settled_contract(self, row: Mapping[str, Any]) -> bool:
        try:
            contract = read_row(BillingContract, row)
            # One that is settled has its own choices remembered, whatever the settings say.
            terms = contract_terms(contract_of(contract, self._reader.currencies, USUAL_SETTINGS))
        except (Refusal, RowImpossible):
            # Billing it will meet the same, and keep it as a finding.
            return False
        return contract.settled_as == terms

    def _contracts_of_changes(self, rows: Sequence[Mapping[str, Any]]) -> Iterator[UUID]:
        subscription = SubscriptionChange.read_name("subscription")
        yield from self._contracts_of_subscriptions(
            {
                UUID(row[subscription])
                for row in rows
                if row[subscription] is not None and not _is_settled_change(row)
            }
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


def _homeless(
    kind: str, table: type[Table], owner: str, rows: Sequence[Mapping[str, Any]]
) -> Iterator[tuple[UUID, str]]:
    """Yield the rows that do not say whose they are, with what people call each."""
    for row in rows:
        if row[table.read_name(owner)] is None:
            yield UUID(row[table.primary_id()]), f"{kind} {row[table.column_name('key')]}"


def _contracts_of(subscriptions: Iterable[Mapping[str, Any]]) -> Iterator[UUID]:
    for row in subscriptions:
        contract = row[Subscription.read_name("contract")]
        if contract is not None:
            yield UUID(contract)


def _contracts_of_one_time_charges(rows: Sequence[Mapping[str, Any]]) -> Iterator[UUID]:
    contract = OneTimeCharge.read_name("contract")
    for row in rows:
        if row[contract] is not None and not _is_settled_one_time_charge(row):
            yield UUID(row[contract])


def _is_settled_one_time_charge(row: Mapping[str, Any]) -> bool:
    try:
        charge = read_row(OneTimeCharge, row)
        if charge.contract is None:
            return False
        content = one_time_content(one_time_charge_of(charge), contract=charge.contract)
    except (Refusal, RowImpossible):
        return False
    return charge.settled_as == content


def _is_settled_subscription(row: Mapping[str, Any]) -> bool:
    try:
        subscription = read_row(Subscription, row)
        terms = subscription_of(subscription, ()).terms
    except (Refusal, RowImpossible):
        return False
    return subscription.settled_as == terms


def _is_settled_change(row: Mapping[str, Any]) -> bool:
    try:
        change = read_row(SubscriptionChange, row)
        entry = change_of(change, datetime.fromisoformat(row[CREATED_ON]))
    except (Refusal, RowImpossible):
        return False
    assert change.subscription is not None, "its contract was looked for by it"
    return change.settled_as == change_content(entry, subscription=change.subscription)
