"""Reads a request's query options: `$select $filter $orderby $top $count $expand` and tokens."""

from collections.abc import Sequence
from dataclasses import dataclass

from work365.emulators.dataverse.errors import not_emulated, query_error
from work365.emulators.dataverse.expressions import Expression
from work365.emulators.dataverse.filter_parser import parse_filter

KNOWN = frozenset(
    ("$select", "$filter", "$orderby", "$top", "$count", "$expand", "$skiptoken", "$deltatoken")
)
NOT_EMULATED = frozenset(("$apply", "fetchXml", "sql", "savedQuery", "userQuery"))
IGNORED = frozenset(("tag", "partitionId"))
EXPANSIONS_MAX = 15


@dataclass(frozen=True, kw_only=True)
class Expansion:
    """A lookup whose row comes along."""

    navigation: str
    select: tuple[str, ...] | None


@dataclass(frozen=True, kw_only=True)
class QueryOptions:
    """What a reading request asks for."""

    select: tuple[str, ...] | None = None
    filter: Expression | None = None
    orderby: tuple[tuple[str, bool], ...] = ()
    """Columns by read name, and whether descending."""

    top: int | None = None
    count: bool = False
    expand: tuple[Expansion, ...] = ()
    skip_token: str | None = None
    delta_token: str | None = None
    given: frozenset[str] = frozenset()
    """Names of the options that the request has."""


def read_options(pairs: Sequence[tuple[str, str]]) -> QueryOptions:
    """Return the request's options; `pairs` are its decoded parameters."""
    aliases = {name: value for name, value in pairs if name.startswith("@")}
    options: dict[str, str] = {}
    for name, value in pairs:
        if name.startswith("@") or name in IGNORED:
            continue
        _check_name(name)
        if name in options:
            raise query_error(
                f"Query option '{name}' was specified more than once, but it must be specified "
                "at most once."
            )
        options[name] = value
    return QueryOptions(
        select=_names(options["$select"]) if "$select" in options else None,
        filter=parse_filter(options["$filter"], aliases) if "$filter" in options else None,
        orderby=_ordering(options.get("$orderby", "")),
        top=_top(options.get("$top")),
        count=_flag(options.get("$count", "false")),
        expand=_expansions(options.get("$expand", "")),
        skip_token=options.get("$skiptoken"),
        delta_token=options.get("$deltatoken"),
        given=frozenset(options),
    )


def _check_name(name: str) -> None:
    if name in NOT_EMULATED:
        raise not_emulated(f"the query option '{name}'")
    if name == "$skip":
        raise query_error("Skip Clause is not supported in CRM")
    if name not in KNOWN:
        raise query_error(f"The query parameter {name} is not supported.")


def _names(text: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in text.split(","))
    if "*" in names:
        raise not_emulated("$select=*")
    if not all(names):
        raise query_error(f"Term '{text}' is not valid in a $select or $expand expression.")
    return names


def _ordering(text: str) -> tuple[tuple[str, bool], ...]:
    found = []
    for term in text.split(",") if text else ():
        name, _, direction = term.strip().partition(" ")
        if direction.strip() not in ("", "asc", "desc"):
            raise query_error(f"Syntax error at position {len(name) + 1} in '{text}'.")
        if "/" in name or "(" in name:
            raise not_emulated(f"$orderby={term.strip()} (own columns only)")
        found.append((name, direction.strip() == "desc"))
    return tuple(found)


def _top(text: str | None) -> int | None:
    if text is None:
        return None
    if not text.isascii() or not text.isdigit() or int(text) == 0:
        raise query_error(
            f"Invalid value '{text}' for $top query option found. The $top query option "
            "requires a positive integer value."
        )
    return int(text)


def _flag(text: str) -> bool:
    if text not in ("true", "false"):
        raise query_error(
            f"Invalid value '{text}' for $count query option found. Valid values are 'true' "
            "or 'false'."
        )
    return text == "true"


def _expansions(text: str) -> tuple[Expansion, ...]:
    found = tuple(_expansion(term.strip()) for term in _split(text, ",")) if text else ()
    if len(found) > EXPANSIONS_MAX:
        raise query_error(f"The number of $expand options exceeds the maximum of {EXPANSIONS_MAX}.")
    return found


def _split(text: str, separator: str) -> list[str]:
    """Return the parts of `text` between separators that are in no parentheses or quotes."""
    parts = [""]
    depth = 0
    is_quoted = False
    for letter in text:
        if letter == "'":
            is_quoted = not is_quoted
        elif not is_quoted:
            depth += (letter == "(") - (letter == ")")
        if letter == separator and depth == 0 and not is_quoted:
            parts.append("")
        else:
            parts[-1] += letter
    return parts


def _expansion(term: str) -> Expansion:
    navigation, bracket, inside = term.partition("(")
    if "/" in navigation:
        raise not_emulated(f"$expand={term}")
    if not bracket:
        return Expansion(navigation=navigation, select=None)
    if not inside.endswith(")"):
        raise query_error(f"')' expected at position {len(term)} in '{term}'.")
    select = None
    for option in _split(inside[:-1], ";"):
        name, _, value = option.strip().partition("=")
        if name in ("$top", "$orderby"):
            raise query_error(
                "Only $select and $filter clause can be provided while doing $expand on "
                "many-to-one relationship or nested one-to-many relationship."
            )
        if name != "$select":
            raise not_emulated(f"the option '{name}' inside $expand")
        select = _names(value)
    return Expansion(navigation=navigation, select=select)
