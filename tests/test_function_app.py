"""What the app registers is what the administrator's guide says it does."""

import re
import runpy
from pathlib import Path

import azure.functions as func
import pytest

from work365.entrypoints.localhost.host_settings import HostSettings
from work365.entrypoints.localhost.registrations import read_registrations

ROOT = Path(__file__).parents[1]
GUIDE = ROOT / "docs" / "administrator-guide.md"
TIMER = re.compile(r"^\| `(\w+)` \| `([\d*/, -]+)` \|", re.MULTILINE)
ADDRESS = re.compile(r"^\| `/api/([\w/-]+)(?:/\.\.\.)?` \|", re.MULTILINE)


@pytest.fixture
def app() -> func.FunctionApp:
    # A copy of this test's own: what an app has registered can be read once only.
    made = runpy.run_path(str(ROOT / "function_app.py"))["app"]
    assert isinstance(made, func.FunctionApp)
    return made


def test_every_timer_is_in_the_guide_with_its_schedule(app: func.FunctionApp) -> None:
    triggers = {each.get_function_name(): each.get_trigger() for each in app.get_functions()}
    schedules = {
        name: trigger.get_dict_repr()["schedule"]
        for name, trigger in triggers.items()
        if trigger is not None and trigger.type == "timerTrigger"
    }

    told = TIMER.findall(GUIDE.read_text(encoding="utf-8"))

    assert len(schedules) == 10
    assert dict(told) == schedules


def test_every_address_is_in_the_guide(app: func.FunctionApp) -> None:
    found = read_registrations(app, HostSettings()).http

    told = ADDRESS.findall(GUIDE.read_text(encoding="utf-8"))

    assert {each.route.text.removesuffix("/{*page}") for each in found} == {
        f"api/{address}" for address in told
    }


def test_only_the_health_of_the_connection_wants_a_function_key(app: func.FunctionApp) -> None:
    # The others have proofs of their own: a ring's key, Microsoft's signature, a link's token.
    found = read_registrations(app, HostSettings()).http

    assert [each.function.name for each in found if each.needs_key] == ["show_connection"]
