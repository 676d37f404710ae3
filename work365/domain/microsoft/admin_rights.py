"""Rules about rights in customers' tenants (GDAP): what may be asked for, and when one ends.

Source: "delegatedAdminRelationship resource type" and "Create delegatedAdminRelationship",
Microsoft Graph v1.0; "Granular delegated admin privileges (GDAP) introduction", Partner Center.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from work365.domain.findings import Finding, Severity
from work365.domain.microsoft.guids import is_guid
from work365.domain.microsoft.relationships import (
    AdminRelationship,
    AdminStatus,
    WantedAdminRelationship,
)

NAME_LENGTH_MAX = 50
DAYS_MAX = 730
GLOBAL_ADMINISTRATOR = "62e90394-69f5-4237-9190-012177145e10"
EXTENDED_BY_DAYS = 180

WARNED_DAYS = (30, 14, 7, 1)
"""Whole days left at which it is said that a relationship ends, the first also being the limit."""

ONE_DAY = timedelta(days=1)

ENDED = frozenset({AdminStatus.EXPIRED, AdminStatus.TERMINATED})
ENDING = frozenset(
    {AdminStatus.EXPIRING, AdminStatus.TERMINATION_REQUESTED, AdminStatus.TERMINATING}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class EntraRole:
    """A role that Microsoft has built into its directory."""

    id: str
    """Template id, the same in every tenant, in lower case."""
    name: str


def problems_of(wanted: WantedAdminRelationship, roles: Collection[EntraRole]) -> Iterator[Finding]:
    """Yield what Microsoft would refuse of `wanted`, where `roles` are those that are known."""
    if not wanted.name.strip() or len(wanted.name) > NAME_LENGTH_MAX:
        yield _wrong(
            "admin_relationship_name",
            f"The name {wanted.name!r} has {len(wanted.name)} characters; use one of 1 to"
            f" {NAME_LENGTH_MAX}",
        )
    if not 1 <= wanted.days <= DAYS_MAX:
        yield _wrong(
            "admin_relationship_duration",
            f"The duration is {wanted.days} days; use 1 to {DAYS_MAX}",
        )
    known = {role.id for role in roles}
    for role in wanted.roles:
        if role not in known:
            hint = (
                "is none of the roles that are known here; choose one of the list, or add it there"
                if is_guid(role)
                else "is not the template id of a role"
            )
            yield _wrong("admin_relationship_role", f"The role {role!r} {hint}")
    if wanted.extends_itself and GLOBAL_ADMINISTRATOR in wanted.roles:
        yield _wrong(
            "admin_relationship_extension",
            "A relationship with the role Global Administrator cannot extend itself; leave that"
            " role out, or let the relationship end",
        )


def can_extend_itself(relationship: AdminRelationship) -> bool:
    """Return whether Microsoft lets it be said that the relationship goes on by itself."""
    is_open = relationship.status in (AdminStatus.CREATED, AdminStatus.ACTIVE)
    return is_open and GLOBAL_ADMINISTRATOR not in relationship.roles


def days_left(relationship: AdminRelationship, at: datetime) -> int | None:
    """Return how many whole days are left at `at`; None of one that runs not, or without end."""
    if relationship.status is not AdminStatus.ACTIVE or relationship.expires_at is None:
        return None
    return (relationship.expires_at - at) // ONE_DAY


def warned_day(relationship: AdminRelationship, at: datetime) -> int | None:
    """Return the smallest of `WARNED_DAYS` that `relationship` has come to; None before the first.

    One that extends itself comes to none of them.
    """
    left = days_left(relationship, at)
    if left is None or relationship.extends_itself:
        return None
    return min((days for days in WARNED_DAYS if left < days), default=None)


def _wrong(code: str, message: str) -> Finding:
    return Finding(Severity.ERROR, code, message, "admin relationship")
