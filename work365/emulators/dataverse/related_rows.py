"""Collections: the rows that a collection-valued navigation property leads to."""

from dataclasses import dataclass

from work365.emulators.dataverse.definitions import Schema, TableDefinition
from work365.emulators.dataverse.errors import unknown_property
from work365.emulators.dataverse.sql import quoted, select


@dataclass(frozen=True, kw_only=True)
class Collection:
    """Many rows of a table, seen from one row of another."""

    name: str
    """Navigation property."""

    owner: TableDefinition
    """Table of the one row."""

    table: TableDefinition
    """Table of the many."""

    lookup: str = ""
    """Column of the many that refers to the one; nothing where many belong to many."""

    intersect: str = ""
    near: str = ""
    far: str = ""
    """Where many belong to many: the table between, its columns for the one and the many."""

    def condition(self, one: str, many: str) -> str:
        """Return the SQL that holds for the rows that belong to the row with alias `one`."""
        return self.belonging(f"{one}.{quoted(self.owner.primary_id)}", many)

    def belonging(self, row_id: str, many: str) -> str:
        """Return the SQL that holds for the rows that belong to the row with this id."""
        if self.lookup:
            return f"{many}.{quoted(self.lookup)} = {row_id}"
        pairs = f"FROM {quoted(self.intersect)} WHERE {quoted(self.near)} = {row_id}"
        return f"{many}.{quoted(self.table.primary_id)} IN ({select(quoted(self.far), pairs)})"


def find_collection(schema: Schema, table: TableDefinition, name: str) -> Collection | None:
    """Return the collection that a table's rows have under this name, if there is one."""
    found = schema.collections[table.name].get(name)
    if found is not None:
        many, column = found
        return Collection(name=name, owner=table, table=many, lookup=column.name)
    link = schema.links[table.name].get(name)
    if link is None:
        return None
    return Collection(
        name=name,
        owner=table,
        table=schema.tables[link.target],
        intersect=link.intersect,
        near=link.column,
        far=link.target_column,
    )


def collection_of(schema: Schema, table: TableDefinition, name: str) -> Collection:
    """Return the collection that a table's rows have under this name; raises if it has none."""
    found = find_collection(schema, table, name)
    if found is None:
        raise unknown_property(name, table.name)
    return found
