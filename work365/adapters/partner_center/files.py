"""Files a person downloaded from Partner Center: opening them, and reading them row by row.

Owns: what all of them have in common, so byte order marks, dates, and how a finding is
worded. Does not own: the columns and fields of one kind of file.
Invariants:
- A file that is not what it should be is refused once, as a whole.
- A row with an error yields findings, all of its errors at once, and no value.
"""

import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TypeVar

from work365.domain.findings import Finding, Severity
from work365.errors import Refusal

FILE_CHARACTERS_MAX = 128 * 1024 * 1024
"""The largest price sheet that Microsoft shows in its documentation has 42 million."""

VALUE_SHOWN_CHARACTERS_MAX = 60
BYTE_ORDER_MARK = "\ufeff"

ValueT = TypeVar("ValueT")

_MOMENT = re.compile(
    r"(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2})"
    r"(?:[T ](?P<time>[0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.[0-9]+)?"
    r"(?P<zone>Z|[+-][0-9]{2}:?[0-9]{2})?)?",
)


class FileRefused(Refusal):
    """A file is not of the kind it was given as, or is no readable file at all."""

    code = "file_refused"

    def __init__(self, file_name: str, reason: str) -> None:
        super().__init__(f"{file_name}: {reason}")


class Unreadable(ValueError):
    """A field's value is not what the field can hold; the message says what it can hold."""

    def __init__(self, code: str, remedy: str) -> None:
        super().__init__(remedy)
        self.code = code
        self.remedy = remedy


class Row:
    """One row of a file while its fields are read, and what is wrong with it.

    `number` is the row as a person counts, so the first is 1. A field is named as the file
    names it.
    """

    def __init__(self, file_name: str, number: int, fields: Mapping[str, object]) -> None:
        self.findings: list[Finding] = []
        self.fields = fields
        self._file_name = file_name
        self._number = number
        self._below = ""
        self._worst = Severity.ERROR
        self._failed = False
        self._outer: Row | None = None

    @property
    def is_sound(self) -> bool:
        """Whether no error was found so far; only then may the row become a value."""
        return not self._failed

    def within(
        self, field: str, fields: Mapping[str, object], *, may_be_left_out: bool = False
    ) -> "Row":
        """Return `fields`, which stand in `field` of this row, to be read like a row.

        What is wrong with them is wrong with this row too, unless they may be left out of
        it: then it is only warned of.
        """
        inner = Row(self._file_name, self._number, fields)
        inner.findings = self.findings
        inner._below = f"{self._below}{field}."
        inner._worst = Severity.WARNING if may_be_left_out else self._worst
        inner._outer = None if may_be_left_out else self
        return inner

    def read(self, field: str, parse: Callable[[object], ValueT], *, otherwise: ValueT) -> ValueT:
        """Return what `parse` makes of a required field.

        Where it cannot, the row gets a finding and `otherwise` stands in for the value; it
        goes nowhere, as the row is not sound any more.
        """
        value = self.fields.get(field)
        if is_blank(value):
            self.report("missing", field, "it must be given")
            return otherwise
        found = self.read_if_given(field, parse)
        return otherwise if found is None else found

    def read_if_given(self, field: str, parse: Callable[[object], ValueT]) -> ValueT | None:
        """Return what `parse` makes of a field that may be left out."""
        value = self.fields.get(field)
        if is_blank(value):
            return None
        try:
            return parse(value)
        except Unreadable as unreadable:
            self.report(unreadable.code, field, unreadable.remedy)
            return None

    def report(self, code: str, field: str, remedy: str) -> None:
        """Note an error of the row: what `field` holds, and what it should hold."""
        self._fail()
        self._add(self._worst, code, field, remedy)

    def warn(self, code: str, field: str, remedy: str) -> None:
        """Note something about a field that does not keep the row from going in."""
        self._add(Severity.WARNING, code, field, remedy)

    def _fail(self) -> None:
        self._failed = True
        if self._outer is not None:
            self._outer._fail()

    def _add(self, severity: Severity, code: str, field: str, remedy: str) -> None:
        value = shown(self.fields.get(field))
        name = self._below + field
        message = f"{self._file_name}, row {self._number}: {name} is {value}; {remedy}."
        path = f"{self._file_name}#{self._number}/{name}"
        self.findings.append(Finding(severity, code, message, path))


def decoded(content: bytes, *, file_name: str) -> str:
    """Return the text of a downloaded file.

    Raises: FileRefused: it is compressed, or is not text in UTF-8.
    """
    if content.startswith((b"PK\x03\x04", b"\x1f\x8b")):
        raise FileRefused(file_name, "The file is compressed. Unpack it, and import what is in it.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FileRefused(
            file_name,
            f"The file is not text in UTF-8 (byte {error.start + 1}). Download it again, and"
            " import it as it was downloaded.",
        ) from error


def opened(text: str, *, file_name: str) -> str:
    """Return `text` without the byte order mark in front; blank lines still count as rows.

    Raises: FileRefused: there is nothing in it, it is too large, or it is not text.
    """
    if len(text) > FILE_CHARACTERS_MAX:
        raise FileRefused(
            file_name,
            f"The file has {len(text):,} characters; {FILE_CHARACTERS_MAX:,} is the most that"
            " is read. Is it a file from Partner Center?",
        )
    content = text.lstrip(BYTE_ORDER_MARK)
    if not content or content.isspace():
        raise FileRefused(file_name, "The file is empty. Download it again.")
    if "\0" in content:
        raise FileRefused(file_name, "The file is not text. Is it compressed, or a workbook?")
    return content


def is_blank(value: object) -> bool:
    """Return whether a field was left out, in any of the ways in which it can be."""
    return value is None or (isinstance(value, str) and not value.strip())


def text_of(value: object) -> str:
    """Return a field that holds text.

    Raises: Unreadable: it holds something else, or text that nothing can store.
    """
    if not isinstance(value, str):
        raise Unreadable("not_text", "it must be text")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        # JSON can escape half of a surrogate pair, which is no character.
        raise Unreadable("not_text", "it must be text, and holds half of a character") from error
    return value.strip()


def moment_of(value: object) -> datetime:
    """Return a moment in UTC, exact to the second.

    The spaces around colons in Microsoft's own examples and fractions of any length are
    read over. A moment without a zone is in UTC, as all times of Partner Center are.

    Raises: Unreadable: it is not a moment as ISO 8601 writes it.
    """
    compact = re.sub(r"\s*:\s*", ":", value.strip()) if isinstance(value, str) else ""
    match = _MOMENT.fullmatch(compact)
    if match is None:
        raise _not_a_moment()
    iso = f"{match['day']}T{match['time'] or '00:00:00'}{match['zone'] or 'Z'}"
    try:
        return datetime.fromisoformat(iso).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        # Shaped like a moment, but no day of the calendar, or pushed off its end by the zone.
        raise _not_a_moment() from error


def shown(value: object) -> str:
    """Return a value as a message shows it, long ones shortened."""
    if is_blank(value):
        return "missing"
    # Half a surrogate pair can stand in JSON, and no terminal can print it.
    text = printable(json.dumps(value, ensure_ascii=False, default=str))
    if len(text) > VALUE_SHOWN_CHARACTERS_MAX:
        return f"{text[:VALUE_SHOWN_CHARACTERS_MAX]}…"
    return text


def printable(text: str) -> str:
    """Return `text` with what is no character written as an escape."""
    return text.encode(errors="backslashreplace").decode()


def _not_a_moment() -> Unreadable:
    return Unreadable("not_a_moment", "it must be a day or a moment, as 2026-01-31T08:00:00Z")
