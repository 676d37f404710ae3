"""Relationships: with customers, with other partners, and rights in a customer's tenant."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum


class PartnerRole(Enum):
    """Which partners are listed, seen from this one."""

    OUR_RESELLERS = "IsIndirectCloudSolutionProviderOf"
    """This partner is an indirect provider; the indirect resellers that it works with."""
    OUR_PROVIDERS = "IsIndirectResellerOf"
    """This partner is an indirect reseller; the indirect providers that it works with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherPartner:
    """A partner that this one works with."""

    tenant: str
    name: str
    mpn: str
    is_active: bool
    country: str | None = None


class AdminStatus(Enum):
    """How far a granular admin relationship is, as Microsoft Graph spells it."""

    CREATED = "created"
    APPROVAL_PENDING = "approvalPending"
    APPROVED = "approved"
    ACTIVATING = "activating"
    ACTIVE = "active"
    EXPIRING = "expiring"
    EXPIRED = "expired"
    TERMINATION_REQUESTED = "terminationRequested"
    TERMINATING = "terminating"
    TERMINATED = "terminated"


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedAdminRelationship:
    """Rights in a customer's tenant that are to be asked for."""

    name: str
    """Seen by the customer; at most 50 characters, and no other relationship's."""
    days: int
    roles: tuple[str, ...]
    """Ids of Entra role templates."""
    customer: str | None = None
    """Tenant id; without one, whoever approves first is the customer."""
    extends_itself: bool = False
    """Whether it goes on by 180 days when it would end."""

    def __post_init__(self) -> None:
        assert self.roles, "no roles"


@dataclass(frozen=True, slots=True, kw_only=True)
class AdminRelationship:
    """Rights in a customer's tenant (GDAP), as Microsoft Graph shows them."""

    id: str
    etag: str
    name: str
    status: AdminStatus
    roles: tuple[str, ...]
    customer: str | None
    extends_itself: bool
    expires_at: datetime | None
    activated_at: datetime | None = None

    @property
    def approval_link(self) -> str:
        """Address at which the customer's administrator approves it, once it is locked."""
        return (
            "https://admin.microsoft.com/AdminPortal/Home#/partners/invitation"
            f"/granularAdminRelationships/{self.id}"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessAssignment:
    """Roles of a relationship that a security group of the partner has."""

    id: str
    etag: str | None
    group: str
    """Object id of the security group."""
    roles: tuple[str, ...]
    status: str
    """Microsoft Graph's own word: `pending`, `active`, `deleting`, `deleted` or `error`."""
