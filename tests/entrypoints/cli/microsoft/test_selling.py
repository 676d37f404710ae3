"""`work365 microsoft channel`, and what an indirect provider brings over."""

import json

import pytest

from dataverse_schema.tables.providers import ProviderAccount
from tests.emulators.partner_center import stage
from tests.entrypoints.cli.microsoft import room as rooms
from tests.entrypoints.cli.microsoft.room import Room, run, words
from work365.emulators.partner_center.seeds import RESELLER
from work365.identity.clouds import Audience


@pytest.fixture
def as_provider(room: Room, monkeypatch: pytest.MonkeyPatch) -> Room:
    """Let the indirect provider of the twin's world be the partner that consented."""
    monkeypatch.setitem(rooms.DELEGATED, Audience.PARTNER_CENTER, stage.PROVIDER_AGENT)
    room.connect()
    return room


def test_a_direct_partner_is_told_that_it_is_one(room: Room) -> None:
    room.connect()

    shown = run("channel")

    assert shown.exit_code == 0, shown.stderr
    assert "You sell to customers directly" in words(shown.stdout)


@pytest.mark.usefixtures("as_provider")
def test_an_indirect_provider_sees_its_resellers() -> None:
    shown = run("channel")

    assert "You are an indirect provider" in words(shown.stdout), shown.stderr
    assert RESELLER in words(shown.stdout)


@pytest.mark.usefixtures("as_provider")
def test_a_machine_reads_the_same() -> None:
    document = json.loads(run("channel", "--json").stdout)

    assert document["mode"] == "indirect provider"
    assert [each["tenant"] for each in document["partners"]] == [RESELLER]


def test_the_delegated_connection_is_needed_and_that_is_said(room: Room) -> None:
    room.disconnect()

    shown = run("channel")

    assert (shown.exit_code, shown.stdout) == (2, "")
    assert "needs_delegated_connection" in shown.stderr


def test_customers_are_kept_with_their_reseller_and_keep_it_while_nothing_is_seen(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setitem(rooms.DELEGATED, Audience.PARTNER_CENTER, stage.PROVIDER_AGENT)
        patch.setitem(rooms.OWN, Audience.PARTNER_CENTER, stage.PROVIDER_AGENT)
        room.connect()
        run("provider")

        run("sync", "customers")
        connected = room.partner.kept(ProviderAccount, "tenant", "reseller")
        room.disconnect()
        shown = run("sync", "customers")

    sold_through = [reseller for _, reseller in connected if reseller is not None]
    assert sold_through == [RESELLER, RESELLER]
    assert room.partner.kept(ProviderAccount, "tenant", "reseller") == connected
    assert "the indirect resellers could not be read" in shown.stderr
