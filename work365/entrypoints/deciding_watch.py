"""The daily look at decisions: what Microsoft has, beside what was decided and is charged."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from work365.adapters.dataverse.catalog_store import DataverseCatalogStore
from work365.adapters.dataverse.client import DataverseClient
from work365.adapters.dataverse.microsoft.providers import DataverseProviderStore
from work365.adapters.dataverse.microsoft.subscriptions import DataverseSubscriptionMirror
from work365.adapters.partner_center.rules.rules_data import read_rules
from work365.adapters.partner_center.subscriptions import Subscriptions
from work365.bootstrap import Services
from work365.domain.findings import Finding
from work365.domain.moments import local_day
from work365.domain.periods import day_after
from work365.entrypoints.microsoft import PROVIDER, microsoft_of
from work365.usecases.look_at_subscriptions import Books, look_at_all
from work365.usecases.watch_decisions import watch_decisions

PURPOSE = "watch windows and ends of terms"
WITHIN = timedelta(hours=48)
"""Of a daily look, the last one in time comes at least a day before the window closes."""

DAYS_AHEAD = 92
"""A quarter: long enough to ask the customer, and to hear an answer."""


def watch(services: Services, *, at: datetime) -> Sequence[Finding]:
    """Return what should be decided now, and what could not be read; nothing is written.

    It asks Partner Center once for each customer: meant for once a day.
    Raises: MicrosoftNotSetUp; Unavailable, Contradiction.
    """
    markets = services.settings.markets
    reading = look_at_all(
        subscriptions_of(services, PURPOSE),
        books_of(services.dataverse, markets[0] if len(markets) == 1 else None),
        customers=_unwatched,
        progress=_unwatched,
    )
    found = watch_decisions(
        reading.values,
        at=at,
        within=WITHIN,
        through=day_after(local_day(at, UTC), DAYS_AHEAD),
        book=read_rules(),
    )
    return (*reading.findings, *found)


def subscriptions_of(services: Services, purpose: str) -> Subscriptions:
    """Return subscriptions as Partner Center shows them, asked for `purpose`.

    Raises: MicrosoftNotSetUp.
    """
    microsoft = microsoft_of(services)
    return Subscriptions(microsoft.partner_center(purpose), clock=microsoft.clock)


def books_of(client: DataverseClient, market: str | None) -> Books:
    """Return our books; list prices are those of `market`, where several have one."""
    return Books(
        accounts=DataverseProviderStore(client),
        mirror=DataverseSubscriptionMirror(client),
        catalog=DataverseCatalogStore(client),
        provider=PROVIDER,
        market=market,
    )


def _unwatched(_count: int) -> None:
    """Take no notice of progress."""
