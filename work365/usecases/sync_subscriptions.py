"""Bring over what customers have at Microsoft: what is new, what changed there, what drifted.

Microsoft is asked before our own log is read: a change that is made here in between is then
newer than what Microsoft showed, and is offered as a repair at worst. Changes are written
before it is noted how many seats were seen, and a customer is marked as read last, so that a
process that ends anywhere leaves nothing out for the next one.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from typing import NamedTuple, TypeAlias, TypeVar

from work365.domain.findings import Finding, Reading, Severity
from work365.domain.microsoft.drift import Drift, Repair
from work365.domain.microsoft.subscriptions import SeenSubscription
from work365.domain.moments import local_day
from work365.ports.catalog import CatalogKind, CatalogStore, Effect
from work365.ports.provider_lists import SubscriptionList
from work365.ports.providers import KeptProviderAccount, ProviderAccounts
from work365.ports.seen_subscriptions import (
    LoggedSubscription,
    ProviderChange,
    SubscriptionLog,
)
from work365.usecases.halving import halving
from work365.usecases.import_subscriptions import Choices, import_subscriptions
from work365.usecases.intake import Imported, Progress, Provided
from work365.usecases.reading_ahead import Asked, read_ahead
from work365.usecases.seat_history import SeatChange, SeatHistory, drift_since
from work365.usecases.subscription_pairs import Pairs, paired
from work365.usecases.sync_customers import account_path

CUSTOMERS_PER_CHUNK = 50
"""With some ten subscriptions each, what a handful of queries reads and one change set writes."""
SOURCE = "Partner Center"
CHANGED_AT_BOTH_ENDS = "changed_at_both_ends"

ThingT = TypeVar("ThingT")
Answer: TypeAlias = Asked[KeptProviderAccount, Reading[SeenSubscription]]
Pair: TypeAlias = tuple[LoggedSubscription, SeenSubscription]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stores:
    """Where it is kept what was read."""

    accounts: ProviderAccounts
    mirror: SubscriptionLog
    catalog: CatalogStore


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What is read, and what is known of it beforehand."""

    tenants: Collection[str] | None = None
    """Of the customers that are read; all that are listed where none are named."""
    since: datetime | None = None
    """Customers that were marked as read at this moment or later are left out: where a run that
    ended early began, so that the next one goes on with the rest."""
    history: SeatHistory = field(default_factory=dict)
    """When seats were changed at Microsoft, from its audit records."""
    customers_per_chunk: int = CUSTOMERS_PER_CHUNK
    """How many are read, written and marked together."""


class Offered(NamedTuple):
    """A repair that can be carried out."""

    subscription: LoggedSubscription
    repair: Repair


@dataclass(frozen=True, slots=True)
class Synced:
    """What a sync of subscriptions came to."""

    imported: Imported = field(default_factory=Imported)
    repairs: tuple[Offered, ...] = ()

    def __add__(self, other: "Synced") -> "Synced":
        return Synced(self.imported + other.imported, self.repairs + other.repairs)


def sync_subscriptions(
    *,
    provider: str,
    subscriptions: SubscriptionList,
    stores: Stores,
    scope: Scope,
    at: datetime,
    progress: Progress,
) -> Synced:
    """Read the subscriptions of customers, one request each, and take in what is new and changed.

    What is new is taken in as an import does. What was changed at Microsoft becomes an entry of
    the log that nobody is told of, effective on the day in UTC on which it was changed, or was
    seen if Microsoft does not say when. A change at both ends, and a log that is ahead of
    Microsoft, are findings; a repair is offered where one is possible. `progress` counts
    customers, and `at` is the time of the sync, in UTC.

    Raises:
        ProviderMissing: there is no provider with the key `provider`.
        Unavailable: Microsoft or Dataverse gives no answer. What was read before is kept.
    """
    run = _Run(provider, stores, scope, at)
    synced = Synced()
    answers = read_ahead(
        run.due(),
        lambda account: subscriptions.of_customer(account.tenant),
        path=lambda account: account_path(account.tenant),
    )
    while chunk := list(islice(answers, scope.customers_per_chunk)):
        synced += run.take(chunk)
        progress(len(chunk))
    return synced


