"""Give the application its consent in customers' tenants, and remember in which."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from work365.domain.findings import Finding, Severity
from work365.domain.microsoft.consents import ApplicationGrant
from work365.errors import Refusal
from work365.ports.consent import ConsentKind, ConsentLedger, GivenConsent


class CustomerConsents(Protocol):
    """Partner Center, as far as it consents in customers' names."""

    def give(self, tenant: str, application: str, grants: Sequence[ApplicationGrant]) -> bool:
        """Let `application` have `grants` in a customer's tenant; return whether that is new.

        Raises: Refusal: the partner's user may not, or the tenant does not know an interface.
        """

    def withdraw(self, tenant: str, application: str) -> bool:
        """Take the consent of `application` back; return whether there was one.

        Raises: Refusal: the partner's user may not.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is to be consented to, and on whose behalf."""

    provider: str
    """Key of the provider."""
    application: str
    """Client id."""
    grants: tuple[ApplicationGrant, ...]

    @property
    def scopes(self) -> tuple[str, ...]:
        """What is asked for, each with the interface that it is of."""
        return tuple(f"{one.resource}/{scope}" for one in self.grants for scope in one.scopes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Consented:
    """What came of it."""

    given: tuple[str, ...]
    """Tenants in which the consent was given now."""
    unchanged: int
    """How many had it already, by our own record: Microsoft tells nobody who has."""
    findings: tuple[Finding, ...]


def consent_customers(
    tenants: Sequence[str],
    wish: Wish,
    *,
    at: datetime,
    consents: CustomerConsents,
    ledger: ConsentLedger,
    progress: Callable[[int], None],
) -> Consented:
    """Consent in each of `tenants` where our record does not have it yet.

    What one tenant refuses is a finding, and the others go on. What was given is on record
    before the next tenant is asked, so that an interruption loses nothing. Where less is on
    record than is wished for, the old consent is taken back for the new one, because Microsoft
    answers that there is one and does not widen it.

    Raises: Unavailable: Microsoft does not answer now.
    """
    on_record = [
        consent
        for consent in ledger.consents(provider=wish.provider, kind=ConsentKind.CUSTOMER)
        if not consent.is_withdrawn and consent.application == wish.application
    ]
    had = {each.tenant for each in on_record if set(wish.scopes) <= set(each.scopes)}
    had_less = {each.tenant for each in on_record} - had
    given: list[str] = []
    findings: list[Finding] = []
    for tenant in tenants:
        if tenant not in had:
            try:
                if not consents.give(tenant, wish.application, wish.grants) and tenant in had_less:
                    _widen(tenant, wish, at, consents, ledger)
            except Refusal as refusal:
                findings.append(_finding(tenant, refusal))
            else:
                ledger.record([_record(tenant, wish, at)])
                given.append(tenant)
        progress(1)
    unchanged = sum(tenant in had for tenant in tenants)
    return Consented(given=tuple(given), unchanged=unchanged, findings=tuple(findings))


def _widen(
    tenant: str, wish: Wish, at: datetime, consents: CustomerConsents, ledger: ConsentLedger
) -> None:
    consents.withdraw(tenant, wish.application)
    ledger.withdraw(
        provider=wish.provider,
        kind=ConsentKind.CUSTOMER,
        tenant=tenant,
        application=wish.application,
        at=at,
    )
    consents.give(tenant, wish.application, wish.grants)


def _finding(tenant: str, refusal: Refusal) -> Finding:
    message = f"The application has no consent in this customer's tenant. {refusal}"
    return Finding(Severity.ERROR, refusal.code, message, f"provider account {tenant}")


def _record(tenant: str, wish: Wish, at: datetime) -> GivenConsent:
    return GivenConsent(
        provider=wish.provider,
        kind=ConsentKind.CUSTOMER,
        tenant=tenant,
        application=wish.application,
        scopes=wish.scopes,
        given_at=at,
    )
