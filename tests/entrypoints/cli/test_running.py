import importlib
import os
import re
import signal
import socket
import ssl
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from threading import Timer
from time import monotonic

import httpx
import pytest
from typer.testing import CliRunner, Result

import function_app
from consent.functions import consent_pages
from work365.bootstrap import services
from work365.emulators.dataverse.app import create_app
from work365.entrypoints.cli import app, running
from work365.entrypoints.cli.running import wait_for_interrupt
from work365.entrypoints.local_environment import (
    WEBHOOK_KEY,
    LocalEnvironment,
    free_environment,
    free_port,
    is_down,
)
from work365.entrypoints.serving import LocalServer
from work365.entrypoints.webhooks import KEY_HEADER

NEW_YEAR = datetime(2026, 1, 1, 9, tzinfo=UTC)
COLOURS = re.compile(r"\x1b\[[0-9;]*m")


@pytest.fixture
def here(tmp_path: Path) -> LocalEnvironment:
    return LocalEnvironment(state=tmp_path, dataverse_port=free_port(), app_port=free_port())


@contextmanager
def emulator_in_this_process(here: LocalEnvironment) -> Iterator[None]:
    application = create_app(state=here.dataverse_file, clock=lambda: NEW_YEAR)
    with LocalServer(application, port=here.dataverse_port):
        yield


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def said(text: str) -> str:
    """Return what was printed, as one line without colours."""
    return " ".join(COLOURS.sub("", text).split())


