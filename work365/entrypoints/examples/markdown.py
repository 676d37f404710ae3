"""The Markdown of worked examples: sections with one table each, and where their rows are."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TypeVar

from work365.entrypoints.examples.words import Meaningless
from work365.errors import Refusal

HEADING = "## "
HEAD_LINES = 2
"""The names of the columns, and the line under them."""

T = TypeVar("T")


class NotUnderstood(Refusal):
    """A worked example says something that means nothing."""

    code = "example_not_understood"


def _understood(where: str, making: Callable[[], T]) -> T:
    """Return what `making` returns; what it refuses, it refuses with its place."""
    try:
        return making()
    except NotUnderstood:
        raise
    except (Meaningless, Refusal) as why:
        raise NotUnderstood(f"{where}: {why}") from why


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table, and where it is."""

    where: str
    cells: Mapping[str, str]

    def read(self, column: str, reader: Callable[[str], T], *, default: str = "") -> T:
        """Return what `reader` makes of the cell; of `default` where there is no such column.

        Raises: NotUnderstood: it makes nothing of it.
        """
        text = self.cells.get(column, default)
        return _understood(f"{self.where}, column {column!r}: {text!r}", lambda: reader(text))


@dataclass(frozen=True, slots=True)
class Section:
    """A heading, and the rows of the table under it."""

    where: str
    heading: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]

    def check_columns(self, needed: Sequence[str], optional: Sequence[str] = ()) -> None:
        """Do nothing where the table has the columns that are needed, and no unknown one.

        Raises: NotUnderstood: it has not.
        """
        missing = [name for name in needed if name not in self.columns]
        unknown = [name for name in self.columns if name not in (*needed, *optional)]
        if missing or unknown:
            said = f"the column {unknown[0]!r} means nothing" if unknown else "a column is missing"
            may = f", and may have {', '.join(optional)}" if optional else ""
            raise NotUnderstood(
                f"{self.where}: {said}; the table has the columns {', '.join(needed)}{may}"
            )

    def make(self, making: Callable[[], T]) -> T:
        """Return what `making` makes of all of the section.

        Raises: NotUnderstood: it makes nothing of it.
        """
        return _understood(self.where, making)


def sections_of(path: Path) -> dict[str, Section]:
    """Return the sections of the file at `path`, by their headings.

    Raises: NotUnderstood: it is no text, a heading comes twice, or a table has a crooked row.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise NotUnderstood(
            f"{path.name}: this is no text in UTF-8 ({error.reason}); save it as plain text"
        ) from error
    sections: dict[str, Section] = {}
    for heading, first, lines in _split(text):
        where = f"{path.name}, section {heading!r}"
        if heading in sections:
            raise NotUnderstood(f"{where}: it is there twice; make it one")
        sections[heading] = _section(where, heading, first, lines)
    return sections


def _split(text: str) -> Iterator[tuple[str, int, list[str]]]:
    """Yield each section's heading, the number of its first line, and its lines."""
    lines = text.splitlines()
    starts = [at for at, line in enumerate(lines) if line.startswith(HEADING)]
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        heading = lines[start].removeprefix(HEADING).strip()
        yield heading, start + 2, lines[start + 1 : end]


def _section(where: str, heading: str, first: int, lines: Sequence[str]) -> Section:
    table = [
        (number, [cell.strip() for cell in line.strip().strip("|").split("|")])
        for number, line in enumerate(lines, first)
        if line.startswith("|")
    ]
    if not table:
        return Section(where, heading, (), ())
    columns = tuple(table[0][1])
    rows: list[Row] = []
    for number, cells in islice(table, HEAD_LINES, None):
        place = f"{where}, row {len(rows) + 1} (line {number})"
        if len(cells) != len(columns):
            raise NotUnderstood(
                f"{place}: it has {len(cells)} cells and the table {len(columns)} columns"
                f" ({', '.join(columns)}); add or remove a |"
            )
        rows.append(Row(place, dict(zip(columns, cells, strict=True))))
    return Section(where, heading, columns, tuple(rows))
