from datetime import date, timedelta

import pytest

from tests.usecases.fake_catalog import NOW, OTHER_TENANT, TENANT, FakeCatalog
from tests.usecases.provider_ends import (
    PROVIDER,
    Accounts,
    Marks,
    Microsoft,
    Mirror,
    OutOfReach,
    Trail,
    an_account,
    logged,
    seen,
)
from tests.usecases.test_seat_history import on, record, ten_seats
from work365.domain.microsoft.audit import AuditRecord
from work365.usecases.seat_history import SeatChange
from work365.usecases.sync_audit import Audited, read_audit, sync_audit
from work365.usecases.sync_subscriptions import Stores, Synced

DAY = timedelta(days=1)
MARK = "microsoft_audit"
CHANGE = record(
    '{"id":"s-1","quantity":10}', '{"id":"s-1","quantity":12}', customer=TENANT, at=on(27)
)


def audited(trail: Trail, marks: Marks) -> Audited:
    return read_audit(provider=PROVIDER, trail=trail, marks=marks, at=NOW)


def synced(microsoft: Microsoft, mirror: Mirror, marks: Marks, *records: AuditRecord) -> Synced:
    accounts = Accounts(kept={each: an_account(each) for each in (TENANT, OTHER_TENANT)})
    return sync_audit(
        provider=PROVIDER,
        trail=Trail(records),
        marks=marks,
        subscriptions=microsoft,
        stores=Stores(accounts=accounts, mirror=mirror, catalog=FakeCatalog()),
        at=NOW,
    )


class TestReading:
    def test_goes_back_as_far_as_microsoft_does_for_the_first_time(self) -> None:
        trail = Trail()

        found = audited(trail, Marks())

        assert trail.asked == [(date(2025, 12, 2), date(2026, 3, 1))]
        assert found.findings == ()

    def test_starts_before_the_mark_because_records_come_late(self) -> None:
        trail = Trail()

        audited(trail, Marks({MARK: NOW - DAY}))

        assert trail.asked == [(date(2026, 2, 26), date(2026, 3, 1))]

    @pytest.mark.parametrize(("days", "gaps"), [(89, []), (90, ["audit_gap"])])
    def test_says_when_more_days_passed_than_microsoft_keeps(
        self, days: int, gaps: list[str]
    ) -> None:
        trail = Trail()

        found = audited(trail, Marks({MARK: NOW - days * DAY}))

        assert [finding.code for finding in found.findings] == gaps
        assert trail.asked == [(date(2025, 12, 2), date(2026, 3, 1))]

    def test_takes_a_record_that_comes_twice_once(self) -> None:
        found = audited(Trail([CHANGE, CHANGE]), Marks())

        assert found.records == (CHANGE,)
        assert found.history == {"s-1": (SeatChange(on(27), 10, 12),)}

    def test_remembers_nothing_by_itself(self) -> None:
        marks = Marks()

        audited(Trail([CHANGE]), marks)

        assert marks.kept == {}


class TestDailySync:
    def test_looks_at_the_customers_that_something_was_changed_of(self) -> None:
        microsoft, marks = Microsoft({TENANT: [seen(12)]}), Marks()
        mirror = Mirror([logged(ten_seats())])

        synced(microsoft, mirror, marks, CHANGE)

        [entry] = mirror.changes
        assert microsoft.asked == [TENANT]
        assert entry.change.effective_on == on(27).date()
        assert marks.kept == {MARK: NOW}

    def test_asks_for_nobody_where_nothing_was_changed(self) -> None:
        microsoft, marks = Microsoft(), Marks()

        synced(microsoft, Mirror(), marks)

        assert microsoft.asked == []
        assert marks.kept == {MARK: NOW}

    def test_reads_the_same_records_again_where_it_could_not_follow_them(self) -> None:
        marks = Marks()
        tenants = [f"tenant-{number}" for number in range(5)]
        accounts = Accounts(kept={tenant: an_account(tenant) for tenant in tenants})
        records = [record("{}", "{}", id=tenant, customer=tenant) for tenant in tenants]

        with pytest.raises(OutOfReach):
            sync_audit(
                provider=PROVIDER,
                trail=Trail(records),
                marks=marks,
                subscriptions=Microsoft(dict.fromkeys(tenants, OutOfReach("down"))),
                stores=Stores(accounts=accounts, mirror=Mirror(), catalog=FakeCatalog()),
                at=NOW,
            )

        assert marks.kept == {}
