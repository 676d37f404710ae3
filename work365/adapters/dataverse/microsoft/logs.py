"""Change logs of subscriptions, with what the provider is told of each entry."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from dataverse_schema.tables.billing import SubscriptionChange
from work365.adapters.dataverse.mapping import read_row, select
from work365.adapters.dataverse.microsoft.rows import ProviderRows
from work365.adapters.dataverse.operations import is_in, query
from work365.adapters.dataverse.reading import portions

CREATED_ON = "createdon"

Log = list[tuple[SubscriptionChange, datetime]]
"""Entries, each with the moment at which its row was created."""


def logs_of(rows: ProviderRows, subscriptions: Iterable[UUID]) -> Mapping[UUID, Log]:
    """Return the logs of `subscriptions`, by the id of the subscription's row."""
    logs: dict[UUID, Log] = defaultdict(list)
    table = SubscriptionChange
    for some in portions(subscriptions):
        asked = query(
            table.entity_set(),
            select=[*select(table, whole=True), CREATED_ON],
            filter=is_in(table.column_name("subscription"), some),
        )
        for row in rows.client.rows(asked):
            change = read_row(table, row, whole=True)
            assert change.subscription is not None, "it was asked for by its subscription"
            logs[change.subscription].append((change, datetime.fromisoformat(row[CREATED_ON])))
    return logs
