"""What the import contracts and the lint rules in pyproject.toml cannot say."""

import ast
from collections.abc import Iterator
from enum import Enum, IntEnum
from pathlib import Path

import pytest

from dataverse_schema import options
from work365.adapters.dataverse.choices import TWINS, meaning, option

ROOT = Path(__file__).parent.parent
PACKAGES = [ROOT / "work365", ROOT / "dataverse_schema", ROOT / "consent"]
MODULES = sorted(path for package in PACKAGES for path in package.rglob("*.py"))
DOMAIN = sorted((ROOT / "work365" / "domain").rglob("*.py"))
LINES_MAX = 400
FLOAT_MODULES = {"cmath", "math", "random", "statistics", "time"}
"""Modules of the standard library that answer in floats."""


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def floats_in(source: str) -> Iterator[str]:
    """Yield what is a float in `source`, or makes one, and on which line."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Constant(value=float() | complex()):
                yield f"line {node.lineno}: {node.value!r}"
            case ast.Name(id="float" | "complex" as kind):
                yield f"line {node.lineno}: {kind}"
            case ast.Import(names=imported):
                yield from (f"import {a.name}" for a in imported if a.name in FLOAT_MODULES)
            case ast.ImportFrom(module=module) if module in FLOAT_MODULES:
                yield f"from {module}"
            case ast.Attribute(attr="total_seconds" | "timestamp" as method):
                yield f"line {node.lineno}: {method}"


def test_the_modules_are_found() -> None:
    assert ROOT / "work365" / "domain" / "money.py" in DOMAIN
    assert ROOT / "dataverse_schema" / "options.py" in MODULES


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_a_module_fits_in_the_head(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LINES_MAX


@pytest.mark.parametrize("path", DOMAIN, ids=name)
def test_the_domain_has_no_floats(path: Path) -> None:
    assert list(floats_in(path.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize(
    "source",
    [
        "rate = 0.1",
        "rate = float('0.1')",
        "def share(rate: float) -> Decimal: ...",
        "amounts = map(float, texts)",
        "import math",
        "from math import floor",
        "seconds = (end - start).total_seconds()",
    ],
)
def test_a_float_is_noticed(source: str) -> None:
    assert list(floats_in(source)) != []


@pytest.mark.parametrize("path", [p for p in DOMAIN if p.name != "__init__.py"], ids=name)
def test_a_domain_module_has_its_test(path: Path) -> None:
    mirror = ROOT / "tests" / path.relative_to(ROOT / "work365").with_name(f"test_{path.name}")

    assert mirror.exists()


@pytest.mark.parametrize(
    ("choice", "enumeration"), TWINS.items(), ids=[choice.__name__ for choice in TWINS]
)
def test_a_choice_and_its_twin_have_the_same_members(
    choice: type[IntEnum], enumeration: type[Enum]
) -> None:
    assert list(choice.__members__) == list(enumeration.__members__)
    for value in choice:
        assert option(meaning(value, enumeration), choice) is value


def test_no_enumeration_has_two_twins() -> None:
    assert len(set(TWINS.values())) == len(TWINS)


def test_a_twin_is_a_choice_of_the_schema() -> None:
    choices = {
        value
        for value in vars(options).values()
        if isinstance(value, type) and issubclass(value, IntEnum) and value is not IntEnum
    }

    assert TWINS.keys() <= choices
