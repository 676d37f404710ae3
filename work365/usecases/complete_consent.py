"""Take in an administrator's consent: check it in every respect, and only then keep it."""

from dataclasses import dataclass
from datetime import datetime

from work365.errors import Refusal, Work365Error
from work365.ports.consent import (
    ConsentKind,
    ConsentLedger,
    ConsentLinkRefused,
    ConsentRequest,
    GivenConsent,
    RequestState,
)
from work365.ports.providers import (
    Connection,
    ConnectionState,
    ProviderBook,
)
from work365.ports.secrets import Secret
from work365.ports.sign_in import ConnectionProbe, SignedIn, SignIn, SignInAttempt
from work365.ports.tokens import REFRESH_TOKEN_LIFE, TokenVault
from work365.usecases.request_consent import PartnerTenantMissing


class SecondFactorMissing(Refusal):
    """The sign-in was without a second factor, or Partner Center does not count it."""

    code = "second_factor_missing"


class NothingStored(Refusal):
    """The consent was in order, and its token could not be kept."""

    code = "consent_token_not_stored"


class ConsentWithdrawn(Refusal):
    """Somebody withdrew the connection while it was being made."""

    code = "consent_withdrawn_meanwhile"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What a consent goes through."""

    sign_in: SignIn
    probe: ConnectionProbe
    ledger: ConsentLedger
    providers: ProviderBook
    vault: TokenVault


def open_link(token_hash: str, *, at: datetime, ledger: ConsentLedger) -> ConsentRequest:
    """Return the request behind a link that can still be used.

    Raises: ConsentLinkRefused: it is unknown, used, withdrawn or expired.
    """
    request = ledger.request(token_hash)
    if request is None:
        raise ConsentLinkRefused(
            "This link is not known. Copy it in full, or ask for a new one: it may have been"
            " cut off, or made in another environment."
        )
    if request.state is RequestState.OPEN and at < request.expires_at:
        return request
    reasons = {
        RequestState.USED: "was used already",
        RequestState.WITHDRAWN: "was withdrawn, because a newer one was made",
    }
    reason = reasons.get(request.state, f"expired on {request.expires_at:%d %B %Y at %H:%M} UTC")
    raise ConsentLinkRefused(f"This link {reason}. Ask for a new one.")


def partner_tenant_of(request: ConsentRequest, providers: ProviderBook) -> str:
    """Return the tenant whose people may use the link.

    Raises: PartnerTenantMissing: it was emptied after the link was made; ProviderMissing.
    """
    provider = providers.provider(request.provider)
    if provider.partner_tenant is None:
        raise PartnerTenantMissing(
            f"the provider {provider.name} has no partner tenant any more: enter the tenant id of"
            " the partner, and ask for a new link"
        )
    return provider.partner_tenant


def complete_consent(
    *, code: Secret, attempt: SignInAttempt, token_hash: str, at: datetime, parts: Parts
) -> GivenConsent:
    """Keep the consent that the browser came back with, and return it.

    The link is used up first, so that of two browsers with one link one succeeds, and the
    consent is on record before there is a token: where anything fails in between, no token is
    kept and a new link is needed.

    Raises:
        ConsentLinkRefused: the link cannot be used, or another was faster.
        SecondFactorMissing, NothingStored, ConsentWithdrawn: as they say.
        Refusal: Microsoft refuses the sign-in, somebody of another tenant signed in, or Partner
            Center refuses the user.
        Unavailable: Microsoft does not answer now.
    """
    request = open_link(token_hash, at=at, ledger=parts.ledger)
    tenant = partner_tenant_of(request, parts.providers)
    user = parts.sign_in.redeem(code, attempt, tenant=tenant)
    if not user.has_mfa:
        raise SecondFactorMissing(
            f"You signed in without a second factor, which Partner Center demands. {_HOW_TO_MEND}"
        )
    if not parts.probe.is_mfa_compliant(user.access_token):
        raise SecondFactorMissing(
            "Partner Center does not count this sign-in as one with multifactor authentication"
            f" (isMfaCompliant is false). {_HOW_TO_MEND}"
        )
    parts.ledger.use_request(request, at=at)
    given = _consent(user, request, at)
    parts.ledger.record([given])
    _keep_token(user, given, parts)
    _require_standing(given, parts)
    parts.providers.set_connection(
        request.provider,
        Connection(
            state=ConnectionState.DELEGATED,
            consented_at=at,
            token_expires_at=given.expires_at,
            checked_at=at,
        ),
    )
    return given


_HOW_TO_MEND = (
    "Set up a second factor at https://aka.ms/mfasetup or have a Conditional Access policy demand"
    " it, sign out, and open the link again."
)


def _keep_token(user: SignedIn, given: GivenConsent, parts: Parts) -> None:
    at = given.given_at
    try:
        parts.vault.write(user.tenant, user.refresh_token, redeemed_at=at, replaces=None)
    except Work365Error as error:
        parts.ledger.withdraw(
            provider=given.provider,
            kind=given.kind,
            tenant=given.tenant,
            application=given.application,
            at=at,
        )
        raise NothingStored(
            f"Your consent was in order, but the connection could not be kept: {error}. Nothing"
            " of it is stored. Once that is put right, ask for a new link and consent again."
        ) from error


def _require_standing(given: GivenConsent, parts: Parts) -> None:
    # A withdrawal that came in between found no token to take away, and marked the record.
    kept = parts.ledger.consents(provider=given.provider, kind=given.kind)
    mine = (given.tenant, given.application)
    if any((one.tenant, one.application) == mine and not one.is_withdrawn for one in kept):
        return
    parts.vault.delete(given.tenant)
    raise ConsentWithdrawn(
        "The connection was withdrawn in the moment in which you consented. Nothing of it is"
        " stored. Ask for a new link if it is wanted after all."
    )


def _consent(user: SignedIn, request: ConsentRequest, at: datetime) -> GivenConsent:
    return GivenConsent(
        provider=request.provider,
        kind=ConsentKind.PARTNER,
        tenant=user.tenant,
        application=user.application,
        scopes=user.scopes,
        given_at=at,
        given_by=user.name,
        given_by_object_id=user.user,
        role_seen=", ".join(user.roles) or None,
        mfa_seen=user.has_mfa,
        expires_at=at + REFRESH_TOKEN_LIFE,
    )
