"""Jobs about Microsoft: each does its work, and keeps what it finds where people look."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta

from work365.adapters.dataverse.finding_book import DataverseFindingBook
from work365.adapters.dataverse.microsoft.consent import DataverseConsentLedger
from work365.adapters.dataverse.microsoft.providers import DataverseProviderStore
from work365.bootstrap import Services
from work365.domain.findings import Finding, Severity
from work365.entrypoints.deciding_watch import watch
from work365.entrypoints.microsoft import counts_of, microsoft_of
from work365.entrypoints.provider_events import handle_events, refresh_relationships
from work365.entrypoints.provider_findings import keep_findings
from work365.entrypoints.provider_work import (
    Order,
    bring_over,
    keep_findings_of,
    origin_of,
    put_subscription_syncs,
)
from work365.entrypoints.provisioning import provision
from work365.errors import Refusal, Unavailable
from work365.jobs import (
    HandleProviderEvents,
    ProviderJob,
    ProviderPart,
    ProvisionChanges,
    SyncEverySubscription,
    SyncProvider,
    WatchConnection,
    WatchDecisions,
)
from work365.usecases.watch_consents import watch_consents

CONNECTION = "connection"
DECISIONS = "decisions"
STALE_AFTER = timedelta(hours=36)
"""Of a look that is made every night in parts: what last night's found, and not the one before."""

logger = logging.getLogger(__name__)


def do_provider_job(job: ProviderJob, services: Services, *, at: datetime) -> None:
    """Do `job`, as of `at` in UTC.

    Raises: Refusal, Unavailable, Contradiction: it could not be done, and nothing is lost.
    """
    with _counted(services):
        match job:
            case HandleProviderEvents():
                handle_events(services, at=at)
            case SyncProvider(part=part, tenants=tenants):
                _sync(services, part, tenants, at)
            case SyncEverySubscription():
                _sync_every_subscription(services, at)
            case ProvisionChanges():
                _provision(services, at)
            case WatchConnection():
                findings = connection_findings(services, at=at)
                keep_findings(services, findings, origin=CONNECTION, at=at)
            case WatchDecisions():
                keep_findings(services, watch(services, at=at), origin=DECISIONS, at=at)


def connection_findings(services: Services, *, at: datetime) -> Sequence[Finding]:
    """Use the connection, so that it lasts, and return what of it will end or has ended.

    Raises: Unavailable, Contradiction: Microsoft, the vault or Dataverse gives no answer.
    """
    microsoft = microsoft_of(services)
    findings: list[Finding] = []
    try:
        if microsoft.delegated_tokens.good_until() is not None:
            until = microsoft.delegated_tokens.prolong()
            logger.info("the delegated connection is good until %s", until)
            if microsoft.cloud.lacks_relationships is None:
                findings += refresh_relationships(services, at=at).findings
    except Refusal as error:
        findings.append(Finding(Severity.ERROR, error.code, str(error), "connection"))
    watched = watch_consents(
        at=at,
        providers=DataverseProviderStore(services.dataverse),
        ledger=DataverseConsentLedger(services.dataverse),
        vault=microsoft.vault,
    )
    return (*findings, *watched.findings)


def _sync(services: Services, part: ProviderPart, tenants: Sequence[str], at: datetime) -> None:
    brought = bring_over(services, part, at=at, order=Order(tenants=tenants or None))
    for (kind, effect), number in sorted(brought.tally.items(), key=str):
        logger.info("sync of %s: %d %s %s", part.value, number, kind.value, effect.value)
    keep_findings_of(services, brought, at=at)


def _sync_every_subscription(services: Services, at: datetime) -> None:
    _sync(services, ProviderPart.CUSTOMERS, (), at)
    chunks = put_subscription_syncs(services)
    stale = origin_of(ProviderPart.SUBSCRIPTIONS)
    closed = DataverseFindingBook(services.dataverse).close_older(stale, at - STALE_AFTER)
    logger.info("%d jobs read the subscriptions; %d findings hold no longer", chunks, closed)


def _provision(services: Services, at: datetime) -> None:
    if provision(services, at=at).has_more:
        services.queue.put(ProvisionChanges())


@contextmanager
def _counted(services: Services) -> Iterator[None]:
    try:
        yield
    finally:
        try:
            counts_of(services).keep()
        except Unavailable:
            # They stay in memory and are added after the next job.
            logger.exception("how often Microsoft was asked could not be noted")
