"""Install or upgrade the solution in an environment, however often it is interrupted."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from work365.domain.findings import Finding, Severity
from work365.errors import Refusal, Unavailable, Work365Error
from work365.ports.installation import (
    Installation,
    InstallationAction,
    InstallationPlan,
    KeyIndex,
    KeyIndexStatus,
)
from work365.usecases.key_indexes import key_findings

FAILURES_IN_A_ROW_MAX = 5
"""How often the same place may fail for a moment before the installation is given up."""

ROUNDS_MAX = 10
"""How often a plan may be carried out in full and leave something to be done."""

KEY_LOOKS_MAX = 60
PAUSE_SECONDS = 5

PUT_RIGHT = "put this right, and run this again"

Pause: TypeAlias = Callable[[int], None]
Progress: TypeAlias = Callable[[int, int, str], None]
"""Is told how many actions are done, of how many, and what is being done."""


class ActionRefused(Refusal):
    """The environment said no to an action; what was done before it stays done."""

    code = "action_refused"


@dataclass(frozen=True, slots=True)
class Installed:
    """What an installation came to."""

    actions: int
    """How many were carried out."""

    findings: tuple[Finding, ...]
    """What is wrong still, and what a person has to do."""


def install_solution(
    *, installation: Installation, plan: InstallationPlan, progress: Progress, pause: Pause
) -> Installed:
    """Carry out `plan`, and wait until the indexes of keys are built.

    Where Dataverse does not answer, nobody knows whether the action was done: then what is
    missing is planned again from what is there. Errors of the plan do not stop the rest.
    Units: `pause` takes seconds.

    Raises:
        Unavailable: the same place failed again and again; what was done stays done.
        ActionRefused: the environment said no.
    """
    if not plan.actions and any(each.severity is Severity.ERROR for each in plan.findings):
        return Installed(0, plan.findings)
    done = failures = rounds = 0
    while plan.actions and rounds < ROUNDS_MAX:
        carried_out, failure = _carry_out(installation, plan.actions, done, progress)
        done += carried_out
        failures = 0 if carried_out else failures + 1
        if failure is not None:
            if failures >= FAILURES_IN_A_ROW_MAX:
                raise failure
            pause(PAUSE_SECONDS)
        else:
            rounds += 1
        before, plan = plan, installation.plan()
        if failure is None and plan.actions == before.actions:
            break
    keys = key_findings(_awaited(installation, pause))
    said = {finding.path for finding in keys}
    unfinished = [_unfinished(action) for action in plan.actions if action.subject not in said]
    return Installed(done, (*plan.findings, *unfinished, *keys))


def _carry_out(
    installation: Installation,
    actions: Sequence[InstallationAction],
    done: int,
    progress: Progress,
) -> tuple[int, Unavailable | None]:
    """Return how many of `actions` were carried out, and what stopped them, if anything."""
    for index, action in enumerate(actions):
        progress(done + index, done + len(actions), action.description)
        try:
            installation.carry_out(action)
        except Unavailable as failure:
            return index, failure
        except Refusal as refusal:
            remedy = _remedy(installation, action)
            raise ActionRefused(
                f"{action.description}: {refusal}. {done + index:,} action(s) before it are done;"
                f" {remedy}"
            ) from refusal
    progress(done + len(actions), done + len(actions), "")
    return len(actions), None


def _remedy(installation: Installation, action: InstallationAction) -> str:
    """Return what to do about a refused `action`, which may be refused because it is done."""
    try:
        missing = {(each.kind, each.subject) for each in installation.plan().actions}
    except Work365Error:
        return PUT_RIGHT
    if (action.kind, action.subject) not in missing:
        return (
            "it has been done meanwhile, so somebody else may be installing at the same time: wait"
            " until that has ended, and run this again"
        )
    return PUT_RIGHT


def _unfinished(action: InstallationAction) -> Finding:
    message = (
        f"Dataverse took this in, and shows no sign of it: {action.description}. Look at it in"
        " Power Apps, and run this again"
    )
    return Finding(Severity.ERROR, "without_effect", message, action.subject)


def _awaited(installation: Installation, pause: Pause) -> Sequence[KeyIndex]:
    for _ in range(KEY_LOOKS_MAX):
        indexes = installation.key_indexes()
        if all(index.status is not KeyIndexStatus.PENDING for index in indexes):
            break
        pause(PAUSE_SECONDS)
    return indexes
