"""Rows asked for by texts, such as keys, in as few queries as addresses have room for."""

from collections.abc import Iterable, Iterator
from typing import TypeVar
from urllib.parse import quote

from dataverse_schema.table import Table
from work365.adapters.dataverse.operations import is_in
from work365.adapters.dataverse.reading import AccountReader

TEXTS_CHARACTERS_MAX = 30_000
"""Of an address of 32,768 characters, what may be taken by the texts that are asked for."""

TableT = TypeVar("TableT", bound=Table)


def read_by(
    reader: AccountReader, table: type[TableT], field: str, texts: Iterable[str]
) -> Iterator[TableT]:
    """Yield the rows of `table` whose `field` is one of `texts`, in as few queries as fit."""
    column = table.column_name(field)
    for some in fitting(texts):
        yield from reader.all(table, is_in(column, some))


def fitting(texts: Iterable[str]) -> Iterator[list[str]]:
    """Yield `texts` in portions that fit the address of one query."""
    some: list[str] = []
    room = TEXTS_CHARACTERS_MAX
    for text in texts:
        size = _size(text)
        if size > room and some:
            yield some
            some, room = [], TEXTS_CHARACTERS_MAX
        some.append(text)
        room -= size
    if some:
        yield some


def _size(text: str) -> int:
    # One text more in the list, with its comma, in the spelling of an address.
    return len(quote(is_in("", [text, ""]))) - len(quote(is_in("", [""])))
