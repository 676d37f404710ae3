"""What people granted: authorization codes and refresh tokens, and what is remembered of each.

Source: the documented lives of authorization codes (10 minutes) and refresh tokens (90 days).
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from secrets import token_urlsafe

CODE_LIFE = timedelta(minutes=10)
REFRESH_TOKEN_LIFE = timedelta(days=90)
OPAQUE_BYTES = 48


@dataclass(frozen=True, kw_only=True)
class SignIn:
    """Who signed in to which application, and how."""

    user_id: str
    client_id: str
    methods: tuple[str, ...]
    """`pwd`, and `mfa` where a second factor was given."""

    at: datetime


@dataclass(kw_only=True)
class Code:
    """An authorization code that was handed out."""

    sign_in: SignIn
    redirect_uri: str
    scopes: tuple[str, ...]
    """As the authorization request had them."""

    resource: str
    """As a request of the first version had it."""

    nonce: str
    challenge: str
    """Of the verifier, by S256; empty where the request had none."""

    number: int
    expires_at: datetime
    is_used: bool = False


@dataclass(frozen=True, kw_only=True)
class RefreshGrant:
    """What a refresh token stands for."""

    sign_in: SignIn
    number: int
    issued_at: datetime

    @property
    def expires_at(self) -> datetime:
        """Return when it is over."""
        return self.issued_at + REFRESH_TOKEN_LIFE


@dataclass
class Grants:
    """All that were handed out."""

    codes: dict[str, Code] = field(default_factory=dict, repr=False)
    refresh_tokens: dict[str, RefreshGrant] = field(default_factory=dict, repr=False)
    last_number: int = 0

    def add_code(
        self,
        sign_in: SignIn,
        *,
        redirect_uri: str,
        wanted: tuple[tuple[str, ...], str],
        nonce: str,
        challenge: str,
    ) -> str:
        """Hand out a code for the scopes and the resource that are wanted."""
        code = f"1.{token_urlsafe(OPAQUE_BYTES)}"
        self.codes[code] = Code(
            sign_in=sign_in,
            redirect_uri=redirect_uri,
            scopes=wanted[0],
            resource=wanted[1],
            nonce=nonce,
            challenge=challenge,
            number=self._next(),
            expires_at=sign_in.at + CODE_LIFE,
        )
        return code

    def add_refresh_token(self, sign_in: SignIn, now: datetime) -> str:
        """Hand out a refresh token."""
        token = f"1.{token_urlsafe(OPAQUE_BYTES)}"
        grant = RefreshGrant(sign_in=sign_in, number=self._next(), issued_at=now)
        self.refresh_tokens[token] = grant
        return token

    def _next(self) -> int:
        self.last_number += 1
        return self.last_number
