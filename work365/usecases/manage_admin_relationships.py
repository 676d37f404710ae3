"""Rights in customers' tenants (GDAP): ask for them, give them to groups, watch them, end them.

Whatever is done is asked of Microsoft, and what Microsoft then shows is kept. All of it needs the
delegated connection; without it each of these is refused with words that say so.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol

from work365.domain.findings import Finding, Reading, Severity
from work365.domain.microsoft.admin_rights import (
    ENDED,
    ENDING,
    EXTENDED_BY_DAYS,
    EntraRole,
    can_extend_itself,
    days_left,
    problems_of,
    warned_day,
)
from work365.domain.microsoft.relationships import (
    AccessAssignment,
    AdminRelationship,
    AdminStatus,
    WantedAdminRelationship,
)
from work365.errors import Contradiction, Refusal
from work365.ports.catalog import Tally
from work365.ports.relationships import KeptAdminRelationship, RelationshipBook

URGENT_DAYS = 7
DELETED = frozenset({"deleting", "deleted", "error"})


class AdminRelationshipRefused(Refusal):
    """What is asked for cannot be had, by Microsoft's rules."""

    code = "admin_relationship_refused"


class AdminDesk(Protocol):
    """Where admin relationships are asked for. All of it raises Refusal and Unavailable."""

    def all(self) -> Reading[AdminRelationship]:
        """Return every relationship, ended ones among them."""

    def get(self, relationship: str) -> AdminRelationship:
        """Return one relationship."""

    def create(self, wanted: WantedAdminRelationship) -> AdminRelationship:
        """Create a relationship that nobody can approve yet."""

    def lock_for_approval(self, relationship: str) -> AdminRelationship:
        """Make it one that the customer can approve."""

    def terminate(self, relationship: str) -> AdminRelationship:
        """End an active relationship."""

    def delete(self, relationship: str, etag: str) -> None:
        """Delete one that was never locked."""

    def extend_by_itself(self, relationship: str, etag: str, *, extends: bool) -> AdminRelationship:
        """Say whether it goes on when it would end."""

    def assignments(self, relationship: str) -> Reading[AccessAssignment]:
        """Return the groups that have its roles."""

    def assign(self, relationship: str, group: str, roles: tuple[str, ...]) -> AccessAssignment:
        """Give a group roles of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Where relationships of a provider are asked for, and where they are kept."""

    provider: str
    relationships: AdminDesk
    book: RelationshipBook
    at: datetime

    def keep(
        self, seen: AdminRelationship, *, days: int | None = None, group: str | None = None
    ) -> AdminRelationship:
        """Keep what Microsoft shows, and return it."""
        kept = KeptAdminRelationship(seen=seen, days=days, group=group)
        self.book.keep(self.provider, [kept], at=self.at)
        return seen


@dataclass(frozen=True, slots=True, kw_only=True)
class Refreshed:
    """What a look at all relationships came to."""

    tally: Tally = field(default_factory=Counter)
    findings: tuple[Finding, ...] = ()


def request_admin_relationship(
    wanted: WantedAdminRelationship,
    *,
    group: str | None,
    roles: Collection[EntraRole],
    desk: Desk,
) -> AdminRelationship:
    """Ask for rights in a customer's tenant; return the relationship, with its approval link.

    Microsoft takes each name once. One of the same name that is not ended is gone on with, so
    that an interruption between creating and locking it, or an answer that was lost, leaves no
    second one. `group` gets the roles once the customer has approved; None for none.

    Raises: AdminRelationshipRefused: it would be refused, or the name is taken by another one;
    Refusal: there is no delegated connection; Unavailable.
    """
    problems = [finding.message for finding in problems_of(wanted, roles)]
    if problems:
        raise AdminRelationshipRefused(f"{'. '.join(problems)}.")
    named = [each for each in desk.relationships.all().values if _same_name(each, wanted)]
    if named and not _is_wanted(named[0], wanted):
        raise AdminRelationshipRefused(
            f"There is a relationship {named[0].name!r} already, which is"
            f" {named[0].status.value} and not for the same; choose another name."
        )
    seen = named[0] if named else desk.relationships.create(wanted)
    desk.keep(seen, days=wanted.days, group=group)
    if seen.status is AdminStatus.CREATED:
        seen = desk.relationships.lock_for_approval(seen.id)
    return desk.keep(seen, days=wanted.days, group=group)


def end_admin_relationship(relationship: str, *, desk: Desk) -> AdminRelationship:
    """End a relationship; Microsoft takes its time. One that has ended stays as it is.

    Raises: Refusal: there is no delegated connection, or Microsoft does not let it end;
    Unavailable.
    """
    seen = desk.relationships.get(relationship)
    if seen.status in ENDED | ENDING:
        return desk.keep(seen)
    if seen.status is AdminStatus.CREATED:
        raise AdminRelationshipRefused(
            f"The relationship {seen.name!r} was never sent to a customer; there is nothing to"
            " end. Lock it for approval, or leave it."
        )
    return desk.keep(desk.relationships.terminate(relationship))


def extend_admin_relationship(relationship: str, *, extends: bool, desk: Desk) -> AdminRelationship:
    """Say whether a relationship goes on by 180 days when it would end.

    Raises: AdminRelationshipRefused: one with the role Global Administrator, or one that does
    not run; Refusal; Unavailable.
    """
    seen = desk.relationships.get(relationship)
    if seen.extends_itself == extends:
        return desk.keep(seen)
    if not can_extend_itself(seen):
        raise AdminRelationshipRefused(
            f"The relationship {seen.name!r} ({seen.status.value}) cannot extend itself: only one"
            " that runs can, and none with the role Global Administrator. Ask for a new one."
        )
    return desk.keep(desk.relationships.extend_by_itself(seen.id, seen.etag, extends=extends))


