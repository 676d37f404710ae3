"""`work365 install` and `work365 doctor` against an environment that knows nothing of us."""

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner, Result

from work365.emulators.dataverse.app import create_app
from work365.entrypoints.cli import app
from work365.entrypoints.cli.output import EXIT_FINDINGS, EXIT_REFUSED
from work365.entrypoints.serving import LocalServer

KEY = "a-key-that-nobody-may-see"
APPLICATION_ID = "0a990000-0000-4000-8000-000000000002"


@pytest.fixture(scope="module")
def process() -> Iterator[None]:
    """A process with a token and a key, and no other settings."""
    before = dict(os.environ)
    for name in before:
        if name.startswith("WORK365_"):
            del os.environ[name]
    os.environ |= {"WORK365_DATAVERSE_TOKEN": "an administrator's", "WORK365_WEBHOOK_KEYS": KEY}
    yield
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture(scope="module")
def blank(process: None) -> Iterator[str]:
    """A new environment; the tests of this module go through its life in their order."""
    clock = datetime(2026, 1, 1, 6, tzinfo=UTC)
    with LocalServer(create_app(state=None, clock=lambda: clock, is_blank=True)) as server:
        yield server.url


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def told(result: Result) -> Any:
    return json.loads(result.stdout)


def tables(url: str) -> set[str]:
    answer = httpx.get(
        f"{url}/api/data/v9.2/EntityDefinitions?$select=LogicalName",
        headers={"Authorization": "Bearer anything"},
        trust_env=False,
    )
    return {each["LogicalName"] for each in answer.json()["value"]}


def test_a_dry_run_shows_the_plan_and_changes_nothing(blank: str) -> None:
    before = tables(blank)

    result = run("install", "--url", blank, "--dry-run")

    assert "Create the table w365_invoice (Invoice)" in " ".join(result.stdout.split())
    assert tables(blank) == before


def test_the_plan_is_json_for_programs(blank: str) -> None:
    result = run("install", "--url", blank, "--dry-run", "--json")

    plan = told(result)
    assert plan["dry_run"] is True
    assert {
        "kind": "table",
        "subject": "w365_invoice",
        "description": "Create the table w365_invoice (Invoice)",
    } in plan["plan"]
    assert {finding["code"] for finding in plan["findings"]} == {
        "application_user_missing",
        "environment_variable_unset",
        "service_address_missing",
    }


def test_what_is_not_installed_is_not_well(blank: str) -> None:
    result = run("doctor", "--url", blank)

    assert result.exit_code == EXIT_FINDINGS
    assert "Run `work365 install`" in " ".join(result.stdout.split())


def test_everything_is_installed_and_the_key_is_never_shown(blank: str) -> None:
    result = run(
        "install",
        "--url",
        blank,
        "--service-url",
        "http://127.0.0.1:9",
        "--application-id",
        APPLICATION_ID,
    )

    assert result.exit_code == 0, result.output
    assert "w365_invoiceline" in tables(blank)
    assert KEY not in result.output


def test_installing_again_has_nothing_to_do(blank: str) -> None:
    result = run("install", "--url", blank, "--json")

    assert result.exit_code == 0
    assert told(result) == {
        "dry_run": False,
        "plan": [],
        "actions_carried_out": 0,
        "findings": [],
    }


def test_the_doctor_finds_a_service_that_does_not_answer(blank: str) -> None:
    result = run("doctor", "--url", blank, "--json")

    [finding] = told(result)["findings"]
    assert result.exit_code == EXIT_FINDINGS
    assert finding["code"] == "webhook_unreachable"


def test_an_address_that_cannot_be_one_is_refused(process: None) -> None:
    result = run("install", "--url", "http://somewhere.example")

    assert result.exit_code == EXIT_REFUSED
    assert "setting_wrong" in result.output
