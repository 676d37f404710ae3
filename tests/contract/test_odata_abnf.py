"""OData's own test cases: what Dataverse supports is read, and the rest is refused.

The cases are those of OData 4.01 for query options, kept outside of the project; where they are
absent this skips and says so. Dataverse has a part of 4.0. The tables below name what it has
not by what is written, not by case: a case with none of these must be read, and one with any of
them must be refused.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote

import pytest

from work365.emulators.dataverse.errors import DataverseError
from work365.emulators.dataverse.query_options import read_options

FOLDER = Path(__file__).parents[3] / "shared" / "fixtures" / "odata"
FILES = ("odata-abnf-testcases.yaml", "odata-aggregation-testcases.yaml")
EXPRESSIONS = ("boolCommonExpr", "boolcommonExpr", "commonExpr")
COLLECTIONS = ("anyExpr", "allExpr")
"""Rules of what stands behind a collection in a filter."""

OPTIONS = ("filter", "queryOptions", "expand", "select", "orderby", "orderBy", "systemQueryOption")
CASE = re.compile(r"  (?:- |  )(Name|Rule|FailAt|Input|Expect): ?(.*)")
SUPPORTED = {"$select", "$filter", "$orderby", "$top", "$count", "$expand", "$apply"}
UNSUPPORTED_OPTIONS = {
    r"\$(?:search|compute|skip)": "Dataverse does not support $search, $compute and $skip",
    r"\$(?:index|schemaversion)": "options of OData 4.01, or not of Dataverse",
    r"\$[Ff]ormat": "answers are JSON; the emulator has no other format",
    r"\$OrderBy": "names are in lower case in OData 4.0",
    r"(?![$@]).*": "a parameter of no known name, as are options without their dollar sign",
}
QUALIFIED = "names of types, functions and annotations of a model: Dataverse has no casts"
ARITHMETIC = "Dataverse does not support arithmetic"
UNSUPPORTED: Mapping[str, Mapping[str, str]] = {
    "$filter": {
        r"\b(?:add|sub|mul|div|divby|mod)\b|-[A-Za-z]": ARITHMETIC,
        r"\bhas\b": "Dataverse has no enumerations but those of its metadata",
        r"\bin\b": "Dataverse has the query function In instead",
        r"\b(?:AND|OR|EQ|LT|Eq|Lt)\b": "operators are in lower case in OData 4.0",
        r"\b(?!(?:any|all|contains|startswith|endswith)\b)\w+\(": "functions that Dataverse lacks",
        r"\$\w+": "$it, $this, $root and $count inside an expression",
        r"[\[\]{}]": "collections and objects as constants",
        r"\w\.[A-Za-z]": QUALIFIED,
        r"@\w+/|/@": "annotations as columns",
    },
    "$orderby": {r"[/(.@]|\bge\b": "Rows are ordered by columns of their own table"},
    "$select": {r"[/(.@*]": "Columns are selected by their names"},
    "$expand": {
        r"\$(?:levels|count|search|skip|compute|value)": "options that $expand does not have",
        r"/(?!\$ref)|\*|\$ref\(": "Navigation properties are expanded by their names",
        r"[@.]": QUALIFIED,
        r"\b(?:add|sub|mul|div|divby|mod)\b": ARITHMETIC,
    },
    "$apply": {
        r"\b(?!(?:filter|groupby|aggregate|contains|startswith|endswith)\b)\w+\(":
            "transformations that Dataverse lacks",
        r"\bidentity\b": "transformations that Dataverse lacks",
        r"^filter\((?:[^()]|\([^()]*\))*\)$": "A filter comes before groups or aggregates",
        r"groupby\(.*\)/": "Nothing follows groups",
        r"\bfrom\b": "aggregates of aggregates",
        r"\b(?:add|sub|mul|div|divby|mod)\b": ARITHMETIC,
        r"\$(?!count as)\w+|/\$count": "Only rows themselves are counted",
        r"\w\.[A-Za-z]": QUALIFIED,
        r"/@": "annotations as columns",
        r"aggregate\((?:[^()]*,)?[\w/]+[,)]": "aggregates that a model would define",
    },
}  # fmt: skip
"""What Dataverse has not, by option; texts in quotes are left out of sight."""

UNCHECKED = {
    r"^\$filter= ": "A blank before a filter is read: Microsoft's own parser trims it",
    r"\$apply=groupby\(\((?:\w+/\w+/\w+)\)\)": "Paths are checked against tables, not when read",
}
"""Cases that are wrong in OData and are read all the same, and why."""


def told(name: str) -> Iterator[dict[str, str]]:
    """Yield the cases of a file: a list of small mappings, some values folded over lines."""
    found: dict[str, str] = {}
    last = ""
    for line in (FOLDER / name).read_text(encoding="utf-8").splitlines():
        match = CASE.match(line)
        if line.startswith("  - Name:") and found:
            yield found
            found = {}
        if match:
            last = match.group(1)
            found[last] = match.group(2).strip()
        elif last and line.startswith("      "):
            found[last] = f"{found[last].removesuffix('>-')} {line.strip()}".strip()
    yield found


def unquoted(text: str) -> str:
    if text.startswith("'") and text.endswith("'"):
        return text[1:-1].replace("''", "'")
    if text.startswith('"') and text.endswith('"'):
        return text[1:-1].replace(r"\"", '"')
    return text


def asked(rule: str, text: str) -> list[tuple[str, str]] | None:
    """Return the query parameters of a case, or nothing where it is about something else."""
    if rule in EXPRESSIONS:
        return [("$filter", unquote(text))]
    if rule in COLLECTIONS:
        return [("$filter", f"Products/{text}")]
    return parse_qsl(text, keep_blank_values=True) if rule in OPTIONS else None


def cases() -> list[Any]:
    """Return the cases as pytest's parameters."""
    if not FOLDER.exists():
        absent = pytest.mark.skip(reason=f"no cases of OData in {FOLDER}")
        return [pytest.param([], "", False, marks=absent, id="OData")]
    found = []
    for file in FILES:
        for number, case in enumerate(told(file)):
            text = unquoted(case["Input"])
            pairs = asked(case["Rule"], text)
            if pairs is not None:
                name = f"{file.split('-')[1]}-{number}-{case['Name']}"
                found.append(pytest.param(pairs, text, "FailAt" in case, id=name))
    return found


def reasons(pairs: list[tuple[str, str]]) -> list[str]:
    """Return why Dataverse does not take these parameters."""
    found = []
    for name, value in pairs:
        if name not in SUPPORTED:
            table: Mapping[str, str] = UNSUPPORTED_OPTIONS
            found += [why for pattern, why in table.items() if re.fullmatch(pattern, name)]
            continue
        bare = re.sub(r"'(?:[^']|'')*'", "''", value)
        table = UNSUPPORTED.get(name, {})
        found += [why for pattern, why in table.items() if re.search(pattern, bare)]
    return found


@pytest.mark.parametrize(("pairs", "text", "is_wrong"), cases())
def test_a_case_is_read_or_refused_as_dataverse_would(
    pairs: list[tuple[str, str]], text: str, is_wrong: bool
) -> None:
    is_unchecked = any(re.search(pattern, text) for pattern in UNCHECKED)
    why = reasons(pairs)
    if why or (is_wrong and not is_unchecked):
        with pytest.raises(DataverseError) as refused:
            read_options(pairs)
        assert refused.value.status in (400, 501), why
    else:
        assert read_options(pairs).given >= {name for name, _ in pairs if name in SUPPORTED}
