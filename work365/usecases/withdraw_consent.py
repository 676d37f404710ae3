"""Take a consent back: the token first, so that nothing can be done with it any more."""

from dataclasses import dataclass
from datetime import datetime

from work365.ports.consent import ConsentKind, ConsentLedger, GivenConsent
from work365.ports.providers import Connection, ConnectionState, KeptProvider, ProviderBook
from work365.ports.tokens import TokenVault


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawn:
    """What was taken back here, and what only the partner can take back at Microsoft."""

    consents: int
    links: int
    left_to_do: tuple[str, ...]


def withdraw_consent(
    *,
    provider: str,
    at: datetime,
    has_app_only: bool,
    providers: ProviderBook,
    ledger: ConsentLedger,
    vault: TokenVault,
) -> Withdrawn:
    """End the delegated connection of `provider`; doing so twice changes nothing more.

    The token of every tenant goes that somebody consented for: the provider's tenant may have
    been changed since. It goes once more at the end, because a consent that was under way may
    have written one in between; one that writes later sees that its record is withdrawn.

    `has_app_only` says whether the service still has a connection of its own.

    Raises:
        Refusal: there is no such provider, or the vault does not let the service in.
        Unavailable: the vault does not answer; nothing was marked as withdrawn.
    """
    kept = providers.provider(provider)
    given = _standing(provider, ledger)
    _delete_tokens(kept, given, vault)
    links = ledger.withdraw_requests(provider)
    given = _standing(provider, ledger)
    count = sum(
        ledger.withdraw(
            provider=provider,
            kind=ConsentKind.PARTNER,
            tenant=tenant,
            application=application,
            at=at,
        )
        for tenant, application in sorted({(one.tenant, one.application) for one in given})
    )
    _delete_tokens(kept, given, vault)
    providers.set_connection(
        provider,
        Connection(
            state=ConnectionState.APP_ONLY if has_app_only else ConnectionState.NOT_CONNECTED,
            checked_at=at,
            health="The delegated connection was withdrawn.",
        ),
    )
    applications = sorted({one.application for one in given})
    return Withdrawn(
        consents=count,
        links=links,
        left_to_do=tuple(
            f"Remove the application {application} under Enterprise applications in the partner's"
            " tenant: Microsoft keeps its own record of the consent, and only an administrator of"
            " the tenant can delete it"
            for application in applications
        ),
    )


def _standing(provider: str, ledger: ConsentLedger) -> list[GivenConsent]:
    consents = ledger.consents(provider=provider, kind=ConsentKind.PARTNER)
    return [consent for consent in consents if not consent.is_withdrawn]


def _delete_tokens(provider: KeptProvider, given: list[GivenConsent], vault: TokenVault) -> None:
    tenants = {consent.tenant for consent in given}
    if provider.partner_tenant is not None:
        tenants.add(provider.partner_tenant)
    for tenant in sorted(tenants):
        vault.delete(tenant)
