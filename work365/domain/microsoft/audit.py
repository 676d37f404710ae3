"""Audit records: who changed what at Microsoft, and when."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRecord:
    """One thing that was done, by us or at Microsoft's end."""

    id: str | None
    at: datetime
    operation: str
    """Microsoft's own word, such as `update_subscription`."""
    succeeded: bool
    resource: str
    """Kind of what was changed, such as `subscription`."""
    customer: str | None
    """Tenant id, in lower case."""
    application: str | None
    """Id of the application that did it, so that our own changes are known."""
    user: str | None
    """Sign-in name of who did it. Personal: show it to those who may see it only."""
    correlation: str | None = None
    details: Mapping[str, str] = field(default_factory=dict)
    """What Microsoft says besides, by its own names, such as `OrderId`."""
    old_value: str | None = None
    """The resource before, as JSON."""
    new_value: str | None = None
    """The resource after, as JSON."""
