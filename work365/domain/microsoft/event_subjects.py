"""What a message of Microsoft's is about, by its name and the path of its resource.

The path is all that is read of the address that a message names; its host is not, and it is never
fetched. Microsoft writes these addresses in several ways, some of which lead nowhere.

Source: "Partner Center webhook events", learn.microsoft.com/partner-center/developer/
partner-center-webhook-events. The events about migrations and about indirect resellers are known
by name only.
"""

import re
from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias
from urllib.parse import parse_qs, urlsplit

from work365.domain.microsoft.guids import GUID

SUBSCRIPTION_UPDATED = "subscription-updated"
TEST_CREATED = "test-created"

_GUID = f"({GUID})"
_CUSTOMER = re.compile(rf"/customers/{_GUID}(?:/|$)", re.IGNORECASE | re.ASCII)
_SUBSCRIPTION = re.compile(
    rf"/customers/{_GUID}/subscriptions/([\w-]{{1,64}})/?$", re.IGNORECASE | re.ASCII
)
_INVOICE = re.compile(r"/invoices/([\w-]{1,64})/?$", re.IGNORECASE | re.ASCII)
_RELATIONSHIP = re.compile(
    rf"/granularAdminRelationships/({_GUID}-{_GUID}|{_GUID})(?:/|$)", re.IGNORECASE | re.ASCII
)


@dataclass(frozen=True, slots=True)
class ChangedSubscription:
    """A subscription that has to be read again. Ids are in lower case."""

    tenant: str
    subscription: str


@dataclass(frozen=True, slots=True)
class NewCustomer:
    """A tenant accepted the partner, or an indirect reseller of its, as its reseller."""

    tenant: str


@dataclass(frozen=True, slots=True)
class ChangedAdminRelationship:
    """An admin relationship (GDAP), or who has its roles, became another."""

    relationship: str | None
    """None where the message does not say which."""


@dataclass(frozen=True, slots=True)
class ReadyInvoice:
    """An invoice for the partner can be had."""

    number: str


class Alarm(Enum):
    """What a person has to look at in Partner Center: no row of ours becomes another by it."""

    FRAUD = "fraud"
    BUDGET = "budget"


@dataclass(frozen=True, slots=True)
class RaisedAlarm:
    """Something that a person has to look at."""

    alarm: Alarm
    subscription: str | None = None
    """Where the message names one."""
    status: str | None = None
    """In Microsoft's word, such as `Active` or `Resolved`."""


class Kept(Enum):
    """Messages that are kept, and from which nothing follows here."""

    TEST = "It was a test."
    REFERRAL = "Referrals are kept, and nothing follows from them here."
    MIGRATION = "Migrations to new commerce are kept; the subscriptions that they make are read."
    DAP = (
        "Delegated administration of the old kind (DAP) was withdrawn by Microsoft; what it said"
        " is kept, and nothing follows from it here."
    )


@dataclass(frozen=True, slots=True)
class UnknownEvent:
    """A message under a name that is not known here, or without what its name promises."""

    why: str
    """As a clause: `there is no event of this name in our list`."""


Subject: TypeAlias = (
    ChangedSubscription
    | NewCustomer
    | ChangedAdminRelationship
    | ReadyInvoice
    | RaisedAlarm
    | Kept
    | UnknownEvent
)

_NEW_CUSTOMER = frozenset(
    {
        "reseller-relationship-accepted-by-customer",
        "indirect-reseller-relationship-accepted-by-customer",
    }
)
_KEPT = {
    "referral-created": Kept.REFERRAL,
    "referral-updated": Kept.REFERRAL,
    "related-referral-created": Kept.REFERRAL,
    "related-referral-updated": Kept.REFERRAL,
    "new-commerce-migration-created": Kept.MIGRATION,
    "new-commerce-migration-completed": Kept.MIGRATION,
    "new-commerce-migration-failed": Kept.MIGRATION,
    "new-commerce-migration-schedule-failed": Kept.MIGRATION,
    "dap-admin-relationship-approved": Kept.DAP,
    "dap-admin-relationship-terminated": Kept.DAP,
    "dap-admin-relationship-terminated-by-microsoft": Kept.DAP,
    TEST_CREATED: Kept.TEST,
}
_RELATIONSHIP_EVENTS = frozenset(
    {
        "granular-admin-relationship-approved",
        "granular-admin-relationship-activated",
        "granular-admin-relationship-expired",
        "granular-admin-relationship-terminated",
        "granular-admin-access-assignment-created",
        "granular-admin-access-assignment-activated",
        "granular-admin-access-assignment-updated",
        "granular-admin-access-assignment-deleted",
    }
)
_INVOICE_READY = "invoice-ready"
_FRAUD = "azure-fraud-event-detected"
_THRESHOLD = "usagerecords-thresholdExceeded"

KNOWN_EVENTS = (
    frozenset({SUBSCRIPTION_UPDATED, _INVOICE_READY, _FRAUD, _THRESHOLD})
    | _NEW_CUSTOMER
    | frozenset(_KEPT)
    | _RELATIONSHIP_EVENTS
)
"""Names of the events that are documented."""

NEEDED_EVENTS = frozenset({SUBSCRIPTION_UPDATED, _INVOICE_READY}) | _RELATIONSHIP_EVENTS
"""Those without which changes are seen only when everything is read again."""


def subject_of(name: str, path: str) -> Subject:
    """Return what the message `name` is about, whose resource has `path` (and perhaps a query)."""
    known = {each.lower(): each for each in KNOWN_EVENTS}.get(name.lower())
    if known is None:
        return UnknownEvent("there is no event of this name in our list")
    if known in _KEPT:
        return _KEPT[known]
    if known in _RELATIONSHIP_EVENTS:
        found = _RELATIONSHIP.search(urlsplit(path).path)
        return ChangedAdminRelationship(found[1].lower() if found else None)
    if known in (_FRAUD, _THRESHOLD):
        return _alarm(known, path)
    return _of_resource(known, urlsplit(path).path)


def _of_resource(name: str, path: str) -> Subject:
    if name == SUBSCRIPTION_UPDATED and (found := _SUBSCRIPTION.search(path)):
        return ChangedSubscription(found[1].lower(), found[2].lower())
    if name in _NEW_CUSTOMER and (found := _CUSTOMER.search(path)):
        return NewCustomer(found[1].lower())
    if name == _INVOICE_READY and (found := _INVOICE.search(path)):
        return ReadyInvoice(found[1])
    return UnknownEvent(f"its resource, {path[:200]!r}, is not one that such a message is about")


def _alarm(name: str, path: str) -> RaisedAlarm:
    if name == _THRESHOLD:
        return RaisedAlarm(Alarm.BUDGET)
    query = {key.lower(): values[0] for key, values in parse_qs(urlsplit(path).query).items()}
    return RaisedAlarm(Alarm.FRAUD, query.get("subscriptionid"), query.get("eventstatus"))
