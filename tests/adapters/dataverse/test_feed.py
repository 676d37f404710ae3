import logging
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import httpx
import pytest

from dataverse_schema.options import ContractStatus
from dataverse_schema.table import Table
from dataverse_schema.tables.billing import (
    BillingContract,
    BillingSettings,
    OneTimeCharge,
    Subscription,
    SubscriptionChange,
)
from dataverse_schema.tables.operations import Watermark
from tests.adapters.dataverse.partner import NEW_YEAR, NOW, Partner, is_write
from work365.adapters.dataverse.feed import DataverseChangeFeed
from work365.ports.billing import Written
from work365.ports.changes import Changed

JAN_11 = date(2026, 1, 11)
FEB_1 = date(2026, 2, 1)
MAR_1 = date(2026, 3, 1)


@pytest.fixture
def feed(partner: Partner) -> DataverseChangeFeed:
    return DataverseChangeFeed(partner.client)


def swept(feed: DataverseChangeFeed) -> tuple[UUID, ...]:
    """Read what changed and remember that it was read; return the contracts touched."""
    changed = feed.read()
    feed.keep_marks(changed, at=NOW)
    return changed.contracts


def swept_and_billed(partner: Partner, feed: DataverseChangeFeed) -> None:
    """Bill what was touched until nothing is."""
    partner.bill(*swept(feed))
    swept(feed)


