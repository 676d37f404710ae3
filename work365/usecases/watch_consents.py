"""Say in time that a delegated connection is about to end."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from work365.domain.findings import Finding, Severity
from work365.ports.consent import ConsentLedger
from work365.ports.providers import ConnectionState, KeptProvider, ProviderBook
from work365.ports.tokens import REFRESH_TOKEN_LIFE, TokenVault

WARNED_DAYS = 30
"""Days before the end from which on it is said."""
URGENT_DAYS = 7

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """What a look at the consents came to."""

    findings: tuple[Finding, ...]
    links_expired: int


def watch_consents(
    *, at: datetime, providers: ProviderBook, ledger: ConsentLedger, vault: TokenVault
) -> Watched:
    """Close links that have expired, and return what a person should renew.

    A connection that is used every day never ends; one that is not, ends quietly.

    Raises: Refusal, Unavailable: the vault cannot be read.
    """
    expired = ledger.expire_requests(at=at)
    findings: list[Finding] = []
    for provider in providers.providers():
        findings += _findings(provider, at, vault)
    return Watched(findings=tuple(findings), links_expired=expired)


def connection_end(redeemed_at: datetime) -> datetime:
    """Return when a delegated connection ends that was used last at `redeemed_at`."""
    return redeemed_at + REFRESH_TOKEN_LIFE


def days_left(redeemed_at: datetime, at: datetime) -> int:
    """Return how many whole days are left at `at`; below nothing once it has ended."""
    return (connection_end(redeemed_at) - at) // ONE_DAY


def _findings(provider: KeptProvider, at: datetime, vault: TokenVault) -> Iterator[Finding]:
    if provider.connection.state is not ConnectionState.DELEGATED:
        return
    assert provider.partner_tenant is not None, "it was connected for a tenant"
    kept = vault.read(provider.partner_tenant)
    if kept is None:
        yield _finding(
            provider,
            Severity.ERROR,
            "consent_token_missing",
            "has no token in the vault any more: get a new consent link",
        )
        return
    left = days_left(kept.redeemed_at, at)
    if left < 0:
        yield _finding(
            provider,
            Severity.ERROR,
            "consent_ended",
            f"ended on {connection_end(kept.redeemed_at):%d %B %Y}: get a new consent link",
        )
    elif left < WARNED_DAYS:
        yield _finding(
            provider,
            Severity.ERROR if left < URGENT_DAYS else Severity.WARNING,
            "consent_ends_soon",
            f"ends in {_days(left)}, because it was not used since"
            f" {kept.redeemed_at:%d %B %Y}: see why the daily sync does not run, or get a new"
            " consent link",
        )


def _finding(provider: KeptProvider, severity: Severity, code: str, what: str) -> Finding:
    message = f"The delegated connection of {provider.name} {what}"
    return Finding(severity, code, message, f"provider {provider.key}")


def _days(count: int) -> str:
    return {0: "less than a day", 1: "one day"}.get(count, f"{count} days")
