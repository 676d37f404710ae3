"""What a part of planning comes to: actions in order, and findings."""

from dataclasses import dataclass, field

from work365.adapters.dataverse.installation.requests import Action, Request
from work365.domain.findings import Finding, Severity


@dataclass(slots=True)
class Planned:
    """A list of actions and one of findings, while they are being collected."""

    actions: list[Action] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def act(self, kind: str, subject: str, description: str, *requests: Request) -> None:
        """Add an action."""
        self.actions.append(Action(kind, subject, description, requests))

    def refuse(self, code: str, path: str, message: str) -> None:
        """Add what keeps the solution from being as it should."""
        self.findings.append(Finding(Severity.ERROR, code, message, path))

    def warn(self, code: str, path: str, message: str) -> None:
        """Add what a person should look at or do."""
        self.findings.append(Finding(Severity.WARNING, code, message, path))

    def take(self, other: "Planned") -> None:
        """Add everything of `other`."""
        self.actions += other.actions
        self.findings += other.findings
