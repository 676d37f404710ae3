"""Documented requests and responses of Microsoft, read from beside the project.

They are kept outside of it. Where they are absent, what needs them skips and says so.
"""

from pathlib import Path
from typing import Any

import httpx
import pytest
import respx

from work365.http import read_json

FOLDER = Path(__file__).parents[4] / "shared" / "fixtures" / "partner_center"


def text(name: str) -> str:
    """Return the file `name`, or skip the test."""
    path = FOLDER / name
    if not path.exists():
        pytest.skip(f"no documented requests and responses in {FOLDER}")
    return path.read_text(encoding="utf-8-sig")


def body(name: str) -> Any:
    """Return the JSON file called `name`, numbers exact, or skip the test."""
    return read_json(text(f"{name}.json"))


def answering(url: str, name: str, *, method: str = "GET", status: int = 200) -> respx.Route:
    """Answer requests to `url`, without its query, with a documented response."""
    content = text(f"{name}.json").encode()
    answer = httpx.Response(
        status, content=content, headers={"Content-Type": "application/json; charset=utf-8"}
    )
    return respx.route(method=method, url__startswith=url).mock(return_value=answer)


def sent(route: respx.Route) -> Any:
    """Return the body of the last request to `route`."""
    return read_json(route.calls.last.request.content)


def spelled_alike(value: Any) -> Any:
    """Return `value` with the names of its fields in small letters: samples use both."""
    if isinstance(value, dict):
        return {name.lower(): spelled_alike(each) for name, each in value.items()}
    return [spelled_alike(each) for each in value] if isinstance(value, list) else value
