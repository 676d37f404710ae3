"""What all endpoints have in common: the directory, the keys, the grants and the clocks."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from work365.emulators.entra.directory import Directory
from work365.emulators.entra.grants import Grants
from work365.emulators.entra.keys import SigningKeys

Clock = Callable[[], datetime]

LIFETIME_SECONDS = 3_599
REQUESTS_KEPT_MAX = 1_000
CLOUD = "https://login.microsoftonline.com"
OLD_ISSUER = "https://sts.windows.net"


@dataclass(frozen=True, kw_only=True)
class TokenRequest:
    """A request for a token that was answered, without anything secret."""

    at: datetime
    tenant: str
    client_id: str
    grant: str
    asked: str
    """Scope or resource."""

    code: int
    """The AADSTS code of its refusal, nought where a token was given, 501 where what was asked
    for is not emulated."""


@dataclass(kw_only=True)
class Authority:
    """The state of the emulator."""

    directory: Directory
    clock: Clock
    """The time of everything here."""

    client_clock: Clock
    """The time in which clients live, for what only they judge or make: the validity of id
    tokens, of assertions that they sign, and of what a managed identity's host keeps."""

    cloud: str = CLOUD
    """The root of issuers in tokens of managed identities, as federated credentials name it."""

    keys: SigningKeys = field(default_factory=SigningKeys)
    grants: Grants = field(default_factory=Grants)
    lifetime_seconds: int = LIFETIME_SECONDS
    requests: deque[TokenRequest] = field(default_factory=lambda: deque(maxlen=REQUESTS_KEPT_MAX))

    def old_issuer(self, tenant_id: str) -> str:
        """Return the issuer of tokens of the first version."""
        return f"{OLD_ISSUER}/{tenant_id}/"

    def exchange_issuer(self, tenant_id: str) -> str:
        """Return the issuer of the tokens that managed identities prove an application by."""
        return f"{self.cloud}/{tenant_id}/v2.0"
