"""The command line beside a partner whose both ends run here: the twin and the local Dataverse."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from typer.testing import CliRunner, Result

from tests.emulators.partner_center import stage
from tests.journeys.connected_partner import ConnectedPartner, connected_partner
from work365.adapters.dataverse.microsoft.consent import DataverseConsentLedger
from work365.bootstrap import Services
from work365.emulators.partner_center.seeds import PARTNER
from work365.entrypoints.cli import app
from work365.entrypoints.cli.microsoft import asking
from work365.entrypoints.microsoft import microsoft_of
from work365.identity.clouds import GLOBAL, Audience
from work365.identity.memory_vault import MemoryVault
from work365.ports.secrets import Secret
from work365.settings import Settings

CONSENT_URL = "https://northwind.azurewebsites.net/api/consent"
REFRESH_TOKEN = Secret("refresh-token-of-the-room")
OWN = {
    Audience.PARTNER_CENTER: stage.APP,
    Audience.PRICE_SHEETS: stage.PRICE_APP,
    Audience.GRAPH: stage.GRAPH_APP,
}
DELEGATED = {
    Audience.PARTNER_CENTER: stage.AGENT,
    Audience.PRICE_SHEETS: stage.PRICE_AGENT,
    Audience.GRAPH: stage.GRAPH_AGENT,
}


@dataclass
class Room:
    """The partner, the vault, and the services as the commands get them."""

    partner: ConnectedPartner
    settings: Settings
    vault: MemoryVault

    def token(self, audience: Audience, *, tenant: str) -> str:
        """Return what the twin takes for a token of the application alone."""
        assert tenant == PARTNER
        return OWN[audience]

    def source(self, audience: Audience, *, tenant: str) -> Callable[[], str]:
        """Return where a client asks for the token of each request."""
        return lambda: self.token(audience, tenant=tenant)

    def connect(self) -> None:
        """Keep a token, as a consent does."""
        now = self.partner.microsoft.clock()
        self.vault.write(PARTNER, REFRESH_TOKEN, redeemed_at=now, replaces=None)

    def disconnect(self) -> None:
        """Take the token away."""
        self.vault.delete(PARTNER)

    @contextmanager
    def connected(self) -> Iterator[Services]:
        """Stand in for the services that settings would name; both ends are real."""
        services = Services(self.settings)
        vars(services)["dataverse"] = self.partner.client
        microsoft = microsoft_of(services)
        address = self.partner.microsoft.address
        addresses = dict.fromkeys(GLOBAL.addresses, address)
        vars(microsoft).update(
            cloud=replace(GLOBAL, addresses=addresses),
            http=self.partner.microsoft.http,
            vault=self.vault,
            app_tokens=self,
            delegated_tokens=_Delegated(self.vault),
        )
        yield services

    @property
    def ledger(self) -> DataverseConsentLedger:
        """What is on record of consents."""
        return DataverseConsentLedger(self.partner.client)


@dataclass
class _Delegated:
    """Tokens on behalf of who consented, without a sign-in."""

    vault: MemoryVault

    def token(self, audience: Audience) -> str:
        return DELEGATED[audience]

    def source(self, audience: Audience) -> Callable[[], str]:
        return lambda: self.token(audience)

    def good_until(self) -> object:
        kept = self.vault.read(PARTNER)
        return None if kept is None else kept.redeemed_at + timedelta(days=90)


@contextmanager
def room_of(folder: Path) -> Iterator[Room]:
    """Return a room whose partner has contracts here, and has brought nothing over yet."""
    with connected_partner(folder) as partner, pytest.MonkeyPatch.context() as patch:
        partner.sign_contracts()
        settings = Settings(
            dataverse_url=partner.dataverse_url,
            partner_tenant=PARTNER,
            client_id=stage.APPLICATION,
            key_vault_url="https://northwind.vault.azure.net",
            consent_url=CONSENT_URL,
            clock_url=f"{partner.microsoft.address}/_emulator/v1/clock",
            time_zone=ZoneInfo("Europe/Berlin"),
            markets=("DE",),
        )
        room = Room(partner, settings, MemoryVault())
        patch.setattr(asking, "connected", room.connected)
        yield room


def run(*arguments: str, answer: str | None = None) -> Result:
    """Return what `work365 microsoft` prints, on a terminal of 80 columns."""
    return CliRunner().invoke(
        app,
        ["microsoft", *arguments],
        input=answer,
        env={"COLUMNS": "80", "TERMINAL_WIDTH": "80"},
    )


def words(text: str) -> str:
    """Return what is printed, without the ends of its lines."""
    return " ".join(text.split())
