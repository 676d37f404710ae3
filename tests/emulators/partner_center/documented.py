"""Documented requests and answers, read from beside the project.

They are kept outside of it. Where they are absent, what needs them skips and says so.
"""

from pathlib import Path
from typing import Any

import pytest

from work365.emulators.partner_center.payloads import read_json

FOLDER = Path(__file__).parents[4] / "shared" / "fixtures" / "partner_center"


def documented(name: str) -> Any:
    """Return a documented body, or skip the test."""
    path = FOLDER / f"{name}.json"
    if not path.exists():
        pytest.skip(f"no documented bodies in {FOLDER}")
    return read_json(path.read_bytes())


def shape_differences(documented_body: Any, body: Any, path: str = "") -> list[str]:
    """Return what of a documented body is missing or of another type in ours.

    Of lists, the first members are compared. Names are compared as they are spelt.
    """
    if isinstance(documented_body, dict):
        if not isinstance(body, dict):
            return [f"{path}: not an object"]
        return [
            difference
            for name, value in documented_body.items()
            for difference in _member(name, value, body, path)
        ]
    if isinstance(documented_body, list):
        if not isinstance(body, list):
            return [f"{path}: not a list"]
        both = documented_body and body
        return shape_differences(documented_body[0], body[0], f"{path}[0]") if both else []
    if documented_body is None or body is None or _kind(documented_body) == _kind(body):
        return []
    return [f"{path}: {_kind(body)} instead of {_kind(documented_body)}"]


def _member(name: str, value: Any, body: dict[str, Any], path: str) -> list[str]:
    if name not in body:
        return [f"{path}.{name}: missing"]
    return shape_differences(value, body[name], f"{path}.{name}")


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "yes or no"
    return "text" if isinstance(value, str) else "number"
