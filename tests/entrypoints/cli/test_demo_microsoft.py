"""The second chapter of the demo, as it is printed and as it is for programs."""

import json
import logging

import pytest

from consent.functions import consent_pages
from work365.entrypoints.cli.demo_microsoft import (
    STEPS,
    SecondEnding,
    microsoft_as_json,
    play_microsoft,
    print_microsoft,
)
from work365.entrypoints.local_environment import free_environment, is_down


@pytest.fixture(scope="module")
def end(tmp_path_factory: pytest.TempPathFactory) -> SecondEnding:
    # They keep the services of an earlier test.
    consent_pages.cache_clear()
    here = free_environment(tmp_path_factory.mktemp("second"), has_microsoft=True)
    ending = play_microsoft(here)
    assert is_down(here.sign_in_url)
    return ending


def test_tells_every_step_in_words(end: SecondEnding, capsys: pytest.CaptureFixture[str]) -> None:
    print_microsoft(end)

    told = " ".join(capsys.readouterr().out.split())
    assert len(end.told) == STEPS
    assert "consent link" in told
    assert "CT-2001-00002" in told
    assert "provisioned" in told


def test_is_whole_for_programs(end: SecondEnding) -> None:
    document = json.loads(json.dumps(microsoft_as_json(end), default=str))

    assert [change["quantity"] for change in document["changes"]] == [
        "10", "3", "2", "-1", "0", "-4",
    ]  # fmt: skip
    assert len(document["told"]) == STEPS
    assert [invoice["invoice"] for invoice in document["invoices"]] == [
        "CT-2001-00001",
        "CT-2001-00002",
    ]


def test_leaves_the_log_as_it_was(end: SecondEnding) -> None:
    assert end.told
    assert logging.getLogger("work365").level == logging.NOTSET
