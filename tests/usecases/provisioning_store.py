"""Changes that await a provider, in the memory."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid5

from work365.domain.changes import Change, in_order
from work365.domain.microsoft.actions import ProvisioningAction, ProvisioningStatus
from work365.domain.microsoft.provisioning import TermEndWanted
from work365.ports.providers import ProviderKind
from work365.ports.provisioning import (
    ChangeTaken,
    PendingChange,
    ProvisionedSubscription,
    ReadyChanges,
)

SOME = UUID("6d0c8f5e-9a37-4d52-8a3c-1f2f3e4d5c6b")
TENANT = "0c39d6d5-c70d-4c55-bc02-f620844f3fd1"
NOW = datetime(2026, 9, 14, 9, tzinfo=UTC)
TODAY = NOW.date()
OPENED = date(2026, 9, 11)
DONE = ProvisioningStatus.PROVISIONED

Step = Callable[[str], None]


def a_subscription(key: str = "SUB-1", **given: Any) -> ProvisionedSubscription:
    """Return a subscription of Business Basic without a log."""
    subscription = ProvisionedSubscription(
        id=uuid5(SOME, key),
        key=key,
        name="Business Basic",
        contract=None,
        reference="9f1c2a54-5d2e-4f0c-8a41-6a2f6f0b7d11",
        provider="microsoft",
        provider_kind=ProviderKind.PARTNER_CENTER,
        tenant=TENANT,
        customer=uuid5(SOME, "customer"),
        agreement_signed_on=date(2026, 1, 5),
        part_number="CFQ7TTC0LH18:0001",
        term="P1Y",
        plan="Monthly",
        promotion=None,
        friendly_name=None,
        custom_term_end_on=None,
        auto_renew=True,
        decision=None,
        changes=(),
        pending=(),
    )
    return replace(subscription, **given)


@dataclass
class Store:
    """A `ProvisioningStore`. `step` is called before and after each write, and may die."""

    subscriptions: dict[UUID, ProvisionedSubscription] = field(default_factory=dict)
    rows: dict[str, PendingChange] = field(default_factory=dict)
    versions: dict[str, int] = field(default_factory=dict)
    step: Step = lambda _: None

    # What people do
    # --------------
    def subscribe(self, *seats: int, **given: Any) -> ProvisionedSubscription:
        """Add a subscription, with an opening entry that nobody is told of."""
        subscription = a_subscription(**given)
        self.subscriptions[subscription.id] = subscription
        for quantity in seats:
            self.change(
                f"{subscription.key}-opening",
                ProvisioningAction.NONE,
                quantity,
                on=OPENED,
                subscription=subscription.key,
                status=ProvisioningStatus.NOT_APPLICABLE,
            )
        return subscription

    def change(
        self,
        key: str,
        action: ProvisioningAction,
        quantity: int | str = 0,
        *,
        on: date = TODAY,
        subscription: str = "SUB-1",
        **given: Any,
    ) -> None:
        """Add an entry, which awaits unless `given` has another status."""
        entry = Change(key, on, NOW.replace(hour=8), Decimal(quantity))
        row = PendingChange(
            id=uuid5(SOME, key),
            subscription=uuid5(SOME, subscription),
            change=entry,
            status=ProvisioningStatus.AWAITING,
            action=action,
        )
        self._keep(replace(row, **given))

    def edit(self, key: str, **values: Any) -> None:
        """Change an entry, as a person does."""
        self._keep(replace(self.rows[key], **values))

    def await_again(self, key: str) -> None:
        """Set an entry back to awaiting."""
        self.edit(key, status=ProvisioningStatus.AWAITING, next_try_at=None)

    def status(self, key: str) -> ProvisioningStatus:
        return self.rows[key].status

    def message(self, key: str) -> str:
        return self.rows[key].message or ""

    # The port
    # --------
    def ready(self, *, at: datetime, today: date, most: int) -> ReadyChanges:
        due = [row for row in self.rows.values() if row.is_due(at, today)]
        due = sorted(due, key=lambda row: (row.change.effective_on, row.change.key))[:most]
        found = dict.fromkeys(row.subscription for row in due)
        return ReadyChanges(tuple(self._read(self.subscriptions[each]) for each in found))

    def take_up(self, change: PendingChange, *, until: datetime) -> PendingChange:
        return self._write(
            change,
            replace(
                change,
                status=ProvisioningStatus.IN_PROGRESS,
                attempts=change.attempts + 1,
                next_try_at=until,
                kept=None,
            ),
            "take up",
        )

    def begin(
        self,
        change: PendingChange,
        *,
        reference: str | None = None,
        said_again: TermEndWanted | None = None,
    ) -> PendingChange:
        known = change.provider_reference if reference is None else reference or None
        begun = replace(
            change, provider_reference=known, said_again=said_again or change.said_again
        )
        return self._write(change, begun, "begin")

    def put_off(
        self,
        change: PendingChange,
        *,
        until: datetime,
        message: str,
        reference: str | None = None,
        is_attempt: bool = True,
    ) -> None:
        begun = reference or change.provider_reference
        back = 0 if is_attempt or change.kept is not None else 1
        self._write(
            change,
            replace(
                change,
                status=ProvisioningStatus.IN_PROGRESS if begun else ProvisioningStatus.AWAITING,
                provider_reference=begun,
                next_try_at=until,
                message=message,
                attempts=change.attempts - back,
            ),
            "put off",
        )

    def provisioned(
        self,
        change: PendingChange,
        *,
        at: datetime,
        message: str,
        reference: str | None = None,
        subscription_reference: str | None = None,
    ) -> None:
        reference = reference or change.provider_reference
        done = replace(change, status=DONE, message=message, provider_reference=reference)
        self.step("before: provisioned")
        if subscription_reference is not None:
            subscription = self.subscriptions[change.subscription]
            named = replace(subscription, reference=subscription_reference)
            self.subscriptions[change.subscription] = named
        self._keep(replace(done, kept=None))
        self.step("after: provisioned")

    def failed(self, change: PendingChange, *, message: str, reference: str | None = None) -> None:
        failed = replace(
            change,
            status=ProvisioningStatus.FAILED,
            message=message,
            provider_reference=reference or change.provider_reference,
            attempt_epoch=change.attempt_epoch + 1,
        )
        self._write(change, failed, "failed")

    def not_applicable(self, change: PendingChange, *, message: str) -> None:
        status = ProvisioningStatus.NOT_APPLICABLE
        self._write(change, replace(change, status=status, message=message), "not applicable")

    def _read(self, subscription: ProvisionedSubscription) -> ProvisionedSubscription:
        rows = [row for row in self.rows.values() if row.subscription == subscription.id]
        undone = {
            row.change.key: replace(row, kept=self.versions[row.change.key])
            for row in rows
            if row.status.is_open or row.status is ProvisioningStatus.FAILED
        }
        log = tuple(in_order(row.change for row in rows))
        return replace(
            subscription,
            changes=log,
            pending=tuple(undone[each.key] for each in log if each.key in undone),
            begun=frozenset(row.provider_reference for row in rows if row.provider_reference),
        )

    def _check(self, change: PendingChange) -> None:
        row = self.rows[change.change.key]
        if change.kept is None:
            in_progress = row.status is ProvisioningStatus.IN_PROGRESS
            now, taken = (row.attempts, row.attempt_epoch), (change.attempts, change.attempt_epoch)
            is_mine = in_progress and now == taken
        else:
            is_mine = self.versions[change.change.key] == change.kept
        if not is_mine:
            raise ChangeTaken("somebody else took it up or edited it")

    def _write(self, read: PendingChange, row: PendingChange, what: str) -> PendingChange:
        self.step(f"before: {what}")
        self._check(read)
        self._keep(replace(row, kept=None))
        self.step(f"after: {what}")
        return row

    def _keep(self, row: PendingChange) -> None:
        self.rows[row.change.key] = row
        self.versions[row.change.key] = self.versions.get(row.change.key, 0) + 1
