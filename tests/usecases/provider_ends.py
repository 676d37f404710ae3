"""A provider and what is kept of it, in memory, for the tests of syncs."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import TypeVar
from uuid import UUID, uuid5

from tests.usecases.fake_catalog import CUSTOMER, NOW, SOME, TENANT, a_subscription
from work365.domain.changes import Change
from work365.domain.findings import Finding, Reading, Severity
from work365.domain.microsoft.audit import AuditRecord
from work365.domain.microsoft.customers import SeenCustomer, SignedAgreement
from work365.domain.microsoft.matching import Candidate
from work365.domain.microsoft.relationships import OtherPartner, PartnerRole
from work365.domain.microsoft.subscription_edits import SubscriptionEdit
from work365.domain.microsoft.subscriptions import SeenSubscription, TermEnd
from work365.errors import Refusal, Unavailable, Work365Error
from work365.ports.catalog import CatalogKind, Effect, KeptSubscription, Tally
from work365.ports.providers import FoundCustomer, KeptProviderAccount
from work365.ports.seen_subscriptions import (
    LoggedSubscription,
    MirroredSubscription,
    ProviderChange,
)

ValueT = TypeVar("ValueT")

PROVIDER = "microsoft"
NO_PARTNERS: Reading[OtherPartner] = Reading((), ())
UNREADABLE = Finding(Severity.ERROR, "not_a_number", "Row 2: quantity is text.", "row 2/quantity")


class RefusedHere(Refusal):
    """The fakes' own."""

    code = "refused_here"


class OutOfReach(Unavailable):
    """The fakes' own."""

    code = "out_of_reach"


def a_customer(tenant: str = TENANT, name: str = "Hollerbach", **given: str) -> SeenCustomer:
    """Return a customer as it is listed."""
    return SeenCustomer(tenant=tenant, name=name, **given)


def mirrored(key: str = "S-1", tenant: str | None = TENANT) -> MirroredSubscription:
    """Return what was kept of a subscription when it was seen."""
    return MirroredSubscription(
        id=uuid5(SOME, key),
        key=key,
        name="Business Basic",
        reference=key.lower(),
        tenant=tenant,
        contract=None,
        seen_at=NOW,
        provider_status="active",
        term="P1Y",
        plan="monthly",
        term_end_on=None,
        auto_renew=True,
        term_end=None,
        next_term=None,
        in_extended_term=False,
        cancel_until=None,
        refundable=(),
        decision=None,
    )


def an_account(tenant: str = TENANT, **given: object) -> KeptProviderAccount:
    """Return an account that is mapped to a customer."""
    account = KeptProviderAccount(
        id=uuid5(SOME, tenant), tenant=tenant, name="Hollerbach", customer=CUSTOMER
    )
    return replace(account, **given)  # type: ignore[arg-type]  # fields are given by name


def seen(quantity: int = 10, **given: object) -> SeenSubscription:
    """Return a subscription as the provider shows it."""
    term_end = given.pop("term_end", TermEnd.RENEW)
    assert isinstance(term_end, TermEnd)
    return SeenSubscription(
        provided=a_subscription(quantity=quantity, **given),
        seen_at=NOW,
        etag="e-1",
        term_end=term_end,
    )


@dataclass
class Accounts:
    """A `ProviderStore` of accounts, which refuses the tenants that it is told to."""

    kept: dict[str, KeptProviderAccount] = field(default_factory=lambda: {TENANT: an_account()})
    people: Sequence[Candidate] = ()
    refused: Collection[str] = ()
    given: list[FoundCustomer] = field(default_factory=list)
    unlisted: list[str] = field(default_factory=list)
    synced: list[str] = field(default_factory=list)
    signed: list[SignedAgreement] = field(default_factory=list)

    def accounts(self, key: str) -> Sequence[KeptProviderAccount]:
        assert key == PROVIDER
        return list(self.kept.values())

    def candidates(self) -> Sequence[Candidate]:
        return self.people

    def keep_customers(self, key: str, found: Sequence[FoundCustomer]) -> Tally:
        assert key == PROVIDER
        self._check(customer.seen.tenant for customer in found)
        self.given += found
        return Counter({(CatalogKind.PROVIDER_ACCOUNT, Effect.CREATED): len(found)})

    def mark_unlisted(self, key: str, tenants: Collection[str], *, at: datetime) -> None:
        assert (key, at) == (PROVIDER, NOW)
        self.unlisted += tenants

    def mark_synced(self, key: str, tenants: Collection[str], *, at: datetime) -> None:
        assert (key, at) == (PROVIDER, NOW)
        self.synced += tenants

    def keep_agreements(self, key: str, signed: Iterable[SignedAgreement]) -> Tally:
        assert key == PROVIDER
        given = list(signed)
        self._check(agreement.tenant for agreement in given)
        self.signed += given
        return Counter({(CatalogKind.AGREEMENT, Effect.CREATED): len(given)})

    def _check(self, tenants: Iterable[str]) -> None:
        if refused := set(tenants) & set(self.refused):
            raise RefusedHere(f"not {', '.join(refused)}")


