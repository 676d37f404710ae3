"""Say what is wrong with the solution in an environment."""

from collections.abc import Iterable, Iterator
from itertools import groupby

from work365.domain.findings import Finding, Severity
from work365.ports.installation import Installation, InstallationAction
from work365.usecases.key_indexes import key_findings

SHOWN_MAX = 3
"""How many differences of one kind are said one by one."""


def check_installation(*, installation: Installation) -> tuple[Finding, ...]:
    """Return what is wrong, and what a person should do; nothing where all is well."""
    plan = installation.plan()
    keys = key_findings(installation.key_indexes())
    return (*plan.findings, *_differences(plan.actions), *keys, *installation.examine())


def _differences(actions: Iterable[InstallationAction]) -> Iterator[Finding]:
    for kind, group in groupby(actions, key=lambda action: action.kind):
        of_kind = list(group)
        said = of_kind if len(of_kind) <= SHOWN_MAX else of_kind[: SHOWN_MAX - 1]
        for action in said:
            message = f"This is to be done: {action.description}. Run `work365 install`"
            yield Finding(Severity.ERROR, _code(kind), message, action.subject)
        more = len(of_kind) - len(said)
        if more:
            message = (
                f"{more:,} more actions of this kind are to be done, which `work365 install"
                " --dry-run` lists"
            )
            yield Finding(Severity.ERROR, _code(kind), message, kind)


def _code(kind: str) -> str:
    return kind.replace(" ", "_") + "_differs"
