"""Cuts the text of a filter into tokens."""

import json
import re
from dataclasses import dataclass
from enum import Enum, auto

from work365.emulators.dataverse.characters import unpaired_surrogate
from work365.emulators.dataverse.errors import query_error


class TokenKind(Enum):
    """What a token is."""

    NAME = auto()
    STRING = auto()
    GUID = auto()
    MOMENT = auto()
    DAY = auto()
    NUMBER = auto()
    ALIAS = auto()
    MARK = auto()
    END = auto()


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a filter's text, and where it starts."""

    kind: TokenKind
    text: str
    position: int


_TOKEN = re.compile(
    r"""(?P<blank>[ \t\r\n]+)
    |(?P<STRING>'(?:[^']|'')*')
    |(?P<json>"(?:[^"\\]|\\.)*")
    |(?P<GUID>[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}(?![\w-]))
    |(?P<MOMENT>\d{4}-\d{2}-\d{2}T[\d:.]+(?:Z|[+-]\d{2}:\d{2})?)
    |(?P<DAY>\d{4}-\d{2}-\d{2})
    |(?P<NUMBER>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w]))
    |(?P<ALIAS>@[A-Za-z_]\w*)
    |(?P<NAME>\$?[A-Za-z_][\w.]*)
    |(?P<MARK>[(),/=\[\]:{}])""",
    re.VERBOSE,
)


def tokens_of(text: str) -> list[Token]:
    """Return the tokens of `text`, an end token last."""
    found = []
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise _unreadable(text, position)
        kind = match.lastgroup
        if kind == "json":
            found.append(Token(TokenKind.STRING, json_string(match.group(), position), position))
        elif kind is not None and kind != "blank":
            found.append(Token(TokenKind[kind], match.group(), position))
        position = match.end()
    found.append(Token(TokenKind.END, "", len(text)))
    return found


def _unreadable(text: str, position: int) -> Exception:
    if text[position] in "'\"":
        return query_error(f"There is an unterminated literal at position {len(text)} in '{text}'.")
    return query_error(
        f"Syntax error: character '{text[position]}' is not valid at position "
        f"{position} in '{text}'."
    )


def json_string(quoted: str, position: int) -> str:
    """Return a JSON string as an OData one, so that both are read alike."""
    try:
        inside = str(json.loads(quoted))
    except ValueError as error:
        raise query_error(f"Invalid JSON at position {position}: {error}") from error
    if unpaired_surrogate(inside):
        raise query_error(f"Invalid JSON at position {position}: half a surrogate pair.")
    return "'" + inside.replace("'", "''") + "'"
