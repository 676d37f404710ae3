from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from dataverse_schema import options
from dataverse_schema.tables.billing import Subscription, SubscriptionChange
from dataverse_schema.tables.providers import ProviderAccount
from tests.adapters.dataverse.partner import NEW_YEAR, NOW, PRICE, Partner
from work365.adapters.dataverse.microsoft.rows import ProviderRows
from work365.adapters.dataverse.microsoft.subscriptions import DataverseSubscriptionMirror
from work365.domain.catalog import BillingPlan, ProviderSubscription, SubscriptionStatus, Term
from work365.domain.changes import Change, Status, UnitPrice
from work365.domain.microsoft.subscriptions import (
    NextTerm,
    RefundableSeats,
    SeenSubscription,
    TermEnd,
)
from work365.ports.catalog import CatalogKind, Effect
from work365.ports.seen_subscriptions import (
    ExtendedServiceDecision,
    LoggedSubscription,
    ProviderChange,
)

TENANT = "0c39d6d5-c70d-4c55-bc02-f620844f3fd1"
REFERENCE = "0cca44d6-68e9-4762-94ee-31ece98783b9"
DAY = timedelta(days=1)


@pytest.fixture
def account(partner: Partner, provider: UUID) -> UUID:
    return partner.add(
        ProviderAccount, name="Hollerbach", key="x", provider=provider, tenant=TENANT.upper()
    )


@pytest.fixture
def mirror(partner: Partner, account: UUID) -> DataverseSubscriptionMirror:
    return DataverseSubscriptionMirror(partner.client)


def subscribe(partner: Partner, account: UUID | None, key: str = "SUB-1", **given: Any) -> UUID:
    values = {"provider_reference": REFERENCE.upper(), "provider_account": account, **given}
    subscription = partner.add_subscription(partner.add_contract(f"CT-{key}"), key, **values)
    partner.add_change(subscription, f"{key}_opening", NEW_YEAR, 10, **PRICE)
    return subscription


def logged(mirror: DataverseSubscriptionMirror) -> LoggedSubscription:
    [found] = mirror.logged("microsoft", references=[REFERENCE])
    return found


def seen(**given: Any) -> SeenSubscription:
    values: dict[str, Any] = {
        "provided": ProviderSubscription(
            id=REFERENCE,
            part_number="CFQ7TTC0LH18:0001",
            name="Microsoft 365 Business Basic",
            quantity=10,
            effective_start=NEW_YEAR,
            commitment_last_day=date(2026, 12, 31),
            status=SubscriptionStatus.ACTIVE,
            term=Term.YEAR,
            plan=BillingPlan.MONTHLY,
            auto_renew=True,
            is_trial=False,
            customer_tenant=TENANT,
            order_id=None,
        ),
        "seen_at": NOW,
        "friendly_name": "Head office",
        "promotion": "39NFJQT1PFPB:0002",
        "cancel_until": NOW + 7 * DAY,
        "refundable": (RefundableSeats(10, NOW + 7 * DAY),),
        "term_end": TermEnd.RENEW,
        "next_term": NextTerm(quantity=12),
        **given,
    }
    return SeenSubscription(**values)


class TestLogs:
    def test_a_subscription_is_found_by_its_id_at_the_provider_with_its_log(
        self, partner: Partner, mirror: DataverseSubscriptionMirror, account: UUID
    ) -> None:
        subscription = subscribe(partner, account)
        partner.add_change(
            subscription,
            "CHG-2",
            date(2026, 2, 1),
            3,
            provisioning_status=options.ProvisioningStatus.AWAITING,
        )

        found = logged(mirror)

        assert (found.id, found.reference, found.tenant) == (subscription, REFERENCE, TENANT)
        assert sorted(change.key for change in found.kept.changes) == ["CHG-2", "SUB-1_opening"]
        assert found.pending == {"CHG-2"}

    def test_those_of_a_tenant_are_found_though_the_provider_lists_them_no_more(
        self, partner: Partner, mirror: DataverseSubscriptionMirror, account: UUID
    ) -> None:
        subscribe(partner, account)
        subscribe(partner, account, "SUB-2", provider_reference="gone")
        subscribe(partner, account, "SUB-3", provider_reference=None)

        found = mirror.logged("microsoft", references=[REFERENCE], tenants=[TENANT])

        assert sorted(each.reference for each in found) == [REFERENCE, "gone"]

    def test_one_without_a_provider_account_has_no_tenant(
        self, partner: Partner, mirror: DataverseSubscriptionMirror
    ) -> None:
        subscribe(partner, None)

        assert logged(mirror).tenant is None

    def test_five_hundred_are_read_with_a_handful_of_requests(
        self, partner: Partner, mirror: DataverseSubscriptionMirror, account: UUID
    ) -> None:
        contract = partner.add_contract()
        references = [str(UUID(int=number)) for number in range(500)]
        partner.add_all(
            Subscription,
            [
                {
                    "name": "Seats",
                    "key": each,
                    "contract": contract,
                    "provider_reference": each,
                    "provider_account": account,
                    "start_on": NEW_YEAR,
                }
                for each in references
            ],
        )

        with partner.counted() as counts:
            found = mirror.logged("microsoft", references=references, tenants=[TENANT])

        assert len(found) == 500
        assert counts["requests"] <= 6


