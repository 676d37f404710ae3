"""The registration for Microsoft's webhooks: one for a partner and an application.

Source: "Partner Center webhooks", `Webhooks.swagger.json`. That there is one only, and that a
PUT replaces it, is inferred.
"""

from dataclasses import dataclass
from typing import Any

from work365.adapters.partner_center.answers import impossible
from work365.adapters.partner_center.calls import Call
from work365.adapters.partner_center.endpoints import (
    CREATE_VALIDATION_EVENT,
    CREATE_WEBHOOK,
    GET_VALIDATION_EVENT,
    GET_WEBHOOK,
    LIST_WEBHOOK_EVENTS,
    REPLACE_WEBHOOK,
)
from work365.adapters.partner_center.errands import Errand
from work365.adapters.partner_center.errors import NotFound
from work365.adapters.partner_center.field_values import yes_or_no_of
from work365.adapters.partner_center.files import Row, text_of
from work365.adapters.partner_center.reading import each_of, read_one
from work365.domain.microsoft.webhooks import WebhookRegistration, WebhookTrial


@dataclass(frozen=True, slots=True)
class Webhooks:
    """The registration, asked for on an errand."""

    errand: Errand

    def registered(self) -> WebhookRegistration | None:
        """Return the registration, None if there is none.

        Raises: PartnerCenterError.
        """
        call = Call(GET_WEBHOOK)
        try:
            body = self.errand.ask(call).body
        except NotFound:
            return None
        # A registration that is empty, or no body at all, is none either.
        is_none = not isinstance(body, dict) or not (
            body.get("WebhookUrl") or body.get("webhookUrl")
        )
        return None if is_none else read_one(body, _registration, call=call)

    def register(self, wanted: WebhookRegistration) -> WebhookRegistration:
        """Register `wanted` where nothing is registered, and return what is now.

        Raises: PartnerCenterError.
        """
        call = Call(CREATE_WEBHOOK, body=_written(wanted))
        return read_one(self.errand.ask(call).body, _registration, call=call)

    def replace(self, wanted: WebhookRegistration) -> WebhookRegistration:
        """Register `wanted` in place of what is registered, and return what is now.

        Raises: PartnerCenterError.
        """
        call = Call(REPLACE_WEBHOOK, body=_written(wanted))
        return read_one(self.errand.ask(call).body, _registration, call=call)

    def events(self) -> frozenset[str]:
        """Return the names of the events that can be had.

        Raises: PartnerCenterError.
        """
        call = Call(LIST_WEBHOOK_EVENTS)
        body = self.errand.ask(call).body
        if not isinstance(body, list):
            raise impossible(call, "not a list of events")
        return frozenset(str(each) for each in body)

    def start_trial(self) -> str:
        """Ask for a test event, and return the id by which `trial` tells of it.

        Microsoft allows two in a minute.

        Raises: PartnerCenterError; Throttled.
        """
        call = Call(CREATE_VALIDATION_EVENT)
        return read_one(self.errand.ask(call).body, _correlation, call=call)

    def trial(self, correlation: str) -> WebhookTrial:
        """Return what became of a test event.

        Raises: PartnerCenterError.
        """
        call = Call(GET_VALIDATION_EVENT, {"id": correlation})
        return read_one(self.errand.ask(call).body, _trial, call=call)


def _written(wanted: WebhookRegistration) -> dict[str, Any]:
    body: dict[str, Any] = {"WebhookUrl": wanted.url, "WebhookEvents": sorted(wanted.events)}
    if wanted.signs_in_own_header:
        body["SignatureTokenToMsSignatureHeader"] = True
    return body


def _registration(row: Row) -> WebhookRegistration:
    events = row.fields.get("webhookEvents")
    own_header = row.read_if_given("signatureTokenToMsSignatureHeader", yes_or_no_of)
    return WebhookRegistration(
        url=row.read("webhookUrl", text_of, otherwise=""),
        events=frozenset(map(str, events)) if isinstance(events, list) else frozenset(),
        signs_in_own_header=bool(own_header),
    )


def _correlation(row: Row) -> str:
    return row.read("correlationId", text_of, otherwise="")


def _trial(row: Row) -> WebhookTrial:
    return WebhookTrial(
        status=row.read("status", text_of, otherwise=""),
        answers=tuple(
            result.read_if_given("responseCode", text_of) or "no answer"
            for result in each_of(row, "results")
        ),
    )
