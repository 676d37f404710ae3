"""What the areas around subscriptions keep in the world: JSON values under a name of their own.

Being JSON they go into a snapshot with everything else. Moments are kept as ISO texts in UTC,
amounts as texts.
"""

from datetime import UTC, datetime
from typing import Any

from work365.emulators.partner_center.state import State

Record = dict[str, Any]


def annex(state: State, name: str) -> Record:
    """Return what is kept under a name, to be read and changed."""
    kept: Record = state.annexes.setdefault(name, {})
    return kept


def records(state: State, name: str, kind: str = "records") -> dict[str, Record]:
    """Return the records by id that an area keeps."""
    kept: dict[str, Record] = annex(state, name).setdefault(kind, {})
    return kept


def moment_kept(moment: datetime) -> str:
    """Return a moment as it is kept."""
    return moment.astimezone(UTC).isoformat()


def moment_of(text: str) -> datetime:
    """Return a kept moment."""
    return datetime.fromisoformat(text)
