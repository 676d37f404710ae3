"""One SQL statement in the making: the values that stand behind its marks, and its aliases."""

from work365.emulators.dataverse.definitions import Schema, TableDefinition
from work365.emulators.dataverse.values import SqlValue
from work365.emulators.dataverse.viewpoints import Viewpoint


class Statement:
    """Collects what all parts of one statement share.

    Marks have names, so that its parts may be written in any order.
    """

    def __init__(self, schema: Schema, viewpoint: Viewpoint) -> None:
        self.schema = schema
        self.viewpoint = viewpoint
        self.values: dict[str, SqlValue] = {}
        self._aliases = 0

    def bind(self, value: SqlValue) -> str:
        """Keep a value, and return the mark that stands for it."""
        name = f"p{len(self.values)}"
        self.values[name] = value
        return f":{name}"

    def alias(self) -> str:
        """Return an alias that no other table of the statement has."""
        self._aliases += 1
        return f"j{self._aliases}"

    def sight(self, table: TableDefinition, alias: str) -> str:
        """Return the SQL that holds for the rows that may be read; nothing where all may."""
        seen = self.viewpoint.sight
        return seen.condition(table, alias, self.bind) if seen else ""


def conjunction(*conditions: str) -> str:
    """Return the SQL of all these conditions that are there, `1` where none is."""
    return " AND ".join(condition for condition in conditions if condition) or "1"
