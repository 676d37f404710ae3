"""The emulator's clock."""

from collections.abc import Callable
from datetime import UTC, datetime

FIRST_MOMENT = datetime(2026, 1, 1, tzinfo=UTC)
"""Where the clock stands when nobody gave it a time."""


class Clock:
    """Tells the time: the given one, until it is told to stand somewhere."""

    def __init__(self, running: Callable[[], datetime] | None) -> None:
        self._running = running
        self._standing: datetime | None = None

    def now(self) -> datetime:
        """Return the time, in UTC."""
        if self._standing is not None:
            return self._standing
        return self._running().astimezone(UTC) if self._running else FIRST_MOMENT

    def stand_at(self, moment: datetime | None) -> None:
        """Stand at `moment` from now on, or run again without one."""
        self._standing = moment.astimezone(UTC) if moment else None


def moment_text(moment: datetime) -> str:
    """Return `moment` as Dataverse keeps and shows it: UTC, whole seconds."""
    return moment.astimezone(UTC).replace(tzinfo=None, microsecond=0).isoformat() + "Z"
