from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from work365.domain.microsoft.admin_rights import (
    GLOBAL_ADMINISTRATOR,
    EntraRole,
    can_extend_itself,
    days_left,
    problems_of,
    warned_day,
)
from work365.domain.microsoft.relationships import (
    AdminRelationship,
    AdminStatus,
    WantedAdminRelationship,
)

NOW = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
READER = "f2ef992c-3afb-46b9-b7cf-a126ee74c451"
ROLES = (
    EntraRole(id=READER, name="Global Reader"),
    EntraRole(id=GLOBAL_ADMINISTRATOR, name="Global Administrator"),
)
WANTED = WantedAdminRelationship(name="Reading at Alder", days=365, roles=(READER,))
RUNNING = AdminRelationship(
    id="1",
    etag="e",
    name="Reading at Alder",
    status=AdminStatus.ACTIVE,
    roles=(READER,),
    customer=None,
    extends_itself=False,
    expires_at=NOW + timedelta(days=100),
)


class TestWhatIsAskedFor:
    @pytest.mark.parametrize("days", [1, 730])
    @pytest.mark.parametrize("name", ["x", "x" * 50])
    def test_is_in_order_within_microsofts_limits(self, days: int, name: str) -> None:
        assert list(problems_of(replace(WANTED, days=days, name=name), ROLES)) == []

    @pytest.mark.parametrize(
        ("wrong", "code", "said"),
        [
            (replace(WANTED, name="x" * 51), "admin_relationship_name", "51 characters"),
            (replace(WANTED, name="  "), "admin_relationship_name", "1 to 50"),
            (replace(WANTED, days=0), "admin_relationship_duration", "is 0 days"),
            (replace(WANTED, days=731), "admin_relationship_duration", "1 to 730"),
            (replace(WANTED, roles=("Reader",)), "admin_relationship_role", "template id"),
            (
                replace(WANTED, roles=("00000000-0000-4000-8000-000000000000",)),
                "admin_relationship_role",
                "none of the roles",
            ),
            (
                replace(WANTED, roles=(GLOBAL_ADMINISTRATOR,), extends_itself=True),
                "admin_relationship_extension",
                "cannot extend itself",
            ),
        ],
    )
    def test_is_found_wrong_in_words(
        self, wrong: WantedAdminRelationship, code: str, said: str
    ) -> None:
        problems = list(problems_of(wrong, ROLES))

        assert [problem.code for problem in problems] == [code]
        assert said in problems[0].message


class TestTheEnd:
    @pytest.mark.parametrize(
        ("left", "warned"),
        [
            (timedelta(days=30), None),
            (timedelta(days=30, seconds=-1), 30),
            (timedelta(days=14), 30),
            (timedelta(days=14, seconds=-1), 14),
            (timedelta(days=7, seconds=-1), 7),
            (timedelta(days=1), 7),
            (timedelta(hours=23), 1),
            (timedelta(hours=-1), 1),
        ],
    )
    def test_is_said_as_it_comes_near(self, left: timedelta, warned: int | None) -> None:
        assert warned_day(replace(RUNNING, expires_at=NOW + left), NOW) == warned

    def test_is_not_said_of_one_that_goes_on_by_itself(self) -> None:
        soon = replace(RUNNING, expires_at=NOW + timedelta(days=2), extends_itself=True)

        assert warned_day(soon, NOW) is None
        assert days_left(soon, NOW) == 2

    @pytest.mark.parametrize("status", sorted(set(AdminStatus) - {AdminStatus.ACTIVE}, key=str))
    def test_is_not_said_of_one_that_does_not_run(self, status: AdminStatus) -> None:
        soon = replace(RUNNING, status=status, expires_at=NOW)

        assert days_left(soon, NOW) is None
        assert warned_day(soon, NOW) is None

    def test_is_nowhere_for_one_without_it(self) -> None:
        assert days_left(replace(RUNNING, expires_at=None), NOW) is None


@pytest.mark.parametrize(
    ("relationship", "can"),
    [
        (RUNNING, True),
        (replace(RUNNING, status=AdminStatus.CREATED), True),
        (replace(RUNNING, status=AdminStatus.APPROVAL_PENDING), False),
        (replace(RUNNING, status=AdminStatus.EXPIRED), False),
        (replace(RUNNING, roles=(READER, GLOBAL_ADMINISTRATOR)), False),
    ],
)
def test_only_what_runs_without_the_highest_role_extends_itself(
    relationship: AdminRelationship, can: bool
) -> None:
    assert can_extend_itself(relationship) is can
