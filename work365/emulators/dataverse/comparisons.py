"""Turns comparisons of columns with values into SQL."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from work365.emulators.dataverse.definitions import ColumnDefinition, Kind
from work365.emulators.dataverse.errors import DataverseError, query_error
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
LARGEST_WHOLE = 2**63 - 1
CONTAINMENT = {"contains": ("%", "%"), "startswith": ("", "%"), "endswith": ("%", "")}
NUMERIC = (Kind.MONEY, Kind.DECIMAL, Kind.WHOLE, Kind.VERSION)
CHOICES = (Kind.CHOICE, Kind.STATE, Kind.STATUS)
LITERAL_TYPES = {
    LiteralKind.STRING: "Edm.String",
    LiteralKind.NUMBER: "Edm.Int32",
    LiteralKind.BOOLEAN: "Edm.Boolean",
    LiteralKind.GUID: "Edm.Guid",
    LiteralKind.DAY: "Edm.Date",
    LiteralKind.MOMENT: "Edm.DateTimeOffset",
}


@dataclass(frozen=True, kw_only=True)
class Viewpoint:
    """From where a filter is read: when, and by whom."""

    now: datetime
    user_id: str
    business_unit_id: str


@dataclass
class ComparisonSql:
    """A filter's SQL in the making: `parameters` in the order of their marks."""

    joins: Joins
    viewpoint: Viewpoint
    parameters: list[SqlValue] = field(default_factory=list)

    def columns(self, sql: str, column: ColumnDefinition, operator: str, right: Property) -> str:
        """Return the SQL that compares two columns."""
        other, other_column = self.joins.column(right)
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
            self.parameters.append(fold(value))
            return f"(fold({sql}) {OPERATORS[operator]} ?)"
        self.parameters.append(value)
        return f"({sql} {OPERATORS[operator]} ?)"

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
        sql, column = self.joins.column(named)
        if not column.is_text or wanted.kind is not LiteralKind.STRING:
            raise query_error(
                f"No function signature for the function with name '{call.name}' matches the "
                f"specified arguments. The function signatures considered are: {call.name}"
                "(Edm.String Nullable=true, Edm.String Nullable=true)."
            )
        before, after = CONTAINMENT[call.name]
        self.parameters.append(f"{before}{wanted.text}{after}")
        return f"matches({sql}, ?)"


def kept_value(kind: Kind, literal: Literal) -> SqlValue:
    """Return a constant as a column of `kind` keeps it, or nothing where it does not fit."""
    take = _TAKEN.get((literal.kind, _FAMILIES.get(kind, kind)))
    return take(literal.text) if take else None


def _whole(text: str) -> int | None:
    if not text.lstrip("-").isdigit():
        return None
    value = int(text)
    return value if abs(value) <= LARGEST_WHOLE else None


_FAMILIES = {
    Kind.MEMO: Kind.TEXT,
    Kind.MONEY: Kind.DECIMAL,
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
