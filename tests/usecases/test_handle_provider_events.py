from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from work365.domain.findings import Finding, Severity
from work365.errors import Contradiction, Refusal, Unavailable, Work365Error
from work365.ports.provider_events import ProviderEvent, ReceivedEvent
from work365.usecases.handle_provider_events import (
    EVENTS_PER_JOB,
    Handled,
    handle_provider_events,
)

PROVIDER = "microsoft"
NOW = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
CHANGED = NOW - timedelta(minutes=2)
ALDER = "2ffe1b5c-06b1-4a5e-8a5b-3a52f2f1a2d7"
BIRCH = "9b1c7d40-55c5-4a3c-8a70-4b0f3f1f6d11"
SEATS = "7c7c7c7c-0000-4000-8000-000000000001"
MAIL = "7c7c7c7c-0000-4000-8000-000000000002"


@dataclass
class Inbox:
    """Messages in memory."""

    received: dict[str, ReceivedEvent] = field(default_factory=dict)
    outcomes: dict[str, str] = field(default_factory=dict)

    def remember(self, provider: str, event: ProviderEvent, *, at: datetime) -> bool:
        assert provider == PROVIDER
        is_new = event.key not in self.received
        if is_new:
            kept = ReceivedEvent(event=event, received_at=at, kept=event.key)
            self.received[event.key] = kept
        return is_new

    def unhandled(self, provider: str, *, most: int) -> Sequence[ReceivedEvent]:
        waiting = [one for key, one in self.received.items() if key not in self.outcomes]
        return sorted(waiting, key=lambda one: one.event.changed_at)[:most]

    def mark_handled(self, events: Sequence[ReceivedEvent], *, at: datetime, outcome: str) -> None:
        for one in events:
            assert one.event.key not in self.outcomes, "it was handled twice"
            self.outcomes[one.event.key] = outcome


@dataclass
class Reader:
    """Microsoft, as far as it is read again; it fails where `failures` says so."""

    read: list[str] = field(default_factory=list)
    failures: dict[str, Work365Error] = field(default_factory=dict)
    found: list[Finding] = field(default_factory=list)

    def customers(self) -> Sequence[Finding]:
        return self._read("customers")

    def subscriptions(self, tenants: Collection[str]) -> Sequence[Finding]:
        return self._read(f"subscriptions of {', '.join(tenants)}")

    def admin_relationships(self) -> Sequence[Finding]:
        return self._read("admin relationships")

    def invoices(self) -> Sequence[Finding]:
        return self._read("invoices")

    def _read(self, what: str) -> Sequence[Finding]:
        if what in self.failures:
            raise self.failures[what]
        self.read.append(what)
        return self.found


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
def reader() -> Reader:
    return Reader()


def event(name: str, path: str, changed_at: datetime = CHANGED) -> ProviderEvent:
    return ProviderEvent(name=name, path=path, changed_at=changed_at)


def updated(
    tenant: str = ALDER, subscription: str = SEATS, changed_at: datetime = CHANGED
) -> ProviderEvent:
    path = f"/webhooks/v1/customers/{tenant}/subscriptions/{subscription}"
    return event("subscription-updated", path, changed_at)


def ring(inbox: Inbox, *events: ProviderEvent, at: datetime = NOW) -> None:
    for each in events:
        inbox.remember(PROVIDER, each, at=at)


def handle(inbox: Inbox, reader: Reader) -> Handled:
    return handle_provider_events(provider=PROVIDER, inbox=inbox, rereading=reader, at=NOW)


