"""Has SQLite write rows as JSON: the SQL of a row's text, built once a request.

Writing the text in SQL keeps a row out of Python altogether, which is what makes reading fast.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from work365.emulators.dataverse.definitions import (
    ColumnDefinition,
    Kind,
    Schema,
    TableDefinition,
)
from work365.emulators.dataverse.sql import literal, quoted, sql

FORMATTED = "OData.Community.Display.V1.FormattedValue"
LOGICAL_NAME = "Microsoft.Dynamics.CRM.lookuplogicalname"
NAVIGATION = "Microsoft.Dynamics.CRM.associatednavigationproperty"
TOTAL_COUNT = "Microsoft.Dynamics.CRM.totalrecordcount"
TOTAL_COUNT_EXCEEDED = "Microsoft.Dynamics.CRM.totalrecordcountlimitexceeded"
ARGUMENTS_MAX = 100
"""Arguments of one `format` call; SQLite takes 127."""

Fragment = tuple[str, str]
"""A piece of the row's text with one mark `%s`, and the SQL that goes there."""


@dataclass(frozen=True)
class Annotations:
    """Which annotations the request prefers, as patterns."""

    patterns: tuple[str, ...] = ()

    def include(self, name: str) -> bool:
        """Return whether this annotation is preferred."""
        return any(fnmatchcase(name, pattern) for pattern in self.patterns)


class RowWriter:
    """Builds the SQL that writes rows of the tables of one schema."""

    def __init__(self, schema: Schema, annotations: Annotations) -> None:
        self._schema = schema
        self._annotations = annotations

    def row(
        self,
        table: TableDefinition,
        alias: str,
        columns: Sequence[ColumnDefinition],
        expansions: Sequence[Fragment] = (),
    ) -> str:
        """Return the SQL of a row's JSON, without the opening brace."""
        etag = '"@odata.etag":"W/\\"%s\\""'
        fragments: list[Fragment] = [(etag, f'{alias}."versionnumber"')]
        for column in columns:
            fragments.extend(self._column(table, alias, column))
        fragments.extend(expansions)
        return _formatted(fragments)

    def expansion(
        self,
        navigation: str,
        table: TableDefinition,
        alias: str,
        columns: Sequence[ColumnDefinition],
    ) -> Fragment:
        """Return the fragment of a row that comes along with another."""
        row = self.row(table, alias, columns)
        present = f"{alias}.{quoted(table.primary_id)} IS NOT NULL"
        return (
            f",{_template(navigation)}:%s",
            f"CASE WHEN {present} THEN '{{' || {row} ELSE 'null' END",
        )

    def _column(
        self, table: TableDefinition, alias: str, column: ColumnDefinition
    ) -> list[Fragment]:
        value = f"{alias}.{quoted(column.name)}"
        fragments = []
        if self._annotations.patterns:
            annotated = self._annotated(table, alias, column)
            fragments = [
                _annotation(column.read_name, name, sql)
                for name, sql in annotated
                if self._annotations.include(name)
            ]
        fragments.append((f",{_template(column.read_name)}:%s", _json(column, value)))
        return fragments

    def _annotated(
        self, table: TableDefinition, alias: str, column: ColumnDefinition
    ) -> list[tuple[str, str]]:
        value = f"{alias}.{quoted(column.name)}"
        if column.kind is not Kind.LOOKUP:
            shown = self._formatted_value(table, alias, column)
            return [(FORMATTED, shown)] if shown else []
        target = self._schema.tables[column.target]
        when_set = f"CASE WHEN {value} IS NOT NULL THEN {{}} END"
        return [
            (FORMATTED, _name_of(target, value)),
            (NAVIGATION, when_set.format(literal(column.schema_name))),
            (LOGICAL_NAME, when_set.format(literal(target.name))),
        ]

    def _formatted_value(self, table: TableDefinition, alias: str, column: ColumnDefinition) -> str:
        value = f"{alias}.{quoted(column.name)}"
        if column.options:
            cases = " ".join(
                f"WHEN {option} THEN {literal(label)}" for option, label in column.options.items()
            )
            return f"CASE {value} {cases} END"
        if column.kind is Kind.MONEY and "transactioncurrencyid" in table.columns:
            return self._money(alias, column)
        return {
            Kind.DECIMAL: f"number({value}, {column.precision})",
            Kind.WHOLE: f"number({value}, 0)",
            Kind.VERSION: f"number({value}, 0)",
            Kind.DAY: f"day({value})",
            Kind.MOMENT: f"moment({value})",
        }.get(column.kind, "")

    def _money(self, alias: str, column: ColumnDefinition) -> str:
        currency = (
            '(SELECT "basecurrencyid" FROM "organization")'
            if column.read_only
            else f'{alias}."transactioncurrencyid"'
        )
        found = f'FROM "transactioncurrency" WHERE "transactioncurrencyid" = {currency}'
        return (
            f'money({alias}.{quoted(column.name)}, (SELECT "currencysymbol" {found}), '
            f'(SELECT "currencyprecision" {found}))'
        )


def _name_of(target: TableDefinition, value: str) -> str:
    name, table, key = quoted(target.primary_name), quoted(target.name), quoted(target.primary_id)
    return sql("(SELECT", name, "FROM", table, "WHERE", key, "=", f"{value})")


def _template(name: str) -> str:
    return json.dumps(name).replace("%", "%%")


def _annotation(read_name: str, name: str, sql: str) -> Fragment:
    """Return the fragment of an annotation, which is absent where the value is."""
    opening = literal(f",{json.dumps(f'{read_name}@{name}')}:")
    return "%s", f"coalesce({opening} || nullif(json_quote({sql}), 'null'), '')"


def _json(column: ColumnDefinition, value: str) -> str:
    if column.is_text:
        return f"json_quote({value})"
    if column.kind is Kind.YES_NO:
        return f"CASE {value} WHEN 1 THEN 'true' WHEN 0 THEN 'false' ELSE 'null' END"
    if column.kind in (Kind.UNIQUE, Kind.LOOKUP, Kind.DAY, Kind.MOMENT):
        return f"coalesce('\"' || {value} || '\"', 'null')"
    return f"coalesce({value}, 'null')"


def _formatted(fragments: Sequence[Fragment]) -> str:
    calls = []
    for start in range(0, len(fragments), ARGUMENTS_MAX):
        chunk = fragments[start : start + ARGUMENTS_MAX]
        text = literal("".join(template for template, _ in chunk))
        calls.append(f"format({text}, {', '.join(sql for _, sql in chunk)})")
    return f"({' || '.join(calls)} || '}}')"
