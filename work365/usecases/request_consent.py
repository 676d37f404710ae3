"""Make a link by which an administrator of the partner can consent, once."""

from datetime import datetime, timedelta
from hashlib import sha256

from work365.errors import Refusal
from work365.ports.consent import ConsentLedger, ConsentRequest
from work365.ports.providers import ProviderBook
from work365.ports.secrets import Secret

LINK_LASTS = timedelta(hours=72)
"""A link that lay about for longer is asked for again."""


class PartnerTenantMissing(Refusal):
    """Nobody has said yet which tenant is the partner's."""

    code = "partner_tenant_missing"


def request_consent(
    *,
    provider: str,
    requested_by: str,
    token: Secret,
    at: datetime,
    providers: ProviderBook,
    ledger: ConsentLedger,
) -> ConsentRequest:
    """Keep a link whose last part is `token`, and return what is kept of it.

    The token is drawn by chance by whoever asks; only its hash is kept. Links that were made
    for the provider before and not used open nothing any more.

    Raises: PartnerTenantMissing; Refusal: there is no such provider.
    """
    kept = providers.provider(provider)
    if kept.partner_tenant is None:
        raise PartnerTenantMissing(
            f"the provider {kept.name} has no partner tenant: enter the tenant id of the partner"
            " first, because nobody of another tenant may consent for it"
        )
    ledger.withdraw_requests(provider)
    request = ConsentRequest(
        token_hash=hash_of(token),
        provider=provider,
        requested_by=requested_by,
        expires_at=at + LINK_LASTS,
    )
    ledger.open_request(request)
    return request


def hash_of(token: Secret) -> str:
    """Return what is kept of a link's token."""
    return sha256(token.reveal().encode()).hexdigest()
