"""docs/tables.md: the tables in words, made from the declarations that make them."""

from collections.abc import Iterator

from dataverse_schema.choices import GlobalChoice, global_choices
from dataverse_schema.definitions import (
    ColumnDefinition,
    ColumnType,
    TableDefinition,
    table_definitions,
)
from dataverse_schema.relationships import OneToMany, relationships
from dataverse_schema.roles import ROLES, Role, Verb
from dataverse_schema.solution.system_columns import has_money
from dataverse_schema.steps import STEPS
from dataverse_schema.tables import TABLES

HEAD = """# Tables

What Work 365 keeps in Dataverse. This page is made from the classes in `dataverse_schema/`, by
`python -m dataverse_schema docs`; change them and not the page.

Every table has besides what Dataverse gives it: who created and changed a row and when, its state,
and its owner or organization. A table with an amount also has a currency, an exchange rate and, of
each amount, a column ending in `_base` with what it is in the organization's base currency.

A row that others refer to cannot be deleted. Where a lookup says *loses its link*, it is emptied
instead.
"""

TYPES = {
    ColumnType.TEXT: "text, {0.max_length} characters",
    ColumnType.MEMO: "lines of text, {0.max_length} characters",
    ColumnType.MONEY: "amount, {0.precision} decimals",
    ColumnType.DECIMAL: "number, {0.precision} decimals",
    ColumnType.WHOLE: "whole number",
    ColumnType.YES_NO: "yes or no",
    ColumnType.CHOICE: "choice `{0.choice}`",
}

DEPTHS_IN_WORDS = {"Basic": "own", "Local": "unit", "Deep": "unit and below", "Global": "all"}


def tables_page() -> str:
    """Return the page, in Markdown."""
    tables = table_definitions()
    lines = [HEAD, "## Tables of Work 365", ""]
    for table in tables:
        if table.is_ours:
            lines += _table(table)
    lines += ["## Columns on Microsoft's tables", ""]
    for table in tables:
        if not table.is_ours:
            lines += _table(table)
    lines += ["## Choices", ""]
    for choice in global_choices():
        lines += _choice(choice)
    lines += _roles()
    return "\n".join(lines).rstrip() + "\n"


def _table(table: TableDefinition) -> Iterator[str]:
    yield f"### {table.label}"
    yield ""
    yield f"`{table.logical_name}`. {table.description}".rstrip()
    yield ""
    if table.is_ours:
        yield from _properties(table)
    lookups = {one.lookup: one for one in relationships() if one.referencing == table.logical_name}
    yield "| column | name | holds | meaning |"
    yield "| --- | --- | --- | --- |"
    for column in table.columns:
        cells = [
            f"`{column.logical_name}`",
            column.label,
            _holds(column, lookups.get(column.logical_name)),
            column.description,
        ]
        yield f"| {' | '.join(_escaped(cell) for cell in cells)} |"
    yield ""


def _properties(table: TableDefinition) -> Iterator[str]:
    owner = "a user or a team" if table.user_owned else "the organization"
    keys = "; ".join(" and ".join(f"`{name}`" for name in key.columns) for key in table.keys)
    told = [f"Rows belong to {owner}.", f"Alternate key: {keys}."]
    if table.change_tracking:
        told.append("Changes are tracked.")
    if has_money(table):
        told.append("It has a currency.")
    rings = [step.message for step in STEPS if step.table.table_name() == table.logical_name]
    if rings:
        told.append(f"Rings on {', '.join(rings)}.")
    yield " ".join(told)
    yield ""


def _holds(column: ColumnDefinition, relationship: OneToMany | None) -> str:
    text = _type(column, relationship)
    if column.autonumber:
        text += f", numbered `{column.autonumber}`"
    return text + (", required" if column.required else "")


def _type(column: ColumnDefinition, relationship: OneToMany | None) -> str:
    if relationship is not None:
        loses = ", loses its link" if relationship.cascade.delete == "RemoveLink" else ""
        return f"lookup of `{relationship.referenced}`{loses}"
    if column.type is ColumnType.DATE_TIME:
        return "day" if column.date_only else "moment in UTC"
    return TYPES[column.type].format(column)


def _escaped(cell: str) -> str:
    return cell.replace("|", "\\|")


def _choice(choice: GlobalChoice) -> Iterator[str]:
    options = ", ".join(f"{option.label} ({option.value})" for option in choice.options)
    yield f"**{choice.display_name}**, `{choice.name}`: {choice.description} {options}."
    yield ""


def _roles() -> Iterator[str]:
    yield "## Roles"
    yield ""
    for role in ROLES:
        yield f"**{role.name}**: {role.description}"
        yield ""
    yield "What each may do with which rows: its own, those of its business unit, or all."
    yield ""
    short = [role.name.removeprefix("Work 365 ") for role in ROLES]
    yield f"| table | {' | '.join(short)} |"
    yield "| --- " * (len(short) + 1) + "|"
    for declared in TABLES:
        table = declared.table_name()
        cells = [_may(role, table) for role in ROLES]
        if any(cells):
            yield f"| `{table}` | {' | '.join(cells)} |"
    yield ""
    yield "Beyond tables:"
    yield ""
    for role in ROLES:
        if role.other_privileges:
            names = ", ".join(f"`{name}`" for name in role.other_privileges)
            yield f"- {role.name}: {names}"


def _may(role: Role, table: str) -> str:
    by_depth: dict[str, list[str]] = {}
    for verb in Verb:
        depth = role.privileges.get((verb, table))
        if depth is not None:
            by_depth.setdefault(DEPTHS_IN_WORDS[depth], []).append(_verb(verb))
    return "; ".join(f"{', '.join(verbs)} ({depth})" for depth, verbs in by_depth.items())


def _verb(verb: Verb) -> str:
    return "append to" if verb is Verb.APPEND_TO else verb.lower()
