"""Reads addresses: `accounts(…)`, by primary or alternate key, with what follows."""

import re
from dataclasses import dataclass
from itertools import chain, islice, repeat
from urllib.parse import unquote

from work365.emulators.dataverse.comparisons import kept_value
from work365.emulators.dataverse.definitions import Schema, TableDefinition
from work365.emulators.dataverse.errors import (
    key_character,
    key_undefined,
    unknown_segment,
)
from work365.emulators.dataverse.expressions import Literal, LiteralKind
from work365.emulators.dataverse.odata_tokens import Token, TokenKind, tokens_of
from work365.emulators.dataverse.values import GUID, SqlValue

UNADDRESSABLE = "/<>*%&:\\?+"
"""Characters that a key's value cannot have in an address."""

LITERALS = {
    TokenKind.STRING: LiteralKind.STRING,
    TokenKind.GUID: LiteralKind.GUID,
    TokenKind.NUMBER: LiteralKind.NUMBER,
    TokenKind.DAY: LiteralKind.DAY,
    TokenKind.MOMENT: LiteralKind.MOMENT,
}
UNNAMED_KEYS = ("systemuser", "team")
"""Tables whose primary key cannot be named in an address."""

PART_TOKENS = len(("name", "=", "value", ","))
_NOTHING = Token(TokenKind.MARK, "", 0)
_SEGMENT = re.compile(r"([^(]*)(?:\((.*)\))?", re.DOTALL)


@dataclass(frozen=True, kw_only=True)
class RowAddress:
    """A table, and the key of one of its rows."""

    table: TableDefinition
    row_id: str | None = None
    key: dict[str, SqlValue] | None = None
    """Values of an alternate key by column, where there is no id."""

    text: str = ""
    """The key as it was written."""


@dataclass(frozen=True, kw_only=True)
class Address:
    """A path below the Web API's root: its first segment read, the rest as it is."""

    table: TableDefinition
    row: RowAddress | None
    rest: tuple[str, ...]


def segments_of(path: str) -> list[str]:
    """Return a path's decoded segments; a slash in quotes or parentheses parts nothing."""
    parts = [""]
    depth = 0
    is_quoted = False
    for letter in unquote(path).strip("/"):
        if letter == "'":
            is_quoted = not is_quoted
        elif not is_quoted:
            depth += (letter == "(") - (letter == ")")
        if letter == "/" and not is_quoted and depth <= 0:
            parts.append("")
        else:
            parts[-1] += letter
    return parts


def split_segment(segment: str) -> tuple[str, str | None]:
    """Return a segment's name and what stands in its parentheses."""
    match = _SEGMENT.fullmatch(segment)
    if match is None:
        raise unknown_segment(segment)
    return match.group(1), match.group(2)


def read_address(schema: Schema, segments: list[str]) -> Address:
    """Return where the segments lead; raises if there is no such table or key."""
    name, inside = split_segment(segments[0])
    table = schema.sets.get(name)
    if table is None:
        raise unknown_segment(name)
    row = None if inside is None else read_key(table, inside)
    return Address(table=table, row=row, rest=tuple(segments[1:]))


def read_key(table: TableDefinition, inside: str) -> RowAddress:
    """Return the row that a key in parentheses addresses."""
    if GUID.fullmatch(inside):
        return RowAddress(table=table, row_id=inside.lower(), text=inside)
    parts = _parts(table, inside)
    if set(parts) == {table.primary_id} and table.name not in UNNAMED_KEYS:
        token = parts[table.primary_id]
        if token.kind is not TokenKind.GUID:
            raise key_undefined(table.name)
        return RowAddress(table=table, row_id=token.text.lower(), text=inside)
    named = {}
    for name, token in parts.items():
        column = table.properties.get(name)
        if column is None:
            raise key_undefined(table.name)
        named[column.name] = _value(table, column.name, token)
    if table.key_of(set(named)) is None:
        raise key_undefined(table.name)
    return RowAddress(table=table, key=named, text=inside)


def _parts(table: TableDefinition, inside: str) -> dict[str, Token]:
    """Return the values of `name=value,name=value` by name."""
    tokens = iter(tokens_of(inside))
    parts = {}
    while True:
        name, equals, value, separator = islice(chain(tokens, repeat(_NOTHING)), PART_TOKENS)
        if name.kind is not TokenKind.NAME or equals.text != "=":
            raise key_undefined(table.name)
        parts[name.text] = value
        if separator.kind is TokenKind.END:
            return parts
        if separator.text != ",":
            raise key_undefined(table.name)


def _value(table: TableDefinition, name: str, token: Token) -> SqlValue:
    kind = LITERALS.get(token.kind)
    if kind is None:
        raise key_undefined(table.name)
    is_string = kind is LiteralKind.STRING
    text = token.text[1:-1].replace("''", "'") if is_string else token.text
    if is_string:
        for character in text:
            if character in UNADDRESSABLE or "\ud800" <= character <= "\udfff":
                raise key_character(character)
    value = kept_value(table.columns[name].kind, Literal(kind, text))
    if value is None:
        raise key_undefined(table.name)
    return value
