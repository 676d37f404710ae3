"""Snapshots of the rehearsal room in files, to rehearse the same state again without Microsoft.

They hold names of customers, what they have and the partner's prices, and no secret.
"""

import json
from pathlib import Path
from typing import Any

from work365.domain.findings import Finding, Severity
from work365.emulators.partner_center.snapshots import restore, snapshot
from work365.entrypoints.cli.rehearsal_room import Room
from work365.errors import Refusal

VERSION = 1


class NoSnapshot(Refusal):
    """A file is no snapshot that was kept by a rehearsal."""

    code = "not_a_snapshot"


def keep(room: Room, file: Path) -> None:
    """Write the room to a file.

    Raises: OSError.
    """
    document = {
        "rehearsal": VERSION,
        "left_out": [
            [each.severity.value, each.code, each.message, each.path] for each in room.left_out
        ],
        "keys": room.keys,
        "twin": json.loads(snapshot(room.world)),
    }
    file.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")


def load(file: Path) -> Room:
    """Return the room that a file holds, as it was when it was kept.

    Raises: NoSnapshot; OSError.
    """
    text = file.read_text(encoding="utf-8", errors="replace")
    try:
        return _room(json.loads(text))
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        raise NoSnapshot(
            f"{file} is no snapshot of a rehearsal of this version ({error}); name a file that is"
            " not there yet, and the state is read from Partner Center and kept in it"
        ) from error


def _room(document: Any) -> Room:
    if document["rehearsal"] != VERSION:
        raise ValueError(f"version {document['rehearsal']}")
    left_out = [
        Finding(Severity(severity), code, message, path)
        for severity, code, message, path in document["left_out"]
    ]
    keys = {str(reference): str(key) for reference, key in document["keys"].items()}
    return Room(restore(json.dumps(document["twin"])), left_out, keys)
