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
from work365.emulators.dataverse.sql import literal, quoted, select, sql

FORMATTED = "OData.Community.Display.V1.FormattedValue"
LOGICAL_NAME = "Microsoft.Dynamics.CRM.lookuplogicalname"
NAVIGATION = "Microsoft.Dynamics.CRM.associatednavigationproperty"
TOTAL_COUNT = "Microsoft.Dynamics.CRM.totalrecordcount"
TOTAL_COUNT_EXCEEDED = "Microsoft.Dynamics.CRM.totalrecordcountlimitexceeded"
ATTRIBUTE_NAME = "OData.Community.Display.V1.AttributeName"
PAGING_COOKIE = "Microsoft.Dynamics.CRM.fetchxmlpagingcookie"
MORE_RECORDS = "Microsoft.Dynamics.CRM.morerecords"
BASE_CURRENCY = '(SELECT "basecurrencyid" FROM "organization")'
ARGUMENTS_MAX = 100
"""Arguments of one `format` call; SQLite takes 127."""

QUOTED = (Kind.UNIQUE, Kind.LOOKUP, Kind.DAY, Kind.MOMENT, Kind.CHOICES)
"""Kinds whose values are quoted in JSON and have nothing to escape."""

Fragment = tuple[str, str]
"""A piece of the row's text with one mark `%s`, and the SQL that goes there."""


@dataclass(frozen=True)
class Annotations:
    """Which annotations the request prefers, as patterns."""

    patterns: tuple[str, ...] = ()

    def include(self, name: str) -> bool:
        """Return whether this annotation is preferred."""
        return any(fnmatchcase(name, pattern) for pattern in self.patterns)


NO_ANNOTATIONS = Annotations()


class RowWriter:
    """Builds the SQL that writes rows of the tables of one schema."""

    def __init__(self, schema: Schema, annotations: Annotations = NO_ANNOTATIONS) -> None:
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
        return formatted_text([*self._columns(table, alias, columns), *expansions])

    def head(self, table: TableDefinition, alias: str, columns: Sequence[ColumnDefinition]) -> str:
        """Return the SQL of a row's JSON, without both of its braces."""
        return _joined_text(self._columns(table, alias, columns))

    def _columns(
        self, table: TableDefinition, alias: str, columns: Sequence[ColumnDefinition]
    ) -> list[Fragment]:
        etag = '"@odata.etag":"W/\\"%s\\""'
        fragments: list[Fragment] = [(etag, f'{alias}."versionnumber"')]
        for column in columns:
            fragments.extend(self._column(table, alias, column))
        return fragments

    def aliased(self, name: str, sql: str, annotations: Sequence[tuple[str, str]]) -> Fragment:
        """Return the fragment of a value with a name of its own; absent where there is none.

        `sql` is the value's JSON, or null; `annotations` are names with the SQL of values.
        """
        texts = [
            _annotated_text(name, annotation, value)
            for annotation, value in annotations
            if value and self._annotations.include(annotation)
        ]
        key = literal(f",{json.dumps(name)}:")
        whole = " || ".join([*texts, f"{key} || {sql}"])
        return "%s", f"CASE WHEN {sql} IS NULL THEN '' ELSE {whole} END"

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
        fragments.append((f",{template(column.read_name)}:%s", _json(column, value)))
        return fragments

    def _annotated(
        self, table: TableDefinition, alias: str, column: ColumnDefinition
    ) -> list[tuple[str, str]]:
        value = f"{alias}.{quoted(column.name)}"
        if column.kind is not Kind.LOOKUP:
            shown = self.shown(table, alias, column)
            return [(FORMATTED, shown)] if shown else []
        when_set = f"CASE WHEN {value} IS NOT NULL THEN {{}} END"
        return [
            (FORMATTED, name_sql(self._schema, column, value)),
            (NAVIGATION, when_set.format(literal(column.schema_name))),
            (LOGICAL_NAME, self.target_sql(column, value)),
        ]

    def target_sql(self, column: ColumnDefinition, value: str) -> str:
        """Return the SQL of the name of the table that a lookup refers to."""
        *others, last = column.targets
        cases = "".join(
            f"WHEN {value} IN ({_ids(self._schema.tables[other])}) THEN {literal(other)} "
            for other in others
        )
        return f"CASE WHEN {value} IS NULL THEN NULL {cases}ELSE {literal(last)} END"

    def shown(self, table: TableDefinition, alias: str, column: ColumnDefinition) -> str:
        """Return the SQL of a value as people are shown it; nothing where it is as it is."""
        value = f"{alias}.{quoted(column.name)}"
        if column.kind is Kind.LOOKUP:
            return name_sql(self._schema, column, value)
        if column.options:
            return label_sql(column, value)
        if column.kind is Kind.MONEY and "transactioncurrencyid" in table.columns:
            return self._money(alias, column)
        return {
            Kind.DECIMAL: f"number({value}, {column.precision})",
            Kind.DOUBLE: f"number({value}, {column.precision})",
            Kind.WHOLE: f"number({value}, 0)",
            Kind.VERSION: f"number({value}, 0)",
            Kind.DAY: f"day({value})",
            Kind.MOMENT: f"moment({value})",
        }.get(column.kind, "")

    def _money(self, alias: str, column: ColumnDefinition) -> str:
        currency = BASE_CURRENCY if column.read_only else f'{alias}."transactioncurrencyid"'
        return money_sql(f"{alias}.{quoted(column.name)}", currency)


