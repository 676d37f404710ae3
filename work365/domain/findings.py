"""Findings: what is wrong, said so that a person can put it right.

A finding is data, not an exception: it is kept on a row, shown in a list and counted. One
finding never stops the work beside it.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Generic, TypeVar

ValueT = TypeVar("ValueT")


class Severity(Enum):
    """How much a finding matters."""

    ERROR = "error"
    """What the finding is about was not done, or not taken in."""

    WARNING = "warning"
    """It was done, but a person should look."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, and where.

    `code` is stable and safe to match on; `message` is a sentence with the remedy in it;
    `path` leads to the place, outermost part first.
    """

    severity: Severity
    code: str
    message: str
    path: str


@dataclass(frozen=True, slots=True)
class Reading(Generic[ValueT]):
    """What could be read of a file, and what was wrong with the rest.

    A value is whole or absent: a row with an error has findings and no value.
    """

    values: tuple[ValueT, ...]
    findings: tuple[Finding, ...]

    @property
    def is_complete(self) -> bool:
        """Whether every row was taken in; warnings are allowed."""
        return all(finding.severity is not Severity.ERROR for finding in self.findings)
