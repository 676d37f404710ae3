from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from work365.adapters.partner_center.entra_roles import entra_roles
from work365.domain.findings import Finding, Reading, Severity
from work365.domain.microsoft.admin_rights import GLOBAL_ADMINISTRATOR
from work365.domain.microsoft.relationships import (
    AccessAssignment,
    AdminRelationship,
    AdminStatus,
    WantedAdminRelationship,
)
from work365.errors import Refusal, Unavailable, Work365Error
from work365.ports.catalog import Tally
from work365.ports.relationships import KeptAdminRelationship
from work365.usecases.manage_admin_relationships import (
    AdminRelationshipRefused,
    Desk,
    Refreshed,
    end_admin_relationship,
    extend_admin_relationship,
    refresh_admin_relationships,
    request_admin_relationship,
)

NOW = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
PROVIDER = "microsoft"
CUSTOMER = "2ffe1b5c-06b1-4a5e-8a5b-3a52f2f1a2d7"
GROUP = "9b1c7d40-55c5-4a3c-8a70-4b0f3f1f6d11"
READER = "f2ef992c-3afb-46b9-b7cf-a126ee74c451"
WANTED = WantedAdminRelationship(
    name="Reading at Alder", days=365, roles=(READER,), customer=CUSTOMER
)


@dataclass
class Graph:
    """Microsoft's end: relationships by id, in memory."""

    there: dict[str, AdminRelationship] = field(default_factory=dict)
    groups: list[AccessAssignment] = field(default_factory=list)
    failures: dict[str, Work365Error] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    looked_at: list[str] = field(default_factory=list)

    def all(self) -> Reading[AdminRelationship]:
        self._fail("all")
        return Reading(tuple(self.there.values()), self.findings)

    def get(self, relationship: str) -> AdminRelationship:
        return self.there[relationship]

    def create(self, wanted: WantedAdminRelationship) -> AdminRelationship:
        assert all(each.name != wanted.name for each in self.there.values())
        created = AdminRelationship(
            id=str(len(self.there) + 1),
            etag="1",
            name=wanted.name,
            status=AdminStatus.CREATED,
            roles=wanted.roles,
            customer=wanted.customer,
            extends_itself=wanted.extends_itself,
            expires_at=NOW + timedelta(days=wanted.days),
        )
        return self._put(created)

    def lock_for_approval(self, relationship: str) -> AdminRelationship:
        self._fail("lock")
        return self.becomes(relationship, AdminStatus.APPROVAL_PENDING)

    def terminate(self, relationship: str) -> AdminRelationship:
        return self.becomes(relationship, AdminStatus.TERMINATION_REQUESTED)

    def delete(self, relationship: str, etag: str) -> None:
        del self.there[relationship]

    def extend_by_itself(self, relationship: str, etag: str, *, extends: bool) -> AdminRelationship:
        assert etag == self.there[relationship].etag
        return self._put(replace(self.there[relationship], extends_itself=extends))

    def assignments(self, relationship: str) -> Reading[AccessAssignment]:
        self.looked_at.append(relationship)
        return Reading(tuple(self.groups), ())

    def assign(self, relationship: str, group: str, roles: tuple[str, ...]) -> AccessAssignment:
        self._fail("assign")
        given = AccessAssignment(id="a", etag=None, group=group, roles=roles, status="pending")
        self.groups.append(given)
        return given

    def becomes(self, relationship: str, status: AdminStatus) -> AdminRelationship:
        return self._put(replace(self.there[relationship], status=status))

    def _put(self, relationship: AdminRelationship) -> AdminRelationship:
        self.there[relationship.id] = relationship
        return relationship

    def _fail(self, what: str) -> None:
        if what in self.failures:
            raise self.failures[what]


@dataclass
class Book:
    """What is kept here; what one leaves empty stays as it was."""

    kept: dict[str, KeptAdminRelationship] = field(default_factory=dict)

    def relationships(self, provider: str) -> Sequence[KeptAdminRelationship]:
        assert provider == PROVIDER
        return list(self.kept.values())

    def keep(
        self, provider: str, relationships: Sequence[KeptAdminRelationship], *, at: datetime
    ) -> Tally:
        for each in relationships:
            known = self.kept.get(each.seen.id)
            self.kept[each.seen.id] = replace(
                each,
                group=each.group or (known.group if known else None),
                days=each.days or (known.days if known else None),
            )
        return Counter()


