"""Customers, prices and subscriptions come from the twin of Partner Center into Dataverse."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest

from dataverse_schema.options import ChangeOrigin, ProvisioningStatus
from dataverse_schema.tables.billing import Subscription, SubscriptionChange
from dataverse_schema.tables.providers import ProviderAccount
from dataverse_schema.tables.standard import Account
from tests.emulators.partner_center.stage import START
from tests.journeys.connected_partner import PROVIDER, ConnectedPartner, connected_partner
from work365.adapters.dataverse import operations
from work365.adapters.dataverse.mapping import write_row
from work365.adapters.dataverse.microsoft.reading_marks import DataverseReadingMarks
from work365.adapters.partner_center.audit_records import AuditRecords
from work365.domain.findings import Severity
from work365.emulators.partner_center.seeds import portfolio
from work365.emulators.partner_center.subscription import Subscription as AtMicrosoft
from work365.ports.providers import Cloud
from work365.usecases.repair_drift import RightSide, repair_drift
from work365.usecases.sync_audit import read_audit, sync_audit
from work365.usecases.sync_subscriptions import Scope

PRICE_MONTHS = 15
DAY = timedelta(days=1)
WAIT_SECONDS_MAX = 60
LOG = ("key", "effective_on", "quantity_delta", "origin", "provisioning_status", "status")


@pytest.fixture
def partner(tmp_path: Path) -> Iterator[ConnectedPartner]:
    """A partner whose customers, prices and subscriptions were brought over once."""
    with connected_partner(tmp_path) as partner:
        partner.sign_contracts()
        partner.sync_customers()
        partner.sync_prices(PRICE_MONTHS)
        partner.sync_subscriptions()
        yield partner


def seats_of(partner: ConnectedPartner, product: str = "CFQ7TTC0TW06") -> AtMicrosoft:
    """The subscription that was bought three days before."""
    subscriptions = partner.microsoft.world.subscriptions.values()
    found = [each for each in subscriptions if each.product == product]
    return min(found, key=lambda each: START - each.created_at)


def came_from_microsoft(partner: ConnectedPartner) -> list[tuple[date | None, int]]:
    return [
        (row.effective_on, int(row.quantity_delta))
        for row in sorted(partner.rows(SubscriptionChange), key=lambda row: str(row.effective_on))
        if row.origin is ChangeOrigin.PROVIDER
    ]


def change_here(partner: ConnectedPartner, subscription: str, delta: int, **more: Any) -> None:
    fields = {
        "name": "By hand",
        "key": f"by_hand_{delta}",
        "subscription": next(
            row.row_id for row in partner.rows(Subscription) if row.key == subscription
        ),
        "effective_on": START.date(),
        "recorded_on": START,
        "quantity_delta": delta,
        **more,
    }
    table = SubscriptionChange
    partner.client.send(operations.create(table.entity_set(), write_row(table, fields)))


def test_what_customers_have_is_taken_in_under_their_contracts(partner: ConnectedPartner) -> None:
    kept = partner.rows(Subscription)

    seats = {row.key: row.provider_quantity for row in kept}
    billed = [
        each
        for each in partner.microsoft.world.subscriptions.values()
        if each.plan.term and not each.is_trial and each.customer in listed(partner)
    ]
    assert seats == {each.subscription: each.quantity for each in billed}
    assert all(row.contract is not None for row in kept)


def listed(partner: ConnectedPartner) -> set[str]:
    return {account.tenant for account in partner.accounts.accounts(PROVIDER)}


def test_a_second_sync_with_nothing_changed_writes_nothing(partner: ConnectedPartner) -> None:
    with partner.counted() as counts:
        partner.sync_customers()
        partner.sync_prices(PRICE_MONTHS)
        partner.sync_subscriptions()

    assert counts["rows_written"] == 0


def test_microsoft_is_asked_once_for_the_customers_the_resellers_and_each_customer(
    partner: ConnectedPartner,
) -> None:
    with partner.counted() as counts:
        partner.sync_customers()
        partner.sync_subscriptions()

    assert counts["asked"] == 2 + len(listed(partner))


def test_seats_added_at_microsoft_are_charged_from_the_day_on_which_they_were_seen(
    partner: ConnectedPartner,
) -> None:
    bought = seats_of(partner)
    partner.microsoft.act("change-seats", subscription=bought.subscription, quantity=33)
    partner.microsoft.pass_days(2)

    partner.sync_subscriptions()
    partner.sync_subscriptions()

    assert came_from_microsoft(partner) == [(START.date() + 2 * DAY, 3)]
    [added] = [row for row in partner.rows(SubscriptionChange) if row.quantity_delta == 3]
    assert added.provisioning_status is ProvisioningStatus.NOT_APPLICABLE


def test_audit_records_tell_the_days_on_which_seats_came(partner: ConnectedPartner) -> None:
    bought = seats_of(partner)
    trail = AuditRecords(partner.errand)
    marks = DataverseReadingMarks(partner.client)
    for quantity in (33, 38):
        partner.microsoft.act("change-seats", subscription=bought.subscription, quantity=quantity)
        partner.microsoft.pass_days(1)

    audited = read_audit(provider=PROVIDER, trail=trail, marks=marks, at=partner.microsoft.clock())
    partner.sync_subscriptions(Scope(history=audited.history))

    assert came_from_microsoft(partner) == [(START.date(), 3), (START.date() + DAY, 5)]


def test_the_daily_look_at_audit_records_reads_only_who_changed(partner: ConnectedPartner) -> None:
    bought = seats_of(partner)
    now = partner.microsoft.clock
    marks = DataverseReadingMarks(partner.client)
    marks.keep(f"{PROVIDER}_audit", until=now())
    partner.microsoft.pass_days(3)
    partner.microsoft.act("change-seats", subscription=bought.subscription, quantity=33)

    with partner.counted() as counts:
        sync_audit(
            provider=PROVIDER,
            trail=AuditRecords(partner.errand),
            marks=marks,
            subscriptions=partner.subscriptions,
            stores=partner.stores,
            at=now(),
        )

    assert came_from_microsoft(partner) == [(START.date() + 3 * DAY, 3)]
    assert counts["asked"] == 2
    assert marks.marks()[f"{PROVIDER}_audit"] == now().replace(microsecond=0)


def change_at_both_ends(partner: ConnectedPartner) -> None:
    """Enter four seats more, which Microsoft is not told, and let Microsoft have seven more."""
    bought = seats_of(partner)
    change_here(partner, bought.subscription, 4, provisioning_status=ProvisioningStatus.AWAITING)
    partner.microsoft.act("change-seats", subscription=bought.subscription, quantity=37)


class TestDrift:
    def test_a_log_that_is_ahead_of_microsoft_is_found_and_microsoft_is_told_on_demand(
        self, partner: ConnectedPartner
    ) -> None:
        bought = seats_of(partner)
        change_here(partner, bought.subscription, 4)

        synced = partner.sync_subscriptions()
        repair_drift(
            provider=PROVIDER,
            reference=bought.subscription,
            right=RightSide.LOG,
            microsoft=partner.subscriptions,
            mirror=partner.mirror,
            at=partner.microsoft.clock(),
        )

        assert [offered.subscription.kept.key for offered in synced.repairs] == [
            bought.subscription
        ]
        assert (bought.quantity, came_from_microsoft(partner)) == (34, [])
        assert partner.sync_subscriptions().repairs == ()

    def test_a_log_that_is_wrong_is_put_right_on_demand(self, partner: ConnectedPartner) -> None:
        bought = seats_of(partner)
        change_here(partner, bought.subscription, 4)

        repaired = repair_drift(
            provider=PROVIDER,
            reference=bought.subscription.upper(),
            right=RightSide.MICROSOFT,
            microsoft=partner.subscriptions,
            mirror=partner.mirror,
            at=partner.microsoft.clock(),
        )

        assert (bought.quantity, came_from_microsoft(partner)) == (30, [(START.date(), -4)])
        assert len(repaired.done) == 1

    def test_what_was_changed_at_both_ends_waits_for_a_person(
        self, partner: ConnectedPartner
    ) -> None:
        change_at_both_ends(partner)

        synced = partner.sync_subscriptions()

        codes = {finding.code: finding.message for finding in synced.imported.findings}
        assert "37 seats" in codes["changed_at_both_ends"]
        assert came_from_microsoft(partner) == []

    def test_after_the_open_change_is_taken_back_microsofts_own_is_charged(
        self, partner: ConnectedPartner
    ) -> None:
        change_at_both_ends(partner)
        partner.sync_subscriptions()
        table = SubscriptionChange
        [open_change] = [row.row_id for row in partner.rows(table) if row.key == "by_hand_4"]
        assert open_change is not None
        partner.client.send(operations.delete(table.entity_set(), open_change))

        partner.sync_subscriptions()

        assert came_from_microsoft(partner) == [(START.date(), 7)]


class TestCustomers:
    def test_that_left_are_marked_and_not_asked_about_any_more(
        self, partner: ConnectedPartner
    ) -> None:
        tenant = partner.microsoft.customer
        partner.microsoft.act("leave-reseller", customer=tenant)

        partner.sync_customers()
        with partner.counted() as counts:
            partner.sync_subscriptions()

        [left] = [row for row in partner.rows(ProviderAccount) if row.unlisted_since is not None]
        assert left.tenant == tenant
        assert len(partner.rows(ProviderAccount)) == 10
        assert counts["asked"] == len(listed_now(partner))

    def test_are_mapped_by_domain_and_by_name(self, tmp_path: Path) -> None:
        with connected_partner(tmp_path) as partner:
            partner.accounts.set_partner(
                PROVIDER, tenant="8a3c52d0-4b1f-4f0a-9d57-2f60c1b7e914", cloud=Cloud.GLOBAL
            )
            named, *_ = partner.microsoft.world.customers.values()
            body = write_row(Account, {"name": named.name.upper(), "key": "C-1"})
            partner.client.send(operations.create(Account.entity_set(), body))

            partner.sync_customers()

            [mapped] = [row for row in partner.rows(ProviderAccount) if row.account is not None]
            assert (mapped.tenant, mapped.mapped_by) == (named.tenant, "name")

    def test_one_that_microsoft_refuses_stops_nobody_else(self, partner: ConnectedPartner) -> None:
        tenant = partner.microsoft.customer
        bought = seats_of(partner)
        partner.microsoft.act("change-seats", subscription=bought.subscription, quantity=33)
        partner.microsoft.act("leave-reseller", customer=tenant)

        synced = partner.sync_subscriptions()

        [refused] = [
            finding
            for finding in synced.imported.findings
            if finding.path == f"provider account {tenant}"
        ]
        assert refused.severity is Severity.ERROR
        assert came_from_microsoft(partner) == [(START.date(), 3)]


def listed_now(partner: ConnectedPartner) -> list[str]:
    accounts = partner.accounts.accounts(PROVIDER)
    return [account.tenant for account in accounts if account.unlisted_since is None]


def synced_portfolio(folder: Path) -> Any:
    return connected_partner(folder, world=lambda now: portfolio(24, 96, now))


def bring_in(partner: ConnectedPartner) -> None:
    partner.sign_contracts()
    partner.sync_customers()
    partner.sync_prices(PRICE_MONTHS)


def process_of(partner: ConnectedPartner) -> list[str]:
    moment = partner.microsoft.clock().isoformat()
    here = [partner.microsoft.address, partner.dataverse_url, moment]
    return [sys.executable, "-m", "tests.journeys.sync_process", *here]


def left_behind(partner: ConnectedPartner) -> list[list[tuple[object, ...]]]:
    fields = ("key", "provider_quantity", "term_end_on", "cancel_until")
    return [partner.kept(Subscription, *fields), partner.kept(SubscriptionChange, *LOG)]


def marked(partner: ConnectedPartner) -> int:
    return sum(row.last_synced_on is not None for row in partner.rows(ProviderAccount))


def kill_when_some_are_marked(partner: ConnectedPartner) -> int:
    """Kill a sync without warning in its middle; return how many customers are marked as read."""
    process = subprocess.Popen(process_of(partner))
    deadline = monotonic() + WAIT_SECONDS_MAX
    while not marked(partner) and process.poll() is None and monotonic() < deadline:
        sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    return marked(partner)


def test_a_sync_that_is_killed_and_run_again_loses_and_doubles_nothing(tmp_path: Path) -> None:
    for name in ("undisturbed", "disturbed"):
        (tmp_path / name).mkdir()
    with synced_portfolio(tmp_path / "undisturbed") as partner:
        bring_in(partner)
        partner.sync_subscriptions()
        expected = left_behind(partner)

    with synced_portfolio(tmp_path / "disturbed") as partner:
        bring_in(partner)
        in_the_middle = kill_when_some_are_marked(partner)
        with partner.counted() as counts:
            subprocess.run(process_of(partner), check=True, timeout=WAIT_SECONDS_MAX)
        found = left_behind(partner)

    assert 0 < in_the_middle < 24
    assert len(expected[0]) == 96
    assert found == expected
    assert counts["asked"] == 24 - in_the_middle


def test_two_workers_at_once_leave_what_one_would(tmp_path: Path) -> None:
    with synced_portfolio(tmp_path) as partner:
        bring_in(partner)
        partner.sync_subscriptions()
        every = list(partner.microsoft.world.subscriptions.values())
        for each in every:
            quantity = each.quantity + 2
            partner.microsoft.act("change-seats", subscription=each.subscription, quantity=quantity)

        with ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda _: partner.sync_subscriptions(), range(2)))

        entries = came_from_microsoft(partner)
        assert [delta for _, delta in entries] == [2] * len(every)
