from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from tests.usecases.fake_catalog import (
    NOW,
    OTHER_TENANT,
    TENANT,
    FakeCatalog,
    TooLong,
    a_contract,
    a_price,
    a_subscription,
    as_kept,
)
from tests.usecases.provider_ends import (
    PROVIDER,
    UNREADABLE,
    Accounts,
    Microsoft,
    Mirror,
    OutOfReach,
    RefusedHere,
    an_account,
    logged,
    seen,
    with_changes,
)
from work365.domain.changes import Change
from work365.domain.microsoft.intents import SetQuantity
from work365.domain.microsoft.subscriptions import SeenSubscription
from work365.errors import Work365Error
from work365.ports.catalog import CatalogKind, Effect, KeptSubscription, Opening
from work365.ports.seen_subscriptions import LoggedSubscription
from work365.usecases.seat_history import SeatChange
from work365.usecases.sync_subscriptions import Scope, Stores, Synced, sync_subscriptions

DAY = timedelta(days=1)


def ten_seats(**given: object) -> KeptSubscription:
    opening = Opening(
        provided=a_subscription(**given),
        tenant=TENANT,
        contract=a_contract(),
        price=a_price(),
        term_end_on=date(2027, 1, 1),
        source="a file",
        recorded_at=NOW,
    )
    return as_kept(opening)


class Sync:
    """A sync of one customer with one subscription, unless a test says otherwise."""

    def __init__(self, *kept: LoggedSubscription) -> None:
        self.accounts = Accounts()
        self.mirror = Mirror(list(kept))
        self.catalog = FakeCatalog()
        self.microsoft = Microsoft()
        self.progress: list[int] = []

    def run(
        self,
        found: dict[str, Sequence[SeenSubscription] | Work365Error],
        scope: Scope | None = None,
    ) -> Synced:
        self.microsoft.subscriptions = found
        return sync_subscriptions(
            provider=PROVIDER,
            subscriptions=self.microsoft,
            stores=Stores(accounts=self.accounts, mirror=self.mirror, catalog=self.catalog),
            scope=scope or Scope(),
            at=NOW,
            progress=self.progress.append,
        )


def codes(synced: Synced) -> list[str]:
    return [finding.code for finding in synced.imported.findings]


class TestNewSubscriptions:
    def test_are_taken_in_under_the_customers_contract(self) -> None:
        sync = Sync()

        synced = sync.run({TENANT: [seen()]})

        [opening] = sync.catalog.openings
        assert (opening.contract.key, opening.source) == ("CT-1", "Partner Center")
        assert synced.imported.subscriptions == 1
        assert sync.progress == [1]

    def test_of_a_tenant_that_is_not_mapped_are_listed(self) -> None:
        sync = Sync()
        sync.catalog.customers = {TENANT: None}

        synced = sync.run({TENANT: [seen()]})

        assert sync.catalog.openings == []
        assert codes(synced) == ["provider_account_not_mapped"]
        assert sync.accounts.synced == [TENANT]

    def test_are_noted_as_seen_at_once(self) -> None:
        sync = Sync()
        kept = logged(ten_seats(), seen_quantity=None)
        calls = 0
        ask = sync.mirror.logged

        def later(
            provider: str, *, references: Sequence[str], tenants: Sequence[str] = ()
        ) -> Sequence[LoggedSubscription]:
            nonlocal calls
            calls += 1
            sync.mirror.kept = [kept] if calls > 1 else []
            return ask(provider, references=references, tenants=tenants)

        sync.mirror.logged = later  # type: ignore[assignment,method-assign]  # a row that comes

        sync.run({TENANT: [seen()]})

        assert [each.provided.id for each in sync.mirror.noted] == ["s-1"]


class TestChangesAtMicrosoft:
    def test_become_entries_before_it_is_noted_what_was_seen(self) -> None:
        sync = Sync(logged(ten_seats()))

        synced = sync.run({TENANT: [seen(12)]})

        [entry] = sync.mirror.changes
        assert (entry.change.quantity, entry.change.effective_on) == (Decimal(2), NOW.date())
        assert entry.seen_etag == "e-1"
        assert sync.mirror.done == ["logged", "add_changes", "keep_seen"]
        assert synced.imported.tally[CatalogKind.CHANGE, Effect.CREATED] == 1

    def test_hold_from_the_day_that_audit_records_tell(self) -> None:
        sync = Sync(logged(ten_seats()))
        history = {"s-1": [SeatChange(NOW - 5 * DAY, 10, 12)]}

        sync.run({TENANT: [seen(12)]}, Scope(history=history))

        [entry] = sync.mirror.changes
        assert entry.change.effective_on == NOW.date() - 5 * DAY

    def test_that_cannot_be_kept_are_found_and_not_noted_as_seen(self) -> None:
        sync = Sync(logged(ten_seats()))
        sync.mirror.refuses_changes = True

        synced = sync.run({TENANT: [seen(12)]})

        assert codes(synced) == ["refused_here"]
        assert (sync.mirror.noted, sync.accounts.synced) == ([], [])

    def test_at_both_ends_wait_for_a_person_and_are_not_noted_as_seen(self) -> None:
        change = Change("CHG-2", NOW.date(), NOW, Decimal(3))
        kept = with_changes(ten_seats(), change)
        sync = Sync(logged(kept, pending=frozenset({"CHG-2"}), seen_quantity=10))

        synced = sync.run({TENANT: [seen(17)]})

        assert codes(synced) == ["changed_at_both_ends"]
        assert (sync.mirror.changes, sync.mirror.noted) == ([], [])
        assert sync.accounts.synced == [TENANT]


