"""What changed in a table since the last reading, by Dataverse's change tracking."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Delta:
    """The net changes of a table: a row created and deleted in between is only deleted."""

    rows: list[dict[str, Any]]
    """Rows created or changed, as they are now."""
    deleted: list[UUID]
    link: str
    """Where to read on from here. Keep it only when the rows have been dealt with."""


def delta_of(page: Mapping[str, Any]) -> Delta:
    """Return the changes on one page.

    Raises: `KeyError`, `ValueError` or `TypeError` if it is not a page of changes.
    """
    link = page.get("@odata.nextLink") or page["@odata.deltaLink"]
    deleted = [row for row in page["value"] if _is_deleted(row)]
    return Delta(
        rows=[row for row in page["value"] if not _is_deleted(row)],
        deleted=[UUID(row["id"]) for row in deleted],
        link=link,
    )


def joined(pages: Iterable[Delta]) -> Delta:
    """Return several pages, at least one, as one."""
    each = list(pages)
    return Delta(
        rows=[row for page in each for row in page.rows],
        deleted=[row for page in each for row in page.deleted],
        link=each[-1].link,
    )


def _is_deleted(row: Mapping[str, Any]) -> bool:
    return str(row.get("@odata.context", "")).endswith("/$deletedEntity")
