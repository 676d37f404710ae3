"""How the environment compares: text without case and accents, patterns, exact numbers.

Source: Dataverse's databases collate text case-insensitively and accent-insensitively, and
ignore blanks at the end; `%`, `_`, `[]` and `[^]` are wildcards in the texts of `contains`,
`startswith` and `endswith`, and in no others.
"""

import re
import unicodedata
from decimal import Decimal
from functools import lru_cache

PATTERNS_KEPT = 256


def fold(text: str | int | None) -> str | int | None:
    """Return what two texts that count as equal have in common."""
    if not isinstance(text, str):
        return text
    if text.isascii():
        return text.lower().rstrip(" ")
    return _bare(text).rstrip(" ")


def _bare(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def matches(text: str | None, pattern: str) -> bool | None:
    """Return whether `text` fits the pattern, wildcards as in T-SQL's LIKE."""
    if text is None:
        return None
    return _expression(pattern).fullmatch(_bare(text)) is not None


@lru_cache(maxsize=PATTERNS_KEPT)
def _expression(pattern: str) -> re.Pattern[str]:
    rest = _bare(pattern)
    parts = []
    while rest:
        letter = rest[0]
        end = rest.find("]", 2) if letter == "[" else -1
        if end > 0:
            parts.append(_letters(rest[1:end]))
            rest = rest[end + 1 :]
            continue
        parts.append({"%": ".*", "_": "."}.get(letter) or re.escape(letter))
        rest = rest[1:]
    return re.compile("".join(parts), re.DOTALL)


def _letters(inside: str) -> str:
    is_negated = inside.startswith("^")
    letters = inside[1:] if is_negated else inside
    escaped = re.sub(r"([\\\]\[^&|~])", r"\\\1", letters)
    return f"[{'^' if is_negated else ''}{escaped}]"


def compare_numbers(left: str, right: str) -> int:
    """Return which of two exact numbers, kept as text, is greater (a collation)."""
    if left == right:
        return 0
    first, second = Decimal(left), Decimal(right)
    return (first > second) - (first < second)
