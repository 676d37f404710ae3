from datetime import UTC, datetime, timedelta

import pytest

from dataverse_schema.options import FindingStatus
from dataverse_schema.tables import operations
from tests.adapters.dataverse.partner import Partner
from work365.adapters.dataverse.finding_book import DataverseFindingBook
from work365.adapters.dataverse.microsoft.rows import ProviderRows
from work365.domain.findings import Finding, Severity

AT = datetime(2026, 3, 1, 4, 0, tzinfo=UTC)
DAY = timedelta(days=1)
UNMAPPED = Finding(Severity.WARNING, "unmapped", "nobody is t-1; choose its account", "account t-1")
TORN = Finding(Severity.ERROR, "changed_at_both_ends", "5 here, 6 there", "subscription SUB-1")
ORIGIN = "sync of subscriptions"


@pytest.fixture
def book(partner: Partner) -> DataverseFindingBook:
    return DataverseFindingBook(partner.client)


def kept(partner: Partner) -> dict[str, tuple[FindingStatus, datetime]]:
    rows = ProviderRows(partner.client).all(operations.Finding)
    return {row.code: (FindingStatus(row.status), row.found_on) for row in rows}


def test_what_a_look_finds_is_open_once(partner: Partner, book: DataverseFindingBook) -> None:
    book.keep(ORIGIN, [UNMAPPED, TORN, UNMAPPED], at=AT, paths=None)
    book.keep(ORIGIN, [UNMAPPED, TORN], at=AT + timedelta(hours=1), paths=None)

    open_since = (FindingStatus.OPEN, AT)
    assert kept(partner) == {"unmapped": open_since, "changed_at_both_ends": open_since}


def test_what_a_whole_look_finds_no_more_is_closed_and_opened_again(
    partner: Partner, book: DataverseFindingBook
) -> None:
    book.keep(ORIGIN, [UNMAPPED, TORN], at=AT, paths=None)
    book.keep(ORIGIN, [UNMAPPED], at=AT + DAY, paths=None)
    closed = kept(partner)
    book.keep(ORIGIN, [UNMAPPED, TORN], at=AT + 2 * DAY, paths=None)

    assert closed["changed_at_both_ends"] == (FindingStatus.CLOSED, AT)
    assert kept(partner)["changed_at_both_ends"] == (FindingStatus.OPEN, AT + 2 * DAY)


def test_a_look_at_a_part_closes_nothing(partner: Partner, book: DataverseFindingBook) -> None:
    book.keep(ORIGIN, [UNMAPPED], at=AT, paths=())
    book.keep(ORIGIN, [TORN], at=AT + DAY, paths=())

    assert {status for status, _ in kept(partner).values()} == {FindingStatus.OPEN}


def test_a_look_at_one_place_closes_what_was_there(
    partner: Partner, book: DataverseFindingBook
) -> None:
    book.keep(ORIGIN, [UNMAPPED, TORN], at=AT, paths=())

    book.keep(ORIGIN, [], at=AT + DAY, paths=[TORN.path])

    assert {code: status for code, (status, _) in kept(partner).items()} == {
        "unmapped": FindingStatus.OPEN,
        "changed_at_both_ends": FindingStatus.CLOSED,
    }


def test_what_no_part_found_again_is_closed_by_its_age(
    partner: Partner, book: DataverseFindingBook
) -> None:
    book.keep(ORIGIN, [UNMAPPED, TORN], at=AT, paths=())
    book.keep(ORIGIN, [UNMAPPED], at=AT + DAY, paths=())

    assert book.close_older(ORIGIN, AT + DAY) == 1
    assert kept(partner)["changed_at_both_ends"][0] is FindingStatus.CLOSED
    assert kept(partner)["unmapped"] == (FindingStatus.OPEN, AT + DAY)


def test_looks_do_not_close_what_others_found(partner: Partner, book: DataverseFindingBook) -> None:
    book.keep(ORIGIN, [TORN], at=AT, paths=None)
    book.keep("sync of customers", [], at=AT + DAY, paths=None)

    assert kept(partner)["changed_at_both_ends"] == (FindingStatus.OPEN, AT)


def test_a_path_that_is_too_long_is_cut_off_and_the_finding_is_kept(
    partner: Partner, book: DataverseFindingBook
) -> None:
    long = Finding(Severity.ERROR, "odd", "look", "x" * 1_000)

    book.keep(ORIGIN, [long], at=AT, paths=None)

    [row] = ProviderRows(partner.client).all(operations.Finding)
    assert (len(row.path), row.path[-1]) == (400, "…")
