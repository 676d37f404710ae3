"""Planning components that are rows: created with an id of our own, found again by it.

A component that came another way (by a solution file, or made by hand) is found by what makes
it the same to people, such as its name, and taken over.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from work365.adapters.dataverse.installation.found import FoundEnvironment, Row
from work365.adapters.dataverse.installation.planned import Planned
from work365.adapters.dataverse.installation.requests import IN_SOLUTION, Request, TakenOver
from work365.adapters.dataverse.operations import all_of, equals


@dataclass(frozen=True, kw_only=True)
class WantedRow:
    """A component as it should be."""

    kind: str
    name: str
    entity_set: str
    id_column: str
    id: UUID
    columns: Mapping[str, Any]
    """What is compared, and written where it differs."""

    on_create: Mapping[str, Any] = field(default_factory=dict)
    """What is written once and not compared."""

    same: Mapping[str, Any] = field(default_factory=dict)
    """Columns by which a row with another id is the same component."""

    headers: Mapping[str, str] = field(default_factory=lambda: IN_SOLUTION)
    comes_with_its_table: bool = False
    """Whether a table that this plan creates is born with such a row, which becomes ours."""

    readings: Mapping[str, Callable[[Any], Any]] = field(default_factory=dict)
    """How values of a column are made comparable, where more than one text means the same."""


def plan_rows(wanted: Sequence[WantedRow], found: FoundEnvironment) -> Planned:
    """Return what makes the rows be there as declared."""
    planned = Planned()
    for row in wanted:
        plan_row(row, row_of(row, found), planned)
    return planned


def plan_row(wanted: WantedRow, there: Row | None, planned: Planned) -> None:
    """Plan one row."""
    if there is None:
        body = {wanted.id_column: str(wanted.id), **wanted.columns, **wanted.on_create}
        planned.act(
            wanted.kind,
            wanted.name,
            f"Create the {wanted.kind} {wanted.name}",
            # Its own id keeps a second one out.
            Request(
                "POST",
                wanted.entity_set,
                body,
                wanted.headers,
                repeatable=True,
                takes_over=_born(wanted) if wanted.comes_with_its_table else None,
            ),
        )
        return
    changes = {
        column: value
        for column, value in wanted.columns.items()
        if not _is_same(wanted, column, there.get(column))
    }
    if changes:
        address = f"{wanted.entity_set}({there[wanted.id_column]})"
        planned.act(
            wanted.kind,
            wanted.name,
            f"Change the {wanted.kind} {wanted.name}: {', '.join(changes)}",
            Request("PATCH", address, changes, {**wanted.headers, "If-Match": "*"}),
        )


def row_of(wanted: WantedRow, found: FoundEnvironment) -> Row | None:
    """Return the row that the component is kept in, if it is there."""
    rows = found.of(wanted.entity_set)
    by_id = (row for row in rows if row[wanted.id_column].lower() == str(wanted.id))
    by_name = (row for row in rows if _is_the_same(wanted, row))
    return next(by_id, None) or next(by_name, None)


def id_of(wanted: WantedRow, found: FoundEnvironment) -> UUID:
    """Return the id that the component has, or will have."""
    there = row_of(wanted, found)
    return wanted.id if there is None else UUID(there[wanted.id_column])


def _born(wanted: WantedRow) -> TakenOver:
    condition = all_of(*(equals(column, value) for column, value in wanted.same.items()))
    return TakenOver(wanted.id_column, condition, wanted.columns)


def _is_the_same(wanted: WantedRow, row: Row) -> bool:
    return bool(wanted.same) and all(
        _folded(row.get(column)) == _folded(value) for column, value in wanted.same.items()
    )


def _folded(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value


def _is_same(wanted: WantedRow, column: str, value: Any) -> bool:
    read = wanted.readings.get(column, _plain)
    return bool(read(wanted.columns[column]) == read(value))


def _plain(value: Any) -> Any:
    # Dataverse keeps an empty text as nothing.
    return None if value == "" else value
