"""`work365 rehearse`: the renewals of a month, played on a copy of the partner's state.

Microsoft is read and never written to; nothing of ours is written but the files that are named.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from work365.adapters.partner_center.rules.rules_data import read_rules
from work365.domain.findings import Finding
from work365.domain.periods import day_after, month_after
from work365.entrypoints.cli.deciding import Market, desk
from work365.entrypoints.cli.findings_output import findings_as_json, print_findings
from work365.entrypoints.cli.output import (
    EXIT_FINDINGS,
    AsJson,
    errors,
    in_plain_words,
    print_json,
    progress,
)
from work365.errors import Refusal

if TYPE_CHECKING:
    from work365.entrypoints.cli.rehearsal import Rehearsal
    from work365.entrypoints.cli.rehearsal_room import Room

PURPOSE = "rehearse renewals"
DAYS_MAX = 1100
"""Three years, and a little: as long as the longest term."""


class NotToBeRehearsed(Refusal):
    """The days that are asked for cannot be played."""

    code = "not_to_be_rehearsed"


@in_plain_words
def rehearse_command(
    *,
    month: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m"], help="The month to rehearse; the next one if omitted."),
    ] = None,
    through: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Last day; the month's last one if omitted."),
    ] = None,
    snapshot: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Rehearse what this file holds; if there is none, read Microsoft and keep it so.",
        ),
    ] = None,
    market: Market = None,
    picture_file: Annotated[
        Path | None,
        typer.Option("--picture", metavar="FILE.svg", help="Draw the renewals by day."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Play a month's renewals on a copy of what the partner has; nothing is done at Microsoft."""
    room = _room(snapshot, market)
    left_out = tuple(room.left_out)
    first, last = read_days(month, through, room.world.now)
    rehearsal = _played(room, first, last)
    if picture_file is not None:
        _draw(rehearsal, picture_file)
    _tell(rehearsal, left_out, as_json=as_json)


def _played(room: "Room", first: date, last: date) -> "Rehearsal":
    # A deployed app has the command line, and not the emulators.
    from work365.entrypoints.cli.rehearsal import rehearse

    with progress() as bars:
        task = bars.add_task("Days played", total=(last - room.world.now.date()).days + 1)
        return rehearse(
            room, first_day=first, last_day=last, progress=lambda more: bars.advance(task, more)
        )


def _draw(rehearsal: "Rehearsal", file: Path) -> None:
    from work365.entrypoints.cli.rehearsal_picture import picture

    file.write_text(picture(rehearsal), encoding="utf-8")
    errors.print(f"Drawn in {file}.", highlight=False)


def _tell(rehearsal: "Rehearsal", left_out: Sequence[Finding], *, as_json: bool) -> None:
    from work365.entrypoints.cli.rehearsal_output import as_document, print_rehearsal

    book = read_rules()
    if as_json:
        document = as_document(rehearsal, book)
        print_json({**document, "findings": findings_as_json(left_out)})
    else:
        print_findings(left_out)
        print_rehearsal(rehearsal, book)
    if rehearsal.failed:
        raise typer.Exit(EXIT_FINDINGS)


def read_days(
    month: datetime | None, through: datetime | None, taken_at: datetime
) -> tuple[date, date]:
    """Return the first and the last day that are shown; what was before the copy is over.

    Raises: NotToBeRehearsed.
    """
    today = taken_at.astimezone(UTC).date()
    asked = month_after(today.replace(day=1), 1) if month is None else month.date()
    last = day_after(month_after(asked, 1), -1) if through is None else through.date()
    first = max(asked, today)
    if last < first:
        raise NotToBeRehearsed(
            f"{last} is before {first}: rehearse a month that is not over, through a day in it or"
            " after it; what is rehearsed was read on"
            f" {today}"
        )
    if (last - today).days > DAYS_MAX:
        raise NotToBeRehearsed(
            f"{last} is more than three years ahead; every term has ended once by then"
        )
    return first, last


def _room(snapshot: Path | None, market: str | None) -> "Room":
    """Return the room that a file holds, or one furnished from Microsoft and kept in it."""
    from work365.entrypoints.cli.rehearsal_file import keep, load
    from work365.entrypoints.cli.rehearsal_room import furnish

    if snapshot is not None and snapshot.exists():
        room = load(snapshot)
        errors.print(
            f"Read from {snapshot}, taken at {room.world.now:%Y-%m-%d %H:%M} UTC.", highlight=False
        )
        return room
    with desk(PURPOSE, market) as at_desk:
        reading = at_desk.look_at_all()
        room = furnish(reading.values, at=at_desk.at, book=at_desk.rules)
    told = {(finding.code, finding.path) for finding in room.left_out}
    room.left_out.extend(
        finding for finding in reading.findings if (finding.code, finding.path) not in told
    )
    if snapshot is not None:
        keep(room, snapshot)
        errors.print(f"Kept in {snapshot}.", highlight=False)
    return room
