"""Look how far our change logs and Microsoft are apart, and change nothing at either end."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from work365.domain.findings import Finding, Reading
from work365.domain.microsoft.drift import Drift
from work365.domain.microsoft.subscriptions import SeenSubscription
from work365.domain.moments import local_day
from work365.ports.providers import KeptProviderAccount, ProviderAccounts
from work365.ports.seen_subscriptions import LoggedSubscription, SubscriptionLog
from work365.usecases.intake import Progress
from work365.usecases.reading_ahead import read_ahead
from work365.usecases.seat_history import drift_since
from work365.usecases.subscription_pairs import paired


class SubscriptionsOfCustomers(Protocol):
    """Subscriptions as the provider lists them."""

    def of_customer(self, tenant: str) -> Reading[SeenSubscription]:
        """Return every subscription of a customer. Raises: Refusal, Unavailable, Contradiction."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ends:
    """Microsoft, and our books."""

    subscriptions: SubscriptionsOfCustomers
    accounts: ProviderAccounts
    log: SubscriptionLog


@dataclass(frozen=True, slots=True)
class Apart:
    """A subscription of which our log and Microsoft say different things."""

    subscription: LoggedSubscription
    drift: Drift


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundDrift:
    """What a look at both ends came to."""

    apart: tuple[Apart, ...]
    new: tuple[SeenSubscription, ...]
    """At Microsoft only."""
    findings: tuple[Finding, ...]
    """What could not be compared, and why."""


def find_drift(
    *,
    provider: str,
    tenants: Collection[str] | None,
    ends: Ends,
    at: datetime,
    customers: Progress,
    progress: Progress,
) -> FoundDrift:
    """Compare the subscriptions of `tenants`, or of all customers that are listed, as of `at`.

    `customers` is told once how many customers are read, and `progress` of each that is.

    Raises: ProviderMissing; Unavailable: Microsoft or Dataverse gives no answer.
    """
    asked = [
        account
        for account in ends.accounts.accounts(provider)
        if account.unlisted_since is None and (tenants is None or account.tenant in tenants)
    ]
    customers(len(asked))
    seen: dict[str, SeenSubscription] = {}
    whole: set[str] = set()
    findings: list[Finding] = []
    for each in read_ahead(
        asked, lambda one: ends.subscriptions.of_customer(one.tenant), path=_path
    ):
        progress(1)
        findings += [each.finding] if each.finding else []
        if each.answer is not None:
            findings += each.answer.findings
            seen |= {one.provided.id.lower(): one for one in each.answer.values}
            whole |= {each.about.tenant} if each.answer.is_complete else set()
    logged = ends.log.logged(
        provider, references=seen.keys(), tenants={one.tenant for one in asked}
    )
    pairs = paired(seen, logged, whole=whole, on=local_day(at, UTC))
    found = [
        Apart(ours, drift_since(ours, theirs, (), recorded_at=at)) for ours, theirs in pairs.known
    ]
    return FoundDrift(
        apart=tuple(each for each in found if not each.drift.is_none),
        new=pairs.new,
        findings=(*findings, *pairs.findings),
    )


def _path(account: KeptProviderAccount) -> str:
    return f"provider account {account.tenant}"
