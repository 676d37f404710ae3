"""What goes wrong before Microsoft is asked, and how findings are said."""

import logging
import socket

import pytest

from tests.entrypoints.cli.microsoft.room import Room, run, words
from work365.entrypoints import provider_findings
from work365.entrypoints.cli import billing
from work365.entrypoints.cli.microsoft import asking


def test_nothing_answers_is_said_at_once(monkeypatch: pytest.MonkeyPatch, room: Room) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    monkeypatch.setattr(asking, "connected", billing.connected)
    monkeypatch.setenv("WORK365_DATAVERSE_URL", url)
    monkeypatch.setenv("WORK365_DATAVERSE_TOKEN", "anything")

    shown = run("health")

    assert shown.exit_code == 2
    assert "nothing answers at" in words(shown.stderr)


def test_a_provider_that_is_not_there_is_refused(room: Room) -> None:
    shown = run("health", "--provider", "acme")

    assert shown.exit_code == 2
    assert "Refused" in shown.stderr


def test_the_log_says_findings_again_once_a_command_is_done(room: Room) -> None:
    run("sync", "customers")

    assert not logging.getLogger(provider_findings.__name__).disabled
