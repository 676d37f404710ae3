"""Decisions: what is left to be done for an intent, after looking at Microsoft's state."""

from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar
from uuid import UUID, uuid5

from work365.domain.findings import Finding, Severity
from work365.domain.microsoft.subscription_edits import SubscriptionEdit

REQUESTS = UUID("5b0c6f0e-6c1d-4d52-9a3b-2f0f6f1f7a10")
"""Name space of the ids of our requests to Partner Center."""

WhatT = TypeVar("WhatT")


@dataclass(frozen=True, slots=True)
class Done:
    """It is so already: nothing is sent."""

    why: str
    reference: str | None = None
    """Id at Microsoft of what was found, where it became known only now."""


@dataclass(frozen=True, slots=True)
class Send(Generic[WhatT]):
    """One thing is to be sent, and nothing else."""

    what: WhatT
    etag: str | None = None
    """The version that the decision rests on: nothing is sent if it is another one by then."""
    restore: SubscriptionEdit | None = None
    """What is to be said again afterwards, because Microsoft forgets it with the change."""


@dataclass(frozen=True, slots=True)
class Wait:
    """Something is under way at Microsoft; ask again at that moment, and send nothing now."""

    until: datetime
    why: str


@dataclass(frozen=True, slots=True)
class Refuse:
    """It cannot be done, or not without a person; nothing is sent."""

    finding: Finding


def request_id(row_key: str, *, epoch: int, step: str = "") -> UUID:
    """Return the id with which a request for a change is sent: the same at each repetition.

    Microsoft does a request with one id once. What is tried after a failure is a new request:
    `epoch` counts the failures. Where a change needs several requests, `step` tells them apart.
    """
    assert epoch >= 0, epoch
    return uuid5(REQUESTS, f"{row_key}\n{epoch}\n{step}")


def refuse(code: str, message: str, path: str) -> Refuse:
    """Return the refusal with a finding, which is an error."""
    return Refuse(Finding(Severity.ERROR, code, message, path))
