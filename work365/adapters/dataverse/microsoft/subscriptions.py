"""What a provider says of subscriptions, in columns that billing does not read."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from dataverse_schema import options
from dataverse_schema.tables.billing import Subscription, SubscriptionChange
from dataverse_schema.tables.providers import ProviderAccount
from work365.adapters.dataverse.catalog_rows import kept_subscription
from work365.adapters.dataverse.choices import meaning, option
from work365.adapters.dataverse.client import DataverseClient
from work365.adapters.dataverse.microsoft.logs import Log, logs_of
from work365.adapters.dataverse.microsoft.rows import (
    Fields,
    ProviderRows,
    in_seconds,
    is_outdated,
    updates,
    upserts,
    within,
)
from work365.adapters.dataverse.microsoft.said_texts import (
    next_term_of,
    next_term_text,
    refundable_of,
    refundable_text,
)
from work365.adapters.dataverse.operations import equals
from work365.adapters.dataverse.writing import difference
from work365.domain.findings import Finding, Reading, Severity
from work365.domain.microsoft.subscriptions import SeenSubscription, TermEnd
from work365.errors import Refusal
from work365.ports.catalog import CatalogKind, Effect, Tally
from work365.ports.seen_subscriptions import (
    ExtendedServiceDecision,
    LoggedSubscription,
    MirroredSubscription,
    ProviderChange,
)

OPEN = (options.ProvisioningStatus.AWAITING, options.ProvisioningStatus.IN_PROGRESS)


class DataverseSubscriptionMirror:
    """A `SubscriptionMirror` on one environment."""

    def __init__(self, client: DataverseClient) -> None:
        self._rows = ProviderRows(client)

    def logged(
        self, provider: str, *, references: Collection[str], tenants: Collection[str] = ()
    ) -> Sequence[LoggedSubscription]:
        """Return the subscriptions with these ids at the provider, and all of these tenants."""
        found = {
            row.row_id: row
            for row in self._rows.by_text(Subscription, "provider_reference", sorted(references))
            if row.row_id is not None
        }
        accounts = self._tenants(provider, tenants)
        column = Subscription.column_name("provider_account")
        for row in self._rows.by_id(Subscription, column, accounts):
            if row.row_id is not None and row.provider_reference is not None:
                found[row.row_id] = row
        named = {row.provider_account for row in found.values() if row.provider_account is not None}
        accounts |= self._tenants_of(named - accounts.keys())
        logs = logs_of(self._rows, found)
        return [
            _logged(row, _tenant(row, accounts), logs.get(row_id, []))
            for row_id, row in found.items()
        ]

    def keep_seen(
        self, seen: Sequence[tuple[LoggedSubscription, SeenSubscription]], *, at: datetime
    ) -> Tally:
        """Bring up to date what the provider says, in one change set."""
        changed: list[tuple[UUID | None, Fields]] = []
        noted_only = 0
        for logged, found in seen:
            row = logged.row
            assert isinstance(row, Subscription), "a subscription is kept as it was read"
            different = difference(row, _seen_fields(found))
            if different or is_outdated(row.last_seen_on, at):
                changed.append((logged.id, {**different, "last_seen_on": in_seconds(at)}))
                noted_only += not different
        self._rows.write(*updates(Subscription, changed))
        updated = len(changed) - noted_only
        return Counter(
            {
                (CatalogKind.SUBSCRIPTION, Effect.CHANGED): updated,
                (CatalogKind.SUBSCRIPTION, Effect.UNCHANGED): len(seen) - updated,
            }
        )

    def add_changes(self, changes: Sequence[ProviderChange]) -> Tally:
        """Add those entries that are not kept yet, in one change set."""
        given = {each.change.key: each for each in changes}
        rows = self._rows.by_text(SubscriptionChange, "key", given)
        kept = {row.key.casefold() for row in rows}
        added = [_change_fields(each) for key, each in given.items() if key.casefold() not in kept]
        self._rows.write(*upserts(SubscriptionChange, added))
        return Counter(
            {
                (CatalogKind.CHANGE, Effect.CREATED): len(added),
                (CatalogKind.CHANGE, Effect.UNCHANGED): len(changes) - len(added),
            }
        )

    def mirrored(self, provider: str) -> Reading[MirroredSubscription]:
        """Return what the provider last said of all its subscriptions, by key."""
        tenants = self._tenants(provider)
        rows = self._rows.all(
            Subscription,
            f"{Subscription.column_name('provider_reference')} ne null",
            f"{Subscription.column_name('last_seen_on')} ne null",
        )
        values, findings = [], []
        for row in sorted(rows, key=lambda row: row.key):
            if row.provider_account is not None and row.provider_account not in tenants:
                continue
            try:
                values.append(_mirrored(row, _tenant(row, tenants)))
            except Refusal as refusal:
                path = f"subscription {row.key}"
                findings.append(Finding(Severity.ERROR, refusal.code, str(refusal), path))
        return Reading(tuple(values), tuple(findings))

    def decide(self, subscription: UUID, decision: ExtendedServiceDecision) -> None:
        """Keep what the customer decided about the extended service term."""
        values = {
            "extended_service": options.ExtendedServiceDecision[decision.outcome.name],
            "extended_decided_on": decision.decided_on,
            "extended_decided_by": decision.decided_by,
        }
        self._rows.write(*updates(Subscription, [(subscription, values)]))

    def _tenants(self, provider: str, tenants: Collection[str] | None = None) -> dict[UUID, str]:
        own = equals(ProviderAccount.read_name("provider"), self._rows.provider(provider))
        rows = (
            self._rows.all(ProviderAccount, own)
            if tenants is None
            else self._rows.by_text(ProviderAccount, "tenant", sorted(tenants), own)
        )
        return _tenants_by_row(rows)

    def _tenants_of(self, accounts: Iterable[UUID]) -> dict[UUID, str]:
        rows = self._rows.by_id(ProviderAccount, ProviderAccount.primary_id(), accounts)
        return _tenants_by_row(rows)


def _tenants_by_row(rows: Iterable[ProviderAccount]) -> dict[UUID, str]:
    return {row.row_id: row.tenant.lower() for row in rows if row.row_id is not None}


def _tenant(row: Subscription, tenants: Mapping[UUID, str]) -> str | None:
    return None if row.provider_account is None else tenants.get(row.provider_account)


def decision_of(row: Subscription) -> ExtendedServiceDecision | None:
    """Return what the customer decided about the extended service term, if anything."""
    if row.extended_service is None:
        return None
    return ExtendedServiceDecision(
        outcome=TermEnd[row.extended_service.name],
        decided_on=row.extended_decided_on,
        decided_by=row.extended_decided_by,
    )


def _logged(row: Subscription, tenant: str | None, log: Log) -> LoggedSubscription:
    assert row.row_id is not None, "a row that was read has its id"
    return LoggedSubscription(
        id=row.row_id,
        reference=(row.provider_reference or "").lower(),
        tenant=tenant,
        kept=kept_subscription(row, log),
        pending=frozenset(change.key for change, _ in log if change.provisioning_status in OPEN),
        seen_quantity=row.provider_quantity,
        decision=decision_of(row),
        row=row,
    )


def _seen_fields(seen: SeenSubscription) -> Fields:
    provided = seen.provided
    last_day = provided.commitment_last_day
    terms = {
        "term": provided.term and provided.term.value,
        "billing_plan": provided.plan and provided.plan.value,
        "term_end_on": last_day and last_day + timedelta(days=1),
    }
    friendly = seen.friendly_name
    return {
        # A plan that is paid by usage has no term at the provider; what is kept of one stays.
        **{name: value for name, value in terms.items() if value is not None},
        "auto_renew": provided.auto_renew,
        "provider_status": provided.status.value,
        "provider_quantity": provided.quantity,
        "friendly_name": friendly and within(Subscription, "friendly_name", friendly),
        "promotion": seen.promotion,
        "at_term_end": seen.term_end and option(seen.term_end, options.TermEnd),
        "next_term": next_term_text(seen.next_term),
        "cancel_until": in_seconds(seen.cancel_until),
        "refundable_seats": refundable_text(seen.refundable),
        "in_extended_term": seen.in_extended_term,
    }


def _change_fields(given: ProviderChange) -> Mapping[str, Any]:
    change = given.change
    status = change.status and option(change.status, options.SubscriptionStatus)
    return {
        "key": change.key,
        "name": within(SubscriptionChange, "name", given.reason),
        "subscription": given.subscription,
        "effective_on": change.effective_on,
        "recorded_on": in_seconds(change.recorded_at),
        "quantity_delta": change.quantity,
        "unit_price": change.price and change.price.amount,
        "price_months": change.price and change.price.months,
        "status": status,
        "refund": change.refund,
        "reason": within(SubscriptionChange, "reason", given.reason),
        "origin": options.ChangeOrigin.PROVIDER,
        "provisioning_status": options.ProvisioningStatus.NOT_APPLICABLE,
        "seen_etag": given.seen_etag,
    }


def _mirrored(row: Subscription, tenant: str | None) -> MirroredSubscription:
    assert row.row_id is not None, "a row that was read has its id"
    assert row.provider_reference is not None, "it was asked for by that"
    assert row.last_seen_on is not None, "it was asked for by that"
    where = f"subscription {row.key}"
    return MirroredSubscription(
        id=row.row_id,
        key=row.key,
        name=row.name,
        reference=row.provider_reference.lower(),
        tenant=tenant,
        contract=row.contract,
        seen_at=row.last_seen_on,
        provider_status=row.provider_status,
        term=row.term,
        plan=row.billing_plan,
        term_end_on=row.term_end_on,
        auto_renew=row.auto_renew,
        term_end=None if row.at_term_end is None else meaning(row.at_term_end, TermEnd),
        next_term=next_term_of(row.next_term, where),
        in_extended_term=row.in_extended_term,
        cancel_until=row.cancel_until,
        refundable=refundable_of(row.refundable_seats, where),
        decision=decision_of(row),
    )
