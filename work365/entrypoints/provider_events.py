"""What jobs and timers do about Microsoft's messages: handle them, and see that they come."""

import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from time import sleep
from urllib.parse import urlsplit, urlunsplit

from work365.adapters.dataverse.microsoft.provider_events import DataverseEventInbox
from work365.adapters.dataverse.microsoft.relationships import DataverseRelationshipBook
from work365.adapters.partner_center.admin_relationships import AdminRelationships
from work365.adapters.partner_center.webhook_registration import Webhooks
from work365.bootstrap import Services
from work365.domain.findings import Finding
from work365.entrypoints.microsoft import PROVIDER, microsoft_of
from work365.entrypoints.partner_center_webhook import ROUTE
from work365.entrypoints.provider_findings import keep_findings
from work365.entrypoints.provider_work import Order, bring_over
from work365.errors import Unavailable
from work365.jobs import HandleProviderEvents, ProviderPart
from work365.settings import Settings, SettingWrong
from work365.usecases.handle_provider_events import Handled, handle_provider_events
from work365.usecases.manage_admin_relationships import (
    Desk,
    Refreshed,
    refresh_admin_relationships,
)
from work365.usecases.register_webhooks import Registered, register_webhooks

PURPOSE = "read again what a message of Microsoft's is about"
RELATIONSHIPS_PURPOSE = "daily look at admin relationships"
ORIGIN = "provider messages"
REGISTRATION_PURPOSE = "register for Microsoft's messages"

logger = logging.getLogger(__name__)


class MicrosoftSilent(Unavailable):
    """Microsoft did not answer about some messages, which are handled later."""

    code = "microsoft_silent"


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads again at Microsoft what a message is about."""

    services: Services
    at: datetime

    def customers(self) -> Sequence[Finding]:
        """Read the list of customers."""
        return self._read(ProviderPart.CUSTOMERS)

    def subscriptions(self, tenants: Collection[str]) -> Sequence[Finding]:
        """Read the subscriptions of these customers."""
        return self._read(ProviderPart.SUBSCRIPTIONS, tenants)

    def invoices(self) -> Sequence[Finding]:
        """Read Microsoft's invoices for the partner."""
        return self._read(ProviderPart.INVOICES)

    def admin_relationships(self) -> Sequence[Finding]:
        """Read the admin relationships (GDAP)."""
        desk = desk_of(self.services, PURPOSE, at=self.at)
        return refresh_admin_relationships(desk=desk, looks_at_groups=False).findings

    def _read(
        self, part: ProviderPart, tenants: Collection[str] | None = None
    ) -> Sequence[Finding]:
        order = Order(tenants=tenants, purpose=PURPOSE)
        return bring_over(self.services, part, at=self.at, order=order).findings


def handle_events(services: Services, *, at: datetime) -> Handled:
    """Handle the messages that wait, as of `at`.

    Raises: MicrosoftSilent: some are left, and the job has to be done again.
    """
    handled = handle_provider_events(
        provider=PROVIDER,
        inbox=DataverseEventInbox(services.dataverse),
        rereading=Reader(services, at),
        at=at,
    )
    logger.info("%d messages of Microsoft's were handled", handled.events)
    keep_findings(services, handled.findings, origin=ORIGIN, at=at, paths=())
    if handled.has_more:
        services.queue.put(HandleProviderEvents())
    if handled.waiting:
        raise MicrosoftSilent(f"Microsoft did not answer about {handled.waiting} messages")
    return handled


def refresh_relationships(services: Services, *, at: datetime) -> Refreshed:
    """Read all admin relationships, see to their groups, and say what ends soon: once a day.

    Raises: Refusal: there is no delegated connection; Unavailable, Contradiction.
    """
    desk = desk_of(services, RELATIONSHIPS_PURPOSE, at=at)
    return refresh_admin_relationships(desk=desk, looks_at_groups=True)


def desk_of(services: Services, purpose: str, *, at: datetime) -> Desk:
    """Return where admin relationships are asked for, for `purpose`.

    Raises: MicrosoftNotSetUp.
    """
    return Desk(
        provider=PROVIDER,
        relationships=AdminRelationships(microsoft_of(services).graph(purpose)),
        book=DataverseRelationshipBook(services.dataverse),
        at=at,
    )


def register(services: Services, *, may_take_over: bool = False) -> Registered:
    """See to it that Microsoft sends its messages here, and that one arrives.

    A registration at another address stays, unless this one `may_take_over`.
    Raises: SettingWrong; Refusal, Unavailable, Contradiction.
    """
    webhooks = Webhooks(microsoft_of(services).partner_center(REGISTRATION_PURPOSE))
    return register_webhooks(
        url=webhook_url(services.settings),
        webhooks=webhooks,
        pause=sleep,
        may_take_over=may_take_over,
    )


def webhook_url(settings: Settings) -> str:
    """Return where Microsoft sends its messages: beside the consent pages.

    Raises: SettingWrong.
    """
    if settings.consent_url is None:
        raise SettingWrong(
            "WORK365_CONSENT_URL is not set, by which this app knows its own address; set it to"
            " one such as https://name.azurewebsites.net/api/consent"
        )
    parts = urlsplit(settings.consent_url)
    folder = parts.path.rpartition("/")[0]
    return urlunsplit(parts._replace(path=f"{folder}/{ROUTE}"))