def money_sql(amount: str, currency: str) -> str:
    """Return the SQL of an amount as people are shown it, `currency` being SQL of an id."""
    found = f'FROM "transactioncurrency" WHERE "transactioncurrencyid" = {currency}'
    return (
        f'money({amount}, (SELECT "currencysymbol" {found}), (SELECT "currencyprecision" {found}))'
    )


def label_sql(column: ColumnDefinition, value: str) -> str:
    """Return the SQL of an option's label; of several, their labels with `; ` between."""
    cases = " ".join(
        f"WHEN {option} THEN {literal(label)}" for option, label in column.options.items()
    )
    if column.kind is not Kind.CHOICES:
        return f"CASE {value} {cases} END"
    labels = f"group_concat(CASE value {cases} END, '; ')"
    return "(" + select(labels, f"FROM json_each('[' || {value} || ']')") + ")"


def name_sql(schema: Schema, column: ColumnDefinition, value: str) -> str:
    """Return the SQL of the name of the row that a lookup refers to."""
    names = [_name_of(schema.tables[target], value) for target in column.targets]
    return names[0] if len(names) == 1 else f"coalesce({', '.join(names)})"


def _ids(table: TableDefinition) -> str:
    return select(quoted(table.primary_id), f"FROM {quoted(table.name)}")


def _name_of(target: TableDefinition, value: str) -> str:
    name, table, key = quoted(target.primary_name), quoted(target.name), quoted(target.primary_id)
    return sql("(SELECT", name, "FROM", table, "WHERE", key, "=", f"{value})")


def template(name: str) -> str:
    """Return a name as JSON, for a template."""
    return json.dumps(name).replace("%", "%%")


def _annotation(read_name: str, name: str, sql: str) -> Fragment:
    """Return the fragment of an annotation, which is absent where the value is."""
    return "%s", _annotated_text(read_name, name, sql)


def _annotated_text(read_name: str, name: str, sql: str) -> str:
    opening = literal(f",{json.dumps(f'{read_name}@{name}')}:")
    return f"coalesce({opening} || nullif(json_quote({sql}), 'null'), '')"


def nullable_json(column: ColumnDefinition, value: str) -> str:
    """Return the SQL of a value as JSON, null where there is none."""
    return f"nullif({_json(column, value)}, 'null')"


def _json(column: ColumnDefinition, value: str) -> str:
    if column.is_text:
        return f"json_quote({value})"
    if column.kind is Kind.YES_NO:
        return f"CASE {value} WHEN 1 THEN 'true' WHEN 0 THEN 'false' ELSE 'null' END"
    if column.kind in QUOTED:
        return f"coalesce('\"' || {value} || '\"', 'null')"
    return f"coalesce({value}, 'null')"


def bare_text(fragments: Sequence[Fragment]) -> str:
    """Return the SQL of a row that has nothing before its first fragment, and its comma."""
    return f"ltrim({formatted_text(fragments)}, ',')"


def formatted_text(fragments: Sequence[Fragment]) -> str:
    """Return the SQL that puts a row's fragments together, its closing brace with them."""
    return f"({_joined_text(fragments)} || '}}')"


def _joined_text(fragments: Sequence[Fragment]) -> str:
    calls = []
    for start in range(0, len(fragments), ARGUMENTS_MAX):
        chunk = fragments[start : start + ARGUMENTS_MAX]
        text = literal("".join(template for template, _ in chunk))
        calls.append(f"format({text}, {', '.join(sql for _, sql in chunk)})")
    return " || ".join(calls)
