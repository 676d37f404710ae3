"""Which webhook event an event of the history is, and what its message says.

The addresses in a message are as documented, mangled ones among them: `http`, and a path under
`/webhooks` that no resource has.
Source: learn.microsoft.com/partner-center/developer/partner-center-webhook-events.
"""

from dataclasses import dataclass
from datetime import datetime

from work365.emulators.partner_center.annexes import Record
from work365.emulators.partner_center.audit_records import RESOURCES, audit_id
from work365.emulators.partner_center.ledger import Event

TEST = "test-created"
SUBSCRIPTION_UPDATED = "subscription-updated"
_API = "api.partnercenter.microsoft.com"

SUPPORTED = (
    "azure-fraud-event-detected",
    "dap-admin-relationship-approved",
    "dap-admin-relationship-terminated",
    "dap-admin-relationship-terminated-by-microsoft",
    "granular-admin-access-assignment-activated",
    "granular-admin-access-assignment-created",
    "granular-admin-access-assignment-deleted",
    "granular-admin-access-assignment-updated",
    "granular-admin-relationship-activated",
    "granular-admin-relationship-approved",
    "granular-admin-relationship-expired",
    "granular-admin-relationship-terminated",
    "indirect-reseller-relationship-accepted-by-customer",
    "invoice-ready",
    "new-commerce-migration-completed",
    "new-commerce-migration-created",
    "new-commerce-migration-failed",
    "new-commerce-migration-schedule-failed",
    "referral-created",
    "referral-updated",
    "related-referral-created",
    "related-referral-updated",
    "reseller-relationship-accepted-by-customer",
    SUBSCRIPTION_UPDATED,
    TEST,
    "usagerecords-thresholdExceeded",
)

_SUBSCRIPTION_KINDS = (
    "create_subscription",
    "update_subscription",
    "upgrade_subscription",
    "convert_trial_subscription",
    "renew_subscription",
    "expire_subscription",
    "enter_extended_service_term",
)


@dataclass(frozen=True)
class Notice:
    """An event by name, the resource that it is about, and that resource's name."""

    name: str
    uri: str
    resource: str


def notice_of(event: Event) -> Notice | None:
    """Return what webhooks are told of an event; None where nothing is."""
    after = event.after or {}
    if event.kind in _SUBSCRIPTION_KINDS:
        path = f"/webhooks/v1/customers/{event.customer}/subscriptions/{event.subscription}"
        return Notice(SUBSCRIPTION_UPDATED, f"http://{_API}{path}", "subscription")
    if event.kind.startswith("granular_admin_relationship_"):
        uri = f"https://partner.microsoft.com/granularAdminRelationships/{after.get('id')}"
        return _known(_named(event.kind), uri, "GranularAdminRelationship")
    if event.kind.startswith("granular_admin_access_assignment_"):
        relationship = after.get("delegatedAdminRelationshipId")
        uri = (
            f"https://partner.microsoft.com/granularAdminRelationships/{relationship}"
            f"/accessAssignments/{after.get('id')}"
        )
        return _known(_named(event.kind), uri, "GranularAdminAccessAssignment")
    return _other(event, after)


def _other(event: Event, after: object) -> Notice | None:
    told = after if isinstance(after, dict) else {}
    customer = f"https://{_API}/v1/customers/{event.customer}"
    if event.kind == "ready_invoice":
        return Notice("invoice-ready", f"https://{_API}/v1/invoices/{told.get('id')}", "invoice")
    if event.kind.endswith("reseller_relationship_accepted_by_customer"):
        return _known(_named(event.kind), customer, "Customer")
    if event.kind == "azure_fraud_event_detected":
        query = f"SubscriptionId={event.subscription}&EventStatus={told.get('eventStatus')}"
        uri = f"https://{_API}/v1/fraudEvents?{query}"
        return Notice("azure-fraud-event-detected", uri, "fraudEvent")
    if event.kind == "usage_threshold_exceeded":
        uri = f"https://{_API}/v1/customers/usagerecords"
        return Notice("usagerecords-thresholdExceeded", uri, "usagerecords")
    return None


def _named(kind: str) -> str:
    return kind.replace("_", "-")


def _known(name: str, uri: str, resource: str) -> Notice | None:
    return Notice(name, uri, resource) if name in SUPPORTED else None


def message(notice: Notice, audit: str | None, at: datetime) -> Record:
    """Return what is posted."""
    return {
        "EventName": notice.name,
        "ResourceUri": notice.uri,
        "ResourceName": notice.resource,
        "AuditUri": audit,
        "ResourceChangeUtcDate": (f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond:06}0+00:00"),
    }


def audit_address(event: Event, position: int) -> str | None:
    """Return where an event's audit record is to be read; None where it has none."""
    if event.kind not in RESOURCES:
        return None
    return f"https://{_API}/auditactivity/v1/auditrecords/{audit_id(event, position)}"


def test_notice(correlation: str) -> Notice:
    """Return what a validation event tells."""
    path = f"/webhooks/v1/registration/validationEvents/{correlation}"
    return Notice(TEST, f"http://{_API}{path}", "test")
