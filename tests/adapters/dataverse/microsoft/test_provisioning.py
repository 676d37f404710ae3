from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from dataverse_schema import options
from dataverse_schema.tables.billing import Subscription, SubscriptionChange
from dataverse_schema.tables.providers import Provider, ProviderAccount
from dataverse_schema.tables.standard import Product
from tests.adapters.dataverse.partner import NEW_YEAR, NOW, PRICE, Partner
from work365.adapters.dataverse.microsoft.provisioning import DataverseProvisioningStore
from work365.adapters.dataverse.microsoft.rows import ProviderRows
from work365.domain.microsoft.actions import ProvisioningAction, ProvisioningStatus
from work365.domain.microsoft.subscriptions import TermEnd
from work365.ports.providers import ProviderKind
from work365.ports.provisioning import (
    ChangeTaken,
    PendingChange,
    ProvisionedSubscription,
    ReadyChanges,
)
from work365.ports.seen_subscriptions import ExtendedServiceDecision

TENANT = "0c39d6d5-c70d-4c55-bc02-f620844f3fd1"
HOUR = timedelta(hours=1)
AWAITING = {
    "provisioning_status": options.ProvisioningStatus.AWAITING,
    "action": options.ProvisioningAction.QUANTITY,
}


@pytest.fixture
def account(partner: Partner, provider: UUID) -> UUID:
    return partner.add(
        ProviderAccount,
        name="Hollerbach",
        key="x",
        provider=provider,
        tenant=TENANT.upper(),
        account=partner.customer,
        agreement_signed_on=NEW_YEAR,
    )


@pytest.fixture
def store(partner: Partner) -> DataverseProvisioningStore:
    return DataverseProvisioningStore(partner.client)


def subscribe(partner: Partner, account: UUID | None, key: str = "SUB-1", **given: Any) -> UUID:
    values = {"provider_account": account, **given}
    subscription = partner.add_subscription(partner.add_contract(f"CT-{key}"), key, **values)
    partner.add_change(subscription, f"{key}_opening", NEW_YEAR, 10, **PRICE)
    return subscription


def ready(store: DataverseProvisioningStore, **given: Any) -> ReadyChanges:
    return store.ready(**{"at": NOW, "today": NEW_YEAR, "most": 100, **given})


def only(store: DataverseProvisioningStore, **given: Any) -> PendingChange:
    [subscription] = ready(store, **given).subscriptions
    [change] = subscription.pending
    return change


