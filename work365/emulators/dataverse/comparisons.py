"""Turns comparisons of columns with values into SQL."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from work365.emulators.dataverse.definitions import ColumnDefinition, Kind
from work365.emulators.dataverse.errors import DataverseError, not_emulated, query_error
from work365.emulators.dataverse.expressions import Call, Literal, LiteralKind, Property
from work365.emulators.dataverse.joins import Joins
from work365.emulators.dataverse.text_comparison import fold
from work365.emulators.dataverse.values import (
    SqlValue,
    day_text,
    edm_type,
    number_text,
    utc_text,
)
from work365.emulators.dataverse.viewpoints import Viewpoint

OPERATORS = {"eq": "=", "ne": "<>", "gt": ">", "ge": ">=", "lt": "<", "le": "<="}
OPERATOR_KINDS = {
    "eq": "Equal",
    "ne": "NotEqual",
    "gt": "GreaterThan",
    "ge": "GreaterThanOrEqual",
    "lt": "LessThan",
    "le": "LessThanOrEqual",
}
CONTAINMENT_ARGUMENTS = 2
WHOLE = re.compile(r"-?[0-9]{1,19}")
LARGEST_WHOLE = 2**63 - 1
CONTAINMENT = {"contains": ("%", "%"), "startswith": ("", "%"), "endswith": ("%", "")}
NUMERIC = (Kind.MONEY, Kind.DECIMAL, Kind.DOUBLE, Kind.WHOLE, Kind.VERSION)
CHOICES = (Kind.CHOICE, Kind.STATE, Kind.STATUS)
LITERAL_TYPES = {
    LiteralKind.NULL: "<null>",
    LiteralKind.STRING: "Edm.String",
    LiteralKind.NUMBER: "Edm.Int32",
    LiteralKind.BOOLEAN: "Edm.Boolean",
    LiteralKind.GUID: "Edm.Guid",
    LiteralKind.DAY: "Edm.Date",
    LiteralKind.MOMENT: "Edm.DateTimeOffset",
}


@dataclass(frozen=True)
class ComparisonSql:
    """Writes a filter's SQL over the tables that it names."""

    joins: Joins
    ranges: Mapping[str, Joins] = field(default_factory=dict)
    """Inside `any` and `all`: the tables of each range variable."""

    @property
    def viewpoint(self) -> Viewpoint:
        """From where the filter is read."""
        return self.joins.statement.viewpoint

    def bind(self, value: SqlValue) -> str:
        """Keep a value, and return the mark that stands for it."""
        return self.joins.statement.bind(value)

    def column(self, named: Property) -> tuple[str, ColumnDefinition]:
        """Return a column that a filter names, as SQL and as it is defined."""
        if not self.ranges:
            return self.joins.column(named)
        return self.range_of(named.path).column(Property(named.path[1:]))

    def range_of(self, path: tuple[str, ...]) -> Joins:
        """Return the tables of the range variable that a path begins with."""
        found = self.ranges.get(path[0])
        if found is None or len(path) == 1:
            raise not_emulated(f"'{'/'.join(path)}' without a range variable inside any or all")
        return found

    def columns(self, sql: str, column: ColumnDefinition, operator: str, right: Property) -> str:
        """Return the SQL that compares two columns."""
        other, other_column = self.column(right)
        return self.column_pair(sql, column, operator, (other, other_column))

    def column_pair(
        self,
        sql: str,
        column: ColumnDefinition,
        operator: str,
        right: tuple[str, ColumnDefinition],
    ) -> str:
        """Return the SQL that compares two columns of the same type."""
        other, other_column = right
        if edm_type(column) != edm_type(other_column):
            raise self.incompatible(column, edm_type(other_column), operator)
        if column.is_text:
            return f"(fold({sql}) {OPERATORS[operator]} fold({other}))"
        return f"({sql} {OPERATORS[operator]} {other})"

    def compare(self, sql: str, column: ColumnDefinition, operator: str, literal: Literal) -> str:
        """Return the SQL that compares a column with a constant."""
        if literal.kind is LiteralKind.NULL:
            if operator not in ("eq", "ne"):
                return "(NULL)"
            return f"({sql} IS {'NOT ' if operator == 'ne' else ''}NULL)"
        value = self.value(column, literal, operator)
        if isinstance(value, str) and column.is_text:
            return f"(fold({sql}) {OPERATORS[operator]} {self.bind(fold(value))})"
        return f"({sql} {OPERATORS[operator]} {self.bind(value)})"

    def value(self, column: ColumnDefinition, literal: Literal, operator: str) -> SqlValue:
        """Return a constant as the column keeps it; raises if it is of another type."""
        kept = kept_value(column.kind, literal)
        if kept is None:
            found = LITERAL_TYPES[literal.kind]
            if literal.kind is LiteralKind.NUMBER and "." in literal.text:
                found = "Edm.Decimal"
            raise self.incompatible(column, found, operator)
        return kept

    @staticmethod
    def incompatible(column: ColumnDefinition, found: str, operator: str) -> DataverseError:
        """Return the refusal to compare a column with something of another type."""
        return query_error(
            "A binary operator with incompatible types was detected. Found operand types "
            f"'{edm_type(column)}' and '{found}' for operator kind "
            f"'{OPERATOR_KINDS[operator]}'."
        )

    def containment(self, call: Call) -> str:
        """Return the SQL of `contains`, `startswith` and `endswith`."""
        if len(call.arguments) != CONTAINMENT_ARGUMENTS:
            raise query_error(
                f"No function signature for the function with name '{call.name}' matches the "
                f"specified arguments. The function signatures considered are: {call.name}"
                "(Edm.String Nullable=true, Edm.String Nullable=true)."
            )
        named, wanted = call.arguments
        if not isinstance(named, Property) or not isinstance(wanted, Literal):
            raise query_error(f"The function '{call.name}' compares a column with a constant.")
        sql, column = self.column(named)
        if not column.is_text or wanted.kind is not LiteralKind.STRING:
            raise query_error(
                f"No function signature for the function with name '{call.name}' matches the "
                f"specified arguments. The function signatures considered are: {call.name}"
                "(Edm.String Nullable=true, Edm.String Nullable=true)."
            )
        before, after = CONTAINMENT[call.name]
        return f"matches({sql}, {self.bind(f'{before}{wanted.text}{after}')})"