@dataclass(frozen=True, slots=True)
class _Run:
    provider: str
    stores: Stores
    scope: Scope
    at: datetime

    def due(self) -> list[KeptProviderAccount]:
        """Return the accounts to read, those first that were not read for the longest time."""
        since = self.scope.since and self.scope.since.replace(microsecond=0)
        wanted = self.scope.tenants
        due = [
            account
            for account in self.stores.accounts.accounts(self.provider)
            if (wanted is None or account.tenant in wanted)
            and account.unlisted_since is None
            and not _is_read(account, since)
        ]
        long_ago = datetime.min.replace(tzinfo=UTC)
        return sorted(due, key=lambda account: (account.last_synced_at or long_ago, account.tenant))

    def take(self, answers: Sequence[Answer]) -> Synced:
        """Keep what was answered for a chunk of customers."""
        read = [(account.tenant, answer) for account, answer, _ in map(_parts, answers) if answer]
        findings = [asked.finding for asked in answers if asked.finding is not None]
        for tenant, answer in read:
            findings += [_of_customer(finding, tenant) for finding in answer.findings]
        imported, pairs = self._paired(dict(read))
        drifts = [
            (pair, drift_since(*pair, self._history(pair), recorded_at=self.at))
            for pair in pairs.known
        ]
        written, unwritten = self._write(drifts)
        offered = tuple(
            Offered(logged, repair) for (logged, _), found in drifts for repair in found.repairs
        )
        findings += pairs.findings
        findings += [each for _, found in drifts for each in found.findings]
        findings += map(_offered, offered)
        tenants = [tenant for tenant, _ in read if tenant not in unwritten]
        self.stores.accounts.mark_synced(self.provider, tenants, at=self.at)
        return Synced(imported + written + Imported(findings=tuple(findings)), offered)

    def _paired(self, read: dict[str, Reading[SeenSubscription]]) -> tuple[Imported, Pairs]:
        mirror = self.stores.mirror
        seen = {
            each.provided.id.lower(): each for answer in read.values() for each in answer.values
        }
        logged = mirror.logged(self.provider, references=seen.keys(), tenants=read.keys())
        whole = {tenant for tenant, answer in read.items() if answer.is_complete}
        pairs = paired(seen, logged, whole=whole, on=local_day(self.at, UTC))
        imported = self._take_in(pairs.new)
        if imported.subscriptions:
            added = [each.provided.id.lower() for each in pairs.new]
            logged = [*logged, *mirror.logged(self.provider, references=added)]
            pairs = paired(seen, logged, whole=whole, on=local_day(self.at, UTC))
        return imported, pairs

    def _take_in(self, new: Sequence[SeenSubscription]) -> Imported:
        return import_subscriptions(
            subscriptions=[Provided(each.provided, SOURCE) for each in new],
            choices=Choices(),
            at=self.at,
            today=local_day(self.at, UTC),
            store=self.stores.catalog,
            progress=lambda _: None,
        )

    def _history(self, pair: Pair) -> Sequence[SeatChange]:
        return self.scope.history.get(pair[0].reference, ())

    def _write(self, drifts: Sequence[tuple[Pair, Drift]]) -> tuple[Imported, set[str]]:
        """Write changes, then what was seen; return the tenants of what could not be written."""
        mirror = self.stores.mirror
        changed = [(pair, found) for pair, found in drifts if found.changes]
        changes = halving(changed, lambda some: mirror.add_changes(list(_entries(some))))
        refused = {id(pair) for (pair, _), _ in changes.refused}
        # What waits for a person is not noted as seen: once the log is put right, it is new.
        seen = [pair for pair, found in drifts if not _waits(found) and id(pair) not in refused]
        noted = halving(seen, lambda some: mirror.keep_seen(some, at=self.at))
        unwritten = [(pair, why) for (pair, _), why in changes.refused] + list(noted.refused)
        tally: Counter[tuple[CatalogKind, Effect]] = Counter()
        for each in (*changes.results, *noted.results):
            tally += each
        findings = tuple(
            Finding(Severity.ERROR, why.code, f"{_path(logged)} was not kept: {why}", _path(logged))
            for (logged, _), why in unwritten
        )
        tenants = {seen.provided.customer_tenant or "" for (_, seen), _ in unwritten}
        return Imported(tally, findings), tenants


def _parts(
    answer: Answer,
) -> tuple[KeptProviderAccount, Reading[SeenSubscription] | None, Finding | None]:
    return answer.about, answer.answer, answer.finding


def _is_read(account: KeptProviderAccount, since: datetime | None) -> bool:
    if since is None or account.last_synced_at is None:
        return False
    return account.last_synced_at >= since


def _waits(found: Drift) -> bool:
    return any(finding.code == CHANGED_AT_BOTH_ENDS for finding in found.findings)


def _entries(drifts: Iterable[tuple[Pair, Drift]]) -> Iterator[ProviderChange]:
    for (logged, _), found in drifts:
        for entry in found.changes:
            yield ProviderChange(logged.id, entry.change, entry.reason, entry.etag)


def _of_customer(finding: Finding, tenant: str) -> Finding:
    path = f"{account_path(tenant)}/{finding.path}"
    return Finding(finding.severity, finding.code, finding.message, path)


def _offered(offered: Offered) -> Finding:
    path = _path(offered.subscription)
    repair = offered.repair
    message = f"{path}: {repair.why} Offered as a repair: {repair.intent}"
    return Finding(Severity.WARNING, "drifted", message, path)


def _path(logged: LoggedSubscription) -> str:
    return f"subscription {logged.kept.key}"