class TestReading:
    def test_the_first_touches_every_contract(
        self, partner: Partner, feed: DataverseChangeFeed
    ) -> None:
        every = {partner.open("CT-1")[0], partner.open("CT-2", status=ContractStatus.DRAFT)[0]}

        assert set(feed.read().contracts) == every

    def test_each_contract_is_told_once(self, partner: Partner, feed: DataverseChangeFeed) -> None:
        contract, subscription = partner.open()
        swept_and_billed(partner, feed)
        partner.add_change(subscription, "more", JAN_11, 1)
        partner.add_change(partner.add_subscription(contract), "other", JAN_11, 1)
        partner.set(BillingContract, contract, payment_days=14)

        assert feed.read().contracts == (contract,)

    def test_nothing_is_touched_where_nothing_happened(
        self, partner: Partner, feed: DataverseChangeFeed
    ) -> None:
        partner.open()
        swept_and_billed(partner, feed)

        changed = feed.read()

        assert (changed.contracts, changed.deleted_changes) == ((), ())

    @pytest.mark.parametrize("through", [NEW_YEAR, date(2026, 4, 1)])
    def test_our_own_invoices_touch_nothing(
        self, partner: Partner, feed: DataverseChangeFeed, through: date
    ) -> None:
        contract, _ = partner.open(end_on=date(2026, 5, 1))
        swept(feed)

        partner.bill(contract, through=through)

        assert feed.read().contracts == ()

    def test_our_own_drafts_touch_their_contract_once_and_not_again(
        self, partner: Partner, feed: DataverseChangeFeed
    ) -> None:
        contract, _ = partner.open()
        swept(feed)
        partner.bill(contract, through=None, as_of=NEW_YEAR)
        echo = swept(feed)

        partner.bill(*echo, through=None, as_of=NEW_YEAR)

        assert feed.read().contracts == ()

    @pytest.mark.parametrize(
        ("table", "values"),
        [
            (BillingContract, {"end_on": date(2026, 6, 1)}),
            (BillingContract, {"payment_days": 14}),
            (BillingContract, {"customer": None}),
            (BillingContract, {"name": None}),
            (Subscription, {"end_on": date(2026, 6, 1)}),
            (Subscription, {"name": "Seats, renamed"}),
            (Subscription, {"start_on": None}),
            (Subscription, {"key": None}),
            (SubscriptionChange, {"effective_on": JAN_11}),
            (SubscriptionChange, {"effective_on": None}),
            (SubscriptionChange, {"name": None}),
        ],
        ids=lambda value: value.__name__ if isinstance(value, type) else ",".join(value),
    )
    def test_what_a_person_edits_touches_its_contract(
        self,
        partner: Partner,
        feed: DataverseChangeFeed,
        table: type[Table],
        values: dict[str, Any],
    ) -> None:
        contract, subscription = partner.open()
        partner.open("CT-2")
        rows: dict[type[Table], UUID] = {
            BillingContract: contract,
            Subscription: subscription,
            SubscriptionChange: partner.row(SubscriptionChange, "CT-1-0").row_id,
        }
        swept_and_billed(partner, feed)

        partner.set(table, rows[table], **values)

        assert feed.read().contracts == (contract,)

    @pytest.mark.parametrize("table", [BillingContract, Subscription])
    def test_what_a_person_edits_while_it_is_billed_touches_its_contract(
        self, partner: Partner, feed: DataverseChangeFeed, table: type[Table]
    ) -> None:
        contract, subscription = partner.open()
        swept(feed)
        edited = {BillingContract: contract, Subscription: subscription}[table]

        def edit_before_the_write(request: httpx.Request) -> None:
            if is_write(request):
                partner.set(table, edited, end_on=date(2026, 6, 1))

        with partner.watched(edit_before_the_write) as store:
            billed = partner.bill(contract, store=store)

        assert billed.written == Written(invoices=1, lines=1)
        assert feed.read().contracts == (contract,)

    def test_a_change_that_says_what_is_settled_already_touches_nothing(
        self, partner: Partner, feed: DataverseChangeFeed
    ) -> None:
        partner.open()
        swept_and_billed(partner, feed)

        partner.set_change("CT-1-0", reason="A word about it")

        assert feed.read().contracts == ()

    def test_a_one_time_charge_touches_its_contract_until_it_is_settled(
        self, partner: Partner, feed: DataverseChangeFeed
    ) -> None:
        contract, _ = partner.open()
        swept_and_billed(partner, feed)
        charge = partner.add_one_time_charge(contract, "one-1", JAN_11, "950.00")

        entered = swept(feed)
        partner.bill(contract, through=date(2026, 2, 1))
        settled = swept(feed)
        partner.set(OneTimeCharge, charge, unit_price=Decimal(900))
        edited = swept(feed)

        assert (entered, settled, edited) == ((contract,), (), (contract,))

    def test_a_one_time_charge_that_cannot_be_billed_touches_its_contract(
        self, partner: Partner, feed: DataverseChangeFeed
    ) -> None:
        contract, _ = partner.open()
        swept_and_billed(partner, feed)
        partner.add_one_time_charge(contract, "one-1", JAN_11, "950.00", quantity=Decimal(0))

        assert feed.read().contracts == (contract,)

    def test_a_one_time_charge_of_no_contract_is_told(
        self, partner: Partner, feed: DataverseChangeFeed
    ) -> None:
        lost = partner.add(OneTimeCharge, name="Lost", key="one-9", charged_on=JAN_11)

        changed = feed.read()

        assert changed.contracts == ()
        assert changed.homeless == {lost: "one-time charge one-9"}

    def test_our_own_invoices_touch_nothing_whatever_the_settings_say_since(
        self, partner: Partner, feed: DataverseChangeFeed
    ) -> None:
        partner.add(BillingSettings, name="Ours", key="default", proration="none/1")
        contract, _ = partner.open()
        swept(feed)

        partner.bill(contract)

        assert partner.row(BillingContract, "CT-1").settled_as.endswith(" none/1 -")
        assert feed.read().contracts == ()

    def test_what_belongs_to_no_contract_touches_none(
        self, partner: Partner, feed: DataverseChangeFeed
    ) -> None:
        _, subscription = partner.open()
        swept_and_billed(partner, feed)
        partner.set(Subscription, subscription, contract=None)
        partner.add_change(subscription, "more", JAN_11, 1)
        partner.add(SubscriptionChange, name="Lost", key="lost", effective_on=JAN_11)

        assert feed.read().contracts == ()


