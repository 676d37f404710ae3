from collections.abc import Collection
from decimal import Decimal

from tests.usecases.fake_catalog import NOW, TENANT
from tests.usecases.provider_ends import (
    PROVIDER,
    UNREADABLE,
    Accounts,
    Microsoft,
    Mirror,
    RefusedHere,
    an_account,
    logged,
    seen,
    with_changes,
)
from tests.usecases.test_seat_history import ten_seats
from work365.domain.changes import Change
from work365.usecases.find_drift import Ends, FoundDrift, find_drift

OTHER_TENANT = "11111111-2222-4333-8444-555555555555"
AHEAD = logged(
    with_changes(ten_seats(), Change("CHG-2", NOW.date(), NOW, Decimal(3))), seen_quantity=10
)


def found(
    microsoft: Microsoft,
    mirror: Mirror,
    accounts: Accounts | None = None,
    tenants: Collection[str] | None = None,
) -> FoundDrift:
    return find_drift(
        provider=PROVIDER,
        tenants=tenants,
        ends=Ends(subscriptions=microsoft, accounts=accounts or Accounts(), log=mirror),
        at=NOW,
        customers=lambda _count: None,
        progress=lambda _more: None,
    )


def test_what_is_the_same_at_both_ends_is_not_shown() -> None:
    looked = found(Microsoft({TENANT: [seen(10)]}), Mirror([logged(ten_seats())]))

    assert looked == FoundDrift(apart=(), new=(), findings=())


def test_a_log_that_is_ahead_comes_with_its_repair_and_nothing_is_written() -> None:
    mirror, microsoft = Mirror([AHEAD]), Microsoft({TENANT: [seen(10)]})

    [apart] = found(microsoft, mirror).apart

    assert [str(each.intent) for each in apart.drift.repairs] == ["13 seats instead of 10"]
    assert (mirror.done, microsoft.edits) == (["logged"], [])


def test_seats_that_came_at_microsoft_are_shown_as_the_entry_that_a_sync_adds() -> None:
    mirror = Mirror([logged(ten_seats())])

    [apart] = found(Microsoft({TENANT: [seen(12)]}), mirror).apart

    assert [each.change.quantity for each in apart.drift.changes] == [Decimal(2)]
    assert mirror.changes == []


def test_what_only_microsoft_has_is_new() -> None:
    looked = found(Microsoft({TENANT: [seen(10)]}), Mirror())

    assert [each.provided.quantity for each in looked.new] == [10]


def test_a_customer_that_cannot_be_read_is_a_finding_and_the_others_go_on() -> None:
    accounts = Accounts({each: an_account(each) for each in (OTHER_TENANT, TENANT)})
    microsoft = Microsoft({OTHER_TENANT: RefusedHere("not this one"), TENANT: [seen(12)]})

    looked = found(microsoft, Mirror([logged(ten_seats())]), accounts)

    assert [each.code for each in looked.findings] == ["refused_here"]
    assert len(looked.apart) == 1


def test_what_could_not_be_read_of_a_customer_is_not_said_to_be_missing() -> None:
    microsoft = Microsoft({TENANT: []}, findings=[UNREADABLE])

    looked = found(microsoft, Mirror([logged(ten_seats())]))

    assert looked.findings == (UNREADABLE,)


def test_customers_that_are_not_named_or_not_listed_are_not_asked_for() -> None:
    gone = "22222222-2222-4333-8444-555555555555"
    kept = [an_account(TENANT), an_account(OTHER_TENANT), an_account(gone, unlisted_since=NOW)]
    accounts = Accounts({each.tenant: each for each in kept})
    microsoft = Microsoft()

    found(microsoft, Mirror(), accounts, tenants=[OTHER_TENANT, gone])

    assert microsoft.asked == [OTHER_TENANT]
