"""The connection of this partner to Microsoft: the link that makes it, and how it stands."""

from dataclasses import dataclass
from datetime import datetime
from secrets import token_urlsafe

from work365.adapters.dataverse.microsoft.consent import DataverseConsentLedger
from work365.adapters.dataverse.microsoft.providers import DataverseProviderStore
from work365.adapters.partner_center.endpoints import ENDPOINTS, Mode
from work365.bootstrap import Services
from work365.entrypoints import clock
from work365.entrypoints.microsoft import microsoft_of
from work365.entrypoints.microsoft_looks import looks
from work365.errors import Work365Error
from work365.identity.clouds import Audience
from work365.microsoft import Microsoft
from work365.ports.secrets import Secret
from work365.settings import SettingWrong
from work365.usecases.check_connection import Health, check_connection
from work365.usecases.request_consent import request_consent
from work365.usecases.withdraw_consent import Withdrawn, withdraw_consent

TOKEN_BYTES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentLink:
    """Where an administrator of the partner consents, once."""

    address: Secret
    """Whoever has it can open it: it is shown to who asked for it, and to nobody else."""
    expires_at: datetime
    """In UTC."""


def draw() -> Secret:
    """Return a secret that nobody can guess."""
    return Secret(token_urlsafe(TOKEN_BYTES))


def consent_address(services: Services) -> str:
    """Return where browsers find the consent pages, without a slash at its end.

    Raises: SettingWrong: nobody has said.
    """
    address = services.settings.consent_url
    if address is None:
        raise SettingWrong(
            "WORK365_CONSENT_URL is not set: set it to the address of the consent pages, such as"
            " https://name.azurewebsites.net/api/consent"
        )
    return address


def delegated_features() -> tuple[str, ...]:
    """Return what works only with the delegated connection, in the words of a user."""
    named = {each.feature for each in ENDPOINTS if each.mode is Mode.DELEGATED and each.feature}
    return tuple(sorted(named))


def offer_link(services: Services, provider: str, *, requested_by: str) -> ConsentLink:
    """Make a link by which `provider` can be consented for; earlier ones open nothing any more.

    Raises: SettingWrong; ProviderMissing, PartnerTenantMissing.
    """
    address, token = consent_address(services), draw()
    request = request_consent(
        provider=provider,
        requested_by=requested_by,
        token=token,
        at=clock.now(services),
        providers=DataverseProviderStore(services.dataverse),
        ledger=DataverseConsentLedger(services.dataverse),
    )
    return ConsentLink(
        address=Secret(f"{address}/links/{token.reveal()}"), expires_at=request.expires_at
    )


def look_at(services: Services, provider: str) -> Health:
    """Look at the connection of one provider, and keep how it stands.

    Raises: ProviderMissing, MicrosoftNotSetUp.
    """
    microsoft = microsoft_of(services)
    return check_connection(
        provider=provider,
        at=clock.now(services),
        looks=looks(microsoft),
        providers=DataverseProviderStore(services.dataverse),
        vault=microsoft.vault,
    )


def withdraw(services: Services, provider: str) -> Withdrawn:
    """End the delegated connection of one provider.

    Raises: ProviderMissing, VaultRefused, VaultUnavailable.
    """
    microsoft = microsoft_of(services)
    return withdraw_consent(
        provider=provider,
        at=clock.now(services),
        has_app_only=_signs_in_by_itself(microsoft),
        providers=DataverseProviderStore(services.dataverse),
        ledger=DataverseConsentLedger(services.dataverse),
        vault=microsoft.vault,
    )


def _signs_in_by_itself(microsoft: Microsoft) -> bool:
    try:
        microsoft.app_tokens.token(Audience.PARTNER_CENTER, tenant=microsoft.partner_tenant)
    except Work365Error:
        return False
    return True
