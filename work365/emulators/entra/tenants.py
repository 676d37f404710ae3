"""Tenants, the people in them, and what was consented to there."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID, uuid5

ADMIN_AGENTS = "AdminAgents"
"""The group of a partner's tenant whose members act for its customers."""

GLOBAL_ADMINISTRATOR = "62e90394-69f5-4237-9190-012177145e10"
APPLICATION_ADMINISTRATOR = "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3"
CLOUD_APPLICATION_ADMINISTRATOR = "158c047a-c907-4556-b7ef-446551a6b5f7"
PRIVILEGED_ROLE_ADMINISTRATOR = "e8611ab8-c189-46e8-94e1-60213ab1f814"
LICENSE_ADMINISTRATOR = "4d6ac14f-3453-41d0-bef9-a3e0c569773a"
DIRECTORY_READER = "88d8e3e3-8f55-4a1e-953a-9b9898b8876b"
"""Template ids of directory roles, the same in every tenant. Source: Entra built-in roles."""

MEMBER = "b79fbf4d-3ef9-4689-8143-76b194e85509"
"""What `wids` has for everyone who is a member of the tenant."""

CONSENTING_ROLES = frozenset(
    {
        GLOBAL_ADMINISTRATOR,
        PRIVILEGED_ROLE_ADMINISTRATOR,
        APPLICATION_ADMINISTRATOR,
        CLOUD_APPLICATION_ADMINISTRATOR,
    }
)
"""Who may consent for a whole tenant. That the last two may not consent to some permissions of
Graph's applications is not told apart here."""

EVERYONE = ""
"""In place of a person: a consent for the whole tenant."""


@dataclass(kw_only=True)
class User:
    """A person in a tenant. The representation does not have the password."""

    object_id: str
    user_principal_name: str
    name: str
    password: str = field(repr=False)
    does_mfa: bool = True
    """Whether a second factor is set up, and asked for at each sign-in."""

    roles: set[str] = field(default_factory=set)
    """Template ids of directory roles."""

    groups: set[str] = field(default_factory=set)
    """Names of groups."""

    is_enabled: bool = True
    revoked_through: int = 0
    """The number of the last grant that was revoked together with all before it."""

    revoked_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class DelegatedAdmin:
    """A granular delegated admin relationship: a partner's group has roles at a customer."""

    partner_tenant_id: str
    group: str
    roles: frozenset[str]


@dataclass(kw_only=True)
class Tenant:
    """A directory."""

    tenant_id: str
    name: str
    domain: str
    users: dict[str, User] = field(default_factory=dict)
    """By object id."""

    service_principals: dict[str, str] = field(default_factory=dict)
    """By application id: the object id of its service principal here."""

    consents: dict[tuple[str, str, str], frozenset[str]] = field(default_factory=dict)
    """Scopes by client id, the resource's application id, and the person or `EVERYONE`."""

    roles: dict[tuple[str, str], frozenset[str]] = field(default_factory=dict)
    """What applications may do themselves, by client id and the resource's application id."""

    delegated_admins: dict[str, DelegatedAdmin] = field(default_factory=dict)
    """Partners' relationships with this customer, by their ids."""

    requires_mfa_for: set[str] = field(default_factory=set)
    """Application ids of resources for which people here must have given a second factor."""

    def group_id(self, name: str) -> str:
        """Return the object id of a group."""
        return str(uuid5(UUID(self.tenant_id), f"group {name}"))

    def principal_id(self, application_id: str) -> str:
        """Return the object id of an application here, which is made if there is none."""
        made = str(uuid5(UUID(self.tenant_id), f"service principal {application_id}"))
        return self.service_principals.setdefault(application_id, made)

    def consented(self, client_id: str, resource_id: str, user_id: str) -> frozenset[str]:
        """Return the scopes that an application has for a person."""
        for_all = self.consents.get((client_id, resource_id, EVERYONE), frozenset())
        return for_all | self.consents.get((client_id, resource_id, user_id), frozenset())

    def consent(
        self, client_id: str, scopes: Mapping[str, frozenset[str]], *, user_id: str = EVERYONE
    ) -> None:
        """Record scopes by resource, in addition to those that there are."""
        self.principal_id(client_id)
        for resource_id, names in scopes.items():
            key = (client_id, resource_id, user_id)
            self.consents[key] = self.consents.get(key, frozenset()) | names

    def withdraw(self, client_id: str, *, resource_id: str = "") -> int:
        """Forget what was consented to, for one resource or all; return how many consents."""
        gone = [key for key in self.consents if key[0] == client_id and resource_id in ("", key[1])]
        for key in gone:
            del self.consents[key]
        granted = [key for key in self.roles if key[0] == client_id and resource_id in ("", key[1])]
        for role_key in granted:
            del self.roles[role_key]
        return len(gone) + len(granted)
