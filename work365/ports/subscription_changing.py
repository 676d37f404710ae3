"""Changing one subscription at the provider."""

from typing import Protocol
from uuid import UUID

from work365.domain.microsoft.subscription_edits import SubscriptionEdit
from work365.domain.microsoft.subscriptions import SeenSubscription


class SubscriptionChanging(Protocol):
    """A customer's subscription at the provider, read and changed."""

    def get(self, tenant: str, subscription: str) -> SeenSubscription:
        """Return one subscription.

        Raises: Refusal: there is no such one; Unavailable, Contradiction.
        """

    def change(
        self,
        tenant: str,
        subscription: str,
        edit: SubscriptionEdit,
        *,
        request_id: UUID | None = None,
        seen_etag: str | None = None,
    ) -> SeenSubscription:
        """Make `edit`, unless it is so or somebody changed it since the version `seen_etag`.

        Raises: Refusal: not this, or somebody else changed it first; Unavailable, Contradiction.
        """
