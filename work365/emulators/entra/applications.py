"""App registrations, what they prove themselves by, and managed identities."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from cryptography.x509 import Certificate

FEDERATED_CREDENTIALS_MAX = 20
"""Source: the documented limit of federated identity credentials of an application."""

TOKEN_EXCHANGE_AUDIENCE = "api://AzureADTokenExchange"  # noqa: S105  an audience, not a secret


@dataclass(frozen=True, kw_only=True)
class Secret:
    """A client secret. Its representation does not have it."""

    value: str = field(repr=False)
    expires_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class FederatedCredential:
    """Whose tokens an application takes in place of a secret."""

    issuer: str
    subject: str
    """For a managed identity its principal's object id."""

    audience: str = TOKEN_EXCHANGE_AUDIENCE


@dataclass(frozen=True, kw_only=True)
class Application:
    """An app registration."""

    client_id: str
    name: str
    home_tenant_id: str
    is_multi_tenant: bool = False
    redirect_uris: tuple[str, ...] = ()
    secrets: tuple[Secret, ...] = ()
    certificates: tuple[Certificate, ...] = ()
    federated_credentials: tuple[FederatedCredential, ...] = ()
    scopes: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """By a resource's application id: what it asks persons for."""

    roles: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """By a resource's application id: what it asks administrators to let itself do."""

    gives_id_tokens: bool = False
    """Whether an id token may come from the authorization endpoint."""

    tells_groups: bool = False
    """Whether its id tokens say in which groups and directory roles a person is."""

    def __post_init__(self) -> None:
        if len(self.federated_credentials) > FEDERATED_CREDENTIALS_MAX:
            raise ValueError(
                f"the application '{self.name}' has {len(self.federated_credentials)} federated "
                f"credentials; {FEDERATED_CREDENTIALS_MAX} are the most"
            )


@dataclass(frozen=True, kw_only=True)
class ManagedIdentity:
    """A user-assigned managed identity."""

    client_id: str
    principal_id: str
    tenant_id: str
    name: str
    resource_id: str = ""
    """Its path in Azure Resource Manager, by which it may be asked for, too."""