class TestWhatIsReady:
    def test_comes_with_all_that_a_request_is_made_of(
        self, partner: Partner, store: DataverseProvisioningStore, account: UUID
    ) -> None:
        product = partner.add(Product, name="Basic", product_number="CFQ7TTC0LH18:0001", key="p")
        subscription = subscribe(
            partner,
            account,
            product=product,
            provider_reference="SUB-AT-MICROSOFT",
            term="P1Y",
            billing_plan="Monthly",
            auto_renew=True,
            promotion="PROMO",
            friendly_name="Head office",
            custom_term_end_on=date(2026, 6, 30),
            extended_service=options.ExtendedServiceDecision.CANCEL,
        )
        row = partner.add_change(
            subscription,
            "CHG-2",
            date(2026, 1, 2),
            3,
            **AWAITING,
            details='{"seats": 3}',
            reason="Three more",
            seen_etag="etag-1",
        )

        [found] = ready(store, today=date(2026, 1, 2)).subscriptions

        [change] = found.pending
        assert (change.id, change.subscription) == (row, subscription)
        assert (change.action, change.status) == (
            ProvisioningAction.QUANTITY,
            ProvisioningStatus.AWAITING,
        )
        assert (change.change.quantity, change.details) == (Decimal(3), {"seats": 3})
        assert (change.reason, change.seen_etag, change.attempts) == ("Three more", "etag-1", 0)
        assert [each.key for each in found.changes] == ["SUB-1_opening", "CHG-2"]
        assert found == ProvisionedSubscription(
            id=subscription,
            key="SUB-1",
            name="Seats",
            contract=partner.row(Subscription, "SUB-1").contract,
            reference="SUB-AT-MICROSOFT",
            provider="microsoft",
            provider_kind=ProviderKind.PARTNER_CENTER,
            tenant=TENANT,
            customer=partner.customer,
            agreement_signed_on=NEW_YEAR,
            part_number="CFQ7TTC0LH18:0001",
            term="P1Y",
            plan="Monthly",
            promotion="PROMO",
            friendly_name="Head office",
            custom_term_end_on=date(2026, 6, 30),
            auto_renew=True,
            decision=ExtendedServiceDecision(outcome=TermEnd.CANCEL),
            changes=found.changes,
            pending=found.pending,
        )

    def test_is_what_awaits_or_was_left_behind_and_is_due(
        self, partner: Partner, store: DataverseProvisioningStore, account: UUID
    ) -> None:
        status = options.ProvisioningStatus
        given: dict[str, dict[str, Any]] = {
            "awaits": AWAITING,
            "put-off": {**AWAITING, "next_try_on": NOW + HOUR},
            "left-behind": {"provisioning_status": status.IN_PROGRESS, "next_try_on": NOW},
            "under-way": {"provisioning_status": status.IN_PROGRESS, "next_try_on": NOW + HOUR},
            "failed": {"provisioning_status": status.FAILED},
            "done": {"provisioning_status": status.PROVISIONED},
            "not-applicable": {},
        }
        for key, values in given.items():
            partner.add_change(subscribe(partner, account, f"S-{key}"), key, NEW_YEAR, 1, **values)
        later = subscribe(partner, account, "S-later")
        partner.add_change(later, "later", NEW_YEAR + timedelta(days=1), 1, **AWAITING)

        found = {each.key for each in ready(store).subscriptions}
        tomorrow = {each.key for each in ready(store, today=date(2026, 1, 2)).subscriptions}

        assert found == {"S-awaits", "S-left-behind"}
        assert tomorrow == {*found, "S-later"}

    def test_comes_with_what_holds_it_back_in_the_order_of_the_log(
        self, partner: Partner, store: DataverseProvisioningStore, account: UUID
    ) -> None:
        subscription = subscribe(partner, account)
        failed = {"provisioning_status": options.ProvisioningStatus.FAILED}
        partner.add_change(subscription, "later", date(2026, 3, 1), 1, **AWAITING)
        partner.add_change(subscription, "due", date(2026, 2, 1), 1, **AWAITING)
        partner.add_change(subscription, "failed", date(2026, 1, 5), 1, **failed)

        [found] = ready(store, today=date(2026, 2, 1)).subscriptions

        assert [each.change.key for each in found.pending] == ["failed", "due", "later"]
        assert [each.is_due(NOW, date(2026, 2, 1)) for each in found.pending] == [
            False,
            True,
            False,
        ]

    def test_is_limited_to_the_oldest(
        self, partner: Partner, store: DataverseProvisioningStore, account: UUID
    ) -> None:
        for day in (3, 1, 2):
            subscription = subscribe(partner, account, f"S-{day}")
            partner.add_change(subscription, f"c-{day}", date(2026, 1, day), 1, **AWAITING)

        found = ready(store, today=date(2026, 2, 1), most=2).subscriptions

        assert [each.key for each in found] == ["S-1", "S-2"]

    def test_says_who_is_told_and_how_where_it_is_known(
        self, partner: Partner, store: DataverseProvisioningStore
    ) -> None:
        by_hand = partner.add(Provider, name="x", key="hand", kind=options.ProviderKind.MANUAL)
        account = partner.add(ProviderAccount, name="x", key="x", provider=by_hand, tenant="t")
        partner.add_change(subscribe(partner, account, "S-1"), "c-1", NEW_YEAR, 1, **AWAITING)
        partner.add_change(subscribe(partner, None, "S-2"), "c-2", NEW_YEAR, 1, **AWAITING)

        first, second = ready(store).subscriptions

        assert (first.provider, first.provider_kind) == ("hand", ProviderKind.MANUAL)
        assert (first.customer, first.part_number) == (None, None)
        assert (second.provider, second.provider_kind, second.tenant) == (None, None, None)

    def test_leaves_out_whole_subscriptions_that_cannot_be_read_and_says_why(
        self, partner: Partner, store: DataverseProvisioningStore, account: UUID
    ) -> None:
        good = subscribe(partner, account, "S-1")
        bad = subscribe(partner, account, "S-2")
        dayless = subscribe(partner, account, "S-3")
        partner.add_change(good, "good", NEW_YEAR, 1, **AWAITING)
        partner.add_change(bad, "bad", NEW_YEAR, 1, **AWAITING, details="three more")
        partner.add(SubscriptionChange, name="x", key="dayless", subscription=dayless, **AWAITING)
        partner.add(SubscriptionChange, name="x", key="homeless", effective_on=NEW_YEAR, **AWAITING)

        found = ready(store)

        assert [each.key for each in found.subscriptions] == ["S-1"]
        assert {(each.path, each.code) for each in found.findings} == {
            ("change homeless", "belongs_nowhere"),
            ("subscription S-2", "field_wrong"),
            ("subscription S-3", "field_missing"),
        }

    def test_is_not_kept_from_others_by_what_cannot_be_read(
        self, partner: Partner, store: DataverseProvisioningStore, account: UUID
    ) -> None:
        bad = subscribe(partner, account, "S-1")
        good = subscribe(partner, account, "S-2")
        partner.add_change(bad, "a-bad", NEW_YEAR, 1, **AWAITING, details="three more")
        partner.add_change(good, "good", NEW_YEAR, 1, **AWAITING)

        first = ready(store, most=1)
        second = ready(store, most=1)
        later = ready(store, at=NOW + HOUR)

        [row] = ProviderRows(partner.client).by_text(SubscriptionChange, "key", ["a-bad"])
        assert (first.subscriptions, len(first.findings)) == ((), 1)
        assert [each.key for each in second.subscriptions] == ["S-2"]
        assert len(later.findings) == 1
        assert row.provisioning_status is options.ProvisioningStatus.AWAITING
        assert "details" in str(row.provisioning_message)

    def test_is_read_with_a_handful_of_requests(
        self, partner: Partner, store: DataverseProvisioningStore, account: UUID
    ) -> None:
        contracts, subscriptions = partner.open_many(40)
        for subscription in subscriptions:
            partner.set(Subscription, subscription, provider_account=account)
        partner.change_all(subscriptions, "more", NEW_YEAR, 1, **AWAITING)

        with partner.counted() as counts:
            found = ready(store)

        assert len(found.subscriptions) == len(contracts)
        assert counts["requests"] <= 6