def kept_value(kind: Kind, literal: Literal) -> SqlValue:
    """Return a constant as a column of `kind` keeps it, or nothing where it does not fit."""
    take = _TAKEN.get((literal.kind, _FAMILIES.get(kind, kind)))
    return take(literal.text) if take else None


def _whole(text: str) -> int | None:
    if WHOLE.fullmatch(text) is None:
        return None
    value = int(text)
    return value if abs(value) <= LARGEST_WHOLE else None


_FAMILIES = {
    Kind.MEMO: Kind.TEXT,
    Kind.MONEY: Kind.DECIMAL,
    Kind.DOUBLE: Kind.DECIMAL,
    Kind.CHOICES: Kind.TEXT,
    Kind.VERSION: Kind.WHOLE,
    Kind.CHOICE: Kind.WHOLE,
    Kind.STATE: Kind.WHOLE,
    Kind.STATUS: Kind.WHOLE,
    Kind.LOOKUP: Kind.UNIQUE,
}
_TAKEN: dict[tuple[LiteralKind, Kind], Callable[[str], SqlValue]] = {
    (LiteralKind.STRING, Kind.TEXT): str,
    (LiteralKind.NUMBER, Kind.DECIMAL): lambda text: number_text(Decimal(text)),
    (LiteralKind.NUMBER, Kind.WHOLE): _whole,
    (LiteralKind.BOOLEAN, Kind.YES_NO): lambda text: int(text == "true"),
    (LiteralKind.GUID, Kind.UNIQUE): str.lower,
    (LiteralKind.DAY, Kind.DAY): day_text,
    (LiteralKind.DAY, Kind.MOMENT): lambda text: utc_text(f"{text}T00:00:00Z"),
    (LiteralKind.MOMENT, Kind.MOMENT): utc_text,
}
