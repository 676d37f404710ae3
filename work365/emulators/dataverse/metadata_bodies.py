"""Reads a definition from a request's body: each property once, and none left unread.

What is left unread has to be what the definition says anyway (clients send definitions back as
they read them); anything else would be silently lost and is refused.
"""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from work365.emulators.dataverse.definitions import Bound
from work365.emulators.dataverse.errors import DataverseError, not_emulated, payload_error
from work365.emulators.dataverse.metadata_documents import LANGUAGE
from work365.emulators.dataverse.payloads import TYPE_PREFIX

INVALID_SCHEMA_NAME = "0x8004700b"
INVALID_ARGUMENT = "0x80040203"
NAME_LENGTH_MAX = 100
RESERVED = "sqlite_"
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]{1,7}_[A-Za-z0-9_]+")
_CONTROL = ("@odata.type", "@odata.context", "@odata.etag", "@odata.id")
MISSING = object()

Document = Mapping[str, Any]


class Body:
    """A definition in a body, with what is still unread of it."""

    def __init__(self, value: object, *, what: str) -> None:
        if not isinstance(value, Mapping):
            raise payload_error(what, f"A 'StartObject' node was expected for {what}.")
        self.what = what
        self._values = value
        self._unread = dict(value)

    @property
    def type_name(self) -> str:
        """The name of `@odata.type` without its namespace; empty where there is none."""
        text = str(self._values.get("@odata.type", "")).removeprefix("#")
        return text.removeprefix(TYPE_PREFIX).removeprefix("Complex")

    @property
    def values(self) -> Document:
        """The whole definition, whatever was read of it."""
        return self._values

    def keep_unread(self, other: "Body") -> None:
        """Count as read what another reading of the same definition has read."""
        self._unread = {
            name: value for name, value in self._unread.items() if name in other._unread
        }

    def has(self, name: str) -> bool:
        """Return whether the property is there and not null."""
        return self._values.get(name) is not None

    def take(self, name: str, default: Any = None) -> Any:
        """Return a property as it is, and mark it as read."""
        value = self._unread.pop(name, None)
        return default if value is None else value

    def required(self, name: str) -> Any:
        """Return a property that has to be there.

        Raises: DataverseError, where it is not.
        """
        value = self.take(name)
        if value is None:
            raise self.invalid(f"Required field '{name}' is missing.")
        return value

    def text(self, name: str, default: str = "") -> str:
        """Return a property that is text.

        Raises: DataverseError, where it is not.
        """
        return str(self._of(name, str, default))

    def flag(self, name: str, *, default: bool = False) -> bool:
        """Return a property that is true or false.

        Raises: DataverseError, where it is not.
        """
        return bool(self._of(name, bool, default))

    def whole(self, name: str, default: int, low: int, high: int) -> int:
        """Return a whole number between two bounds.

        Raises: DataverseError, where it is another value.
        """
        value = self.bound(name, default, low, high)
        if value != int(value):
            raise self.invalid(f"The value {value} of '{name}' is not a whole number.")
        return int(value)

    def bound(self, name: str, default: Bound, low: Bound, high: Bound) -> Bound:
        """Return a number between two bounds.

        Raises: DataverseError, where it is another value.
        """
        value = self.take(name, default)
        if not isinstance(value, int | Decimal) or isinstance(value, bool):
            raise self._wrong_type(name, value, "number")
        if not low <= value <= high:
            raise self.invalid(f"The value {value} of '{name}' is not between {low} and {high}.")
        return value if value != int(value) else int(value)

    def label(self, name: str, default: str = "") -> str:
        """Return a label's text in the base language.

        Raises: DataverseError, for a label in a language that the environment does not have.
        """
        return label_text(self.take(name), what=f"{self.what}.{name}", default=default)

    def valued(self, name: str, default: str = "") -> str:
        """Return the `Value` of a property that is an object with a value.

        Raises: DataverseError, where it is none.
        """
        value = self.take(name)
        if value is None:
            return default
        if not isinstance(value, Mapping) or not isinstance(value.get("Value"), str):
            raise self._wrong_type(name, value, "object with a 'Value'")
        return str(value["Value"])

    def one_of(self, name: str, given: str, accepted: tuple[str, ...]) -> str:
        """Return a text that is one of those that the emulator has.

        Raises: DataverseError, where it is another.
        """
        if given not in accepted:
            raise not_emulated(f"'{name}' = '{given}' of {self.what}")
        return given

    def listed(self, name: str) -> list[Any]:
        """Return a property that is a list; an empty one where there is none.

        Raises: DataverseError, where it is no list.
        """
        value = self.take(name, [])
        if not isinstance(value, list):
            raise self._wrong_type(name, value, "list")
        return value

    def schema_name(self, name: str = "SchemaName") -> str:
        """Return a name that begins with a publisher's prefix.

        Raises: DataverseError, where it does not.
        """
        return self.checked_name(name, str(self.required(name)))

    def checked_name(self, name: str, value: str) -> str:
        """Return a name, if it is one that a definition can have.

        Raises: DataverseError, where it is not.
        """
        if value.lower().startswith(RESERVED):
            raise not_emulated(f"'{name}' = '{value}' of {self.what}, which SQLite keeps to itself")
        if not _NAME.fullmatch(value) or len(value) > NAME_LENGTH_MAX:
            raise DataverseError(
                400,
                INVALID_SCHEMA_NAME,
                f"The {name} '{value}' of {self.what} is not valid: it begins with a publisher's "
                "prefix of 2 to 8 letters and digits and an underscore, and has letters, digits "
                f"and underscores only, {NAME_LENGTH_MAX} at most.",
            )
        return value

    def invalid(self, message: str) -> DataverseError:
        """Return the refusal of a value."""
        return DataverseError(400, INVALID_ARGUMENT, f"{message} ({self.what})")

    def expect_read(self, document: Document, *, merges: bool = False) -> None:
        """Raise unless what is left unread says what the definition says.

        `merges` means that the body was read for a change, not for something new.
        """
        for name, value in self._unread.items():
            if name in _CONTROL or value is None or _says_nothing(value):
                continue
            if name not in document:
                raise not_emulated(f"'{name}' of {self.what}")
            if not _agrees(value, document[name]):
                verb = "a change of " if merges else ""
                raise not_emulated(f"{verb}'{name}' to {value!r} of {self.what}")

    def _of(self, name: str, kind: type[Any], default: Any) -> Any:
        value = self.take(name, default)
        if not isinstance(value, kind):
            raise self._wrong_type(name, value, kind.__name__)
        return value

    def _wrong_type(self, name: str, value: object, expected: str) -> DataverseError:
        return payload_error(
            self.what,
            f"Cannot convert the value {value!r} of '{name}' to the expected type: {expected}.",
        )


