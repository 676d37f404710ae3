"""Cuts the text of a SELECT into tokens, and reads them one after the other."""

import re
from dataclasses import dataclass

from work365.emulators.dataverse.errors import DataverseError, query_error

DIGITS_MAX = 18
"""What SQLite takes as a whole number for certain."""

_TOKEN = re.compile(
    r"""(?P<blank>\s+|--[^\n]*)
    |(?P<text>[Nn]?'(?:[^']|'')*')
    |(?P<number>-?\d+(?:\.\d+)?(?!\w))
    |(?P<name>[A-Za-z_]\w*|\[\w+\])
    |(?P<mark><>|!=|<=|>=|[=<>(),.*;])""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class SqlToken:
    """A word, constant or sign of a SELECT."""

    kind: str
    text: str


class SqlTokens:
    """The tokens of a SELECT, from the one that is read next."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens: list[SqlToken] = []
        self._index = 0
        position = 0
        while position < len(text):
            match = _TOKEN.match(text, position)
            if match is None:
                raise query_error(f"Incorrect syntax near '{text[position]}' in '{text}'.")
            if match.lastgroup != "blank":
                self._tokens.append(SqlToken(str(match.lastgroup), match.group()))
            position = match.end()

    @property
    def next(self) -> SqlToken:
        """The token that is read next; an end without text behind the last."""
        if self._index < len(self._tokens):
            return self._tokens[self._index]
        return SqlToken("end", "")

    def take(self, *words: str) -> bool:
        """Read these words or signs, if they come next; otherwise read nothing."""
        found = [token.text.upper() for token in self._tokens[self._index :][: len(words)]]
        if found != list(words):
            return False
        self._index += len(words)
        return True

    def expect(self, *words: str) -> None:
        """Read these words or signs; raises if something else comes next."""
        if not self.take(*words):
            raise self.unexpected(f"'{' '.join(words)}' was expected")

    def of_kind(self, kind: str) -> str:
        """Read a token of a kind; raises if something else comes next."""
        token = self.next
        if token.kind != kind:
            raise self.unexpected(f"a {kind} was expected")
        self._index += 1
        return token.text

    def name(self) -> str:
        """Read a name, in lower case, as logical names are."""
        return self.of_kind("name").removeprefix("[").removesuffix("]").lower()

    def number(self) -> int:
        """Read a whole number that is not negative."""
        text = self.of_kind("number")
        if not text.isdigit() or len(text) > DIGITS_MAX:
            raise query_error(f"'{text}' is no whole number that can stand here.")
        return int(text)

    def constant(self) -> str | None:
        """Read a constant, as text; nothing where it is NULL."""
        if self.take("NULL"):
            return None
        if self.next.kind == "number":
            return self.of_kind("number")
        return self.of_kind("text").lstrip("Nn")[1:-1].replace("''", "'")

    def unexpected(self, wanted: str) -> DataverseError:
        """Return the refusal of what comes next."""
        found = self.next.text or "the end"
        return query_error(f"Incorrect syntax near '{found}' in '{self._text}': {wanted}.")
