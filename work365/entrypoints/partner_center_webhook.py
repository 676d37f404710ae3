"""Webhook trigger: Partner Center says that something changed.

A message is believed once its signature holds, and then no further than that something changed:
it is remembered, and a job reads what it is about. Microsoft tries ten times to deliver one, and
drops it then; what never comes is made up for by the daily audit records and the nightly sync.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache, partial
from typing import Protocol

import azure.functions as func

from work365.adapters.dataverse.microsoft.provider_events import DataverseEventInbox
from work365.adapters.partner_center.certificates import CertificateUnreachable
from work365.adapters.partner_center.signatures import NotMicrosofts
from work365.adapters.partner_center.webhook_messages import NotAMessage, read_message
from work365.bootstrap import Services, services
from work365.domain.microsoft.event_subjects import TEST_CREATED, UnknownEvent, subject_of
from work365.entrypoints import clock
from work365.entrypoints.microsoft import PROVIDER, microsoft_of
from work365.entrypoints.webhooks import Doorbell
from work365.errors import Unavailable
from work365.jobs import HandleProviderEvents
from work365.ports.provider_events import EventInbox, ProviderEvent

ROUTE = "webhooks/partner-center"
BYTES_MAX = 16 * 1024
"""Of a message; the documented ones have less than one thousand."""
RETRY_AFTER_SECONDS = 30

bp = func.Blueprint()
logger = logging.getLogger(__name__)

doorbell = Doorbell(wakes=HandleProviderEvents())


class Signatures(Protocol):
    """What tells Microsoft's messages from others."""

    def check(self, body: bytes, headers: Mapping[str, str]) -> None:
        """Return if Microsoft signed `body`.

        Raises: NotMicrosofts; CertificateUnreachable.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Reception:
    """What a message goes through."""

    signatures: Callable[[], Signatures]
    """Made when the first message needs it: a request that is far too large does not."""
    inbox: EventInbox
    wake: Callable[[], None]
    """Makes sure that the messages are handled soon. Raises: Unavailable."""
    now: Callable[[], datetime]


@bp.route(ROUTE, methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
def receive_event(req: func.HttpRequest) -> func.HttpResponse:
    """Answer a message of Partner Center. Its signature is the key."""
    return answer(req, reception_of(services()))


@cache
def reception_of(services: Services) -> Reception:
    """Return how messages are received in this process."""
    delay = services.settings.sweep_delay_seconds

    def wake() -> None:
        doorbell.ring(services.queue, delay_seconds=delay)

    return Reception(
        signatures=lambda: microsoft_of(services).signature_check,
        inbox=DataverseEventInbox(services.dataverse),
        wake=wake,
        now=partial(clock.now, services),
    )


def answer(req: func.HttpRequest, reception: Reception) -> func.HttpResponse:
    """Remember the message and have it handled, unless it is forged, broken or far too large."""
    body = req.get_body()
    if len(body) > BYTES_MAX:
        logger.warning("a message of %d bytes was turned away", len(body))
        return _text(f"A message has {BYTES_MAX:,} bytes at most.", 413)
    try:
        reception.signatures().check(body, dict(req.headers.items()))
        event = read_message(body)
        is_new = reception.inbox.remember(PROVIDER, event, at=reception.now())
        # A message that comes again may be one whose job was lost, so that it rings as well.
        reception.wake()
    except NotMicrosofts as error:
        logger.warning("a message that is not Microsoft's was turned away: %s", error)
        return _text("The signature is missing or wrong.", 401)
    except NotAMessage as error:
        logger.error("a message that Microsoft signed could not be read: %s", error)
        return _text(f"Not a message of Partner Center: {error}.", 400)
    except Unavailable as error:
        logger.exception("a message could not be taken in now")
        return _later(error)
    _note(event, is_new=is_new)
    # 202 would say it better, but 200 is the only answer that Microsoft documents as taken.
    return _text("", 200)


def _note(event: ProviderEvent, *, is_new: bool) -> None:
    said = "" if is_new else ", which came before"
    if isinstance(subject_of(event.name, event.path), UnknownEvent):
        logger.error("%r of %r is not known here, and is kept%s", event.name, event.path, said)
    elif event.name.lower() == TEST_CREATED:
        logger.info("Microsoft's test message has come%s", said)
    else:
        logger.info("%s of %s%s", event.name, event.path, said)


def _later(error: Unavailable) -> func.HttpResponse:
    what = (
        "Microsoft's certificate cannot be fetched"
        if isinstance(error, CertificateUnreachable)
        else "The message cannot be kept"
    )
    seconds = error.retry_after_seconds or RETRY_AFTER_SECONDS
    return _text(f"{what} now; send it again.", 503, {"Retry-After": f"{seconds:.0f}"})


def _text(text: str, status: int, headers: Mapping[str, str] | None = None) -> func.HttpResponse:
    return func.HttpResponse(
        text, status_code=status, headers=headers, mimetype="text/plain", charset="utf-8"
    )
