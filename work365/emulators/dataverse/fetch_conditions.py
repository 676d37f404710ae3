"""Turns the conditions of FetchXML into SQL.

Most operators are the query functions of the Web API under other names. That a negated
comparison also finds rows without a value, as it does in the lists of Dynamics 365, was not
verified for every operator.
"""

from collections.abc import Mapping

from work365.emulators.dataverse.comparisons import (
    CONTAINMENT,
    OPERATORS,
    ComparisonSql,
    kept_value,
)
from work365.emulators.dataverse.definitions import ColumnDefinition
from work365.emulators.dataverse.errors import DataverseError
from work365.emulators.dataverse.expressions import Literal
from work365.emulators.dataverse.fetch_query import FetchCondition
from work365.emulators.dataverse.fetch_xml import invalid
from work365.emulators.dataverse.query_functions import operator_sql, typed_literal
from work365.emulators.dataverse.values import edm_type

COMPARED = {name: name for name in OPERATORS} | {"neq": "ne"}
PATTERNS = {"like": ("", ""), "begins-with": CONTAINMENT["startswith"]} | {
    "ends-with": CONTAINMENT["endswith"]
}
NEGATED = {"not-like": "like", "not-begin-with": "begins-with", "not-end-with": "ends-with"}
FUNCTIONS = {
    "in": "In",
    "not-in": "NotIn",
    "between": "Between",
    "not-between": "NotBetween",
    "eq-userid": "EqualUserId",
    "ne-userid": "NotEqualUserId",
    "eq-businessid": "EqualBusinessId",
    "ne-businessid": "NotEqualBusinessId",
    "eq-userteams": "EqualUserTeams",
    "eq-useroruserteams": "EqualUserOrUserTeams",
    "eq-useroruserhierarchy": "EqualUserOrUserHierarchy",
    "eq-useroruserhierarchyandteams": "EqualUserOrUserHierarchyAndTeams",
    "eq-userlanguage": "EqualUserLanguage",
    "under": "Under",
    "eq-or-under": "UnderOrEqual",
    "not-under": "NotUnder",
    "above": "Above",
    "eq-or-above": "AboveOrEqual",
    "contain-values": "ContainValues",
    "not-contain-values": "DoesNotContainValues",
    "last-seven-days": "Last7Days",
    "next-seven-days": "Next7Days",
}
DATES = frozenset(
    f"{when}-{unit}"
    for when in ("last", "this", "next")
    for unit in ("week", "month", "year", "fiscal-period", "fiscal-year")
) | {"today", "yesterday", "tomorrow", "on", "on-or-after", "on-or-before"}
COUNTED_DATES = frozenset(
    f"{when}-x-{unit}"
    for when in ("last", "next")
    for unit in ("hours", "days", "weeks", "months", "years", "fiscal-periods", "fiscal-years")
)
OLDER = frozenset(
    f"olderthan-x-{unit}" for unit in ("minutes", "hours", "days", "weeks", "months", "years")
)
IN_FISCAL = frozenset(
    (
        "in-fiscal-period",
        "in-fiscal-year",
        "in-fiscal-period-and-year",
        "in-or-after-fiscal-period-and-year",
        "in-or-before-fiscal-period-and-year",
    )
)
LACKING_TOO = frozenset(("ne", "neq", "not-in"))
"""Operators that also find rows without a value, besides the negated patterns."""


def _function_names() -> Mapping[str, str]:
    """Return the query functions by operator: `last-x-days` is `LastXDays`."""
    spelled = {
        name: "".join(part.capitalize() for part in name.split("-"))
        for name in DATES | COUNTED_DATES | OLDER | IN_FISCAL
    }
    spelled |= {name: spelled[name].replace("Olderthan", "OlderThan") for name in OLDER}
    return {**spelled, **FUNCTIONS}


_NAMES = _function_names()
Operand = tuple[str, ColumnDefinition]


def condition_sql(
    sql: ComparisonSql, condition: FetchCondition, operand: Operand, other: Operand | None
) -> str:
    """Return the SQL of a condition on a column; `other` is the column it is compared with."""
    named, _ = operand
    found = _positive(sql, condition, operand, other)
    lacks = condition.operator in LACKING_TOO or condition.operator in NEGATED
    if lacks and not condition.is_without_null:
        return f"({found} OR {named} IS NULL)"
    return found


def _positive(
    sql: ComparisonSql, condition: FetchCondition, operand: Operand, other: Operand | None
) -> str:
    named, column = operand
    operator = condition.operator
    if operator in ("null", "not-null"):
        _values(condition, 0)
        return f"({named} IS {'NOT ' if operator == 'not-null' else ''}NULL)"
    if other is not None:
        if operator not in OPERATORS:
            raise invalid("0x80041120", f"The operator '{operator}' takes no 'valueof'.")
        return sql.column_pair(named, column, operator, other)
    if operator in COMPARED:
        literal = _literal(condition, column, *_values(condition, 1))
        return sql.compare(named, column, COMPARED[operator], literal)
    if operator in PATTERNS or operator in NEGATED:
        return _pattern(sql, condition, operand)
    name = _NAMES.get(operator)
    if name is None:
        raise invalid("0x80041120", f"Invalid condition operator '{operator}'.")
    literals = tuple(typed_literal(column, value) for value in condition.values)
    return operator_sql(sql, operand, name, literals or None)


def _values(condition: FetchCondition, count: int) -> tuple[str, ...]:
    if len(condition.values) != count:
        raise invalid(
            "0x80041108",
            f"The condition operator '{condition.operator}' on '{condition.column}' takes {count} "
            f"values; {len(condition.values)} were given.",
        )
    return condition.values


def _literal(condition: FetchCondition, column: ColumnDefinition, value: str) -> Literal:
    literal = typed_literal(column, value)
    if kept_value(column.kind, literal) is None:
        raise _wrong_value(condition, column, value)
    return literal


def _wrong_value(condition: FetchCondition, column: ColumnDefinition, value: str) -> DataverseError:
    return invalid(
        "0x80040203",
        f"The value '{value}' of the condition on '{condition.column}' is not of the column's "
        f"type {edm_type(column)}.",
    )


def _pattern(sql: ComparisonSql, condition: FetchCondition, operand: Operand) -> str:
    named, column = operand
    if not column.is_text:
        raise invalid(
            "0x80041120",
            f"The condition operator '{condition.operator}' is not valid for '{column.name}'.",
        )
    is_negated = condition.operator in NEGATED
    before, after = PATTERNS[NEGATED.get(condition.operator, condition.operator)]
    (text,) = _values(condition, 1)
    found = f"matches({named}, {sql.bind(f'{before}{text}{after}')})"
    return f"(NOT {found})" if is_negated else found
