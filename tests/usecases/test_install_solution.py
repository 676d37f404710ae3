import pytest

from tests.usecases.fake_installation import FakeInstallation, index
from work365.domain.findings import Finding, Severity
from work365.errors import Unavailable
from work365.ports.installation import KeyIndexStatus
from work365.usecases.install_solution import (
    FAILURES_IN_A_ROW_MAX,
    KEY_LOOKS_MAX,
    ActionRefused,
    Installed,
    install_solution,
)

WRONG_TYPE = Finding(Severity.ERROR, "column_not_changeable", "It is text.", "w365_job.w365_kind")
UNSET = Finding(Severity.WARNING, "environment_variable_unset", "Set it.", "w365_ServiceUrl")


class Told:
    """What was said on the way, and how long was waited."""

    def __init__(self) -> None:
        self.progress: list[tuple[int, int, str]] = []
        self.pauses: list[int] = []

    def install(self, installation: FakeInstallation) -> Installed:
        return install_solution(
            installation=installation,
            plan=installation.plan(),
            progress=lambda *step: self.progress.append(step),
            pause=self.pauses.append,
        )


@pytest.fixture
def told() -> Told:
    return Told()


def test_what_is_missing_is_carried_out_in_order(told: Told) -> None:
    installation = FakeInstallation("a", "b", "c")

    installed = told.install(installation)

    assert installed == Installed(3, ())
    assert installation.carried_out == ["a", "b", "c"]
    assert told.progress == [
        (0, 3, "Create a"),
        (1, 3, "Create b"),
        (2, 3, "Create c"),
        (3, 3, ""),
    ]


def test_where_nothing_is_missing_nothing_is_carried_out(told: Told) -> None:
    installed = told.install(FakeInstallation(findings=(UNSET,)))

    assert installed == Installed(0, (UNSET,))
    assert told.progress == []


@pytest.mark.parametrize("done", [False, True], ids=["and was not done", "and was done"])
def test_an_action_without_an_answer_is_planned_again(told: Told, done: bool) -> None:
    installation = FakeInstallation("a", "b", "c")
    installation.failures = [("b", done)]

    installed = told.install(installation)

    assert installation.carried_out == ["a", "b", "c"]
    assert installed.findings == ()
    assert len(told.pauses) == 1


def test_a_place_that_fails_again_and_again_ends_the_installation(told: Told) -> None:
    installation = FakeInstallation("a", "b")
    installation.failures = [("b", False)] * 100

    with pytest.raises(Unavailable, match="b had no answer"):
        told.install(installation)

    assert installation.carried_out == ["a"]
    assert len(told.pauses) == FAILURES_IN_A_ROW_MAX


def test_an_action_that_is_refused_is_named_and_ends_the_installation(told: Told) -> None:
    installation = FakeInstallation("a", "b", "c")
    installation.refused = {"b"}

    with pytest.raises(
        ActionRefused, match=r"Create b: b may not be\. 1 action\(s\) before it.* put this right"
    ):
        told.install(installation)

    assert installation.carried_out == ["a"]


def test_a_refusal_of_what_somebody_else_has_done_says_so(told: Told) -> None:
    installation = FakeInstallation("a", "b")
    plan = installation.plan()
    installation.refused, installation.missing = {"a"}, ["b"]

    with pytest.raises(ActionRefused, match=r"done meanwhile.* wait until that has ended"):
        install_solution(
            installation=installation,
            plan=plan,
            progress=lambda *_: None,
            pause=told.pauses.append,
        )


def test_failures_in_different_places_do_not_add_up(told: Told) -> None:
    subjects = [f"table {number}" for number in range(3 * FAILURES_IN_A_ROW_MAX)]
    installation = FakeInstallation(*subjects)
    installation.failures = [(subject, False) for subject in subjects[1:]]

    told.install(installation)

    assert installation.carried_out == subjects


def test_what_shows_no_effect_is_said_and_not_tried_for_ever(told: Told) -> None:
    installation = FakeInstallation("a", "b")
    installation.without_effect = {"b"}

    installed = told.install(installation)

    assert installation.carried_out == ["a", "b", "b"]
    assert [finding.code for finding in installed.findings] == ["without_effect"]


def test_an_error_of_the_plan_does_not_stop_the_rest(told: Told) -> None:
    installation = FakeInstallation("a", findings=(WRONG_TYPE,))

    installed = told.install(installation)

    assert installed == Installed(1, (WRONG_TYPE,))


def test_where_only_errors_were_planned_no_key_is_waited_for(told: Told) -> None:
    installation = FakeInstallation(findings=(WRONG_TYPE,))
    installation.looks = [[index(KeyIndexStatus.PENDING)]]

    installed = told.install(installation)

    assert installed == Installed(0, (WRONG_TYPE,))
    assert told.pauses == []


def test_keys_are_waited_for_until_they_are_built(told: Told) -> None:
    installation = FakeInstallation("a")
    pending, built = [index(KeyIndexStatus.PENDING)], [index(KeyIndexStatus.BUILT)]
    installation.looks = [pending, pending, built]

    installed = told.install(installation)

    assert installed.findings == ()
    assert len(told.pauses) == 2


def test_keys_that_take_too_long_are_left_to_a_person(told: Told) -> None:
    installation = FakeInstallation("a")
    installation.looks = [[index(KeyIndexStatus.PENDING)]]

    installed = told.install(installation)

    assert [finding.code for finding in installed.findings] == ["key_index_pending"]
    assert len(told.pauses) == KEY_LOOKS_MAX


def test_a_key_that_cannot_be_built_is_said_at_once(told: Told) -> None:
    installation = FakeInstallation("a")
    installation.looks = [[index(KeyIndexStatus.FAILED)]]

    installed = told.install(installation)

    assert [finding.code for finding in installed.findings] == ["key_index_failed"]
    assert told.pauses == []