class TestMarks:
    def test_are_kept_by_keep_marks_alone(
        self, partner: Partner, feed: DataverseChangeFeed
    ) -> None:
        contract, _ = partner.open()
        first = feed.read()

        again = feed.read()

        assert first == again
        assert first.contracts == (contract,)
        assert partner.rows(Watermark) == []

    def test_outlive_the_process(self, partner: Partner, feed: DataverseChangeFeed) -> None:
        partner.open("CT-1")
        contract, other = partner.open("CT-2")
        swept_and_billed(partner, feed)
        partner.add_change(other, "more", JAN_11, 1)

        later = DataverseChangeFeed(partner.service(partner.http)).read()

        assert later.contracts == (contract,)
        assert {row.key: row.read_on for row in partner.rows(Watermark)} == dict.fromkeys(
            (
                "w365_billingcontract",
                "w365_subscription",
                "w365_subscriptionchange",
                "w365_onetimecharge",
            ),
            NOW,
        )

    def test_what_happens_between_reading_and_keeping_is_told_next_time(
        self, partner: Partner, feed: DataverseChangeFeed
    ) -> None:
        contract, subscription = partner.open()
        swept_and_billed(partner, feed)
        changed = feed.read()
        partner.add_change(subscription, "more", JAN_11, 1)
        feed.keep_marks(changed, at=NOW)

        assert feed.read().contracts == (contract,)

    def test_that_did_not_move_are_not_written(
        self, partner: Partner, feed: DataverseChangeFeed
    ) -> None:
        with partner.counted() as counts:
            feed.keep_marks(Changed(contracts=()), at=NOW)

        assert counts["requests"] == 0

    def test_that_expired_are_healed_by_reading_everything(
        self, partner: Partner, feed: DataverseChangeFeed, caplog: pytest.LogCaptureFixture
    ) -> None:
        contract, subscription = partner.open()
        swept_and_billed(partner, feed)
        partner.add_change(subscription, "more", JAN_11, 1)
        partner.set_clock(NOW + timedelta(days=8))

        with caplog.at_level(logging.WARNING):
            healed = swept(feed)

        assert healed == (contract,)
        assert caplog.text.count("the delta link expired; reading every row") == 4
        partner.bill(*healed, through=JAN_11)
        assert feed.read().contracts == ()

    def test_of_an_older_version_that_asked_for_fewer_columns_are_healed_too(
        self, partner: Partner, feed: DataverseChangeFeed, caplog: pytest.LogCaptureFixture
    ) -> None:
        contract, subscription = partner.open()
        swept_and_billed(partner, feed)
        changes = SubscriptionChange
        older = partner.client.changes(changes.entity_set(), [changes.column_name("key")]).link
        mark = partner.row(Watermark, changes.table_name()).row_id
        partner.set(Watermark, mark, token=older)
        partner.add_change(subscription, "more", JAN_11, 1)
        deleted = partner.row(changes, "CT-1-0").row_id
        partner.delete(changes, deleted)

        changed = feed.read()

        assert (changed.contracts, changed.deleted_changes) == ((contract,), (deleted,))
        assert "the delta link lacks columns; reading every row" in caplog.text
        feed.keep_marks(changed, at=NOW)
        partner.bill(contract, through=JAN_11)
        assert feed.read().deleted_changes == ()


