"""Why there is no token, in plain words and with what to do about it.

Microsoft asks not to depend on the numbers of its errors, because they may become finer. So a
number that is not here is judged by OAuth's own word, and Microsoft's sentence is shown.

Source: "Microsoft Entra authentication and authorization error codes"; RFC 6749, 5.2.
"""

from collections.abc import Sequence
from typing import ClassVar

from work365.errors import Contradiction, Refusal, Unavailable


class NotSignedIn(Unavailable):
    """No token could be had for an outside system."""

    code = "not_signed_in"


class SignInAnswerWrong(Contradiction):
    """Microsoft Entra, or a token of its making, said something that cannot be."""

    code = "sign_in_answer_wrong"


class SignInRefused(Refusal):
    """Microsoft Entra refuses a token, and asking again does not help."""

    code = "sign_in_refused"
    words: ClassVar[str] = "Microsoft refuses the sign-in."
    """What is the matter and what to do, in plain words."""
    shows_detail: ClassVar[bool] = False
    """Whether Microsoft's own sentence says more than these words."""

    def __init__(
        self, detail: str = "", *, number: int | None = None, correlation_id: str | None = None
    ) -> None:
        told = [
            f"code AADSTS{number}" if number is not None else "",
            f"correlation id {correlation_id}" if correlation_id else "",
        ]
        ids = ", ".join(each for each in told if each)
        super().__init__(" ".join(p for p in (self.words, detail, f"({ids})" if ids else "") if p))
        self.number = number
        """Microsoft's number for it, the `65001` of AADSTS65001."""
        self.correlation_id = correlation_id
        """What Microsoft's support asks for."""


class NotConnected(SignInRefused):
    """There is no delegated connection."""

    code = "not_connected"
    words = (
        "There is no delegated connection for this partner. Open the provider's record, choose"
        " Get consent link, and let an admin agent of the partner consent."
    )


class MfaNeeded(SignInRefused):
    """The user has to sign in with a second factor."""

    code = "mfa_needed"
    words = (
        "Microsoft demands multifactor authentication, and the consent was given without it."
        " Consent again, and sign in with a second factor; a user without one sets it up at"
        " https://aka.ms/mfasetup first."
    )


class ConsentMissing(SignInRefused):
    """Nobody consented to what the application asks for in that tenant."""

    code = "consent_missing"
    words = (
        "The application has no consent in this tenant for what it asks. For the partner's own"
        " tenant consent again; for a customer's, give the application its consent there."
    )


class ServicePrincipalMissing(SignInRefused):
    """An application or interface has no service principal in the tenant."""

    code = "service_principal_missing"
    words = (
        "The tenant does not know the interface that the token is for. An administrator of the"
        " tenant has to add its service principal: for Partner Center the application"
        " fa3d9a0c-3fb0-42cc-9193-47c7ecd2edbd."
    )


class ConnectionExpired(SignInRefused):
    """The refresh token has expired or was revoked."""

    code = "connection_expired"
    words = (
        "The delegated connection has ended: its token has expired after 90 days without use, or"
        " was revoked, as happens when the user's password changes. Consent again."
    )


class UserBlocked(SignInRefused):
    """The user who consented may not sign in, or not from here."""

    code = "user_blocked"
    words = (
        "Microsoft does not let the user sign in: the account is disabled or locked, has no"
        " place in the application, or a Conditional Access policy forbids it. An administrator"
        " of the tenant finds the reason in the sign-in logs by the correlation id."
    )


class CodeRefused(SignInRefused):
    """The code of a sign-in is used up, too old, or another browser's."""

    code = "sign_in_code_refused"
    words = (
        "The sign-in cannot be completed: its code was used already, is older than ten minutes,"
        " or belongs to another request. Open the consent link again and start from the top."
    )


class RedirectRefused(SignInRefused):
    """The address to come back to is not one of the application's."""

    code = "redirect_refused"
    words = (
        "The address that Microsoft should return to is not registered. Add exactly this"
        " address to the application's registration, as a redirect URI of the kind Web."
    )