class TestWhatIsSeen:
    def test_is_kept_beside_what_billing_goes_by(
        self,
        partner: Partner,
        mirror: DataverseSubscriptionMirror,
        rows: ProviderRows,
        account: UUID,
    ) -> None:
        subscribe(partner, account)

        tally = mirror.keep_seen([(logged(mirror), seen())], at=NOW)

        [row] = rows.all(Subscription)
        assert +tally == {(CatalogKind.SUBSCRIPTION, Effect.CHANGED): 1}
        assert (row.name, row.quantity, row.start_on) == ("Seats", None, NEW_YEAR)
        assert (row.term, row.billing_plan) == ("P1Y", "Monthly")
        assert (row.term_end_on, row.auto_renew) == (date(2027, 1, 1), True)
        assert (row.provider_status, row.friendly_name) == ("active", "Head office")
        assert row.provider_quantity == 10
        assert (row.promotion, row.at_term_end) == ("39NFJQT1PFPB:0002", options.TermEnd.RENEW)
        assert (row.cancel_until, row.last_seen_on) == (NOW + 7 * DAY, NOW)
        assert row.next_term == '{"quantity":12}'
        assert row.refundable_seats == '[{"quantity":10,"until":"2026-01-08T06:30:00Z"}]'

    def test_is_known_the_next_time_with_what_the_customer_decided(
        self, partner: Partner, mirror: DataverseSubscriptionMirror, account: UUID
    ) -> None:
        subscription = subscribe(partner, account)
        before = logged(mirror)
        decision = ExtendedServiceDecision(outcome=TermEnd.CANCEL)

        mirror.keep_seen([(before, seen())], at=NOW)
        mirror.decide(subscription, decision)

        assert (before.seen_quantity, before.decision) == (None, None)
        assert (logged(mirror).seen_quantity, logged(mirror).decision) == (10, decision)

    def test_comes_back_without_asking_the_provider(
        self, partner: Partner, mirror: DataverseSubscriptionMirror, account: UUID
    ) -> None:
        subscription = subscribe(partner, account)
        subscribe(partner, account, "SUB-2", provider_reference="never seen")
        mirror.keep_seen([(logged(mirror), seen(in_extended_term=True))], at=NOW)

        reading = mirror.mirrored("microsoft")

        [found] = reading.values
        assert reading.findings == ()
        assert (found.id, found.key, found.tenant) == (subscription, "SUB-1", TENANT)
        assert (found.seen_at, found.provider_status) == (NOW, "active")
        assert (found.term_end, found.next_term) == (TermEnd.RENEW, NextTerm(quantity=12))
        assert (found.refundable, found.cancel_until) == (seen().refundable, NOW + 7 * DAY)
        assert (found.in_extended_term, found.decision) == (True, None)

    def test_that_has_not_changed_is_not_written_and_noted_the_next_day(
        self, partner: Partner, mirror: DataverseSubscriptionMirror, account: UUID
    ) -> None:
        subscribe(partner, account)
        mirror.keep_seen([(logged(mirror), seen())], at=NOW)

        with partner.counted() as counts:
            tally = mirror.keep_seen([(logged(mirror), seen())], at=NOW + timedelta(hours=1))
        mirror.keep_seen([(logged(mirror), seen())], at=NOW + DAY)

        assert +tally == {(CatalogKind.SUBSCRIPTION, Effect.UNCHANGED): 1}
        assert counts["rows_written"] == 0
        assert mirror.mirrored("microsoft").values[0].seen_at == NOW + DAY

    def test_that_is_over_is_emptied_but_a_term_that_the_provider_does_not_say_stays(
        self, partner: Partner, mirror: DataverseSubscriptionMirror, account: UUID
    ) -> None:
        subscribe(partner, account, term="P1Y")
        mirror.keep_seen([(logged(mirror), seen())], at=NOW)
        by_usage = replace(seen().provided, term=None, plan=None, commitment_last_day=None)
        later = SeenSubscription(provided=by_usage, seen_at=NOW + DAY)

        mirror.keep_seen([(logged(mirror), later)], at=NOW + DAY)

        [found] = mirror.mirrored("microsoft").values
        assert (found.term, found.term_end_on) == ("P1Y", date(2027, 1, 1))
        assert (found.refundable, found.cancel_until, found.next_term) == (None, None, None)

    def test_makes_billing_bill_nothing_again(
        self, partner: Partner, mirror: DataverseSubscriptionMirror, account: UUID
    ) -> None:
        subscription = subscribe(partner, account)
        contract = partner.row(Subscription, "SUB-1").contract
        partner.bill(contract)
        before = partner.kept()

        mirror.keep_seen([(logged(mirror), seen())], at=NOW)
        partner.bill(contract)

        assert partner.kept() == before
        assert partner.amounts() == [("CT-SUB-1-00001", "2026-01-01", "124.00")]
        assert partner.row(Subscription, "SUB-1").row_id == subscription

    def test_that_somebody_scribbled_in_is_a_finding_and_the_rest_is_read(
        self, partner: Partner, mirror: DataverseSubscriptionMirror, account: UUID
    ) -> None:
        scribbled = subscribe(partner, account, last_seen_on=NOW)
        subscribe(partner, account, "SUB-2", provider_reference="other", last_seen_on=NOW)
        partner.set(Subscription, scribbled, next_term="ask Ada")

        reading = mirror.mirrored("microsoft")

        [finding] = reading.findings
        assert [each.reference for each in reading.values] == ["other"]
        assert finding.path == "subscription SUB-1"
        assert "'ask Ada' cannot be read" in finding.message


