"""Copies of an environment's file under names, to go back to.

Copies of a file that stays are kept beside it; those of a temporary one go with it.
"""

import re
import sqlite3
from contextlib import closing
from pathlib import Path

from work365.emulators.dataverse.database import Database

_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")


class SnapshotRefused(Exception):
    """A snapshot that cannot be made or found; the text says why."""


class Snapshots:
    """The copies of one database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._folder = database.path.with_name(f"{database.path.stem}-snapshots")

    def names(self) -> list[str]:
        """Return the names of the copies that there are."""
        return sorted(path.stem for path in self._folder.glob("*.db"))

    def take(self, name: str) -> None:
        """Copy what is committed now; a copy of the same name is replaced.

        Raises: SnapshotRefused, for a name that cannot be a file's.
        """
        path = self._path(name)
        self._folder.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(".unfinished")
        unfinished.unlink(missing_ok=True)
        with closing(sqlite3.connect(unfinished)) as copy, self._database.reading() as connection:
            connection.backup(copy)
        unfinished.replace(path)

    def bring_back(self, name: str) -> None:
        """Put a copy in the place of everything.

        Raises: SnapshotRefused, where there is no copy of this name.
        """
        path = self._path(name)
        if not path.exists():
            found = ", ".join(self.names()) or "none"
            raise SnapshotRefused(f"there is no snapshot '{name}'; there is: {found}")
        with closing(sqlite3.connect(path)) as copy:
            self._database.replace(copy)

    def _path(self, name: str) -> Path:
        if not _NAME.fullmatch(name):
            raise SnapshotRefused(
                f"the name '{name}' of a snapshot is not 1 to 64 letters, digits, '-' and '_'"
            )
        return self._folder / f"{name}.db"
