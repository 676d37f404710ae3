"""Customers' subscriptions: read, and changed one at a time.

Source: "Get all of a customer's subscriptions", "Get a subscription by ID", "Update a
subscription by ID".
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from work365.adapters.partner_center.answers import impossible
from work365.adapters.partner_center.calls import Call
from work365.adapters.partner_center.endpoints import (
    CHANGE_SUBSCRIPTION,
    GET_SUBSCRIPTION,
    LIST_SUBSCRIPTIONS,
)
from work365.adapters.partner_center.errands import Errand
from work365.adapters.partner_center.errors import Fault, VersionChanged
from work365.adapters.partner_center.reading import read_one, read_rows
from work365.adapters.partner_center.seen_subscriptions import read_seen
from work365.adapters.partner_center.subscription_bodies import ScheduleSpelling, body_with
from work365.domain.findings import Reading
from work365.domain.microsoft.subscription_edits import SubscriptionEdit
from work365.domain.microsoft.subscriptions import SeenSubscription


@dataclass(frozen=True, slots=True)
class Subscriptions:
    """Subscriptions, asked for on an errand. `clock` says, in UTC, when one was seen."""

    errand: Errand
    clock: Callable[[], datetime]
    spelling: ScheduleSpelling = ScheduleSpelling.SCHEDULED_TYPE

    def of_customer(self, tenant: str) -> Reading[SeenSubscription]:
        """Return every subscription of a customer, with one request where one page is enough.

        Raises: PartnerCenterError.
        """
        return self._listed(Call(LIST_SUBSCRIPTIONS, {"customer": tenant}), tenant)

    def of_order(self, tenant: str, order: str) -> Reading[SeenSubscription]:
        """Return the subscriptions that came of an order.

        Raises: PartnerCenterError.
        """
        call = Call(LIST_SUBSCRIPTIONS, {"customer": tenant}, query={"order_id": order})
        return self._listed(call, tenant)

    def get(self, tenant: str, subscription: str) -> SeenSubscription:
        """Return one subscription.

        Raises: PartnerCenterError; NotFound; AnswerImpossible: it cannot be read.
        """
        call = self._look(tenant, subscription)
        return self._read(self.errand.ask(call).body, tenant, call)

    def change(
        self,
        tenant: str,
        subscription: str,
        edit: SubscriptionEdit,
        *,
        request_id: UUID | None = None,
        seen_etag: str | None = None,
    ) -> SeenSubscription:
        """Make `edit` and return the subscription as it is afterwards.

        What is so already is not sent. With `seen_etag` nothing is sent either if somebody
        changed the subscription since that version was seen. A repetition after a crash has
        the same `request_id`.

        Raises:
            PartnerCenterError; VersionChanged: somebody else changed it first.
            AvailabilityMissing: it is to renew as a product whose availability is not said.
        """
        look = self._look(tenant, subscription)
        body = self._whole(self.errand.ask(look).body, look)
        etag = _etag(body)
        if seen_etag is not None and etag != seen_etag:
            why = f"version {seen_etag} was seen, and now it is {etag}; nothing was sent"
            raise VersionChanged(Fault(operation=str(look), description=why))
        wanted = body_with(body, edit, self.spelling)
        if wanted == body:
            return self._read(body, tenant, look)
        call = Call(
            CHANGE_SUBSCRIPTION,
            look.ids,
            body=wanted,
            headers={} if etag is None else {"If-Match": etag},
            request_id=request_id,
        )
        try:
            answer = self.errand.finish(call).body
        except VersionChanged as error:
            if error.maybe_done and self._is_so(look, edit):
                return self.get(tenant, subscription)
            raise
        if isinstance(answer, Mapping) and answer.get("id"):
            return self._read(answer, tenant, call)
        return self.get(tenant, subscription)

    def _is_so(self, look: Call, edit: SubscriptionEdit) -> bool:
        """Return whether an earlier sending, whose answer was lost, made the edit."""
        body = self._whole(self.errand.ask(look).body, look)
        return body_with(body, edit, self.spelling) == body

    def _look(self, tenant: str, subscription: str) -> Call:
        return Call(GET_SUBSCRIPTION, {"customer": tenant, "subscription": subscription})

    def _listed(self, call: Call, tenant: str) -> Reading[SeenSubscription]:
        parse = partial(read_seen, tenant=tenant.lower(), seen_at=self.clock())
        return read_rows(self.errand.rows(call), parse, call=call)

    def _read(self, body: Any, tenant: str, call: Call) -> SeenSubscription:
        parse = partial(read_seen, tenant=tenant.lower(), seen_at=self.clock())
        return read_one(body, parse, call=call)

    def _whole(self, body: Any, call: Call) -> dict[str, Any]:
        # Sent back without it, a subscription would no longer renew.
        if not isinstance(body, dict) or not isinstance(body.get("autoRenewEnabled"), bool):
            raise impossible(call, "a subscription that does not say whether it renews")
        return body


def _etag(body: Mapping[str, Any]) -> str | None:
    attributes = body.get("attributes")
    etag = attributes.get("etag") if isinstance(attributes, Mapping) else None
    return str(etag) if etag else None
