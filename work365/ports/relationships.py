"""Where it is kept which rights customers granted the partner (GDAP)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from work365.domain.microsoft.relationships import AdminRelationship
from work365.ports.catalog import Tally


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptAdminRelationship:
    """An admin relationship as Microsoft showed it, and what is known of it besides."""

    seen: AdminRelationship
    account: UUID | None = None
    """The provider account of the customer; none before it is known who approves it."""
    days: int | None = None
    """How long it was asked for; none of one that was not asked for from here."""
    group: str | None = None
    """Object id of the partner's security group that has the roles."""


class RelationshipBook(Protocol):
    """Where admin relationships are kept."""

    def relationships(self, provider: str) -> Sequence[KeptAdminRelationship]:
        """Return those of the provider with this key, by the moment at which they end."""

    def keep(
        self, provider: str, relationships: Sequence[KeptAdminRelationship], *, at: datetime
    ) -> Tally:
        """Add them, or bring them up to date; what one leaves empty stays as it was kept.

        What has not changed is not written. `account` is found by the customer's tenant.
        """
