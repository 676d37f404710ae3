"""Descriptions of tables and columns: the docstrings that stand beside their declarations."""

import ast
import inspect
import re
import sys
from collections.abc import Iterator
from enum import IntEnum
from functools import cache
from types import ModuleType

from dataverse_schema import columns, table
from dataverse_schema.labels import column_label
from dataverse_schema.table import Table

SHARED = (table, columns)
"""Modules whose annotations, such as `Key`, describe columns of several tables."""


def table_description(declared: type[Table]) -> str:
    """Return what a row of the table is."""
    return _for_people(declared, _one_line(declared.__doc__ or ""))


def choice_description(choice: type[IntEnum]) -> str:
    """Return what the choice says."""
    return _one_line(choice.__doc__ or "")


def column_description(declared: type[Table], field: str) -> str:
    """Return what the column says; empty where its name says it all."""
    return _for_people(declared, _columns_described(declared).get(field, ""))


def _for_people(declared: type[Table], text: str) -> str:
    """Return `text` with display names for the fields that it names."""

    def name(found: re.Match[str]) -> str:
        word = found[1]
        return column_label(declared, word).lower() if word in declared.columns() else word

    return re.sub(r"`([^`]+)`", name, text)


@cache
def _columns_described(declared: type[Table]) -> dict[str, str]:
    module = sys.modules[declared.__module__]
    aliases = _aliases_described(module)
    for shared in SHARED:
        aliases = _aliases_described(shared) | aliases
    found = {}
    for line, text in _with_docstrings(_class_body(module, declared.__name__)):
        match line:
            case ast.AnnAssign(target=ast.Name(id=field), annotation=annotation):
                alias = annotation.id if isinstance(annotation, ast.Name) else ""
                found[field] = text or aliases.get(alias, "")
            case _:
                continue
    return found


@cache
def _aliases_described(module: ModuleType) -> dict[str, str]:
    found = {}
    for line, text in _with_docstrings(_parsed(module).body):
        match line:
            case ast.Assign(targets=[ast.Name(id=alias)]) if text:
                found[alias] = text
            case _:
                continue
    return found


@cache
def _parsed(module: ModuleType) -> ast.Module:
    return ast.parse(inspect.getsource(module))


def _class_body(module: ModuleType, name: str) -> list[ast.stmt]:
    for line in _parsed(module).body:
        if isinstance(line, ast.ClassDef) and line.name == name:
            return line.body
    raise AssertionError(f"{module.__name__} has no class {name}")


def _with_docstrings(body: list[ast.stmt]) -> Iterator[tuple[ast.stmt, str]]:
    """Yield each statement with the text that stands below it, or an empty one."""
    for index, line in enumerate(body):
        match body[index + 1 : index + 2]:
            case [ast.Expr(value=ast.Constant(value=str() as text))]:
                yield line, _one_line(text)
            case _:
                yield line, ""


def _one_line(text: str) -> str:
    return " ".join(text.split())