class TestTakingUp:
    def test_is_for_one_of_two(
        self, partner: Partner, store: DataverseProvisioningStore, account: UUID
    ) -> None:
        partner.add_change(subscribe(partner, account), "c", NEW_YEAR, 1, **AWAITING)
        first, second = only(store), only(store)

        taken = store.take_up(first, until=NOW + HOUR)

        assert (taken.status, taken.attempts) == (ProvisioningStatus.IN_PROGRESS, 1)
        with pytest.raises(ChangeTaken, match="change c: somebody else took it up"):
            store.take_up(second, until=NOW + HOUR)
        assert ready(store).subscriptions == ()

    def test_is_refused_when_a_person_edited_the_change(
        self, partner: Partner, store: DataverseProvisioningStore, account: UUID
    ) -> None:
        partner.add_change(subscribe(partner, account), "c", NEW_YEAR, 1, **AWAITING)
        change = only(store)
        partner.set_change("c", quantity_delta=Decimal(100))

        with pytest.raises(ChangeTaken):
            store.take_up(change, until=NOW + HOUR)

        assert only(store).change.quantity == 100

    def test_is_possible_again_as_the_same_request_when_nobody_said_what_became_of_it(
        self, partner: Partner, store: DataverseProvisioningStore, account: UUID
    ) -> None:
        partner.add_change(subscribe(partner, account), "c", NEW_YEAR, 1, **AWAITING)
        store.take_up(only(store), until=NOW + HOUR)

        left = only(store, at=NOW + HOUR)
        again = store.take_up(left, until=NOW + 2 * HOUR)

        assert (left.status, left.attempt_epoch) == (ProvisioningStatus.IN_PROGRESS, 0)
        assert (again.attempts, again.attempt_epoch) == (2, 0)


