"""Follows navigation properties from a table's rows to the rows they refer to."""

from work365.emulators.dataverse.definitions import ColumnDefinition, Schema, TableDefinition
from work365.emulators.dataverse.errors import unknown_attribute, unknown_property
from work365.emulators.dataverse.expressions import Property
from work365.emulators.dataverse.sql import quoted

ROOT = "t"


class Joins:
    """The tables that one query reads: its own, and those its paths lead to."""

    def __init__(self, schema: Schema, table: TableDefinition) -> None:
        self._schema = schema
        self._reached: dict[tuple[str, ...], tuple[str, TableDefinition]] = {(): (ROOT, table)}
        self._clauses: list[str] = [f"FROM {quoted(table.name)} {ROOT}"]

    @property
    def clauses(self) -> str:
        """The query's FROM, as SQL."""
        return " ".join(self._clauses)

    def reach(self, path: tuple[str, ...]) -> tuple[str, TableDefinition]:
        """Return alias and table at the end of a path of navigation properties."""
        found = self._reached.get(path)
        if found:
            return found
        alias, table = self.reach(path[:-1])
        lookup = table.navigations.get(path[-1])
        if lookup is None:
            raise unknown_property(path[-1], table.name)
        target = self._schema.tables[lookup.target]
        joined = f"j{len(self._reached)}"
        self._clauses.append(
            f"LEFT JOIN {quoted(target.name)} {joined} ON "
            f"{joined}.{quoted(target.primary_id)} = {alias}.{quoted(lookup.name)}"
        )
        self._reached[path] = (joined, target)
        return joined, target

    def column(self, named: Property) -> tuple[str, ColumnDefinition]:
        """Return a column that a query names, as SQL and as it is defined."""
        alias, table = self.reach(named.path[:-1])
        column = table.properties.get(named.path[-1])
        if column is None:
            raise unknown_property(named.path[-1], table.name)
        return f"{alias}.{quoted(column.name)}", column

    def attribute(self, named: Property) -> tuple[str, ColumnDefinition]:
        """Return a column as a query function names it: by its logical name, lookups too."""
        alias, table = self.reach(named.path[:-1])
        column = table.columns.get(named.path[-1])
        if column is None:
            raise unknown_attribute(named.path[-1], table.name)
        return f"{alias}.{quoted(column.name)}", column