class TestDeletedChanges:
    def test_one_becomes_a_finding_that_says_what_to_do(
        self, partner: Partner, feed: DataverseChangeFeed
    ) -> None:
        _, subscription = partner.open()
        change = partner.add_change(subscription, "more", NEW_YEAR, 1)
        swept_and_billed(partner, feed)
        partner.delete(SubscriptionChange, change)

        changed = feed.read()
        feed.keep_marks(changed, at=NOW)

        [finding] = partner.findings()
        assert changed.deleted_changes == (change,)
        assert (finding.code, finding.path) == ("change_deleted", f"change {change}")
        assert finding.message == (
            f"entry {change} of a change log was deleted; billing periods that were not over on"
            " the last closed invoice date are settled again without it, and what was invoiced for"
            " earlier ones stays as it is: add the entry again with its own day, and if it was"
            " wrong, take it back by a further entry of that day"
        )
        assert finding.found_on == NOW

    def test_what_was_invoiced_with_one_is_credited_in_periods_that_are_not_over(
        self, partner: Partner
    ) -> None:
        contract, subscription = partner.open()
        change = partner.add_change(subscription, "more", JAN_11, 3)
        partner.bill(contract, through=FEB_1)
        partner.delete(SubscriptionChange, change)

        partner.bill(contract, through=MAR_1)

        # The 25.20 for 3 seats from 11 January stay; the 37.20 of all February do not.
        assert partner.amounts() == [
            ("CT-1-00001", "2026-01-01", "124.00"),
            ("CT-1-00002", "2026-01-11", "25.20"),
            ("CT-1-00002", "2026-02-01", "161.20"),
            ("CT-1-00003", "2026-02-01", "-37.20"),
            ("CT-1-00003", "2026-03-01", "124.00"),
        ]

    def test_one_that_is_added_again_leaves_the_invoices_as_they_are(
        self, partner: Partner
    ) -> None:
        contract, subscription = partner.open()
        change = partner.add_change(subscription, "more", JAN_11, 3)
        partner.bill(contract, through=FEB_1)
        before = partner.amounts()
        partner.delete(SubscriptionChange, change)
        partner.add_change(subscription, "again", JAN_11, 3)

        partner.bill(contract, through=None, as_of=FEB_1 + timedelta(days=9))

        assert partner.amounts() == before

    def test_one_that_is_added_again_and_taken_back_is_credited_from_its_day(
        self, partner: Partner
    ) -> None:
        contract, subscription = partner.open()
        change = partner.add_change(subscription, "more", JAN_11, 3)
        partner.bill(contract, through=FEB_1)
        partner.delete(SubscriptionChange, change)
        partner.add_change(subscription, "again", JAN_11, 3)
        partner.add_change(subscription, "taken back", JAN_11, -3)

        partner.bill(contract, through=None, as_of=FEB_1 + timedelta(days=9))

        assert partner.amounts()[-2:] == [
            ("CT-1-00003", "2026-01-11", "-25.20"),
            ("CT-1-00003", "2026-02-01", "-37.20"),
        ]

    def test_one_is_told_once(self, partner: Partner, feed: DataverseChangeFeed) -> None:
        contract, _ = partner.open()
        swept_and_billed(partner, feed)
        partner.delete(SubscriptionChange, partner.row(SubscriptionChange, "CT-1-0").row_id)
        swept(feed)

        assert feed.read().deleted_changes == ()
        partner.bill(contract)
        assert [finding.status.name for finding in partner.findings()] == ["OPEN"]

    def test_one_that_was_read_twice_is_one_finding(
        self, partner: Partner, feed: DataverseChangeFeed
    ) -> None:
        partner.open()
        swept_and_billed(partner, feed)
        partner.delete(SubscriptionChange, partner.row(SubscriptionChange, "CT-1-0").row_id)
        changed = feed.read()

        feed.keep_marks(changed, at=NOW)
        feed.keep_marks(changed, at=NOW)

        assert len(partner.findings()) == 1


class TestRowsThatBelongNowhere:
    def test_each_becomes_a_finding_that_says_what_to_do(
        self, partner: Partner, feed: DataverseChangeFeed
    ) -> None:
        _, subscription = partner.open()
        swept_and_billed(partner, feed)
        partner.set(Subscription, subscription, contract=None)
        partner.add(SubscriptionChange, name="Lost", key="lost", effective_on=JAN_11)

        swept(feed)

        assert [(row.code, row.path, row.message) for row in partner.findings()] == [
            (
                "belongs_nowhere",
                "change lost",
                "change lost has no subscription, and is not billed; choose its subscription, and"
                " close this finding",
            ),
            (
                "belongs_nowhere",
                "subscription sub-CT-1",
                "subscription sub-CT-1 has no contract, and is not billed; choose its contract,"
                " and close this finding",
            ),
        ]

    def test_one_that_has_found_its_place_touches_its_contract(
        self, partner: Partner, feed: DataverseChangeFeed
    ) -> None:
        contract, subscription = partner.open()
        swept_and_billed(partner, feed)
        lost = partner.add(SubscriptionChange, name="Lost", key="lost", effective_on=JAN_11)
        swept(feed)

        partner.set(SubscriptionChange, lost, subscription=subscription)

        assert feed.read().contracts == (contract,)


def test_more_subscriptions_than_fit_a_query_are_followed_to_their_contracts(
    partner: Partner, feed: DataverseChangeFeed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("work365.adapters.dataverse.reading.IDS_PER_QUERY_MAX", 2)
    contracts, subscriptions = partner.open_many(5)
    swept_and_billed(partner, feed)
    partner.change_all(subscriptions, "more", JAN_11, 1)

    assert sorted(feed.read().contracts) == sorted(contracts)