@pytest.fixture
def process(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A process in which nothing has been set or started yet."""
    before = dict(os.environ)
    for name in before:
        if name.startswith("WORK365_"):
            monkeypatch.delenv(name)
    # The library lets the functions of an app be read once.
    importlib.reload(function_app)
    services.cache_clear()
    consent_pages.cache_clear()
    yield
    services().close()
    services.cache_clear()
    os.environ.clear()
    os.environ.update(before)


class TestHelp:
    @pytest.mark.parametrize(
        ("command", "options"),
        [
            (
                "up",
                ["--state", "--port", "--dataverse-port", "--no-emulator", "--no-microsoft"],
            ),
            ("emulate", ["--state", "--port", "--https-port", "--microsoft"]),
            ("demo", ["--state", "--no-microsoft", "--json"]),
            ("bill", ["--through", "--all", "--ahead", "--json"]),
            ("invoices", ["--contract", "--pdf", "--json"]),
            ("explain", ["--json"]),
        ],
    )
    def test_says_what_a_command_does_and_takes(self, command: str, options: list[str]) -> None:
        result = run(command, "--help")

        told = said(result.stdout)
        assert result.exit_code == 0
        assert f"Usage: work365 {command} [OPTIONS]" in told
        assert [option for option in options if option not in told] == []

    def test_is_shown_where_no_command_is_given(self) -> None:
        assert "Usage: work365 [OPTIONS] COMMAND" in said(run().output)


class TestUp:
    @pytest.mark.usefixtures("process")
    def test_runs_until_it_is_interrupted(
        self, here: LocalEnvironment, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        seen: list[int] = []

        def look_around() -> None:
            for headers in ({}, {KEY_HEADER: WEBHOOK_KEY}):
                answer = httpx.post(
                    here.webhook_url, headers=headers, content=b"?", trust_env=False
                )
                seen.append(answer.status_code)
            seen.append(httpx.get(here.clock_url, trust_env=False).status_code)

        monkeypatch.setattr(running, "wait_for_interrupt", look_around)
        monkeypatch.setattr(running, "dataverse_emulator", emulator_in_this_process)
        ports = ["--port", str(here.app_port), "--dataverse-port", str(here.dataverse_port)]

        result = run("up", "--no-microsoft", "--state", str(here.state), *ports)

        told = said(result.stderr)
        assert (result.exit_code, result.stdout) == (0, "")
        assert f"Work 365 answers at http://127.0.0.1:{here.app_port}" in told
        assert f"Dataverse is at {here.dataverse_url}" in told
        assert "Interrupt with Ctrl-C" in told
        assert seen == [401, 400, 200]
        assert is_down(here.webhook_url)
        assert is_down(here.dataverse_url)

    @pytest.mark.usefixtures("process")
    def test_plays_microsoft_and_serves_the_consent_pages(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        here = free_environment(tmp_path, has_microsoft=True)
        seen: list[int] = []

        def look_around() -> None:
            trusted = ssl.create_default_context(cafile=here.certificates / "ca.pem")
            with httpx.Client(verify=trusted, trust_env=False) as browser:
                for address in (
                    f"{here.sign_in_url}/common/discovery/instance",
                    f"{here.vault_url}/_emulator/v1/requests",
                    f"{here.microsoft_url}/_emulator/v1/clock",
                    f"{here.consent_url}/consent.css",
                    f"{here.consent_url}/links/of-nobody",
                ):
                    seen.append(browser.get(address).status_code)

        monkeypatch.setattr(running, "wait_for_interrupt", look_around)
        ports = ["--port", str(here.app_port), "--dataverse-port", str(here.dataverse_port)]

        result = run("up", "--state", str(here.state), *ports)

        told = said(result.stderr)
        assert result.exit_code == 0, told
        assert seen == [400, 200, 200, 200, 410]
        assert f"Entra answers at {here.sign_in_url}" in told
        assert f"The consent pages are at {here.consent_url}" in told
        assert is_down(here.consent_url)
        assert is_down(here.sign_in_url)
        assert here.microsoft_file.exists()

    @pytest.mark.usefixtures("process")
    def test_leaves_microsoft_out_where_no_certificate_can_be_made(
        self, here: LocalEnvironment, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(sys.modules, "trustme", None)
        monkeypatch.setattr(running, "wait_for_interrupt", lambda: None)
        monkeypatch.setattr(running, "dataverse_emulator", emulator_in_this_process)
        ports = ["--port", str(here.app_port), "--dataverse-port", str(here.dataverse_port)]

        result = run("up", "--state", str(here.state), *ports)

        told = said(result.stderr)
        assert result.exit_code == 0, told
        assert "Microsoft is left out: https needs a certificate" in told
        assert "consent pages" not in told

    @pytest.mark.usefixtures("process")
    def test_works_on_the_environment_of_the_settings_without_an_emulator(
        self, here: LocalEnvironment, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        application = create_app(state=None, clock=lambda: NEW_YEAR)
        monkeypatch.setattr(running, "wait_for_interrupt", lambda: None)
        with LocalServer(application, port=here.dataverse_port) as server:
            for name, value in here.application_settings().items():
                monkeypatch.setenv(name, value)

            result = run("up", "--no-emulator", "--port", str(here.app_port))

            assert not is_down(server.url)
        assert result.exit_code == 0, result.output
        assert f"Dataverse is at {here.dataverse_url}" in said(result.stderr)

    def test_a_taken_port_of_dataverse_is_said_in_one_sentence(
        self, here: LocalEnvironment
    ) -> None:
        with socket.create_server(("127.0.0.1", here.dataverse_port)):
            result = run(
                "up", "--state", str(here.state), "--dataverse-port", str(here.dataverse_port)
            )

        told = said(result.stderr)
        assert (result.exit_code, result.stdout) == (2, "")
        assert told.startswith("Failed (emulator_not_started): the Dataverse emulator does not")
        assert f"is another program on port {here.dataverse_port}?" in told


class TestEmulate:
    def test_answers_until_it_is_asked_to_end(
        self, here: LocalEnvironment, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        seen: list[httpx.Response] = []

        def look_around() -> None:
            seen.append(httpx.get(here.clock_url, trust_env=False))

        monkeypatch.setattr(running, "wait_for_interrupt", look_around)
        state = here.state / "new" / "folder"

        result = run("emulate", "--state", str(state), "--port", str(here.dataverse_port))

        assert (result.exit_code, result.stdout) == (0, "")
        assert said(result.stderr) == f"Dataverse answers at {here.dataverse_url}"
        assert [answer.status_code for answer in seen] == [200]
        assert (state / "dataverse.sqlite").exists()
        assert is_down(here.dataverse_url)

    def test_answers_by_https_to_who_trusts_its_authority(
        self, here: LocalEnvironment, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        seen: list[int] = []
        secure_port = free_port()

        def look_around() -> None:
            trusted = ssl.create_default_context(cafile=here.state / "certificates" / "ca.pem")
            clock = f"https://localhost:{secure_port}/_emulator/v1/clock"
            answers = [
                httpx.get(clock, verify=trusted, trust_env=False),
                httpx.get(here.clock_url, trust_env=False),
            ]
            seen.extend(answer.status_code for answer in answers)

        monkeypatch.setattr(running, "wait_for_interrupt", look_around)
        ports = ["--port", str(here.dataverse_port), "--https-port", str(secure_port)]

        result = run("emulate", "--state", str(here.state), *ports)

        assert (result.exit_code, seen) == (0, [200, 200])
        assert f"https://localhost:{secure_port}; clients trust" in said(result.stderr)

    def test_a_taken_port_is_said_in_one_sentence(self, here: LocalEnvironment) -> None:
        with socket.create_server(("127.0.0.1", here.dataverse_port)):
            result = run("emulate", "--state", str(here.state), "--port", str(here.dataverse_port))

        assert (result.exit_code, result.stdout) == (2, "")
        assert said(result.stderr).startswith("Failed: [Errno")


@pytest.mark.parametrize("asked", [signal.SIGINT, signal.SIGTERM])
def test_waiting_ends_when_the_process_is_asked_to_end(asked: signal.Signals) -> None:
    before = {name: signal.getsignal(name) for name in (signal.SIGINT, signal.SIGTERM)}
    Timer(0.2, os.kill, (os.getpid(), asked)).start()
    begun = monotonic()

    try:
        wait_for_interrupt()
        # Whoever asks again does not want to wait for what is being finished.
        second = [signal.getsignal(name) for name in before]
    finally:
        for name, handler in before.items():
            signal.signal(name, handler)

    assert monotonic() - begun < 10
    assert second == [signal.SIG_DFL] * 2
