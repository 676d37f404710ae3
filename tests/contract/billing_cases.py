"""Billing cases: documented figures of other systems, read from beside the project.

They are kept outside of it. Where they are absent, what needs them skips and says so.
"""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).parents[3] / "shared" / "fixtures" / "billing"

Case = dict[str, Any]

NOT_SUPPORTED = {
    "flexdate-077": "the collected case has lost the end that its title names",
}
"""Cases that are not met, by id, and why; docs/limits.md lists them."""


def cases(name: str) -> list[Any]:
    """Return the cases of the file `name` as pytest's parameters, each by its id.

    Those that their collectors mark as inconsistent (`warning`, `quirk`) are left out, and those
    that are not supported have to fail.
    """
    path = FOLDER / f"{name}.json"
    if not path.exists():
        absent = pytest.mark.skip(reason=f"no billing cases in {FOLDER}")
        return [pytest.param({}, marks=absent, id=name)]
    told = json.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
    return [
        pytest.param(case, marks=_marks(case["id"]), id=case["id"])
        for case in told["cases"]
        if not case.keys() & {"warning", "quirk"}
    ]


def _marks(case_id: str) -> list[pytest.MarkDecorator]:
    if case_id not in NOT_SUPPORTED:
        return []
    reason = NOT_SUPPORTED[case_id]
    return [pytest.mark.xfail(reason=reason, raises=AssertionError, strict=True)]
