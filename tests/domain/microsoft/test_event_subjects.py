import json
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from work365.domain.microsoft.event_subjects import (
    KNOWN_EVENTS,
    NEEDED_EVENTS,
    Alarm,
    ChangedAdminRelationship,
    ChangedSubscription,
    Kept,
    NewCustomer,
    RaisedAlarm,
    ReadyInvoice,
    Subject,
    UnknownEvent,
    subject_of,
)

TENANT = "2ffe1b5c-06b1-4a5e-8a5b-3a52f2f1a2d7"
SUBSCRIPTION = "9b1c7d40-55c5-4a3c-8a70-4b0f3f1f6d11"
RELATIONSHIP = f"{TENANT}-{SUBSCRIPTION}"
DOCUMENTED = Path(__file__).parents[4] / "shared" / "fixtures" / "partner_center"


@pytest.mark.parametrize(
    ("name", "path", "expected"),
    [
        (
            "subscription-updated",
            f"/webhooks/v1/customers/{TENANT.upper()}/subscriptions/{SUBSCRIPTION}",
            ChangedSubscription(TENANT, SUBSCRIPTION),
        ),
        (
            "Subscription-Updated",
            f"/v1/customers/{TENANT}/subscriptions/{SUBSCRIPTION}/",
            ChangedSubscription(TENANT, SUBSCRIPTION),
        ),
        (
            "reseller-relationship-accepted-by-customer",
            f"/v1/customers/{TENANT}",
            NewCustomer(TENANT),
        ),
        (
            "indirect-reseller-relationship-accepted-by-customer",
            f"/v1/customers/{TENANT}/relationships",
            NewCustomer(TENANT),
        ),
        (
            "granular-admin-relationship-approved",
            f"/granularAdminRelationships/{RELATIONSHIP.upper()}",
            ChangedAdminRelationship(RELATIONSHIP),
        ),
        (
            "granular-admin-access-assignment-updated",
            f"/granularAdminRelationships/{RELATIONSHIP}/accessAssignments/{TENANT}",
            ChangedAdminRelationship(RELATIONSHIP),
        ),
        ("granular-admin-relationship-expired", "", ChangedAdminRelationship(None)),
        ("invoice-ready", "/v1/invoices/G0031415", ReadyInvoice("G0031415")),
        (
            "azure-fraud-event-detected",
            f"/v1/fraudEvents?SubscriptionId={SUBSCRIPTION}&EventStatus=Active",
            RaisedAlarm(Alarm.FRAUD, SUBSCRIPTION, "Active"),
        ),
        (
            "usagerecords-thresholdExceeded",
            "/v1/customers/usagerecords",
            RaisedAlarm(Alarm.BUDGET),
        ),
        ("dap-admin-relationship-terminated", "", Kept.DAP),
        ("new-commerce-migration-failed", "/v1/customers/x/migrations", Kept.MIGRATION),
        ("related-referral-updated", "/engagements/v1/referrals/1", Kept.REFERRAL),
        ("test-created", "/v1/webhooks/registration/test", Kept.TEST),
    ],
)
def test_a_message_is_about_what_its_name_and_path_say(
    name: str, path: str, expected: Subject
) -> None:
    assert subject_of(name, path) == expected


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("subscription-sung", f"/v1/customers/{TENANT}"),
        ("subscription-updated", ""),
        ("subscription-updated", f"/v1/customers/{TENANT}"),
        ("subscription-updated", f"/v1/customers/{TENANT}/subscriptions/../orders"),
        ("subscription-updated", "/v1/customers/everybody/subscriptions/all"),
        ("reseller-relationship-accepted-by-customer", "/v1/customers/usagerecords"),
        ("invoice-ready", "/v1/invoices/../../customers"),
    ],
)
def test_a_message_that_names_no_resource_of_its_kind_is_unknown(name: str, path: str) -> None:
    subject = subject_of(name, path)

    assert isinstance(subject, UnknownEvent)
    assert subject.why


def test_what_is_needed_is_known() -> None:
    assert "subscription-updated" in NEEDED_EVENTS
    assert NEEDED_EVENTS < KNOWN_EVENTS


@pytest.mark.skipif(not DOCUMENTED.is_dir(), reason="the documented messages are not here")
def test_every_documented_message_is_known() -> None:
    messages = [json.loads(p.read_text()) for p in sorted(DOCUMENTED.glob("webhook_event_*.json"))]

    subjects = {
        each["EventName"]: subject_of(
            each["EventName"],
            urlsplit(each.get("ResourceUri") or "")
            .path.replace("{{CustomerId}}", TENANT)
            .replace("{{SubscriptionId}}", SUBSCRIPTION)
            .replace("{{InvoiceId}}", "G0031415"),
        )
        for each in messages
    }

    assert len(subjects) > 15
    assert [name for name, each in subjects.items() if isinstance(each, UnknownEvent)] == []