@dataclass
class Office:
    """Both ends, and who works between them."""

    graph: Graph = field(default_factory=Graph)
    book: Book = field(default_factory=Book)

    @property
    def desk(self) -> Desk:
        return Desk(provider=PROVIDER, relationships=self.graph, book=self.book, at=NOW)

    def ask(self, wanted: WantedAdminRelationship = WANTED) -> AdminRelationship:
        return request_admin_relationship(wanted, group=GROUP, roles=entra_roles(), desk=self.desk)

    def refresh(self, *, looks_at_groups: bool = True) -> Refreshed:
        return refresh_admin_relationships(desk=self.desk, looks_at_groups=looks_at_groups)

    def running(self, **changes: Any) -> AdminRelationship:
        asked = self.ask()
        started = replace(asked, **{"status": AdminStatus.ACTIVE, **changes})
        self.graph.there[asked.id] = started
        return started


@pytest.fixture
def office() -> Office:
    return Office()


class TestAskingForRights:
    def test_makes_a_relationship_that_the_customer_can_approve(self, office: Office) -> None:
        asked = office.ask()

        assert asked.status is AdminStatus.APPROVAL_PENDING
        assert asked.approval_link.endswith(f"/granularAdminRelationships/{asked.id}")
        kept = office.book.kept[asked.id]
        assert (kept.seen, kept.group, kept.days) == (asked, GROUP, 365)

    def test_twice_makes_one(self, office: Office) -> None:
        first, second = office.ask(), office.ask()

        assert first == second
        assert len(office.graph.there) == 1

    def test_goes_on_where_it_was_interrupted(self, office: Office) -> None:
        office.graph.failures["lock"] = Unavailable("no answer")
        with pytest.raises(Unavailable):
            office.ask()
        office.graph.failures.clear()

        asked = office.ask()

        assert asked.status is AdminStatus.APPROVAL_PENDING
        assert len(office.graph.there) == 1

    @pytest.mark.parametrize(
        "other",
        [
            replace(WANTED, roles=(READER, "729827e3-9c14-49f7-bb1b-9608f156bbb8")),
            replace(WANTED, customer=None),
            replace(WANTED, name="READING AT ALDER", extends_itself=True),
        ],
    )
    def test_under_a_name_that_is_taken_is_refused(
        self, office: Office, other: WantedAdminRelationship
    ) -> None:
        office.ask()

        with pytest.raises(AdminRelationshipRefused, match="choose another name"):
            office.ask(other)

    def test_under_the_name_of_one_that_ended_is_refused(self, office: Office) -> None:
        office.graph.becomes(office.ask().id, AdminStatus.EXPIRED)

        with pytest.raises(AdminRelationshipRefused, match="expired"):
            office.ask()

    def test_that_microsoft_would_refuse_is_not_sent(self, office: Office) -> None:
        wanted = replace(WANTED, days=900, roles=(GLOBAL_ADMINISTRATOR,), extends_itself=True)

        with pytest.raises(AdminRelationshipRefused, match=r"900 days.*cannot extend itself"):
            office.ask(wanted)
        assert office.graph.there == {}

    def test_without_the_delegated_connection_says_so(self, office: Office) -> None:
        office.graph.failures["all"] = Refusal("This needs the delegated connection")

        with pytest.raises(Refusal, match="needs the delegated connection"):
            office.ask()


