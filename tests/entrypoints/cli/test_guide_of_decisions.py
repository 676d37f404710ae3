"""What the billing clerk's guide shows of the commands about decisions is what they print."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.entrypoints.cli.decisions import Office, office_of, put_something_ahead, run

GUIDE = Path(__file__).parents[3] / "docs" / "billing-clerk-guide.md"
SHOWN = re.findall(r"^```\n\$ work365 (.+)\n((?:.*\n)+?)```$", GUIDE.read_text(), re.MULTILINE)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with office_of(tmp_path_factory.mktemp("office")) as office:
        put_something_ahead(office)
        yield office


def test_every_command_about_decisions_is_shown_once() -> None:
    commands = [command.split()[0] for command, _ in SHOWN]

    assert commands == ["what-if", "guardian", "extended-service", "rehearse"]


@pytest.mark.parametrize(("command", "output"), SHOWN, ids=[each.split()[0] for each, _ in SHOWN])
def test_a_command_prints_what_the_guide_shows(
    office: Office, command: str, output: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    printed = run(*shlex.split(command)).stdout

    lines = [line.rstrip() for line in printed.strip("\n").splitlines()]
    assert [line for line in lines if line] == [line for line in output.splitlines() if line]