class TestAMessage:
    @pytest.mark.parametrize(
        ("rung", "read"),
        [
            (updated(), [f"subscriptions of {ALDER}"]),
            (
                event("reseller-relationship-accepted-by-customer", f"/v1/customers/{ALDER}"),
                ["customers", f"subscriptions of {ALDER}"],
            ),
            (
                event(
                    "indirect-reseller-relationship-accepted-by-customer",
                    f"/v1/customers/{ALDER}",
                ),
                ["customers", f"subscriptions of {ALDER}"],
            ),
            (
                event("granular-admin-relationship-approved", "/granularAdminRelationships/1"),
                ["admin relationships"],
            ),
            (
                event("granular-admin-access-assignment-deleted", ""),
                ["admin relationships"],
            ),
            (event("invoice-ready", "/v1/invoices/G1"), ["invoices"]),
            (event("test-created", "/v1/webhooks/registration/test"), []),
            (event("referral-created", "/engagements/v1/referrals/1"), []),
            (event("new-commerce-migration-created", "/x"), []),
            (event("dap-admin-relationship-approved", ""), []),
        ],
        ids=lambda value: value.name if isinstance(value, ProviderEvent) else "",
    )
    def test_leads_to_reading_what_it_is_about(
        self, inbox: Inbox, reader: Reader, rung: ProviderEvent, read: list[str]
    ) -> None:
        ring(inbox, rung)

        handled = handle(inbox, reader)

        assert reader.read == read
        assert (handled.events, handled.waiting, handled.findings) == (1, 0, ())
        assert inbox.outcomes[rung.key]

    def test_that_comes_twice_is_read_once(self, inbox: Inbox, reader: Reader) -> None:
        ring(inbox, updated(), updated())
        handle(inbox, reader)
        ring(inbox, updated())

        again = handle(inbox, reader)

        assert reader.read == [f"subscriptions of {ALDER}"]
        assert again.events == 0

    def test_that_comes_two_days_late_is_read_and_says_so(
        self, inbox: Inbox, reader: Reader
    ) -> None:
        late = updated(changed_at=NOW - timedelta(hours=48))
        ring(inbox, late)

        handle(inbox, reader)

        assert reader.read == [f"subscriptions of {ALDER}"]
        assert inbox.outcomes[late.key] == (
            "The message came 48 hours after the change. The customer's subscriptions were read"
            " again."
        )

    def test_from_a_clock_that_is_ahead_is_not_late(self, inbox: Inbox, reader: Reader) -> None:
        early = updated(changed_at=NOW + timedelta(minutes=5))
        ring(inbox, early)

        handle(inbox, reader)

        assert inbox.outcomes[early.key] == "The customer's subscriptions were read again."

    def test_in_the_wrong_order_leads_to_the_same(self, inbox: Inbox, reader: Reader) -> None:
        ring(inbox, updated(changed_at=CHANGED), updated(changed_at=CHANGED - timedelta(hours=3)))

        handled = handle(inbox, reader)

        assert reader.read == [f"subscriptions of {ALDER}"]
        assert handled.events == 2

    def test_of_one_customer_reads_it_once_for_all_its_subscriptions(
        self, inbox: Inbox, reader: Reader
    ) -> None:
        ring(inbox, updated(), updated(subscription=MAIL), updated(tenant=BIRCH))

        handle(inbox, reader)

        assert sorted(reader.read) == [f"subscriptions of {ALDER}", f"subscriptions of {BIRCH}"]

    def test_about_a_newcomer_is_read_before_its_subscriptions(
        self, inbox: Inbox, reader: Reader
    ) -> None:
        accepted = event("reseller-relationship-accepted-by-customer", f"/v1/customers/{ALDER}")
        ring(inbox, updated(changed_at=CHANGED - timedelta(minutes=1)), accepted)

        handle(inbox, reader)

        assert reader.read[0] == "customers"

    def test_of_an_unknown_name_is_kept_and_reported(self, inbox: Inbox, reader: Reader) -> None:
        strange = event("subscription-sung", "/v1/songs/1")
        ring(inbox, strange)

        handled = handle(inbox, reader)

        assert [finding.code for finding in handled.findings] == ["provider_event_unknown"]
        assert "'subscription-sung'" in inbox.outcomes[strange.key]
        assert reader.read == []


class TestAlarms:
    def test_of_fraud_are_errors_that_name_the_subscription(
        self, inbox: Inbox, reader: Reader
    ) -> None:
        path = f"/v1/fraudEvents?SubscriptionId={SEATS}&EventStatus=Active"
        ring(inbox, event("azure-fraud-event-detected", path))

        (finding,) = handle(inbox, reader).findings

        assert (finding.severity, finding.code) == (Severity.ERROR, "azure_fraud_suspected")
        assert finding.path == f"subscription {SEATS}"
        assert "status Active" in finding.message

    def test_of_a_budget_say_where_to_look(self, inbox: Inbox, reader: Reader) -> None:
        ring(inbox, event("usagerecords-thresholdExceeded", "/v1/customers/usagerecords"))

        (finding,) = handle(inbox, reader).findings

        assert (finding.severity, finding.code) == (Severity.WARNING, "usage_budget_reached")


class TestFailures:
    @pytest.mark.parametrize("failure", [Refusal("no role"), Contradiction("half a list")])
    def test_that_stay_are_told_and_do_not_stop_the_others(
        self, inbox: Inbox, reader: Reader, failure: Work365Error
    ) -> None:
        reader.failures[f"subscriptions of {ALDER}"] = failure
        failed, done = updated(), updated(tenant=BIRCH)
        ring(inbox, failed, done)

        handled = handle(inbox, reader)

        assert handled.events == 2
        assert [finding.severity for finding in handled.findings] == [Severity.ERROR]
        assert str(failure) in inbox.outcomes[failed.key]
        assert inbox.outcomes[done.key] == "The customer's subscriptions were read again."

    def test_of_a_missing_delegated_connection_say_so(self, inbox: Inbox, reader: Reader) -> None:
        reader.failures["admin relationships"] = Refusal("This needs the delegated connection")
        rung = event("granular-admin-relationship-expired", "")
        ring(inbox, rung)

        handle(inbox, reader)

        assert "needs the delegated connection" in inbox.outcomes[rung.key]

    def test_that_pass_leave_the_message_for_the_next_time(
        self, inbox: Inbox, reader: Reader
    ) -> None:
        reader.failures[f"subscriptions of {ALDER}"] = Unavailable("no answer")
        ring(inbox, updated(), updated(tenant=BIRCH))

        first = handle(inbox, reader)
        reader.failures.clear()
        second = handle(inbox, reader)

        assert (first.events, first.waiting) == (1, 1)
        assert (second.events, second.waiting) == (1, 0)
        assert reader.read == [f"subscriptions of {BIRCH}", f"subscriptions of {ALDER}"]

    def test_in_what_was_read_stand_in_the_message(self, inbox: Inbox, reader: Reader) -> None:
        reader.found = [Finding(Severity.WARNING, "odd", f"Row {n} is odd.", "x") for n in range(7)]
        ring(inbox, updated())

        handled = handle(inbox, reader)

        assert len(handled.findings) == 7
        assert inbox.outcomes[updated().key].endswith("Row 4 is odd. And 2 more.")


def test_more_messages_than_fit_are_left_for_another_go(inbox: Inbox, reader: Reader) -> None:
    ring(inbox, *(updated(changed_at=CHANGED - timedelta(seconds=n)) for n in range(501)))

    first = handle(inbox, reader)
    second = handle(inbox, reader)

    assert (first.events, first.has_more) == (EVENTS_PER_JOB, True)
    assert (second.events, second.has_more) == (1, False)
