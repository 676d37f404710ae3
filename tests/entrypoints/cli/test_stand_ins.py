"""What plays Microsoft on this machine: one partner in all of it, kept between two runs."""

import sys
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from work365.emulators.partner_center.seeds import PARTNER
from work365.entrypoints.cli.stand_ins import (
    StandIns,
    customers_of,
    microsoft_here,
    why_not_here,
)
from work365.entrypoints.local_environment import LocalEnvironment, free_environment, is_down

NOW = datetime(2026, 7, 10, 9, 30, tzinfo=UTC)


@pytest.fixture
def here(tmp_path: Path) -> LocalEnvironment:
    return free_environment(tmp_path, has_microsoft=True)


def running(here: LocalEnvironment) -> AbstractContextManager[StandIns]:
    return microsoft_here(here, clock=lambda: NOW)


def test_its_customers_are_the_same_at_both_ends(here: LocalEnvironment) -> None:
    with running(here) as microsoft:
        customers = customers_of(microsoft.world)

        assert len(customers) == 10
        assert {one.tenant for one in customers} <= microsoft.directory.tenants.keys()
        assert PARTNER in microsoft.directory.tenants
        assert not is_down(here.vault_url)
    assert is_down(here.vault_url)


def test_what_happened_at_partner_center_is_there_when_it_runs_again(
    here: LocalEnvironment,
) -> None:
    with running(here) as microsoft:
        first = next(iter(microsoft.world.customers.values()))
        first.name = "Renamed"

    with running(here) as again:
        names = [one.name for one in customers_of(again.world)]

    assert "Renamed" in names


def test_it_cannot_be_played_where_no_certificate_can_be_made(
    here: LocalEnvironment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "trustme", None)

    assert "needs the package 'trustme'" in (why_not_here(here) or "")


def test_it_can_be_played_here(here: LocalEnvironment) -> None:
    assert why_not_here(here) is None
