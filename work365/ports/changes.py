"""What changed since the last sweep."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Changed:
    """Which contracts were touched since the last sweep, and how far it has read."""

    contracts: tuple[UUID, ...]
    deleted_changes: tuple[UUID, ...] = ()
    """Entries of change logs that somebody deleted, by the id of the row."""
    homeless: Mapping[UUID, str] = field(default_factory=dict)
    """Rows that no contract can be billed for: a subscription or a one-time charge without a
    contract, a change without a subscription; what people call each, by the id of the row."""
    marks: Mapping[str, str] = field(default_factory=dict)
    """The feed's own: how far each table has been read now."""


class ChangeFeed(Protocol):
    """What changed in the tables that billing reads."""

    def read(self) -> Changed:
        """Return the contracts touched by what changed since the marks that were kept last."""

    def keep_marks(self, changed: Changed, *, at: datetime) -> None:
        """Remember how far `changed` has read, so that the next sweep starts there.

        Deleted entries and homeless rows become findings: a later sweep does not see them.
        """
