"""What a browser keeps between leaving for Microsoft and coming back."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hmac import compare_digest
from typing import Self

from work365.errors import Refusal
from work365.ports.secrets import Secret
from work365.ports.sign_in import SignInAttempt

COOKIE = "__Host-work365-consent"
"""The prefix makes browsers take it from this host only, over https and for all of it."""

LASTS = timedelta(minutes=10)
"""As long as Microsoft's code. Source: RFC 6749, 4.1.2."""

COOKIE_LENGTH_MAX = 2_000
_FIELDS = ("state", "nonce", "verifier", "token")
_SPACES = " \t"


class AttemptUnknown(Refusal):
    """A browser comes back that did not leave from here, or too late."""

    code = "consent_attempt_unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingSignIn:
    """A sign-in that was begun in this browser."""

    state: Secret
    nonce: Secret
    verifier: Secret
    token: Secret
    """The link's own. Its hash would not do: whoever reads the ledger has that."""
    begun_at: datetime

    def cookie(self) -> str:
        """Return what the browser keeps. It is the browser's own business, and good once."""
        kept = {
            "state": self.state.reveal(),
            "nonce": self.nonce.reveal(),
            "verifier": self.verifier.reveal(),
            "token": self.token.reveal(),
            "begun": int(self.begun_at.timestamp()),
        }
        return urlsafe_b64encode(json.dumps(kept).encode()).decode()

    @classmethod
    def read(cls, cookie: str | None, *, at: datetime) -> Self:
        """Return the sign-in that the browser began.

        Raises: AttemptUnknown: there is none, or it was begun too long ago.
        """
        if not cookie:
            raise AttemptUnknown(
                "This browser did not begin the sign-in, or does not keep cookies. Open the consent"
                " link in the browser in which you sign in, and allow cookies for this page."
            )
        try:
            kept = json.loads(urlsafe_b64decode(cookie[:COOKIE_LENGTH_MAX]))
            begun = datetime.fromtimestamp(kept["begun"], UTC)
            secrets = {name: _secret(kept[name]) for name in _FIELDS}
            pending = cls(**secrets, begun_at=begun)
        except (ValueError, KeyError, TypeError, OverflowError, OSError, RecursionError):
            # From None: the cookie has the verifier in it.
            raise AttemptUnknown(
                "What this browser kept of the sign-in cannot be read. Open the consent link again."
            ) from None
        if not timedelta(0) <= at - begun <= LASTS:
            raise AttemptUnknown(
                f"The sign-in took longer than {LASTS.seconds // 60} minutes. Open the consent link"
                " again."
            )
        return pending

    def attempt(self, redirect: str) -> SignInAttempt:
        """Return what the answer of Microsoft has to fit to."""
        return SignInAttempt(nonce=self.nonce, verifier=self.verifier, redirect=redirect)

    def check_state(self, given: str | None) -> None:
        """Return if Microsoft's answer is one to this sign-in.

        Raises: AttemptUnknown: it belongs to another one.
        """
        if not compare_digest((given or "").encode(), self.state.reveal().encode()):
            raise AttemptUnknown(
                "This answer belongs to another sign-in than the one that this browser began last."
                " Open the consent link again, in one window only."
            )


def kept_in(header: str | None) -> str | None:
    """Return the value of our cookie in the header `Cookie`, None without one.

    The name has to be ours to the letter. Readers that strip what they take for white space
    also take one with a no-break space before it, which another host of the domain can set:
    for a browser that name has no prefix.

    Raises: AttemptUnknown: there are two of them.
    """
    pairs = [pair.strip(_SPACES).partition("=") for pair in (header or "").split(";")]
    values = [value for name, _, value in pairs if name == COOKIE]
    if len(values) > 1:
        raise AttemptUnknown(
            "This browser sends two cookies where there should be one. Delete the cookies of this"
            " page, and open the consent link again."
        )
    return next(iter(values), None)


def _secret(value: object) -> Secret:
    if not isinstance(value, str) or not value.isascii():
        raise ValueError("all that is kept is drawn in ASCII")
    return Secret(value)
