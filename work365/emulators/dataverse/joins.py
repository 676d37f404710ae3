"""Follows navigation properties from a table's rows to the rows they refer to."""

from work365.emulators.dataverse.definitions import ColumnDefinition, TableDefinition
from work365.emulators.dataverse.errors import not_emulated, unknown_attribute, unknown_property
from work365.emulators.dataverse.expressions import Property
from work365.emulators.dataverse.sql import quoted
from work365.emulators.dataverse.statements import Statement, conjunction

ROOT = "t"


class Joins:
    """The tables that one SELECT reads: its own, and those its paths lead to."""

    def __init__(self, statement: Statement, table: TableDefinition, alias: str = ROOT) -> None:
        self.statement = statement
        self.table = table
        self.alias = alias
        self.sight = statement.sight(table, alias)
        """The SQL that holds for the rows that may be read, where not all may."""

        self._reached: dict[tuple[str, ...], tuple[str, TableDefinition]] = {(): (alias, table)}
        self._clauses: list[str] = [f"FROM {quoted(table.name)} {alias}"]

    def inside(self, table: TableDefinition) -> "Joins":
        """Return the tables of a SELECT within this one, that begins at `table`."""
        return Joins(self.statement, table, self.statement.alias())

    @property
    def clauses(self) -> str:
        """The query's FROM, as SQL."""
        return " ".join(self._clauses)

    def add(self, clause: str) -> None:
        """Join by a clause of SQL, as a `<link-entity>` does."""
        self._clauses.append(clause)

    def reach(self, path: tuple[str, ...]) -> tuple[str, TableDefinition]:
        """Return alias and table at the end of a path of navigation properties."""
        found = self._reached.get(path)
        if found:
            return found
        alias, table = self.reach(path[:-1])
        lookup = table.navigations.get(path[-1])
        if lookup is None:
            raise unknown_property(path[-1], table.name)
        if lookup.other_targets:
            raise not_emulated(
                f"following '{path[-1]}', which can refer to {' or '.join(lookup.targets)}"
            )
        target = self.statement.schema.tables[lookup.target]
        joined = self.statement.alias()
        condition = conjunction(
            f"{joined}.{quoted(target.primary_id)} = {alias}.{quoted(lookup.name)}",
            self.statement.sight(target, joined),
        )
        self._clauses.append(f"LEFT JOIN {quoted(target.name)} {joined} ON {condition}")
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
        if column is None or column.write_only:
            raise unknown_attribute(named.path[-1], table.name)
        return f"{alias}.{quoted(column.name)}", column
