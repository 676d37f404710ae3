"""The words that requests are made of: the environment's own, and words that it does not know."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import TypeVar
from xml.etree import ElementTree

from hypothesis import strategies as st

T = TypeVar("T")
EDM = "{http://docs.oasis-open.org/odata/ns/edm}"
NAMESPACE = "Microsoft.Dynamics.CRM."
STEPS = frozenset(("serviceendpoints", "sdkmessageprocessingsteps"))
"""Sets that are not written, because their rows make the emulator call other servers."""

ROW_ID = "00000000-0000-0000-0000-0000000000aa"
OTHER_ROW_ID = "11111111-1111-1111-1111-1111111111bb"
RARE = 20
"""So rarely is a name, a value or a text spoiled; a request has about ten of them."""

UNKNOWN_NAMES = ("colour", "Name", "w365_", "_x_value", "a.b", "$it", "größe", "x" * 300, "", "0")
AWKWARD_TEXTS = (
    "",
    "'",
    "''",
    "O'Brien",
    "%",
    "_[]^",
    "a\x00b",
    "\ud800",
    "😀",
    "null",
    "\\",
    "]]>",
    "<a/>",
    "&amp;",
    "--",
    ";",
    "$1",
    "@p1",
    "\r\n",
    "\u202e",
    "İ",
    "x" * 5_000,
)
AWKWARD_NUMBERS = (
    "0",
    "-0",
    "1",
    "-1",
    "2147483648",
    "9223372036854775808",
    "-9223372036854775809",
    "1" + "0" * 400,
    "1.5",
    "0.00000000001",
    "100000000000.00000000001",
    "1e400",
    "1E-400",
    "NaN",
    "INF",
    "365000001",
)
MOMENTS = (
    "2026-01-31",
    "2026-01-31T10:20:30Z",
    "2026-01-31T10:20:30.1234567+02:00",
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59Z",
    "9999-12-31T23:59:59-14:00",
    "0000-00-00",
    "2026-02-30",
    "-2026-01-01",
    "20260131",
)
GUIDS = (ROW_ID, OTHER_ROW_ID, ROW_ID.upper(), "{" + ROW_ID + "}", "1234", ROW_ID + "0")


@dataclass(frozen=True, kw_only=True, eq=False)
class Words:
    """What one table of the environment is called and has; strategies are made once for each."""

    name: str
    entity_set: str
    key: str
    properties: Mapping[str, str]
    """Kinds by name, as `Edm.String`."""

    navigations: tuple[str, ...]
    writable: tuple[str, ...] = ()
    """Columns that requests can write; none where its rows are the system's own."""


def read_words(document: bytes) -> tuple[Words, ...]:
    """Return the words of every table, from the environment's own `$metadata`."""
    root = ElementTree.fromstring(document)  # noqa: S314 - the emulator's own document
    sets = {
        each.get("EntityType", "").removeprefix(NAMESPACE).removeprefix("mscrm."): each
        for each in root.iter(f"{EDM}EntitySet")
    }
    found = []
    for kind in root.iter(f"{EDM}EntityType"):
        entity_set, key = sets.get(kind.get("Name", "")), kind.find(f"{EDM}Key/{EDM}PropertyRef")
        if entity_set is None or key is None:
            continue
        found.append(
            Words(
                name=kind.get("Name", ""),
                entity_set=entity_set.get("Name", ""),
                key=key.get("Name", ""),
                properties={
                    each.get("Name", ""): each.get("Type", "")
                    for each in kind.iter(f"{EDM}Property")
                },
                navigations=tuple(
                    each.get("Name", "") for each in kind.iter(f"{EDM}NavigationProperty")
                ),
            )
        )
    return tuple(found)


def rarely(common: st.SearchStrategy[T], rare: st.SearchStrategy[T]) -> st.SearchStrategy[T]:
    """Return a strategy that draws from the second one time in `RARE`."""
    return st.integers(1, RARE).flatmap(lambda number: rare if number == RARE else common)


TEXTS = st.text(max_size=12) | st.text(max_size=12) | st.sampled_from(AWKWARD_TEXTS)
NAMES_UNKNOWN = st.sampled_from(UNKNOWN_NAMES) | st.text(max_size=8)


@cache
def columns(words: Words) -> st.SearchStrategy[str]:
    """Return the names of a table's columns, and rarely others."""
    return rarely(st.sampled_from(sorted(words.properties)), NAMES_UNKNOWN)


@cache
def navigations(words: Words) -> st.SearchStrategy[str]:
    """Return the names of a table's navigation properties, and rarely others."""
    known = words.navigations or (words.key,)
    return rarely(st.sampled_from(known), columns(words))


def quoted(text: str) -> str:
    """Return a text as a literal."""
    return "'" + text.replace("'", "''") + "'"


LITERALS = st.one_of(
    TEXTS.map(quoted),
    st.sampled_from(AWKWARD_NUMBERS),
    st.sampled_from(MOMENTS),
    st.sampled_from(GUIDS),
    st.sampled_from(("true", "false", "null", "@p1", "Microsoft.Dynamics.CRM.X'A'")),
    st.integers(-10, 400_000_000).map(str),
)


@st.composite
def mangled(draw: st.DrawFn, texts: st.SearchStrategy[str]) -> str:
    """Return one of the texts with pieces left out, doubled, or put in."""
    text = draw(texts)
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.integers(0, 6)))
        middle = draw(PIECES)
        text = text[:start] + (middle or text[start:end] * 2) + text[end:]
    return text


PIECES = st.sampled_from(("", "'", "(", ")", "\r\n", "\n", "%", "\x00", " ")) | st.text(max_size=3)


def perhaps_mangled(texts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Return texts, some of them spoiled."""
    return rarely(texts, mangled(texts))
