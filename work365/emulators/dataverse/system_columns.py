"""Writes down tables of Microsoft's, column by column."""

from dataclasses import replace
from typing import Any

from work365.emulators.dataverse.definitions import (
    ColumnDefinition,
    Kind,
    State,
    TableDefinition,
)

WHOLE_LIMIT = 2_147_483_647


def text(name: str, max_length: int = 256, *, write_only: bool = False) -> ColumnDefinition:
    """Return a column of text."""
    return ColumnDefinition(
        name=name,
        schema_name=name,
        kind=Kind.TEXT,
        max_length=max_length,
        write_only=write_only,
    )


def whole(name: str) -> ColumnDefinition:
    """Return a column of whole numbers."""
    return ColumnDefinition(
        name=name,
        schema_name=name,
        kind=Kind.WHOLE,
        minimum=-WHOLE_LIMIT - 1,
        maximum=WHOLE_LIMIT,
    )


def choice(name: str, options: dict[int, str], *, default: int | None = None) -> ColumnDefinition:
    """Return a choice; `options` are labels by value."""
    return ColumnDefinition(
        name=name, schema_name=name, kind=Kind.CHOICE, options=options, default=default
    )


def yes_no(name: str, *, read_only: bool = False) -> ColumnDefinition:
    """Return a yes-or-no that is no until it is set."""
    return ColumnDefinition(
        name=name,
        schema_name=name,
        kind=Kind.YES_NO,
        options={0: "No", 1: "Yes"},
        default=0,
        read_only=read_only,
    )


def moment(name: str) -> ColumnDefinition:
    """Return a column of moments."""
    return ColumnDefinition(name=name, schema_name=name, kind=Kind.MOMENT)


def unique(name: str) -> ColumnDefinition:
    """Return a column of ids."""
    return ColumnDefinition(name=name, schema_name=name, kind=Kind.UNIQUE)


def lookup(
    name: str,
    target: str,
    *,
    navigation: str = "",
    relationship: str = "",
    cascades: bool = False,
) -> ColumnDefinition:
    """Return a lookup; `cascades` means that a row goes with the one it refers to."""
    return ColumnDefinition(
        name=name,
        schema_name=navigation or name,
        kind=Kind.LOOKUP,
        target=target,
        cascade={"Delete": "Cascade"} if cascades else {},
        relationship=relationship,
    )


def of_system(column: ColumnDefinition) -> ColumnDefinition:
    """Return the column as one that Dataverse alone sets."""
    return replace(column, read_only=True)


def table(
    name: str,
    *columns: ColumnDefinition,
    states: tuple[State, ...] = (),
    set_name: str = "",
    primary_id: str = "",
    **more: Any,
) -> TableDefinition:
    """Return a table with what every table has.

    Collection and primary key follow from the name where they are not given; `more` are
    further fields of the definition.
    """
    labels = {state.value: state.label for state in states}
    statuses = {value: label for state in states for value, label in state.statuses.items()}
    added = [
        of_system(moment("createdon")),
        of_system(moment("modifiedon")),
        *(
            of_system(lookup(by, "systemuser"))
            for by in ("createdby", "createdonbehalfby", "modifiedby", "modifiedonbehalfby")
        ),
        ColumnDefinition(
            name="versionnumber",
            schema_name="versionnumber",
            kind=Kind.VERSION,
            read_only=True,
        ),
    ]
    if states:
        for state_column, kind, options in (
            ("statecode", Kind.STATE, labels),
            ("statuscode", Kind.STATUS, statuses),
        ):
            added.append(
                ColumnDefinition(
                    name=state_column, schema_name=state_column, kind=kind, options=options
                )
            )
    every = (unique(primary_id or f"{name}id"), *columns, *added)
    return TableDefinition(
        name=name,
        set_name=set_name or f"{name}s",
        columns={column.name: column for column in every},
        states=states,
        **{"schema_name": name, "primary_name": "name", **more},
    )