@dataclass
class Mirror:
    """A `SubscriptionMirror` that notes the order of what it is asked."""

    kept: list[LoggedSubscription] = field(default_factory=list)
    refuses_changes: bool = False
    changes: list[ProviderChange] = field(default_factory=list)
    noted: list[SeenSubscription] = field(default_factory=list)
    done: list[str] = field(default_factory=list)

    def logged(
        self, provider: str, *, references: Collection[str], tenants: Collection[str] = ()
    ) -> Sequence[LoggedSubscription]:
        assert provider == PROVIDER
        self.done.append("logged")
        return [
            each for each in self.kept if each.reference in references or each.tenant in tenants
        ]

    def keep_seen(
        self, seen: Sequence[tuple[LoggedSubscription, SeenSubscription]], *, at: datetime
    ) -> Tally:
        assert at == NOW
        self.done.append("keep_seen")
        self.noted += [each for _, each in seen]
        return Counter({(CatalogKind.SUBSCRIPTION, Effect.CHANGED): len(seen)})

    def add_changes(self, changes: Sequence[ProviderChange]) -> Tally:
        if self.refuses_changes and changes:
            raise RefusedHere("not this change")
        self.done.append("add_changes")
        self.changes += changes
        return Counter({(CatalogKind.CHANGE, Effect.CREATED): len(changes)})


def logged(subscription: KeptSubscription, **given: object) -> LoggedSubscription:
    """Return a subscription of ours, of which the provider showed what our log says."""
    seats = int(sum(change.quantity for change in subscription.changes))
    found = LoggedSubscription(
        id=uuid5(SOME, subscription.key),
        reference=subscription.key,
        tenant=TENANT,
        kept=subscription,
        seen_quantity=seats,
    )
    return replace(found, **given)  # type: ignore[arg-type]  # fields are given by name


@dataclass
class Microsoft:
    """Lists by tenant, or the error that asking for one meets."""

    subscriptions: Mapping[str, Sequence[SeenSubscription] | Work365Error] = field(
        default_factory=dict
    )
    findings: Sequence[Finding] = ()
    edits: list[tuple[SubscriptionEdit, UUID | None, str | None]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def of_customer(self, tenant: str) -> Reading[SeenSubscription]:
        self.asked.append(tenant)
        found = self.subscriptions.get(tenant, ())
        if isinstance(found, Work365Error):
            raise found
        return Reading(tuple(found), tuple(self.findings))

    def get(self, tenant: str, subscription: str) -> SeenSubscription:
        found = self.of_customer(tenant).values
        [one] = [each for each in found if each.provided.id == subscription]
        return one

    def change(
        self,
        tenant: str,
        subscription: str,
        edit: SubscriptionEdit,
        *,
        request_id: UUID | None = None,
        seen_etag: str | None = None,
    ) -> SeenSubscription:
        self.edits.append((edit, request_id, seen_etag))
        one = self.get(tenant, subscription)
        quantity = edit.quantity or one.provided.quantity
        return replace(one, provided=replace(one.provided, quantity=quantity), etag="e-2")


@dataclass
class Customers:
    """An `IndirectCustomerList`; `of` has, by reseller, its customers or why it is refused."""

    listed: Sequence[SeenCustomer]
    findings: Sequence[Finding] = ()
    of: Mapping[str, Reading[SeenCustomer] | Work365Error] = field(default_factory=dict)

    def all(self) -> Reading[SeenCustomer]:
        return Reading(tuple(self.listed), tuple(self.findings))

    def of_reseller(self, reseller: str) -> Reading[SeenCustomer]:
        return _answered(self.of[reseller])


@dataclass
class Partners:
    """A `PartnerList`, which notes what it is asked."""

    resellers: Reading[OtherPartner] | Work365Error = NO_PARTNERS
    asked: list[PartnerRole] = field(default_factory=list)

    def partners(self, role: PartnerRole) -> Reading[OtherPartner]:
        self.asked.append(role)
        return _answered(self.resellers)


def _answered(answer: Reading[ValueT] | Work365Error) -> Reading[ValueT]:
    if isinstance(answer, Work365Error):
        raise answer
    return answer


@dataclass
class Trail:
    """An `AuditTrail` that notes for which days it is asked."""

    records: Sequence[AuditRecord] = ()
    asked: list[tuple[date, date]] = field(default_factory=list)

    def between(self, first_day: date, last_day: date) -> Reading[AuditRecord]:
        self.asked.append((first_day, last_day))
        return Reading(tuple(self.records), ())


@dataclass
class Marks:
    """`ReadingMarks` in memory."""

    kept: dict[str, datetime] = field(default_factory=dict)

    def marks(self) -> Mapping[str, datetime]:
        return self.kept

    def keep(self, name: str, *, until: datetime) -> None:
        self.kept[name] = until


def with_changes(subscription: KeptSubscription, *more: Change) -> KeptSubscription:
    """Return `subscription` with further entries of its log."""
    return replace(subscription, changes=(*subscription.changes, *more))