class TestOutcomes:
    @pytest.fixture
    def taken(
        self, partner: Partner, store: DataverseProvisioningStore, account: UUID
    ) -> PendingChange:
        partner.add_change(subscribe(partner, account), "c", NEW_YEAR, 1, **AWAITING)
        return store.take_up(only(store), until=NOW + HOUR)

    @staticmethod
    def row(rows: ProviderRows) -> SubscriptionChange:
        [found] = rows.by_text(SubscriptionChange, "key", ["c"])
        return found

    def test_done_is_noted_with_the_order_and_the_new_subscription(
        self,
        partner: Partner,
        store: DataverseProvisioningStore,
        rows: ProviderRows,
        taken: PendingChange,
    ) -> None:
        # What happened is written whatever was edited in the meantime.
        partner.set_change("c", reason="A note")

        store.provisioned(
            taken, at=NOW, message="Bought.", reference="order-1", subscription_reference="new-id"
        )

        row = self.row(rows)
        assert row.provisioning_status is options.ProvisioningStatus.PROVISIONED
        assert (row.provisioned_on, row.provider_reference) == (NOW, "order-1")
        assert (row.provisioning_message, row.next_try_on, row.reason) == (
            "Bought.",
            None,
            "A note",
        )
        assert partner.row(Subscription, "SUB-1").provider_reference == "new-id"

    def test_what_was_begun_stays_in_progress_and_goes_on_later(
        self,
        store: DataverseProvisioningStore,
        rows: ProviderRows,
        taken: PendingChange,
    ) -> None:
        store.put_off(taken, until=NOW + HOUR, message="No id yet.", reference="order-1")

        later = only(store, at=NOW + HOUR)
        assert self.row(rows).provisioning_status is options.ProvisioningStatus.IN_PROGRESS
        assert (later.provider_reference, later.message) == ("order-1", "No id yet.")
        assert (later.attempt_epoch, ready(store).subscriptions) == (0, ())

    def test_what_was_not_begun_awaits_again(
        self, store: DataverseProvisioningStore, rows: ProviderRows, taken: PendingChange
    ) -> None:
        store.put_off(taken, until=NOW + HOUR, message="Partner Center does not answer.")

        assert self.row(rows).provisioning_status is options.ProvisioningStatus.AWAITING
        assert only(store, at=NOW + HOUR).attempts == 1

    def test_what_failed_waits_for_a_person_and_is_a_new_request_then(
        self,
        partner: Partner,
        store: DataverseProvisioningStore,
        rows: ProviderRows,
        taken: PendingChange,
    ) -> None:
        store.failed(taken, message="The agreement is not signed. " * 500)
        nothing = ready(store, at=NOW + HOUR).subscriptions

        partner.set_change("c", provisioning_status=options.ProvisioningStatus.AWAITING)

        again = only(store)
        message = self.row(rows).provisioning_message
        assert nothing == ()
        assert (again.attempt_epoch, again.status) == (1, ProvisioningStatus.AWAITING)
        assert message is not None
        assert len(message) == 4_000
        assert message.endswith("…")

    def test_what_nobody_has_to_be_told_of_is_closed(
        self, store: DataverseProvisioningStore, rows: ProviderRows, taken: PendingChange
    ) -> None:
        store.not_applicable(taken, message="The provider is told nothing.")

        assert self.row(rows).provisioning_status is options.ProvisioningStatus.NOT_APPLICABLE
        assert ready(store, at=NOW + HOUR).subscriptions == ()
