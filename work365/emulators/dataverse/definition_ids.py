"""Ids of definitions, which follow from names: the same definition has the same id everywhere.

A real environment gives a definition that is made anew another id.
"""

from functools import lru_cache
from uuid import UUID, uuid5

from work365.emulators.dataverse.definitions import (
    ChoiceDefinition,
    ColumnDefinition,
    KeyDefinition,
    TableDefinition,
)

IDS_KEPT = 65_536
_NAMESPACE = UUID("57f0c8d1-8f1e-4b53-a1f4-0f8b0b6f6f7e")


@lru_cache(maxsize=IDS_KEPT)
def _id(*names: str) -> str:
    return str(uuid5(_NAMESPACE, "/".join(names)))


def table_id(table: TableDefinition) -> str:
    """Return the MetadataId of a table."""
    return _id(table.name)


def column_id(table: TableDefinition, column: ColumnDefinition) -> str:
    """Return the MetadataId of a column."""
    return _id(table.name, column.name)


def key_id(table: TableDefinition, key: KeyDefinition) -> str:
    """Return the MetadataId of an alternate key."""
    return _id(table.name, "key", key.name)


def options_id(table: TableDefinition, column: ColumnDefinition) -> str:
    """Return the MetadataId of a column's own options."""
    return _id(table.name, column.name, "options")


def choice_id(choice: ChoiceDefinition) -> str:
    """Return the MetadataId of a global choice."""
    return _id("choice", choice.name)


def relationship_id(name: str) -> str:
    """Return the MetadataId of a relationship by its schema name."""
    return _id("relationship", name.lower())