class TestARefresh:
    def test_gives_the_group_its_roles_once_the_customer_has_approved(self, office: Office) -> None:
        asked = office.ask()
        office.refresh()
        assert office.graph.groups == []
        office.graph.becomes(asked.id, AdminStatus.ACTIVE)

        office.refresh(looks_at_groups=False)
        office.refresh()

        assert [(each.group, each.roles) for each in office.graph.groups] == [(GROUP, (READER,))]
        assert office.book.kept[asked.id].seen.status is AdminStatus.ACTIVE

    def test_after_a_message_looks_only_at_what_began_to_run(self, office: Office) -> None:
        office.running()
        office.refresh(looks_at_groups=False)

        office.refresh(looks_at_groups=False)

        assert len(office.graph.looked_at) == 1

    def test_mends_what_was_taken_away(self, office: Office) -> None:
        office.running()
        office.refresh()
        office.graph.groups[:] = [replace(office.graph.groups[0], status="deleted")]

        office.refresh()

        assert [each.status for each in office.graph.groups] == ["deleted", "pending"]

    def test_says_why_a_group_got_nothing_and_goes_on(self, office: Office) -> None:
        running = office.running()
        office.graph.failures["assign"] = Refusal("there is no such group")

        (finding,) = office.refresh().findings

        assert finding.severity is Severity.ERROR
        assert "there is no such group" in finding.message
        assert office.book.kept[running.id].seen == running

    def test_that_gets_no_answer_keeps_nothing_and_is_repeated(self, office: Office) -> None:
        asked = office.running()
        office.graph.failures["assign"] = Unavailable("no answer")
        with pytest.raises(Unavailable):
            office.refresh(looks_at_groups=False)
        assert office.book.kept[asked.id].seen.status is AdminStatus.APPROVAL_PENDING
        office.graph.failures.clear()

        office.refresh(looks_at_groups=False)

        assert len(office.graph.groups) == 1

    def test_gives_no_roles_of_relationships_that_were_not_asked_for_here(
        self, office: Office
    ) -> None:
        office.graph.there["x"] = replace(office.graph.create(WANTED), status=AdminStatus.ACTIVE)

        office.refresh()

        assert office.graph.groups == []

    @pytest.mark.parametrize(
        ("left", "code", "severity"),
        [
            (timedelta(days=29), "admin_relationship_ends_in_30", Severity.WARNING),
            (timedelta(days=13), "admin_relationship_ends_in_14", Severity.WARNING),
            (timedelta(days=6), "admin_relationship_ends_in_7", Severity.ERROR),
            (timedelta(hours=5), "admin_relationship_ends_in_1", Severity.ERROR),
        ],
    )
    def test_says_what_ends_soon(
        self, office: Office, left: timedelta, code: str, severity: Severity
    ) -> None:
        office.running(expires_at=NOW + left)

        (finding,) = office.refresh().findings

        assert (finding.code, finding.severity) == (code, severity)
        assert "extend itself by 180 days" in finding.message

    def test_says_that_one_is_ending(self, office: Office) -> None:
        office.running(status=AdminStatus.EXPIRING)

        (finding,) = office.refresh().findings

        assert "is ending now: ask for a new one" in finding.message

    def test_marks_one_that_is_gone(self, office: Office) -> None:
        gone = office.ask()
        office.ask(replace(WANTED, name="Another"))
        del office.graph.there[gone.id]

        (finding,) = office.refresh().findings

        assert finding.code == "admin_relationship_gone"
        assert office.book.kept[gone.id].seen.status is AdminStatus.TERMINATED

    def test_of_a_list_with_holes_marks_nothing(self, office: Office) -> None:
        gone = office.ask()
        office.ask(replace(WANTED, name="Another"))
        del office.graph.there[gone.id]
        hole = Finding(Severity.ERROR, "unreadable", "A row could not be read.", "list")
        office.graph.findings = (hole,)

        refreshed = office.refresh()

        assert refreshed.findings == (hole,)
        assert office.book.kept[gone.id].seen.status is AdminStatus.APPROVAL_PENDING


class TestExtending:
    def test_lets_one_that_runs_go_on(self, office: Office) -> None:
        running = office.running()

        extended = extend_admin_relationship(running.id, extends=True, desk=office.desk)

        assert extended.extends_itself
        assert office.book.kept[running.id].seen.extends_itself

    def test_what_goes_on_already_asks_for_nothing(self, office: Office) -> None:
        running = office.running(extends_itself=True, etag="unlike any other")

        assert extend_admin_relationship(running.id, extends=True, desk=office.desk) == running

    @pytest.mark.parametrize(
        "changes", [{"roles": (GLOBAL_ADMINISTRATOR,)}, {"status": AdminStatus.EXPIRED}]
    )
    def test_is_refused_where_microsoft_would(
        self, office: Office, changes: dict[str, Any]
    ) -> None:
        running = office.running(**changes)

        with pytest.raises(AdminRelationshipRefused, match="cannot extend itself"):
            extend_admin_relationship(running.id, extends=True, desk=office.desk)


class TestEnding:
    def test_asks_microsoft_and_keeps_what_it_says(self, office: Office) -> None:
        running = office.running()

        ended = end_admin_relationship(running.id, desk=office.desk)

        assert ended.status is AdminStatus.TERMINATION_REQUESTED
        assert office.book.kept[running.id].seen == ended

    @pytest.mark.parametrize(
        "status", [AdminStatus.TERMINATED, AdminStatus.EXPIRED, AdminStatus.TERMINATING]
    )
    def test_what_has_ended_stays_as_it_is(self, office: Office, status: AdminStatus) -> None:
        running = office.running(status=status)

        assert end_admin_relationship(running.id, desk=office.desk) == running

    def test_what_was_never_sent_is_refused(self, office: Office) -> None:
        created = office.graph.create(WANTED)

        with pytest.raises(AdminRelationshipRefused, match="nothing to end"):
            end_admin_relationship(created.id, desk=office.desk)
