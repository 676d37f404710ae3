"""Transitions: a subscription becomes one of another product, or its seats join one.

Source: "Get a list of transition eligibilities", "Transition a subscription", "Get a list of
transitions for a subscription".
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from work365.adapters.partner_center.answers import impossible
from work365.adapters.partner_center.calls import Call
from work365.adapters.partner_center.endpoints import (
    CREATE_TRANSITION,
    LIST_TRANSITION_OFFERS,
    LIST_TRANSITIONS,
)
from work365.adapters.partner_center.errands import Errand
from work365.adapters.partner_center.errors import Fault, StillRunning
from work365.adapters.partner_center.field_values import (
    count_of,
    identifier_of,
    member_of,
    quantity_of,
    yes_or_no_of,
)
from work365.adapters.partner_center.files import Row, moment_of, text_of
from work365.adapters.partner_center.reading import each_of, read_one, read_rows
from work365.domain.findings import Reading
from work365.domain.microsoft.transitions import (
    Transition,
    TransitionOffer,
    TransitionOrder,
    TransitionStatus,
    TransitionType,
)

_LONG_AGO = datetime.min.replace(tzinfo=UTC)

_type_of = member_of(TransitionType, "unknown_transition")
_status_of = member_of(TransitionStatus, "unknown_status")


@dataclass(frozen=True, slots=True)
class Transitions:
    """Transitions, asked for on an errand."""

    errand: Errand

    def offers(
        self, tenant: str, subscription: str, *, at_renewal: bool = False
    ) -> Reading[TransitionOffer]:
        """Return what a subscription can become, now or when its term is over.

        Raises: PartnerCenterError.
        """
        kind = "scheduled" if at_renewal else "immediate"
        call = self._call(LIST_TRANSITION_OFFERS, tenant, subscription, eligibilityType=kind)
        return read_rows(self.errand.rows(call), _offer, call=call)

    def start(
        self,
        tenant: str,
        subscription: str,
        order: TransitionOrder,
        *,
        from_catalogue_id: str,
        request_id: UUID | None = None,
    ) -> Transition:
        """Order a transition, which Microsoft carries out within hours.

        It is sent once: after an error with `maybe_done`, look at `all` before it is repeated.

        Raises: PartnerCenterError; TransitionRefused; StillRunning: it was taken on, and `all`
        tells the rest.
        """
        body: dict[str, Any] = {
            "fromCatalogItemId": from_catalogue_id,
            "fromSubscriptionId": subscription,
            "toCatalogItemId": order.catalogue_id,
            "toSubscriptionId": order.into,
            "quantity": order.quantity,
            "termDuration": None if order.term is None else order.term.value,
            "billingCycle": None if order.plan is None else order.plan.value,
            "transitionType": order.type.value,
        }
        call = Call(
            CREATE_TRANSITION,
            {"customer": tenant, "subscription": subscription},
            body={name: value for name, value in body.items() if value is not None},
            request_id=request_id,
        )
        answer = self.errand.ask(call)
        if answer.is_accepted_only and answer.body is None:
            raise StillRunning(Fault(operation=str(call), description="taken on, and no more told"))
        return read_one(answer.body, _transition, call=call)

    def all(
        self, tenant: str, subscription: str, *, operation: str | None = None
    ) -> Reading[Transition]:
        """Return the transitions of a subscription, or those of one operation.

        Raises: PartnerCenterError.
        """
        query = {} if operation is None else {"operationId": operation}
        call = self._call(LIST_TRANSITIONS, tenant, subscription, **query)
        body = self.errand.ask(call).body
        # The documented list is called `transition`, unlike every other.
        rows = body.get("transition", body.get("items")) if isinstance(body, dict) else None
        if not isinstance(rows, list):
            raise impossible(call, "not a list of transitions")
        return read_rows(rows, _transition, call=call)

    def _call(self, endpoint: Any, tenant: str, subscription: str, **query: str) -> Call:
        return Call(endpoint, {"customer": tenant, "subscription": subscription}, query=query)


def _offer(row: Row) -> TransitionOffer:
    ways = each_of(row, "eligibilities")
    targets = each_of(row, "subscriptionEligibilities")
    return TransitionOffer(
        catalogue_id=row.read("catalogItemId", text_of, otherwise=""),
        title=row.read_if_given("title", text_of) or "",
        quantity=row.read("quantity", count_of, otherwise=0),
        types=tuple(
            way.read("transitionType", _type_of, otherwise=TransitionType.WITHOUT_LICENCES)
            for way in ways
            if way.read("isEligible", yes_or_no_of, otherwise=False)
        ),
        into=tuple(
            target.read("subscriptionId", identifier_of, otherwise="")
            for target in targets
            if target.read("isEligible", yes_or_no_of, otherwise=False)
        ),
        reasons=tuple(dict.fromkeys(_reasons([*ways, *targets]))),
    )


def _reasons(rows: Iterable[Row]) -> Iterable[str]:
    for row in rows:
        for error in each_of(row, "errors"):
            yield error.read_if_given("description", text_of) or "Microsoft gives no reason"


def _transition(row: Row) -> Transition:
    events = _events(row)
    return Transition(
        operation=row.read_if_given("operationId", text_of),
        catalogue_id=row.read("toCatalogItemId", text_of, otherwise=""),
        quantity=row.read("quantity", quantity_of, otherwise=1),
        # Without events it has not started to be done.
        status=events[-1][1] if events else TransitionStatus.STARTED,
        subscription=row.read_if_given("toSubscriptionId", identifier_of),
        began_at=events[0][0] if events else None,
    )


def _events(row: Row) -> list[tuple[datetime, TransitionStatus]]:
    events = [
        (
            event.read("timestamp", moment_of, otherwise=_LONG_AGO),
            event.read("status", _status_of, otherwise=TransitionStatus.STARTED),
        )
        for event in each_of(row, "events")
    ]
    # What is done at once begins and ends in the same moment.
    return sorted(events, key=lambda event: (event[0], event[1] is not TransitionStatus.STARTED))
