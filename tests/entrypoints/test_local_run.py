import importlib
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

import function_app
from tests.usecases.fakes import FakeQueue
from work365.bootstrap import Services
from work365.emulators.dataverse.app import create_app
from work365.entrypoints import local_run
from work365.entrypoints.local_environment import (
    WEBHOOK_KEY,
    LocalEnvironment,
    free_port,
    is_down,
)
from work365.entrypoints.local_run import (
    START_SECONDS_MAX,
    EmulatorNotStarted,
    dataverse_emulator,
    local_host,
    register_local_webhook,
)
from work365.entrypoints.serving import LocalServer
from work365.entrypoints.webhooks import KEY_HEADER
from work365.errors import Unavailable
from work365.jobs import StartDueContracts, SweepChanges
from work365.settings import Settings

NEW_YEAR = datetime(2026, 1, 1, 9, tzinfo=UTC)


@pytest.fixture
def place(tmp_path: Path) -> LocalEnvironment:
    return LocalEnvironment(state=tmp_path, dataverse_port=free_port(), app_port=free_port())


@pytest.fixture
def here(place: LocalEnvironment) -> Iterator[LocalEnvironment]:
    """An environment whose emulator runs in this process."""
    with LocalServer(create_app(state=None, clock=lambda: NEW_YEAR), port=place.dataverse_port):
        yield place


@pytest.fixture
def services(place: LocalEnvironment) -> Iterator[Services]:
    made = Services(Settings.read(place.application_settings()))
    yield made
    made.close()


def registered(here: LocalEnvironment, table: str, columns: str) -> list[dict[str, Any]]:
    answer = httpx.get(
        f"{here.dataverse_url}/api/data/v9.2/{table}?$select={columns}",
        headers={"Authorization": "Bearer any"},
        trust_env=False,
    )
    rows: list[dict[str, Any]] = answer.raise_for_status().json()["value"]
    return rows


def step_ids(here: LocalEnvironment) -> set[str]:
    name = "sdkmessageprocessingstepid"
    return {row[name] for row in registered(here, "sdkmessageprocessingsteps", name)}


class TestEmulator:
    def test_runs_in_a_process_of_its_own_until_the_context_ends(
        self, place: LocalEnvironment
    ) -> None:
        with dataverse_emulator(place) as process:
            answers = httpx.get(place.clock_url, trust_env=False).status_code
            is_running = process.poll() is None

        assert (answers, is_running) == (200, True)
        assert process.poll() == 0
        assert place.dataverse_file.exists()
        assert is_down(place.dataverse_url)

    @pytest.mark.parametrize("app", ["web page", "emulator"])
    def test_a_port_that_is_taken_is_told_even_where_an_emulator_is_on_it(
        self, place: LocalEnvironment, app: str
    ) -> None:
        other = Starlette() if app == "web page" else create_app(state=None, clock=lambda: NEW_YEAR)

        with (
            LocalServer(other, port=place.dataverse_port),
            pytest.raises(EmulatorNotStarted) as raised,
            dataverse_emulator(place),
        ):
            raise AssertionError("it was started")

        assert isinstance(raised.value, Unavailable)
        assert f"is another program on port {place.dataverse_port}?" in str(raised.value)
        assert "Choose one with --dataverse-port" in str(raised.value)
        assert not place.dataverse_file.exists()

    def test_a_process_that_ends_at_once_is_not_waited_for(
        self, place: LocalEnvironment, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        ends_at_once = shutil.which("false")
        assert ends_at_once is not None
        monkeypatch.setattr(sys, "executable", ends_at_once)
        begun = monotonic()

        with pytest.raises(EmulatorNotStarted, match="does not answer"), dataverse_emulator(place):
            raise AssertionError("it was started")

        assert monotonic() - begun < START_SECONDS_MAX / 2

    def test_one_that_does_not_come_up_is_ended(
        self, place: LocalEnvironment, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        started: list[subprocess.Popen[bytes]] = []
        popen = subprocess.Popen

        def start(*command: Any, **options: Any) -> "subprocess.Popen[bytes]":
            started.append(popen(*command, **options))
            return started[-1]

        monkeypatch.setattr(local_run, "START_SECONDS_MAX", 0)
        monkeypatch.setattr(subprocess, "Popen", start)

        with pytest.raises(EmulatorNotStarted), dataverse_emulator(place):
            raise AssertionError("it was started")

        assert [process.poll() is None for process in started] == [False]


class TestWebhook:
    def test_rings_at_the_app_of_this_machine(
        self, here: LocalEnvironment, services: Services
    ) -> None:
        register_local_webhook(services, here)

        (endpoint,) = registered(here, "serviceendpoints", "url,contract")
        assert endpoint["url"] == here.webhook_url

    def test_registered_twice_is_registered_once_where_the_app_is_now(
        self, here: LocalEnvironment, services: Services
    ) -> None:
        register_local_webhook(services, here)
        before = step_ids(here)
        moved = replace(here, app_port=here.app_port + 1)

        register_local_webhook(services, moved)

        (endpoint,) = registered(here, "serviceendpoints", "url")
        assert endpoint["url"] == moved.webhook_url
        assert step_ids(here) == before
        assert before


class TestHost:
    @pytest.fixture(autouse=True)
    def fresh_app(self) -> None:
        # The library lets the functions of an app be read once.
        importlib.reload(function_app)

    def test_serves_the_app_that_azure_loads(
        self, here: LocalEnvironment, services: Services, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("work365.entrypoints.webhooks.services", lambda: services)

        with local_host(services) as host:
            url = f"{host.url}/api/webhooks/dataverse"
            statuses = [
                httpx.post(url, headers=headers, content=b"?", trust_env=False).status_code
                for headers in ({}, {KEY_HEADER: WEBHOOK_KEY})
            ]

        assert statuses == [401, 400]

    def test_its_timers_go_by_the_clock_of_the_emulator(
        self, here: LocalEnvironment, services: Services, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        put = FakeQueue([])
        vars(services)["queue"] = put
        monkeypatch.setattr("work365.entrypoints.timers.services", lambda: services)
        with local_host(services):
            moved = {"now": "2026-01-01T09:15:00Z"}
            httpx.put(here.clock_url, json=moved, trust_env=False).raise_for_status()
            deadline = monotonic() + 10
            while len(put.jobs) < 2 and monotonic() < deadline:
                sleep(0.01)

        assert set(put.jobs) == {SweepChanges(), StartDueContracts()}