def label_text(value: object, *, what: str, default: str = "") -> str:
    """Return what a label says in the base language.

    Raises: DataverseError, for a label in a language that the environment does not have.
    """
    if value is None:
        return default
    if not isinstance(value, Mapping):
        raise payload_error(what, f"'{what}' is not a label.")
    localized = value.get("LocalizedLabels") or []
    if not isinstance(localized, list) or not all(isinstance(each, Mapping) for each in localized):
        raise payload_error(what, f"'LocalizedLabels' of '{what}' is not a list of labels.")
    found = default
    for each in localized:
        if each.get("LanguageCode") != LANGUAGE:
            raise not_emulated(
                f"a label in the language {each.get('LanguageCode')} ({what}): the environment "
                f"has {LANGUAGE} only"
            )
        found = str(each.get("Label") or "")
    return found


def _says_nothing(value: object) -> bool:
    """Return whether a value is a label without texts, an empty text or an empty list."""
    if isinstance(value, Mapping):
        return "LocalizedLabels" in value and not value["LocalizedLabels"]
    return value in ("", [])


def _agrees(given: object, known: object) -> bool:
    """Return whether a given value says nothing else than a known one."""
    if isinstance(given, Mapping) and isinstance(known, Mapping):
        return all(
            name in _CONTROL
            or value is None
            or _says_nothing(value)
            or (name in known and _agrees(value, known[name]))
            for name, value in given.items()
        )
    if isinstance(given, list) and isinstance(known, list):
        return len(given) == len(known) and all(
            _agrees(one, other) for one, other in zip(given, known, strict=True)
        )
    return given == known
