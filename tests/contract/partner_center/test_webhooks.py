"""Messages of Microsoft's: each documented one is read, and is about what its page says."""

import json
import re
from datetime import UTC, datetime
from urllib.parse import urlsplit

import pytest

from tests.adapters.partner_center.authorities import NOW, authority
from tests.contract.partner_center.documented import text
from work365.adapters.partner_center.signatures import NotMicrosofts, SignatureCheck, Trust
from work365.adapters.partner_center.webhook_messages import read_message
from work365.domain.microsoft.event_subjects import (
    NEEDED_EVENTS,
    Alarm,
    ChangedAdminRelationship,
    ChangedSubscription,
    Kept,
    NewCustomer,
    RaisedAlarm,
    ReadyInvoice,
    Subject,
    subject_of,
)
from work365.http import http_client

CUSTOMER = "0c39d6d5-c70d-4c55-bc02-f620844f3fd1"
SUBSCRIPTION = "a4c1340d-6911-4758-bba3-0c4c6007d161"
RELATIONSHIP = f"{CUSTOMER}-{SUBSCRIPTION}"
FILLED_IN = {
    "CustomerId": CUSTOMER,
    "SubscriptionId": SUBSCRIPTION,
    "subscriptionId": SUBSCRIPTION,
    "eventStatus": "Active",
    "RelationshipID": RELATIONSHIP,
    "AssignmentID": SUBSCRIPTION,
    "InvoiceId": "G000024135",
    "ReferralID": "r1",
    "CorrelationId": "c1",
    "AuditId": "a1",
}
"""For the names in braces that stand in the documented addresses."""

OF_A_RELATIONSHIP = ChangedAdminRelationship(RELATIONSHIP)


@pytest.mark.parametrize(
    ("name", "subject"),
    [
        ("webhook_event_subscription_updated", ChangedSubscription(CUSTOMER, SUBSCRIPTION)),
        (
            "webhook_event_reseller_relationship_accepted_by_customer",
            NewCustomer("4b2a6e33-8791-4386-bd2b-0d55baf25039"),
        ),
        ("webhook_event_granular_admin_relationship_approved", OF_A_RELATIONSHIP),
        ("webhook_event_granular_admin_relationship_activated", OF_A_RELATIONSHIP),
        ("webhook_event_granular_admin_relationship_expired", OF_A_RELATIONSHIP),
        ("webhook_event_granular_admin_relationship_terminated", OF_A_RELATIONSHIP),
        ("webhook_event_granular_admin_access_assignment_created", OF_A_RELATIONSHIP),
        ("webhook_event_granular_admin_access_assignment_activated", OF_A_RELATIONSHIP),
        ("webhook_event_granular_admin_access_assignment_updated", OF_A_RELATIONSHIP),
        ("webhook_event_granular_admin_access_assignment_deleted", OF_A_RELATIONSHIP),
        ("webhook_event_invoice_ready", ReadyInvoice("G000024135")),
        (
            "webhook_event_azure_fraud_event_detected",
            RaisedAlarm(Alarm.FRAUD, SUBSCRIPTION, "Active"),
        ),
        ("webhook_event_usagerecords_thresholdexceeded", RaisedAlarm(Alarm.BUDGET)),
        ("webhook_event_referral_created", Kept.REFERRAL),
        ("webhook_event_referral_updated", Kept.REFERRAL),
        ("webhook_event_related_referral_created", Kept.REFERRAL),
        ("webhook_event_related_referral_updated", Kept.REFERRAL),
        ("webhook_event_dap_admin_relationship_approved", Kept.DAP),
        ("webhook_event_dap_admin_relationship_terminated", Kept.DAP),
        ("webhook_event_dap_admin_relationship_terminated_by_microsoft", Kept.DAP),
        ("webhook_event_test_created", Kept.TEST),
        ("webhook_event_test_created_delivery_body", Kept.TEST),
    ],
)
def test_a_message_is_about_what_its_page_says(name: str, subject: Subject) -> None:
    documented = text(f"{name}.json")

    event = read_message(_filled_in(documented).encode())

    told = json.loads(documented)
    assert event.name == told["EventName"]
    assert event.changed_at == _to_the_microsecond(told["ResourceChangeUtcDate"])
    assert subject_of(event.name, event.path) == subject


def test_a_delivery_is_read_and_its_headers_are_those_that_are_checked() -> None:
    head, _, delivered = text("webhook_delivery_test_created.http").partition("\n\n")
    headers = dict(line.split(": ", 1) for line in head.splitlines()[1:])
    trust = Trust(authorities=(authority().certificate,))

    with http_client() as http:
        check = SignatureCheck(trust, http=http, clock=lambda: NOW)
        # Nobody but Microsoft can sign as the sample is signed. What is said of each header that
        # was made another shows that it is read under its documented name.
        for name, said in (
            ("Authorization", "there is no signature"),
            ("X-MS-Certificate-Url", "X-MS-Certificate-Url has to be a plain https address"),
            ("X-MS-Signature-Algorithm", "is 'other' and has to be rsa-sha256"),
        ):
            with pytest.raises(NotMicrosofts, match=said):
                check.check(delivered.encode(), {**headers, name: "other"})

    assert read_message(delivered.encode()).name == "test-created"
    assert urlsplit(headers["X-MS-Certificate-Url"]).hostname in trust.certificate_hosts
    assert headers["X-MS-Signature-Algorithm"] == "rsa-sha256"


def test_the_events_that_are_needed_are_documented() -> None:
    names = {
        json.loads(text(f"webhook_event_{name.lower().replace('-', '_')}.json"))["EventName"]
        for name in NEEDED_EVENTS
    }

    assert names == NEEDED_EVENTS


def _filled_in(documented: str) -> str:
    return re.sub(r"\{\{(\w+)\}\}", lambda found: FILLED_IN[found[1]], documented)


def _to_the_microsecond(moment: str) -> datetime:
    return datetime.strptime(moment[:26], "%Y-%m-%dT%H:%M:%S.%f").replace(tzinfo=UTC)