class TestDecisions:
    def test_are_kept_with_who_made_them_and_when(
        self, partner: Partner, mirror: DataverseSubscriptionMirror, account: UUID
    ) -> None:
        subscription = subscribe(partner, account, last_seen_on=NOW)
        decision = ExtendedServiceDecision(
            outcome=TermEnd.CANCEL, decided_on=NEW_YEAR, decided_by="Ada Hollerbach"
        )

        mirror.decide(subscription, decision)

        assert mirror.mirrored("microsoft").values[0].decision == decision


class TestChanges:
    def test_of_the_provider_are_entries_of_the_log_that_nobody_provisions(
        self,
        partner: Partner,
        mirror: DataverseSubscriptionMirror,
        rows: ProviderRows,
        account: UUID,
    ) -> None:
        subscription = subscribe(partner, account)
        change = Change(
            key="microsoft_sub-1_2026-01-11_5",
            effective_on=date(2026, 1, 11),
            recorded_at=NOW,
            quantity=Decimal(5),
            price=UnitPrice(Decimal("12.40"), 1),
            status=Status.ACTIVE,
            refund=True,
        )

        tally = mirror.add_changes(
            [ProviderChange(subscription, change, "Seen in Partner Center: 10 to 15", "etag-1")]
        )

        [row] = rows.by_text(SubscriptionChange, "key", [change.key])
        assert +tally == {(CatalogKind.CHANGE, Effect.CREATED): 1}
        assert (row.subscription, row.effective_on) == (subscription, date(2026, 1, 11))
        assert (row.quantity_delta, row.unit_price) == (Decimal(5), Decimal("12.40"))
        assert row.price_months == 1
        assert (row.status, row.refund) == (options.SubscriptionStatus.ACTIVE, True)
        assert (row.name, row.reason) == ("Seen in Partner Center: 10 to 15",) * 2
        assert row.origin is options.ChangeOrigin.PROVIDER
        assert row.provisioning_status is options.ProvisioningStatus.NOT_APPLICABLE
        assert (row.recorded_on, row.seen_etag) == (NOW, "etag-1")

    def test_that_are_added_twice_are_there_once_as_a_person_left_them(
        self, partner: Partner, mirror: DataverseSubscriptionMirror, account: UUID
    ) -> None:
        subscription = subscribe(partner, account)
        change = Change(key="m-1", effective_on=NEW_YEAR, recorded_at=NOW, quantity=Decimal(5))
        mirror.add_changes([ProviderChange(subscription, change, "Seen")])
        partner.set_change("m-1", quantity_delta=Decimal(4))

        tally = mirror.add_changes([ProviderChange(subscription, change, "Seen")] * 2)

        assert +tally == {(CatalogKind.CHANGE, Effect.UNCHANGED): 2}
        assert partner.row(SubscriptionChange, "m-1").quantity_delta == 4
