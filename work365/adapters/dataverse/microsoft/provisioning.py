"""Changes that a provider is to be told of, in Dataverse: found, taken up once, written back."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from dataverse_schema import options
from dataverse_schema.tables.billing import Subscription, SubscriptionChange
from dataverse_schema.tables.providers import Provider, ProviderAccount
from dataverse_schema.tables.standard import Account, Product
from work365.adapters.dataverse.accounts import change_of
from work365.adapters.dataverse.choices import meaning, option
from work365.adapters.dataverse.client import DataverseClient
from work365.adapters.dataverse.errors import RowNotFound, VersionMismatch
from work365.adapters.dataverse.mapping import write_row
from work365.adapters.dataverse.microsoft.logs import Log, logs_of
from work365.adapters.dataverse.microsoft.rows import (
    Fields,
    ProviderRows,
    TableT,
    in_seconds,
    updates,
    within,
)
from work365.adapters.dataverse.microsoft.said_texts import (
    details_of,
    said_again_in,
    said_again_of,
)
from work365.adapters.dataverse.microsoft.subscriptions import decision_of
from work365.adapters.dataverse.operations import all_of, is_in, literal, update
from work365.domain.changes import Change, in_order
from work365.domain.findings import Finding, Severity
from work365.domain.microsoft.actions import ProvisioningAction, ProvisioningStatus
from work365.domain.microsoft.provisioning import TermEndWanted
from work365.errors import Refusal
from work365.ports.providers import ProviderKind
from work365.ports.provisioning import (
    ChangeTaken,
    PendingChange,
    ProvisionedSubscription,
    ReadyChanges,
)

CHANGE = SubscriptionChange
OPEN = (options.ProvisioningStatus.AWAITING, options.ProvisioningStatus.IN_PROGRESS)
UNREADABLE_FOR = timedelta(hours=1)
"""After that it is looked again whether what cannot be read was corrected."""
UNDONE = (*OPEN, options.ProvisioningStatus.FAILED)


@dataclass(frozen=True, slots=True)
class _Surroundings:
    """The rows that subscriptions refer to, by their ids."""

    products: Mapping[UUID | None, Product]
    accounts: Mapping[UUID | None, ProviderAccount]
    providers: Mapping[UUID | None, Provider]
    customers: Mapping[UUID | None, Account]


class DataverseProvisioningStore:
    """A `ProvisioningStore` on one environment."""

    def __init__(self, client: DataverseClient) -> None:
        self._rows = ProviderRows(client)

    def ready(self, *, at: datetime, today: date, most: int) -> ReadyChanges:
        """Return the subscriptions of changes that are due, read with seven queries.

        What cannot be read is put off, so that it does not stand in the way of the others.
        """
        status, next_try = (
            CHANGE.column_name("provisioning_status"),
            CHANGE.column_name("next_try_on"),
        )
        effective = CHANGE.column_name("effective_on")
        due = all_of(
            is_in(status, map(int, OPEN)),
            f"{effective} eq null or {effective} le {literal(today)}",
            f"{next_try} eq null or {next_try} le {literal(at)}",
        )
        order = f"{effective} asc,{CHANGE.column_name('key')} asc"
        changes = self._rows.first(CHANGE, due, most=most, order_by=order)
        ids = dict.fromkeys(row.subscription for row in changes if row.subscription is not None)
        found = self._rows.by_id(Subscription, Subscription.primary_id(), ids)
        rows = {row.row_id: row for row in found if row.row_id is not None}
        around = self._around(list(rows.values()))
        logs = logs_of(self._rows, rows)
        subscriptions = []
        unreadable: dict[UUID | None, Finding] = {}
        for row_id in filter(rows.__contains__, ids):
            try:
                subscriptions.append(_subscription(rows[row_id], around, logs[row_id]))
            except Refusal as refusal:
                path = f"subscription {rows[row_id].key}"
                unreadable[row_id] = Finding(Severity.ERROR, refusal.code, str(refusal), path)
        homeless = {row.row_id: _homeless(row) for row in changes if row.subscription is None}
        self._set_aside(changes, {**unreadable, **homeless}, until=at + UNREADABLE_FOR)
        return ReadyChanges(tuple(subscriptions), (*homeless.values(), *unreadable.values()))

    def take_up(self, change: PendingChange, *, until: datetime) -> PendingChange:
        """Claim `change` at the version that was read."""
        assert isinstance(change.kept, str), "a change is taken up as it was read, and once"
        claimed = replace(
            change,
            status=ProvisioningStatus.IN_PROGRESS,
            attempts=change.attempts + 1,
            next_try_at=in_seconds(until),
            kept=None,
        )
        values = {
            "provisioning_status": options.ProvisioningStatus.IN_PROGRESS,
            "attempts": claimed.attempts,
            "next_try_on": claimed.next_try_at,
        }
        self._write_at(change.kept, change, values)
        return claimed

    def begin(
        self,
        change: PendingChange,
        *,
        reference: str | None = None,
        said_again: TermEndWanted | None = None,
    ) -> PendingChange:
        """Note what is about to be done, if `change` is still the one that was taken up."""
        row = self._still_taken(change)
        values: dict[str, Any] = {}
        if reference is not None:
            values["provider_reference"] = reference or None
        if said_again is not None:
            where = f"change {change.change.key}"
            values["details"] = said_again_in(row.details, said_again, where)
        self._write_at(row.etag, change, values)
        return replace(
            change,
            provider_reference=change.provider_reference
            if reference is None
            else reference or None,
            said_again=said_again or change.said_again,
        )

    def put_off(
        self,
        change: PendingChange,
        *,
        until: datetime,
        message: str,
        reference: str | None = None,
        is_attempt: bool = True,
    ) -> None:
        """Leave it open, to be taken up again after `until` as the same request."""
        begun = reference or change.provider_reference
        status = ProvisioningStatus.IN_PROGRESS if begun else ProvisioningStatus.AWAITING
        fields = _outcome(status, message, reference)
        if not is_attempt and change.kept is None:
            fields["attempts"] = change.attempts - 1
        self._note(change, {**fields, "next_try_on": in_seconds(until)})

    def provisioned(
        self,
        change: PendingChange,
        *,
        at: datetime,
        message: str,
        reference: str | None = None,
        subscription_reference: str | None = None,
    ) -> None:
        """Note that it is done, and the id at the provider that its subscription has now."""
        fields = _outcome(ProvisioningStatus.PROVISIONED, message, reference)
        writes = updates(CHANGE, [(change.id, {**fields, "provisioned_on": in_seconds(at)})])
        if subscription_reference is not None:
            known = {"provider_reference": subscription_reference}
            writes += updates(Subscription, [(change.subscription, known)])
        self._rows.write(*writes)

    def failed(self, change: PendingChange, *, message: str, reference: str | None = None) -> None:
        """Note that it will not be tried again until a person sets it back to awaiting."""
        fields = _outcome(ProvisioningStatus.FAILED, message, reference)
        self._note(change, {**fields, "attempt_epoch": change.attempt_epoch + 1})

    def not_applicable(self, change: PendingChange, *, message: str) -> None:
        """Note that nobody has to be told."""
        self._note(change, _outcome(ProvisioningStatus.NOT_APPLICABLE, message, None))

    def _set_aside(
        self,
        changes: Iterable[SubscriptionChange],
        findings: Mapping[UUID | None, Finding],
        *,
        until: datetime,
    ) -> None:
        """Put off the changes that a finding is about, or their subscription, with its words."""
        values = []
        for row in changes:
            finding = findings.get(row.subscription) or findings.get(row.row_id)
            if finding is not None and row.row_id is not None:
                told = within(CHANGE, "provisioning_message", finding.message)
                noted = {"provisioning_message": told, "next_try_on": in_seconds(until)}
                values.append((row.row_id, noted))
        if values:
            self._rows.write(*updates(CHANGE, values))

    def _note(self, change: PendingChange, fields: Fields) -> None:
        if isinstance(change.kept, str):
            self._write_at(change.kept, change, fields)
        else:
            self._write_at(self._still_taken(change).etag, change, fields)

    def _still_taken(self, change: PendingChange) -> SubscriptionChange:
        """Return the row of `change`, if it is as it was taken up.

        Raises: ChangeTaken.
        """
        row = next(self._rows.by_id(CHANGE, CHANGE.primary_id(), [change.id]), None)
        taken = (options.ProvisioningStatus.IN_PROGRESS, change.attempts, change.attempt_epoch)
        if row is None or (row.provisioning_status, row.attempts, row.attempt_epoch) != taken:
            raise _taken(change)
        return row

    def _write_at(self, etag: str | None, change: PendingChange, fields: Fields) -> None:
        body = write_row(CHANGE, fields)
        try:
            self._rows.client.send(update(CHANGE.entity_set(), change.id, body, etag=etag))
        except (VersionMismatch, RowNotFound) as error:
            raise _taken(change) from error

    def _around(self, rows: Collection[Subscription]) -> _Surroundings:
        accounts = self._by_id(ProviderAccount, (row.provider_account for row in rows))
        return _Surroundings(
            products=self._by_id(Product, (row.product for row in rows)),
            accounts=accounts,
            providers=self._by_id(Provider, (row.provider for row in accounts.values())),
            customers=self._by_id(Account, (row.account for row in accounts.values())),
        )

    def _by_id(self, table: type[TableT], ids: Iterable[UUID | None]) -> dict[UUID | None, TableT]:
        named = dict.fromkeys(row_id for row_id in ids if row_id is not None)
        rows = self._rows.by_id(table, table.primary_id(), named)
        return {row.row_id: row for row in rows}


def _outcome(status: ProvisioningStatus, message: str, reference: str | None) -> dict[str, Any]:
    known = {} if reference is None else {"provider_reference": reference}
    return {
        "provisioning_status": option(status, options.ProvisioningStatus),
        "provisioning_message": within(CHANGE, "provisioning_message", message),
        "next_try_on": None,
        **known,
    }


def _taken(change: PendingChange) -> ChangeTaken:
    return ChangeTaken(f"change {change.change.key}: somebody else took it up or edited it")


def _homeless(row: SubscriptionChange) -> Finding:
    return Finding(
        Severity.ERROR,
        "belongs_nowhere",
        f"change {row.key} has no subscription, and nobody is told of it; choose its subscription",
        f"change {row.key}",
    )


def _subscription(row: Subscription, around: _Surroundings, log: Log) -> ProvisionedSubscription:
    assert row.row_id is not None, "a row that was read has its id"
    account = around.accounts.get(row.provider_account)
    provider = around.providers.get(account.provider) if account else None
    product = around.products.get(row.product)
    customer = around.customers.get(account.account) if account else None
    changes = {entry.row_id: change_of(entry, created_on) for entry, created_on in log}
    undone = [entry for entry, _ in log if entry.provisioning_status in UNDONE]
    pending = {entry.key: _pending(entry, changes[entry.row_id]) for entry in undone}
    log_in_order = tuple(in_order(changes.values()))
    return ProvisionedSubscription(
        id=row.row_id,
        key=row.key,
        name=row.name,
        contract=row.contract,
        reference=row.provider_reference,
        provider=provider.key if provider else None,
        provider_kind=meaning(provider.kind, ProviderKind) if provider else None,
        tenant=account.tenant.lower() if account else None,
        customer=account.account if account else None,
        is_on_credit_hold=customer is not None and customer.credit_on_hold,
        agreement_signed_on=account.agreement_signed_on if account else None,
        part_number=product.product_number if product else None,
        term=row.term,
        plan=row.billing_plan,
        promotion=row.promotion,
        friendly_name=row.friendly_name,
        custom_term_end_on=row.custom_term_end_on,
        auto_renew=row.auto_renew,
        decision=decision_of(row),
        changes=log_in_order,
        pending=tuple(pending[each.key] for each in log_in_order if each.key in pending),
        begun=frozenset(e.provider_reference for e, _ in log if e.provider_reference),
    )


def _pending(row: SubscriptionChange, change: Change) -> PendingChange:
    assert row.row_id is not None, "a row that was read has its id"
    assert row.subscription is not None, "it was asked for by that"
    where = f"change {row.key}"
    return PendingChange(
        id=row.row_id,
        subscription=row.subscription,
        change=change,
        status=meaning(row.provisioning_status, ProvisioningStatus),
        action=meaning(row.action, ProvisioningAction),
        details=details_of(row.details, where),
        said_again=said_again_of(row.details, where),
        reason=row.reason,
        attempts=row.attempts,
        attempt_epoch=row.attempt_epoch,
        next_try_at=row.next_try_on,
        provider_reference=row.provider_reference,
        message=row.provisioning_message,
        seen_etag=row.seen_etag,
        kept=row.etag,
    )
