"""Rows about the provider: read with all their columns, written in bulk."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from dataverse_schema.columns import Memo, Text
from dataverse_schema.table import Table
from dataverse_schema.tables.providers import Provider
from work365.adapters.dataverse.catalog_reading import fitting
from work365.adapters.dataverse.client import DataverseClient
from work365.adapters.dataverse.mapping import read_row, select, write_row
from work365.adapters.dataverse.operations import (
    Operation,
    all_of,
    equals,
    is_in,
    query,
    update_multiple,
    upsert_multiple,
)
from work365.adapters.dataverse.reading import portions
from work365.adapters.dataverse.writing import ROWS_PER_MESSAGE_MAX
from work365.ports.providers import ProviderMissing

SEEN_AGAIN_AFTER = timedelta(hours=20)
"""How old the note may be that something was seen, before a row is written for the note alone.
A nightly sync renews it, and a second sync on the same day writes nothing."""

TableT = TypeVar("TableT", bound=Table)
Fields = Mapping[str, Any]


class ProviderRows:
    """Rows of one environment that are about providers."""

    def __init__(self, client: DataverseClient) -> None:
        self.client = client
        self._providers: dict[str, UUID] = {}

    def all(
        self, table: type[TableT], *conditions: str, order_by: str | None = None
    ) -> Iterator[TableT]:
        """Yield the rows of `table` that all of `conditions` let through, with every column."""
        for row in self.client.rows(_asked(table, *conditions, order_by=order_by)):
            yield read_row(table, row, whole=True)

    def first(
        self, table: type[TableT], condition: str, *, most: int, order_by: str
    ) -> list[TableT]:
        """Return the first of the rows that `condition` lets through, `most` of them at most."""
        asked = query(
            table.entity_set(),
            select=select(table, whole=True),
            filter=condition,
            order_by=order_by,
            top=most,
        )
        return [read_row(table, row, whole=True) for row in self.client.rows(asked)]

    def by_id(
        self, table: type[TableT], column: str, ids: Iterable[UUID], *conditions: str
    ) -> Iterator[TableT]:
        """Yield the rows whose `column` is one of `ids`, in as few queries as fit."""
        for some in portions(ids):
            yield from self.all(table, is_in(column, some), *conditions)

    def by_text(
        self, table: type[TableT], field: str, texts: Iterable[str], *conditions: str
    ) -> Iterator[TableT]:
        """Yield the rows whose `field` is one of `texts`, in as few queries as fit."""
        for some in fitting(texts):
            yield from self.all(table, is_in(table.column_name(field), some), *conditions)

    def provider(self, key: str) -> UUID:
        """Return the row of the provider with this key.

        Raises: ProviderMissing.
        """
        if key not in self._providers:
            for row in self.all(Provider, equals(Provider.column_name("key"), key)):
                assert row.row_id is not None, "a row that was read has its id"
                self._providers[key] = row.row_id
        if key not in self._providers:
            raise ProviderMissing(
                f"there is no provider {key!r}; add it under Providers, of the kind Partner Center"
            )
        return self._providers[key]

    def provider_key(self, row_id: UUID | None) -> str:
        """Return the key of the provider in this row.

        Raises: ProviderMissing: the row that named it says none, or one that is gone.
        """
        for key, known in self._providers.items():
            if known == row_id:
                return key
        if row_id is not None:
            for row in self.all(Provider, equals(Provider.primary_id(), row_id)):
                self._providers[row.key] = row_id
                return row.key
        raise ProviderMissing("a row names no provider: choose its provider, and save it")

    def write(self, *operations: Operation) -> None:
        """Do all of `operations` or none; doing them twice is as good as once."""
        self.client.change_set(operations, repeatable=True)


def upserts(table: type[Table], rows: Sequence[Fields]) -> list[Operation]:
    """Return the requests that add `rows` or, where there is one with the key, change it."""
    key = table.column_name("key")
    targets = [({key: row["key"]}, write_row(table, row)) for row in rows]
    return [
        upsert_multiple(table.entity_set(), table.table_name(), some) for some in _messages(targets)
    ]


def updates(table: type[Table], rows: Iterable[tuple[UUID | None, Fields]]) -> list[Operation]:
    """Return the requests that change rows by their ids; those with no changes are left out."""
    targets = [write_row(table, values, row_id=row_id) for row_id, values in rows if values]
    return [
        update_multiple(table.entity_set(), table.table_name(), some) for some in _messages(targets)
    ]


def within(table: type[Table], field: str, text: str) -> str:
    """Return `text` as `field` can hold it; what is cut off ends in an ellipsis."""
    kind = table.columns()[field]
    assert isinstance(kind, Text | Memo), f"{field} holds no text"
    return text if len(text) <= kind.max_length else f"{text[: kind.max_length - 1]}…"


def in_seconds(moment: datetime | None) -> datetime | None:
    """Return `moment` in UTC as a row can hold it: without parts of a second."""
    return None if moment is None else moment.astimezone(UTC).replace(microsecond=0)


def is_outdated(noted: datetime | None, at: datetime) -> bool:
    """Return whether a note that something was seen has to be renewed."""
    return noted is None or at - noted >= SEEN_AGAIN_AFTER


MessageT = TypeVar("MessageT")


def _messages(targets: Sequence[MessageT]) -> Iterator[Sequence[MessageT]]:
    for first in range(0, len(targets), ROWS_PER_MESSAGE_MAX):
        yield targets[first : first + ROWS_PER_MESSAGE_MAX]


def _asked(table: type[Table], *conditions: str, order_by: str | None = None) -> Operation:
    return query(
        table.entity_set(),
        select=select(table, whole=True),
        filter=all_of(*conditions) if conditions else None,
        order_by=order_by,
    )
