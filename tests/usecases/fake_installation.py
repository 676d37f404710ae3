"""An environment in a list: what is to be done, and what goes wrong on the way."""

from collections.abc import Sequence

from work365.domain.findings import Finding
from work365.errors import Refusal, Unavailable
from work365.ports.installation import (
    InstallationAction,
    InstallationPlan,
    KeyIndex,
    KeyIndexStatus,
)


class FakeInstallation:
    """Knows which actions are missing, and forgets each once it was carried out."""

    def __init__(self, *missing: str, findings: tuple[Finding, ...] = ()) -> None:
        self.missing = list(missing)
        self.findings = findings
        self.carried_out: list[str] = []
        self.failures: list[tuple[str, bool]] = []
        """Subjects that fail when they are next tried, and whether they are done all the same."""

        self.refused: set[str] = set()
        self.without_effect: set[str] = set()
        self.looks: list[Sequence[KeyIndex]] = []
        """What the next looks at the keys see; the last one stays."""

        self.wrong: tuple[Finding, ...] = ()

    def plan(self) -> InstallationPlan:
        """Return what is missing now."""
        actions = tuple(
            InstallationAction("table", each, f"Create {each}", None) for each in self.missing
        )
        return InstallationPlan(actions, self.findings)

    def carry_out(self, action: InstallationAction) -> None:
        """Do one action, or fail as was asked for."""
        if action.subject in self.refused:
            raise Refusal(f"{action.subject} may not be")
        fails = self.failures and self.failures[0][0] == action.subject
        done = not fails or self.failures[0][1]
        if done:
            self.carried_out.append(action.subject)
        if done and action.subject not in self.without_effect:
            self.missing.remove(action.subject)
        if fails:
            self.failures.pop(0)
            raise Unavailable(f"{action.subject} had no answer")

    def key_indexes(self) -> Sequence[KeyIndex]:
        """Return what the next look sees."""
        if not self.looks:
            return []
        return self.looks.pop(0) if len(self.looks) > 1 else self.looks[0]

    def examine(self) -> Sequence[Finding]:
        """Return what is wrong."""
        return self.wrong


def index(status: KeyIndexStatus) -> KeyIndex:
    """Return the index of some key."""
    return KeyIndex("w365_invoice", "w365_InvoiceKey", status)