class TestDrift:
    def test_is_offered_for_repair_where_our_log_is_ahead(self) -> None:
        kept = with_changes(ten_seats(), Change("CHG-2", NOW.date(), NOW, Decimal(3)))
        sync = Sync(logged(kept, seen_quantity=10))

        synced = sync.run({TENANT: [seen(10)]})

        assert [offered.repair.intent for offered in synced.repairs] == [SetQuantity(10, 13)]
        assert codes(synced) == ["drifted"]
        assert sync.mirror.changes == []

    def test_of_what_microsoft_lists_no_more_is_found(self) -> None:
        sync = Sync(logged(ten_seats()))

        synced = sync.run({TENANT: []})

        assert codes(synced) == ["not_at_microsoft"]


class TestFaults:
    @pytest.mark.parametrize("error", [RefusedHere("403"), OutOfReach("500")])
    def test_of_one_customer_are_found_and_the_others_are_read(self, error: Work365Error) -> None:
        sync = Sync()
        sync.accounts.kept[OTHER_TENANT] = an_account(OTHER_TENANT)

        synced = sync.run({TENANT: [seen()], OTHER_TENANT: error})

        assert sync.accounts.synced == [TENANT]
        assert [finding.path for finding in synced.imported.findings] == [
            f"provider account {OTHER_TENANT}"
        ]
        assert synced.imported.subscriptions == 1

    def test_of_one_row_are_found_and_its_neighbours_are_taken_in(self) -> None:
        sync = Sync()
        sync.microsoft.findings = [UNREADABLE]

        synced = sync.run({TENANT: [seen()]})

        [finding] = synced.imported.findings
        assert finding.path == f"provider account {TENANT}/{UNREADABLE.path}"
        assert synced.imported.subscriptions == 1

    def test_of_a_row_leave_open_whether_a_subscription_is_gone(self) -> None:
        sync = Sync(logged(ten_seats()))
        sync.microsoft.findings = [UNREADABLE]

        synced = sync.run({TENANT: []})

        assert codes(synced) == [UNREADABLE.code]

    def test_of_microsoft_itself_end_the_run_after_what_was_read_is_kept(self) -> None:
        sync = Sync()
        tenants = [f"tenant-{number:02}" for number in range(12)]
        sync.accounts.kept = {tenant: an_account(tenant) for tenant in tenants}
        found: dict[str, Sequence[SeenSubscription] | Work365Error] = {
            tenant: [] if number < 4 else OutOfReach("down")
            for number, tenant in enumerate(tenants)
        }

        with pytest.raises(OutOfReach):
            sync.run(found, Scope(customers_per_chunk=2))

        assert sync.accounts.synced == tenants[:4]


class TestScope:
    def test_leaves_out_who_is_listed_no_more_and_who_was_read_since(self) -> None:
        sync = Sync()
        fractions = timedelta(microseconds=500)
        sync.accounts.kept = {
            "gone": an_account("gone", unlisted_since=NOW),
            "read": an_account("read", last_synced_at=NOW),
            "older": an_account("older", last_synced_at=NOW - DAY),
            "never": an_account("never"),
        }

        sync.run({}, Scope(since=NOW + fractions, customers_per_chunk=1))

        assert sync.microsoft.asked == ["never", "older"]

    def test_can_be_some_customers_only(self) -> None:
        sync = Sync()
        sync.accounts.kept[OTHER_TENANT] = an_account(OTHER_TENANT)

        sync.run({}, Scope(tenants={OTHER_TENANT}))

        assert sync.microsoft.asked == [OTHER_TENANT]


def test_what_the_catalogue_refuses_is_found_and_marked_as_read() -> None:
    sync = Sync()
    refused = replace(seen(), provided=a_subscription(name="refused"))

    synced = sync.run({TENANT: [refused]})

    assert codes(synced) == [TooLong.code]
    assert sync.accounts.synced == [TENANT]
