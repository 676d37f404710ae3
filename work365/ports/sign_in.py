"""Signing in at Microsoft for a delegated connection, and looking at what it is good for."""

from dataclasses import dataclass
from typing import Protocol

from work365.ports.secrets import Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInAttempt:
    """What a browser was sent to Microsoft with; the answer has to fit to it."""

    nonce: Secret
    verifier: Secret
    """Proves that whoever redeems the code is whoever asked for it (PKCE, RFC 7636)."""
    redirect: str
    """Where Microsoft sends the browser back to, to the letter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """Who signed in, as Microsoft vouches for, and the tokens that came of it."""

    tenant: str
    """In lower case."""
    user: str
    """Object id."""
    name: str
    application: str
    """Client id of the application that was consented to."""
    scopes: tuple[str, ...]
    roles: tuple[str, ...]
    """Names of the user's directory roles that matter here, or template ids of others."""
    has_mfa: bool
    refresh_token: Secret
    access_token: Secret
    """For Partner Center."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInPage:
    """Where a browser is sent, and what it has to keep until it comes back."""

    address: str
    nonce: Secret
    verifier: Secret


class SignIn(Protocol):
    """Microsoft Entra, for one application of ours."""

    def page(self, *, tenant: str, redirect: str, state: Secret) -> SignInPage:
        """Return where somebody of `tenant` signs in and consents.

        Raises: Refusal, Unavailable: Microsoft cannot be asked where that is.
        """

    def redeem(self, code: Secret, attempt: SignInAttempt, *, tenant: str) -> SignedIn:
        """Return who signed in, for the `code` that the browser came back with. It is good once.

        Raises:
            Refusal: Microsoft refuses, the answer is not one to this attempt, or it was
                somebody of another tenant than `tenant`.
            Unavailable: Microsoft does not answer now.
        """


class ConnectionProbe(Protocol):
    """Partner Center, asked whether a delegated connection will do."""

    def is_mfa_compliant(self, access_token: Secret) -> bool:
        """Return whether Partner Center counts the sign-in behind the token as multifactor.

        Raises:
            Refusal: the user has no role in Partner Center, or it refuses for another reason.
            Unavailable: Partner Center does not answer now.
        """