class AssertionRefused(SignInRefused):
    """The managed identity, or the development certificate, does not count as the application."""

    code = "assertion_refused"
    words = (
        "Microsoft does not accept the proof of being the application. For the managed identity"
        " compare the federated credential of the application's registration: issuer (the"
        " tenant), subject (the identity's principal id) and audience have to fit to the letter."
        " For a certificate see that it is in the registration."
    )
    shows_detail = True


class CredentialRefused(SignInRefused):
    """The development credential is wrong or has expired."""

    code = "credential_refused"
    words = (
        "Microsoft does not accept the application's secret or certificate. Check its value and"
        " its date in the application's registration; in Azure use the managed identity."
    )


class ApplicationUnknown(SignInRefused):
    """The tenant does not have the application."""

    code = "application_unknown"
    words = (
        "The tenant does not know the application. Check WORK365_CLIENT_ID; in another tenant"
        " than its own, the application comes to exist by a consent."
    )


class TenantUnknown(SignInRefused):
    """There is no such tenant in this cloud."""

    code = "tenant_unknown"
    words = (
        "There is no such tenant in this cloud. Check the tenant id, and WORK365_CLOUD for"
        " partners of the US government or in China."
    )


class IdTokenRejected(SignInRefused):
    """What the sign-in states about the user was not signed by Microsoft for this sign-in."""

    code = "id_token_rejected"
    words = (
        "The sign-in is not to be believed. Open the consent link again and start from the top;"
        " if it happens again, tell whoever runs the service."
    )


class WrongTenant(SignInRefused):
    """The user signed in to another tenant than the partner's."""

    code = "wrong_tenant"
    words = (
        "The user belongs to another organization than the partner. Sign out, open the consent"
        " link again, and sign in with an account of the partner's own tenant."
    )


_NUMBERS: dict[type[SignInRefused], str] = {
    MfaNeeded: "50072 50074 50076 50078 50079 50158",
    ConsentMissing: "65001 65004 90094 900941",
    ServicePrincipalMissing: "500011 650052",
    ConnectionExpired: "50089 50132 50133 50173 70008 70043 700081 700082 700084",
    UserBlocked: "50020 50034 50053 50055 50057 50105 50144 53000 53001 53003 530003 530032",
    CodeRefused: "50148 501481 54005 700005",
    RedirectRefused: "50011 500112 500113",
    AssertionRefused: "50013 70021 700021 700024 700027 700211 700212 700213 7002131 700222",
    CredentialRefused: "7000212 7000215 7000218 7000222",
    ApplicationUnknown: "700011 700016 70001 7000112",
    TenantUnknown: "90002 90038 900023",
}

_BY_NUMBER = {int(each): kind for kind, numbers in _NUMBERS.items() for each in numbers.split()}

TRANSIENT_NUMBERS = frozenset({50196, 90006, 90012, 90020, 90024, 90033, 90055})
"""Microsoft is busy, or asks to slow down."""

TRANSIENT_WORDS = frozenset({"server_error", "temporarily_unavailable"})

CODE_GRANT = "authorization_code"

_BY_WORD: dict[str, type[SignInRefused]] = {
    "consent_required": ConsentMissing,
    "interaction_required": ConnectionExpired,
    "invalid_client": CredentialRefused,
    "invalid_grant": ConnectionExpired,
    "login_required": ConnectionExpired,
}
"""OAuth's words, for a number that is not known."""


def refusal_kind(numbers: Sequence[int], word: str, *, grant: str) -> type[SignInRefused]:
    """Return which refusal it is by Microsoft's numbers, or else by OAuth's `word`.

    `grant` is what was redeemed, because a code and a refresh token are refused alike.
    """
    for number in numbers:
        if number in _BY_NUMBER:
            return _BY_NUMBER[number]
    if word == "invalid_grant" and grant == CODE_GRANT:
        return CodeRefused
    return _BY_WORD.get(word, SignInRefused)


def is_transient(numbers: Sequence[int], word: str) -> bool:
    """Whether the same request may well succeed in a moment."""
    return word in TRANSIENT_WORDS or not TRANSIENT_NUMBERS.isdisjoint(numbers)
