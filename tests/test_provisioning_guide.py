"""The guide to actions and their details says what the code takes."""

import json
import re
from decimal import Decimal
from pathlib import Path

import pytest

from work365.domain.microsoft.actions import ProvisioningAction
from work365.domain.microsoft.asked_changes import AskedChange, ChangeNotClear, intent_of

ROOT = Path(__file__).parents[1]
WORK365 = ROOT / "work365"
GUIDE = ROOT / "docs" / "provisioning.md"
ROW = re.compile(r"^\| ([a-z -]+) \| (.+) \| `(\{.*\})` \|$", re.MULTILINE)
ROWS = {
    ProvisioningAction(action.replace("auto renew", "auto-renew")): (told, example)
    for action, told, example in ROW.findall(GUIDE.read_text(encoding="utf-8"))
}
NAME = re.compile(r"`([a-z][A-Za-z]+)`")
CODE = re.compile(
    r'(?:NotDone|refuse|Finding|\.warning|self\.no|self\._find)\(\s*(?:Severity\.\w+,\s*)?"(\w+)"'
)
SOURCES = [
    *(WORK365 / "usecases").glob("provision*.py"),
    *(WORK365 / "domain" / "microsoft" / name for name in ("provisioning.py", "purchasing.py")),
]
VALUES = {"renew", "cancel", "extend", "reactivate"}
"""What is written like a name in the guide, and is a value."""


def asked(action: ProvisioningAction, details: dict[str, object]) -> AskedChange:
    is_purchase = action is ProvisioningAction.PURCHASE
    return AskedChange(
        key="CHG-1",
        action=action,
        before=Decimal(0 if is_purchase else 10),
        after=Decimal(12),
        details=details,
        reference=None if is_purchase else "9f1c2a54-5d2e-4f0c-8a41-6a2f6f0b7d11",
        part_number="CFQ7TTC0LH18:0001",
        term="P1Y",
        plan="Monthly",
    )


def test_every_action_is_in_the_guide() -> None:
    assert set(ROWS) == set(ProvisioningAction) - {ProvisioningAction.NONE}


@pytest.mark.parametrize("action", ROWS)
def test_every_example_is_taken(action: ProvisioningAction) -> None:
    details = json.loads(ROWS[action][1], parse_float=Decimal)

    assert intent_of(asked(action, details))


@pytest.mark.parametrize("action", ROWS)
def test_every_detail_in_the_guide_is_known(action: ProvisioningAction) -> None:
    told, example = ROWS[action]
    names = set(NAME.findall(told)) - VALUES

    for name in names:
        # A value that no detail takes: what is known is refused for it, and not as unknown.
        wrong: dict[str, object] = {**json.loads(example), name: {"": 0}}
        with pytest.raises(ChangeNotClear) as refused:
            intent_of(asked(action, wrong))
        assert "knows no such detail" not in str(refused.value)


def test_every_code_is_in_the_guide() -> None:
    codes = {code for path in SOURCES for code in CODE.findall(path.read_text(encoding="utf-8"))}
    told = GUIDE.read_text(encoding="utf-8").partition("## Findings")[2]

    missing = {code for code in codes if f"`{code}`" not in told}

    assert len(codes) > 30
    assert missing == set()
