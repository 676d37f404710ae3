"""What stands behind the pages in a process of the service."""

from functools import partial
from urllib.parse import urlsplit

from fastapi import FastAPI

from consent.app import Desk, Feature, create_app
from consent.health import HealthDesk, create_health_app
from work365.adapters.dataverse.microsoft.consent import DataverseConsentLedger
from work365.adapters.dataverse.microsoft.providers import DataverseProviderStore
from work365.bootstrap import Services
from work365.entrypoints import clock
from work365.entrypoints.connection import consent_address, delegated_features, draw, look_at
from work365.entrypoints.microsoft import microsoft_of
from work365.usecases.check_connection import Health
from work365.usecases.complete_consent import Parts

APP_ONLY_FEATURES = (
    "Customers, products, orders and subscriptions",
    "Changes of subscriptions, and what Microsoft changed itself",
    "Lists of provider invoices, and what they are made of",
)


def features() -> tuple[Feature, ...]:
    """Return what works with which connection, by the table of operations."""
    return (
        *(Feature(name, needs_delegated=False) for name in APP_ONLY_FEATURES),
        *(Feature(name, needs_delegated=True) for name in delegated_features()),
    )


def consent_app(services: Services) -> FastAPI:
    """Return the consent pages.

    Raises: SettingWrong, MicrosoftNotSetUp: a setting is missing.
    """
    microsoft = microsoft_of(services)
    return create_app(
        Desk(
            parts=partial(_parts, services),
            clock=partial(clock.now, services),
            draw=draw,
            address=consent_address(services),
            sign_in_address=microsoft.cloud.authority,
            features=features(),
            is_token_kept=services.settings.key_vault_url is not None,
        )
    )


def health_app(services: Services, *, path: str) -> FastAPI:
    """Return the health page, to be put at `path` for staff alone."""
    base = urlsplit(consent_address(services)).path
    desk = HealthDesk(
        look=partial(look_at_all, services), path=path, base=base, features=features()
    )
    return create_health_app(desk)


def look_at_all(services: Services) -> list[Health]:
    """Look at the connection of every provider."""
    store = DataverseProviderStore(services.dataverse)
    return [look_at(services, provider.key) for provider in store.providers()]


def _parts(services: Services) -> Parts:
    microsoft = microsoft_of(services)
    return Parts(
        sign_in=microsoft.sign_in,
        probe=microsoft.probe,
        ledger=DataverseConsentLedger(services.dataverse),
        providers=DataverseProviderStore(services.dataverse),
        vault=microsoft.vault,
    )
