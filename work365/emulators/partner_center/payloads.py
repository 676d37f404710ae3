"""JSON in and out: exact numbers, and bodies whose names may be written in any case."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from json.encoder import encode_basestring
from typing import Any

from work365.emulators.partner_center.errors import invalid_input
from work365.emulators.partner_center.moments import read_moment

BOM = b"\xef\xbb\xbf"


def json_text(value: object) -> str:
    """Return the value as JSON; a decimal is written with its own digits.

    Raises: TypeError, for what JSON has no form for, and for floats.
    """
    write = _WRITERS.get(type(value))
    if write is not None:
        return write(value)
    if isinstance(value, Mapping):
        members = (f"{encode_basestring(key)}:{json_text(part)}" for key, part in value.items())
        return "{" + ",".join(members) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(map(json_text, value)) + "]"
    raise TypeError(f"{type(value).__name__} has no form in JSON here")


_WRITERS: dict[type, Callable[[Any], str]] = {
    type(None): lambda _value: "null",
    bool: lambda value: "true" if value else "false",
    str: encode_basestring,
    int: str,
    Decimal: lambda value: f"{value:f}",
}


def read_json(text: str | bytes) -> Any:
    """Read JSON with exact numbers.

    Raises: ValueError.
    """
    if isinstance(text, bytes):
        text = text.decode("utf-8-sig")
    return json.loads(text, parse_float=Decimal)


@dataclass(frozen=True)
class Body:
    """An object of a request. Names are found in whatever case they were written."""

    values: Mapping[str, Any]
    path: str = ""

    @classmethod
    def read(cls, content: bytes) -> "Body":
        """Read a request's body; nothing is an empty object.

        Raises: PartnerCenterError, for what is not a JSON object.
        """
        if not content.strip():
            return cls({})
        try:
            value = read_json(content)
        except ValueError:
            raise invalid_input("The body is not JSON.") from None
        return cls.of(value, "")

    @classmethod
    def of(cls, value: object, path: str) -> "Body":
        """Take a JSON value as an object.

        Raises: PartnerCenterError.
        """
        if not isinstance(value, dict):
            raise invalid_input(f"'{path or 'The body'}' is not an object.")
        return cls({name.casefold(): part for name, part in value.items()}, path)

    def has(self, name: str) -> bool:
        """Whether the name is there, be it with null."""
        return name.casefold() in self.values

    def raw(self, name: str) -> Any:
        """Return the value as it was read; None where there is none."""
        return self.values.get(name.casefold())

    def text(self, name: str, default: str = "") -> str:
        """Return a text."""
        value = self.raw(name)
        if value is None:
            return default
        if not isinstance(value, str):
            raise self._wrong(name, "a text")
        return value

    def flag(self, name: str, *, default: bool = False) -> bool:
        """Return true or false."""
        value = self.raw(name)
        if value is None:
            return default
        if not isinstance(value, bool):
            raise self._wrong(name, "true or false")
        return value

    def integer(self, name: str, default: int | None = None) -> int:
        """Return a whole number; it may be written as a text, as some clients do."""
        value = self.raw(name)
        if value is None and default is not None:
            return default
        try:
            number = Decimal(str(value))
        except InvalidOperation:
            raise self._wrong(name, "a whole number") from None
        if isinstance(value, bool) or number != number.to_integral_value():
            raise self._wrong(name, "a whole number")
        return int(number)

    def moment(self, name: str) -> datetime | None:
        """Return a date and time; None where there is none."""
        text = self.text(name)
        if not text:
            return None
        moment = read_moment(text)
        if moment is None:
            raise self._wrong(name, "a date and time")
        return moment

    def part(self, name: str) -> "Body | None":
        """Return an object within; None where there is none."""
        value = self.raw(name)
        return None if value is None else Body.of(value, self._named(name))

    def parts(self, name: str) -> "list[Body]":
        """Return the objects of a list."""
        value = self.raw(name)
        if value is None:
            return []
        if not isinstance(value, list):
            raise self._wrong(name, "a list")
        return [Body.of(part, f"{self._named(name)}[{at}]") for at, part in enumerate(value)]

    def texts(self, name: str) -> dict[str, str]:
        """Return an object of texts, with its names as they were written."""
        value = self.raw(name)
        if value is None:
            return {}
        if not isinstance(value, dict):
            raise self._wrong(name, "an object")
        return {key: str(part) for key, part in value.items() if part is not None}

    def _named(self, name: str) -> str:
        return f"{self.path}.{name}" if self.path else name

    def _wrong(self, name: str, kind: str) -> Exception:
        return invalid_input(f"'{self._named(name)}' is not {kind}.")
