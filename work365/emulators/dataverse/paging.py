"""Where the next page starts: the paging cookie, which changes with every page."""

import html
import re
from dataclasses import dataclass
from urllib.parse import quote, unquote

from work365.emulators.dataverse.errors import DataverseError

Position = tuple[tuple[str, str | None], ...]
"""Columns of the order, and their values in the last row of a page."""

_OUTER = re.compile(
    r'<cookie pagenumber="(\d+)" pagingcookie="([^"]*)" istracking="(True|False)" />'
)
_INNER = re.compile(r'<cookie page="\d+">(.*)</cookie>', re.DOTALL)
_COLUMN = re.compile(r'<([\w.]+) (?:last="([^"]*)"|lastnull="1") />')


@dataclass(frozen=True, kw_only=True)
class Cookie:
    """A page's number, and the last row before it."""

    page: int
    position: Position
    is_tracking: bool = False


def encode_cookie(cookie: Cookie) -> str:
    """Return the cookie as Dataverse writes it; clients hand it back as it is."""
    columns = "".join(
        f'<{name} lastnull="1" />' if value is None else f'<{name} last="{html.escape(value)}" />'
        for name, value in cookie.position
    )
    inner = f'<cookie page="{cookie.page - 1}">{columns}</cookie>'
    twice = quote(quote(inner, safe=""), safe="")
    return (
        f'<cookie pagenumber="{cookie.page}" pagingcookie="{twice}" '
        f'istracking="{cookie.is_tracking}" />'
    )


def decode_cookie(text: str) -> Cookie:
    """Return what a cookie says; raises if it is none of ours."""
    outer = _OUTER.fullmatch(text)
    if outer is None:
        raise bad_cookie()
    return Cookie(
        page=int(outer.group(1)),
        position=decode_position(unquote(unquote(outer.group(2)))),
        is_tracking=outer.group(3) == "True",
    )


def decode_position(text: str) -> Position:
    """Return the position that the inner cookie says, as clients of FetchXML hand it back."""
    inner = _INNER.fullmatch(text)
    if inner is None:
        raise bad_cookie()
    position = []
    rest = inner.group(1)
    for found in _COLUMN.finditer(rest):
        value = found.group(2)
        position.append((found.group(1), None if value is None else html.unescape(value)))
        rest = rest.replace(found.group(), "", 1)
    if rest or not position:
        raise bad_cookie()
    return tuple(position)


def bad_cookie() -> DataverseError:
    """Return the refusal of a paging cookie."""
    return DataverseError(400, "0x8004112a", "The paging cookie is not valid for this query.")


def next_link(root: str, path: str, query: str, option: tuple[str, str]) -> str:
    """Return the request's own address with `option` in place of the tokens it had."""
    kept = [
        part
        for part in query.split("&")
        if part and not unquote(part).startswith(("$skiptoken=", "$deltatoken="))
    ]
    kept.append(f"{option[0]}={quote(option[1], safe='')}")
    return f"{root}{path}?{'&'.join(kept)}"
