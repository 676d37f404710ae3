"""Every documented request and response is read by a test, or it is said why it is not."""

import ast
from collections import Counter
from pathlib import Path

import pytest

from tests.contract.partner_center.coverage import NOT_USED, READ_BY
from tests.contract.partner_center.documented import FOLDER

PROJECT = Path(__file__).parents[3]


def listed() -> list[str]:
    return [name for names in (*READ_BY.values(), *NOT_USED.values()) for name in names]


def texts_in(module: str) -> set[str]:
    """Return the texts that stand in the code of a module of tests."""
    path = PROJECT / f"{module.replace('.', '/')}.py"
    return {
        node.value
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def test_every_file_is_in_one_of_the_lists() -> None:
    if not FOLDER.is_dir():
        pytest.skip(f"no documented requests and responses in {FOLDER}")
    there = {str(path.relative_to(FOLDER)) for path in FOLDER.rglob("*") if path.is_file()}

    assert set(listed()) == there


def test_no_file_is_listed_twice() -> None:
    assert [name for name, times in Counter(listed()).items() if times > 1] == []


@pytest.mark.parametrize("module", READ_BY)
def test_what_is_said_to_be_read_is_named_there(module: str) -> None:
    texts = texts_in(module)

    missing = {
        name for name in READ_BY[module] if not {name, name.rpartition(".")[0]}.intersection(texts)
    }

    assert missing == set()
