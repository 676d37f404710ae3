"""Reads `$apply`: `filter(…)/groupby((…),aggregate(…))`, as far as Dataverse has it.

Source: Dataverse supports `aggregate`, `groupby` and a `filter` before them, of all that OData
has for aggregation.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from work365.emulators.dataverse.errors import DataverseError, query_error
from work365.emulators.dataverse.expressions import Expression, Property
from work365.emulators.dataverse.filter_parser import parse_filter
from work365.emulators.dataverse.option_texts import parts_of

METHODS = frozenset(("sum", "average", "min", "max", "countdistinct"))
_CALL = re.compile(r"\s*(\w+)\s*\((.*)\)\s*", re.DOTALL)
_COUNT = re.compile(r"\s*\$count\s+as\s+(\w+)\s*")
_AGGREGATE = re.compile(r"\s*([\w/]+)\s+with\s+([\w.]+)\s+as\s+(\w+)\s*")
_PATH = re.compile(r"\w+(?:/\w+)*")
_GROUPS = re.compile(r"\s*\((.*?)\)\s*(?:,(.*))?", re.DOTALL)


@dataclass(frozen=True, kw_only=True)
class Aggregate:
    """One value that is worked out of many rows."""

    column: Property | None
    """Nothing where rows are counted."""

    method: str
    alias: str


@dataclass(frozen=True, kw_only=True)
class Apply:
    """How rows become one, or one for each group."""

    filter: Expression | None = None
    groups: tuple[Property, ...] = ()
    aggregates: tuple[Aggregate, ...] = ()


def parse_apply(text: str, aliases: Mapping[str, str]) -> Apply:
    """Return what `$apply` says; raises if it says something that Dataverse does not do."""
    condition: Expression | None = None
    *before, last = parts_of(text, "/")
    for transformation in before:
        name, inside = _call(transformation)
        if name != "filter" or condition is not None:
            raise _unsupported(transformation)
        condition = parse_filter(inside, aliases)
    name, inside = _call(last)
    if name == "aggregate":
        return Apply(filter=condition, aggregates=_aggregates(inside))
    if name != "groupby":
        raise _unsupported(last)
    found = _GROUPS.fullmatch(inside)
    if found is None:
        raise _unsupported(last)
    groups = tuple(_path(name.strip()) for name in found.group(1).split(","))
    if found.group(2) is None:
        return Apply(filter=condition, groups=groups)
    name, aggregates = _call(found.group(2))
    if name != "aggregate":
        raise _unsupported(found.group(2))
    return Apply(filter=condition, groups=groups, aggregates=_aggregates(aggregates))


def _unsupported(text: str) -> DataverseError:
    return query_error(f"The transformation '{text.strip()}' is not supported in $apply.")


def _call(text: str) -> tuple[str, str]:
    found = _CALL.fullmatch(text)
    if found is None:
        raise _unsupported(text)
    return found.group(1), found.group(2)


def _path(text: str) -> Property:
    if not _PATH.fullmatch(text):
        raise query_error(f"'{text}' is not a column to group by in $apply.")
    return Property(tuple(text.split("/")))


def _aggregates(text: str) -> tuple[Aggregate, ...]:
    found = tuple(_aggregate(part) for part in parts_of(text, ","))
    aliases = [aggregate.alias for aggregate in found]
    for alias in aliases:
        if aliases.count(alias) > 1:
            raise query_error(f"The alias '{alias}' was used more than once in $apply.")
    return found


def _aggregate(text: str) -> Aggregate:
    counted = _COUNT.fullmatch(text)
    if counted:
        return Aggregate(column=None, method="count", alias=counted.group(1))
    found = _AGGREGATE.fullmatch(text)
    if found is None or found.group(2) not in METHODS:
        raise query_error(f"The aggregate expression '{text.strip()}' is not supported in $apply.")
    return Aggregate(column=_path(found.group(1)), method=found.group(2), alias=found.group(3))
