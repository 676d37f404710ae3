"""Reads the WHERE of a SELECT.

Source: conditions compare a column with a constant; expressions, functions and subqueries are
not supported.
"""

from collections.abc import Mapping

from work365.emulators.dataverse.errors import query_error
from work365.emulators.dataverse.fetch_query import FetchCondition, FetchFilter
from work365.emulators.dataverse.sql_tokens import SqlTokens

OPERATORS = {"=": "eq", "!=": "ne", "<>": "ne", "<": "lt", ">": "gt", "<=": "le", ">=": "ge"}
NEGATABLE = {"LIKE": "like", "IN": "in", "BETWEEN": "between"}
Name = tuple[str, str]
"""Alias of a table as the query has it, and a column of it."""


def read_name(tokens: SqlTokens, aliases: Mapping[str, str]) -> Name:
    """Read a column's name; without an alias before it, it is one of the first table."""
    name = tokens.name()
    if tokens.take("("):
        raise query_error(f"The function '{name}' is not supported in this place.")
    if not tokens.take("."):
        return "", name
    if name not in aliases:
        raise query_error(f"The multi-part identifier '{name}.{tokens.name()}' could not be bound.")
    return aliases[name], tokens.name()


def read_where(tokens: SqlTokens, aliases: Mapping[str, str]) -> FetchFilter:
    """Read conditions up to where the WHERE ends."""
    parts = [_all(tokens, aliases)]
    while tokens.take("OR"):
        parts.append(_all(tokens, aliases))
    return FetchFilter(is_any=True, parts=tuple(parts))


def _all(tokens: SqlTokens, aliases: Mapping[str, str]) -> FetchFilter:
    parts = [_one(tokens, aliases)]
    while tokens.take("AND"):
        parts.append(_one(tokens, aliases))
    return FetchFilter(parts=tuple(parts))


def _one(tokens: SqlTokens, aliases: Mapping[str, str]) -> FetchFilter | FetchCondition:
    if tokens.take("("):
        inside = read_where(tokens, aliases)
        tokens.expect(")")
        return inside
    if tokens.next.text.upper() in ("EXISTS", "NOT"):
        raise query_error(f"'{tokens.next.text}' is not supported in a WHERE clause.")
    entity, column = read_name(tokens, aliases)
    if tokens.take("IS"):
        operator = "not-null" if tokens.take("NOT") else "null"
        tokens.expect("NULL")
        return _condition(entity, column, operator)
    is_negated = tokens.take("NOT")
    for word, operator in NEGATABLE.items():
        if tokens.take(word):
            values = _values(tokens, word)
            named = f"not-{operator}" if is_negated else operator
            return _compared(entity, column, named, values)
    for sign, operator in OPERATORS.items():
        if not is_negated and tokens.take(sign):
            return _compared(entity, column, operator, [tokens.constant()])
    raise tokens.unexpected("a comparison was expected")


def _values(tokens: SqlTokens, word: str) -> list[str | None]:
    if word == "LIKE":
        return [tokens.constant()]
    if word == "BETWEEN":
        low = tokens.constant()
        tokens.expect("AND")
        return [low, tokens.constant()]
    tokens.expect("(")
    if tokens.take("SELECT"):
        raise query_error("Subqueries are not supported in a WHERE clause.")
    values = [tokens.constant()]
    while tokens.take(","):
        values.append(tokens.constant())
    tokens.expect(")")
    return values


def _compared(
    entity: str, column: str, operator: str, values: list[str | None]
) -> FetchFilter | FetchCondition:
    """Return a comparison; with NULL, which nothing is equal to, it never holds."""
    given = tuple(value for value in values if value is not None)
    if len(given) < len(values):
        never = [_condition(entity, column, operator) for operator in ("null", "not-null")]
        return FetchFilter(parts=tuple(never))
    return _condition(entity, column, operator, given)


def _condition(
    entity: str, column: str, operator: str, values: tuple[str, ...] = ()
) -> FetchCondition:
    return FetchCondition(
        entity=entity, column=column, operator=operator, values=values, is_without_null=True
    )