def refresh_admin_relationships(*, desk: Desk, looks_at_groups: bool) -> Refreshed:
    """Read all relationships, give groups the roles of those that run, and keep what is seen.

    A group gets its roles when its relationship begins to run; with `looks_at_groups` all that
    run are looked at, one request each, so that what failed or was taken away is mended. What
    ends within 30 days is a finding, and one relationship that fails does not stop the others.

    Raises: Refusal: there is no delegated connection; Unavailable, Contradiction. Nothing is kept
    then, so that the next refresh does what this one did not.
    """
    kept = {each.seen.id: each for each in desk.book.relationships(desk.provider)}
    listed = desk.relationships.all()
    findings = [*listed.findings]
    for each in listed.values:
        group = _group_to_look_at(each, kept.get(each.id), always=looks_at_groups)
        findings += _assigned(each, group, desk.relationships) if group else ()
    gone = _gone(listed, kept)
    written = desk.book.keep(
        desk.provider,
        [*(KeptAdminRelationship(seen=each) for each in listed.values), *gone],
        at=desk.at,
    )
    findings += map(_not_listed, gone)
    findings += watch_admin_relationships(listed.values, at=desk.at)
    return Refreshed(tally=written, findings=tuple(findings))


def watch_admin_relationships(
    relationships: Sequence[AdminRelationship], *, at: datetime
) -> Iterator[Finding]:
    """Yield those that end within 30, 14, 7 days or a day, and those that are over."""
    for each in relationships:
        days = warned_day(each, at)
        if each.status is AdminStatus.EXPIRING:
            days = 1
        if days is None:
            continue
        left = days_left(each, at)
        shown = "is ending now" if left is None or left < 1 else f"ends in {_days(left)}"
        remedy = (
            f"let it extend itself by {EXTENDED_BY_DAYS} days, or ask for a new one"
            if can_extend_itself(each)
            else "ask for a new one, which the customer has to approve"
        )
        severity = Severity.ERROR if days <= URGENT_DAYS else Severity.WARNING
        message = f"The admin relationship {each.name!r} with {_customer(each)} {shown}: {remedy}"
        yield Finding(severity, f"admin_relationship_ends_in_{days}", message, _path(each))


def assign_roles(
    seen: AdminRelationship, *, group: str, relationships: AdminDesk
) -> AccessAssignment | None:
    """Give `group` the roles of a relationship that runs; None where it has them already.

    Raises: Refusal: Microsoft does not know the group, or a role is not of the relationship;
    Unavailable.
    """
    for assignment in relationships.assignments(seen.id).values:
        if assignment.group.lower() == group.lower() and assignment.status not in DELETED:
            return None
    return relationships.assign(seen.id, group, seen.roles)


def _group_to_look_at(
    seen: AdminRelationship, kept: KeptAdminRelationship | None, *, always: bool
) -> str | None:
    if seen.status is not AdminStatus.ACTIVE or kept is None:
        return None
    return kept.group if always or kept.seen.status is not AdminStatus.ACTIVE else None


def _assigned(seen: AdminRelationship, group: str, relationships: AdminDesk) -> Iterator[Finding]:
    try:
        assign_roles(seen, group=group, relationships=relationships)
    except (Refusal, Contradiction) as error:
        message = (
            f"The group {group} did not get the roles of the admin relationship {seen.name!r}:"
            f" {error}"
        )
        yield Finding(Severity.ERROR, error.code, message, _path(seen))


def _gone(
    listed: Reading[AdminRelationship], kept: Mapping[str, KeptAdminRelationship]
) -> list[KeptAdminRelationship]:
    there = {each.id for each in listed.values}
    if not listed.is_complete or not there:
        return []
    return [
        replace(each, seen=replace(each.seen, status=AdminStatus.TERMINATED))
        for each in kept.values()
        if each.seen.id not in there and each.seen.status not in ENDED
    ]


def _not_listed(gone: KeptAdminRelationship) -> Finding:
    message = (
        f"Microsoft lists the admin relationship {gone.seen.name!r} with {_customer(gone.seen)} no"
        " more; it was marked as terminated. Ask for a new one if the rights are needed"
    )
    return Finding(Severity.WARNING, "admin_relationship_gone", message, _path(gone.seen))


def _same_name(seen: AdminRelationship, wanted: WantedAdminRelationship) -> bool:
    return seen.name.casefold() == wanted.name.casefold()


def _is_wanted(seen: AdminRelationship, wanted: WantedAdminRelationship) -> bool:
    is_open = seen.status in (AdminStatus.CREATED, AdminStatus.APPROVAL_PENDING)
    customers = {seen.customer, wanted.customer.lower() if wanted.customer else None}
    return (
        is_open
        and len(customers) == 1
        and set(seen.roles) == set(wanted.roles)
        and seen.extends_itself == wanted.extends_itself
    )


def _customer(relationship: AdminRelationship) -> str:
    if relationship.customer is None:
        return "a customer that is not known yet"
    return f"the customer {relationship.customer}"


def _days(count: int) -> str:
    return "one day" if count == 1 else f"{count} days"


def _path(relationship: AdminRelationship) -> str:
    return f"admin relationship {relationship.id}"
