"""The solution in one environment."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from work365.domain.findings import Finding


@dataclass(frozen=True, slots=True)
class InstallationAction:
    """One step that brings an environment closer to the solution."""

    kind: str
    subject: str
    description: str
    kept: object
    """The installation's own: what to send."""


@dataclass(frozen=True, slots=True)
class InstallationPlan:
    """What is to be done, in order, and what no action can put right."""

    actions: tuple[InstallationAction, ...]
    findings: tuple[Finding, ...]


class KeyIndexStatus(Enum):
    """Where an environment is with the index of an alternate key."""

    BUILT = "built"
    PENDING = "pending"
    FAILED = "failed"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class KeyIndex:
    """The index of an alternate key, without which the key keeps nothing apart."""

    table: str
    key: str
    status: KeyIndexStatus


class Installation(Protocol):
    """The solution in one environment. Everything may fail for a moment as any port does."""

    def plan(self) -> InstallationPlan:
        """Return what is missing now; an empty plan once everything is there."""

    def carry_out(self, action: InstallationAction) -> None:
        """Do one action of a plan; what is done already is no failure."""

    def key_indexes(self) -> Sequence[KeyIndex]:
        """Return the indexes of the solution's alternate keys."""

    def examine(self) -> Sequence[Finding]:
        """Return what is wrong with what is there: privileges, the webhook, the version."""
