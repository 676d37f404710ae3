"""Stories for tests: a small one, and ways to change it."""

from pathlib import Path

CONTRACT = """\
## Contract

| term | value |
| --- | --- |
| currency | EUR |
| first day | 2026-01-01 |
"""

HAPPENED = """\
## What happened

| known on | about | day | what |
| --- | --- | --- | --- |
| 2026-01-01 | Notes | 2026-01-01 | 10 seats at 12.40 for 1 month |
"""

SEEN = "## Invoices as seen on 2026-02-01\n"

INVOICES = """\
## Invoices as seen on 2026-01-01

| invoice | dated | state | subscription | first day | last day | seats | working | amount |
| --- | --- | --- | --- | --- | --- | --- | --- | --- |
| 1 | 2026-01-01 | billed | Notes | 2026-01-01 | 2026-01-31 | 10 | 10 × 12.40 | 124.00 |
| 1 | | | total | | | | | 124.00 |
"""  # noqa: RUF001  the sign of multiplication is what people write


def table(heading: str, columns: str, *rows: str) -> str:
    """Return a section with a table; cells are separated by bars."""
    lines = [columns, "|".join("---" for _ in columns.split("|")), *rows]
    return f"## {heading}\n\n" + "\n".join(f"| {line} |" for line in lines) + "\n"


def story(*sections: str) -> str:
    """Return a file with these sections."""
    return "\n".join(("# A story\n", *sections))


def told(*whats: str, seen_on: str = "2026-02-01") -> str:
    """Return a story in which `whats` happened; each is a row without its first column.

    Each becomes known on its own day.
    """
    rows = [f"{what.split('|')[1].strip()} | {what}" for what in whats]
    happened = table("What happened", "known on | about | day | what", *rows)
    return story(CONTRACT, happened, f"## Invoices as seen on {seen_on}\n")


def kept(folder: Path, text: str) -> Path:
    """Return a file in `folder` with `text`."""
    file = folder / "story.md"
    file.write_text(text, encoding="utf-8")
    return file
