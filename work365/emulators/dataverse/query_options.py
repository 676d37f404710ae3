"""Reads a request's query options: `$select $filter $orderby $top $count $expand` and others.

Source: `$skip`, `$search`, `$compute` and `$levels` are not supported by the Web API.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from work365.emulators.dataverse.apply_parser import Apply, parse_apply
from work365.emulators.dataverse.errors import DataverseError, not_emulated, query_error
from work365.emulators.dataverse.expressions import Expression
from work365.emulators.dataverse.filter_parser import parse_filter
from work365.emulators.dataverse.option_texts import names_in, parts_of

READ = frozenset(
    (
        "$select",
        "$filter",
        "$orderby",
        "$top",
        "$count",
        "$expand",
        "$apply",
        "$skiptoken",
        "$deltatoken",
        "fetchXml",
        "sql",
    )
)
NOT_EMULATED = frozenset(("savedQuery", "userQuery", "$format"))
IGNORED = frozenset(("tag", "partitionId"))
EXPANSIONS_MAX = 15
TOPS = range(1, 2**63)
TOP_DIGITS_MAX = 19
EXPANSION_OPTIONS = frozenset(("$select", "$filter", "$orderby", "$top", "$expand"))


@dataclass(frozen=True, kw_only=True)
class Expansion:
    """A navigation property whose rows come along."""

    navigation: str
    is_reference: bool = False
    """Whether only the address of the row is wanted (`/$ref`)."""

    options: "QueryOptions"
    text: tuple[str, ...] = ()
    """The options inside, as they were written."""

    @property
    def is_nested(self) -> bool:
        """Whether something is expanded inside."""
        return bool(self.options.expand)


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
    apply: Apply | None = None
    fetch_xml: str | None = None
    sql: str | None = None
    skip_token: str | None = None
    delta_token: str | None = None
    given: frozenset[str] = frozenset()
    """Names of the options that the request has."""

    def only(self, names: Sequence[str], where: str) -> None:
        """Raise unless the request has no other options than these."""
        for name in sorted(self.given - set(names)):
            raise not_emulated(f"the query option '{name}' {where}")


def read_options(pairs: Sequence[tuple[str, str]]) -> QueryOptions:
    """Return the request's options; `pairs` are its decoded parameters."""
    aliases = {name: value for name, value in pairs if name.startswith("@")}
    options: dict[str, str] = {}
    for name, value in pairs:
        if name.startswith("@") or name in IGNORED:
            continue
        _check_name(name)
        _add(options, name, value)
    try:
        found = _options(options, aliases)
    except RecursionError as error:
        raise _too_many_expansions() from error
    if _expansion_count(found.expand) > EXPANSIONS_MAX:
        raise _too_many_expansions()
    return found


def _too_many_expansions() -> DataverseError:
    return query_error(f"The number of $expand options exceeds the maximum of {EXPANSIONS_MAX}.")


def _add(options: dict[str, str], name: str, value: str) -> None:
    if name in options:
        raise query_error(
            f"Query option '{name}' was specified more than once, but it must be specified "
            "at most once."
        )
    options[name] = value


def _check_name(name: str) -> None:
    if name in NOT_EMULATED:
        raise not_emulated(f"the query option '{name}'")
    if name == "$skip":
        raise query_error("Skip Clause is not supported in CRM")
    if name not in READ:
        raise query_error(f"The query parameter {name} is not supported.")


def _options(options: Mapping[str, str], aliases: Mapping[str, str]) -> QueryOptions:
    return QueryOptions(
        select=names_in(options["$select"]) if "$select" in options else None,
        filter=parse_filter(options["$filter"], aliases) if "$filter" in options else None,
        orderby=_ordering(options["$orderby"]) if "$orderby" in options else (),
        top=_top(options.get("$top")),
        count=_flag(options.get("$count", "false")),
        expand=_expansions(options["$expand"], aliases) if "$expand" in options else (),
        apply=parse_apply(options["$apply"], aliases) if "$apply" in options else None,
        fetch_xml=options.get("fetchXml"),
        sql=options.get("sql"),
        skip_token=options.get("$skiptoken"),
        delta_token=options.get("$deltatoken"),
        given=frozenset(options),
    )


def _ordering(text: str) -> tuple[tuple[str, bool], ...]:
    found = []
    for term in parts_of(text, ","):
        name, *directions = term.split() or [""]
        if not name or directions not in ([], ["asc"], ["desc"]):
            raise query_error(f"Syntax error at position {len(name) + 1} in '{text}'.")
        if not name.replace("_", "").replace("/", "").isalnum():
            raise query_error(f"$orderby={term.strip()} is not supported: it orders by columns.")
        if "/" in name:
            raise not_emulated(f"$orderby={term.strip()} (own columns only)")
        found.append((name, directions == ["desc"]))
    return tuple(found)


def _top(text: str | None) -> int | None:
    if text is None:
        return None
    is_number = text.isascii() and text.isdigit() and len(text) <= TOP_DIGITS_MAX
    if not is_number or int(text) not in TOPS:
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


def _expansions(text: str, aliases: Mapping[str, str]) -> tuple[Expansion, ...]:
    found = tuple(_expansion(term.strip(), aliases) for term in parts_of(text, ","))
    names = [expansion.navigation for expansion in found]
    for name in names:
        if names.count(name) > 1:
            raise query_error(f"The navigation property '{name}' is expanded more than once.")
    return found


def _expansion_count(expansions: Sequence[Expansion]) -> int:
    return sum(1 + _expansion_count(expansion.options.expand) for expansion in expansions)


def _expansion(term: str, aliases: Mapping[str, str]) -> Expansion:
    navigation, bracket, inside = term.partition("(")
    name, slash, rest = navigation.partition("/")
    is_name = name.replace("_", "").isalnum()
    if not is_name or (slash and rest != "$ref"):
        raise query_error(
            f"Term '{term}' is not valid in a $select or $expand expression: $expand takes the "
            "names of navigation properties."
        )
    if not bracket:
        return Expansion(navigation=name, is_reference=bool(slash), options=QueryOptions())
    if not inside.endswith(")"):
        raise query_error(f"')' expected at position {len(term)} in '{term}'.")
    if slash:
        raise query_error(f"'{navigation}' takes no options inside $expand.")
    texts = tuple(part.strip() for part in parts_of(inside[:-1], ";"))
    options: dict[str, str] = {}
    for text in texts:
        option, _, value = text.partition("=")
        if option not in EXPANSION_OPTIONS:
            raise query_error(f"The query parameter {option} is not supported inside $expand.")
        _add(options, option, value)
    return Expansion(navigation=name, options=_options(options, aliases), text=texts)
