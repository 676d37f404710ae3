"""`work365 microsoft provider`, `connect`, `health` and `withdraw`, as far as rows and vault."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from dataverse_schema import options
from dataverse_schema.tables.microsoft import ConsentRequest
from dataverse_schema.tables.providers import Provider
from tests.emulators.partner_center import stage
from tests.entrypoints.cli.microsoft.room import CONSENT_URL, Room, run, words
from work365.emulators.partner_center.seeds import PARTNER
from work365.identity.clouds import US_GOVERNMENT
from work365.ports.consent import ConsentKind, GivenConsent
from work365.ports.secrets import Secret
from work365.usecases.request_consent import hash_of

OTHER_TENANT = "11111111-2222-4333-8444-555555555555"
FEATURE = "Price sheets from Microsoft"


@pytest.fixture
def connected(room: Room) -> Iterator[None]:
    room.connect()
    yield
    room.disconnect()


@pytest.fixture(autouse=True)
def settings_as_they_were(room: Room) -> Iterator[None]:
    before = room.settings
    run("provider")
    yield
    room.settings = before


def provider_row(room: Room) -> Provider:
    [row] = [each for each in room.partner.rows(Provider) if each.key == "microsoft"]
    return row


class TestTheProvider:
    def test_stands_for_the_partner_of_the_settings(self, room: Room) -> None:
        shown = run("provider", "--json")

        assert shown.exit_code == 0
        assert json.loads(shown.stdout)["tenant"] == PARTNER
        assert provider_row(room).partner_tenant == PARTNER

    def test_of_another_tenant_is_kept_and_the_settings_are_said_to_differ(
        self, room: Room
    ) -> None:
        shown = run("provider", "--tenant", OTHER_TENANT.upper(), "--cloud", "us-government")

        row = provider_row(room)
        assert (row.partner_tenant, row.cloud) == (OTHER_TENANT, options.Cloud.US_GOVERNMENT)
        assert shown.exit_code == 1
        assert "WORK365_PARTNER_TENANT and WORK365_CLOUD of this process" in words(shown.stderr)

    def test_takes_the_cloud_of_the_settings(self, room: Room) -> None:
        room.settings = replace(room.settings, cloud=US_GOVERNMENT)

        assert run("provider").exit_code == 0
        assert provider_row(room).cloud is options.Cloud.US_GOVERNMENT

    def test_is_refused_without_a_tenant(self, room: Room) -> None:
        room.settings = replace(room.settings, partner_tenant=None)

        shown = run("provider")

        assert shown.exit_code == 2
        assert "give --tenant, or set WORK365_PARTNER_TENANT" in words(shown.stderr)

    def test_is_refused_with_something_else_than_an_id(self) -> None:
        shown = run("provider", "--tenant", "northwind.example")

        assert shown.exit_code == 2
        assert "'northwind.example' is no tenant id" in words(shown.stderr)


class TestTheLink:
    def test_alone_goes_to_the_output(self, room: Room) -> None:
        shown = run("connect", "--by", "Petra")

        [link] = shown.stdout.splitlines()
        token = link.removeprefix(f"{CONSENT_URL}/links/")
        request = room.ledger.request(hash_of(Secret(token)))
        assert shown.exit_code == 0
        assert request is not None
        assert request.requested_by == "Petra"
        assert request.expires_at == (stage.START + timedelta(hours=72)).replace(microsecond=0)

    def test_is_said_to_end_and_what_it_opens(self) -> None:
        shown = run("connect")

        assert "until 2026-07-13 09:30 UTC" in words(shown.stderr)
        assert f"- {FEATURE}" in shown.stderr

    def test_leaves_no_token_in_a_row(self, room: Room) -> None:
        shown = run("connect", "--json")

        token = json.loads(shown.stdout)["link"].rpartition("/")[2]
        assert token not in str(room.partner.rows(ConsentRequest))

    def test_of_a_partner_without_a_vault_lasts_as_long_as_the_app(self, room: Room) -> None:
        room.settings = replace(room.settings, key_vault_url=None)

        assert "as long as the app runs" in words(run("connect").stderr)

    def test_is_refused_where_nobody_knows_the_pages(self, room: Room) -> None:
        room.settings = replace(room.settings, consent_url=None)

        shown = run("connect")

        assert (shown.exit_code, shown.stdout) == (2, "")
        assert "WORK365_CONSENT_URL" in shown.stderr

    def test_is_refused_for_a_provider_that_is_not_there(self) -> None:
        shown = run("connect", "--provider", "acme")

        assert (shown.exit_code, shown.stdout) == (2, "")


class TestHealth:
    def test_without_a_consent_is_app_only_and_nothing_is_missing(self, room: Room) -> None:
        shown = run("health")

        assert shown.exit_code == 0
        assert "connected app-only" in shown.stdout
        assert "10 customers can be read." in words(shown.stdout)
        assert provider_row(room).connection is options.ConnectionState.APP_ONLY

    @pytest.mark.usefixtures("connected")
    def test_with_a_consent_says_when_it_ends(self) -> None:
        shown = run("health")

        assert shown.exit_code == 0
        assert "ends on 2026-10-08 09:30 UTC (90 days left)" in words(shown.stdout)

    @pytest.mark.usefixtures("connected")
    def test_is_one_document_for_programs(self) -> None:
        document = json.loads(run("health", "--json").stdout)

        assert document["state"] == "connected with consent"
        assert {each["verdict"] for each in document["seen"]} == {"works"}

    def test_fits_a_terminal_of_80_columns(self) -> None:
        shown = run("health")

        assert max(len(line) for line in shown.stdout.splitlines()) <= 80

    def test_of_an_app_that_is_not_set_up_says_which_setting_is_missing(self, room: Room) -> None:
        room.settings = replace(room.settings, partner_tenant=None)

        shown = run("health")

        assert shown.exit_code == 1
        assert "WORK365_PARTNER_TENANT" in shown.stdout
        assert "missing" in shown.stdout


class TestWithdrawing:
    @pytest.mark.usefixtures("connected")
    def test_asks_first(self, room: Room) -> None:
        shown = run("withdraw", answer="n\n")

        assert shown.exit_code == 1
        assert room.vault.read(PARTNER) is not None

    @pytest.mark.usefixtures("connected")
    def test_takes_the_token_the_links_and_the_record(self, room: Room) -> None:
        room.ledger.record([given()])
        run("connect")

        shown = run("withdraw", "--yes")

        [consent] = room.ledger.consents(provider="microsoft", kind=ConsentKind.PARTNER)
        assert shown.exit_code == 0
        assert room.vault.read(PARTNER) is None
        assert consent.is_withdrawn
        assert "1 consents and 1 open links were withdrawn." in shown.stdout
        assert stage.APPLICATION in shown.stdout
        assert provider_row(room).connection is options.ConnectionState.APP_ONLY

    def test_without_a_vault_says_what_it_cannot_do(self, room: Room) -> None:
        room.settings = replace(room.settings, key_vault_url=None)

        shown = run("withdraw", "--yes")

        assert "this command cannot see it or end it" in words(shown.stderr)


def given() -> GivenConsent:
    return GivenConsent(
        provider="microsoft",
        kind=ConsentKind.PARTNER,
        tenant=PARTNER,
        application=stage.APPLICATION,
        scopes=("user_impersonation",),
        given_at=stage.START,
    )
