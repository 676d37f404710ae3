from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

import pytest

from work365.domain.accounts import Account
from work365.domain.books import Books, closed, drafts, kept, lines_on
from work365.domain.changes import Change, NegativeQuantity, UnitPrice
from work365.domain.contracts import BillingContract, Subscription
from work365.domain.invoices import InvoiceStatus
from work365.domain.one_time_charges import OneTimeCharge
from work365.domain.price_models import PerUnit
from work365.domain.settlements import settle_account
from work365.domain.usage import UsageRecord

START = date(2026, 3, 1)
RECORDED_AT = datetime(2026, 2, 20, tzinfo=UTC)
OPENING = Change("change-0", START, RECORDED_AT, Decimal(4), UnitPrice(Decimal("15.50"), 1))
USED = UsageRecord(
    key="usage-1",
    subscription="sub",
    used_on=date(2026, 3, 5),
    quantity=Decimal(30),
    recorded_at=RECORDED_AT,
)
SETUP = OneTimeCharge(
    id=UUID(int=4),
    key="once-1",
    name="Setup",
    on=START,
    quantity=Decimal(1),
    unit_price=Decimal(90),
)


def account_of(*changes: Change) -> Account:
    return Account(
        contract=BillingContract(
            id=UUID(int=1), key="CT-1", customer=UUID(int=2), currency="EUR", start_on=START
        ),
        subscriptions=(
            Subscription(
                id=UUID(int=3),
                key="sub",
                name="Backup",
                start_on=START,
                changes=(OPENING, *changes),
                usage=(USED,),
                usage_model=PerUnit(Decimal("0.50")),
            ),
        ),
        one_time=(SETUP,),
    )


class TestRun:
    def test_what_a_run_closes_stays_and_what_it_drafts_is_made_anew(self) -> None:
        books = Books(account_of())

        books.run(date(2026, 3, 1))
        first = [(invoice.key, invoice.status) for invoice in books.invoices]
        books.run(date(2026, 4, 1))
        second = [(invoice.key, invoice.status) for invoice in books.invoices]

        assert first == [("CT-1-00001", InvoiceStatus.BILLED)]
        assert second == [
            ("CT-1-00001", InvoiceStatus.BILLED),
            ("CT-1-00002", InvoiceStatus.BILLED),
        ]
        assert books.drafts == []

    def test_the_same_day_twice_adds_nothing(self) -> None:
        books = Books(account_of())
        books.run(date(2026, 4, 1))
        before = list(books.closed)

        again = books.run(date(2026, 4, 1))

        assert again.invoices == ()
        assert books.closed == before

    def test_drafts_are_those_of_the_last_run_alone(self) -> None:
        more = Change("change-1", date(2026, 3, 11), RECORDED_AT, Decimal(2))
        books = Books(account_of(more))

        books.run(date(2026, 3, 11))
        first = [line.charge.quantity for line in lines_on(books.drafts)]
        books.run(date(2026, 3, 12))

        assert first == [Decimal(2)]
        assert [line.charge.quantity for line in lines_on(books.drafts)] == [Decimal(2)]
        assert [invoice.sequence for invoice in books.invoices] == [1, 2]

    def test_the_run_is_returned(self) -> None:
        books = Books(account_of())

        settlement = books.run(date(2026, 3, 1), as_of=date(2026, 3, 2))

        assert (settlement.through, settlement.as_of) == (date(2026, 3, 1), date(2026, 3, 2))
        assert list(settlement.invoices) == books.closed

    def test_what_is_refused_leaves_the_books_as_they_were(self) -> None:
        too_many = Change("change-1", date(2026, 3, 2), RECORDED_AT, Decimal(-5))
        books = Books(account_of())
        books.run(date(2026, 3, 1))
        broken = account_of(too_many).subscriptions
        books.account = before = replace(books.account, subscriptions=broken)
        closed_before = list(books.closed)

        with pytest.raises(NegativeQuantity):
            books.run(date(2026, 4, 1))

        assert books.account == before
        assert (books.closed, books.drafts) == (closed_before, [])

    def test_in_the_morning_the_day_before_is_over_and_today_is_drafted(self) -> None:
        books = Books(account_of())

        settlement = books.run_in_the_morning(date(2026, 3, 1))

        assert (settlement.through, settlement.as_of) == (None, date(2026, 3, 1))
        assert [invoice.status for invoice in books.invoices] == [InvoiceStatus.DRAFT]


class TestKept:
    def test_everything_that_was_taken_account_of_is_remembered(self) -> None:
        account = account_of()

        after = kept(account, settle_account(account, through=date(2026, 4, 1)))

        memory = after.memory
        assert (memory.through, memory.sequence) == (date(2026, 4, 1), 2)
        assert memory.terms is not None
        assert memory.subscriptions.keys() == {"sub"}
        assert memory.changes.keys() == {"change-0"}
        assert memory.one_time.keys() == {"once-1"}
        assert memory.usage.keys() == {"usage-1"}

    def test_what_was_remembered_before_is_remembered_still(self) -> None:
        books = Books(account_of())
        books.run(date(2026, 4, 1))
        before = books.account.memory

        books.run(date(2026, 4, 2))

        assert books.account.memory == before

    def test_billed_lines_are_added_to_those_before_and_drafts_are_not(self) -> None:
        account = account_of()
        first = kept(account, settle_account(account, through=START))

        second = kept(first, settle_account(first, through=START, as_of=date(2026, 4, 1)))
        third = kept(second, settle_account(second, through=date(2026, 4, 1)))

        assert [line.amount.amount for line in first.billed] == [90, 62]
        assert second.billed == first.billed
        assert [line.amount.amount for line in third.billed] == [90, 62, 15, 62]


def test_invoices_are_told_apart_by_whether_they_change_again() -> None:
    settlement = settle_account(account_of(), through=date(2026, 3, 1), as_of=date(2026, 4, 1))

    billed, open_ones = closed(settlement.invoices), drafts(settlement.invoices)

    assert [invoice.sequence for invoice in billed] == [1]
    assert [invoice.sequence for invoice in open_ones] == [2]
    assert [line.key for line in lines_on([*billed, *open_ones])] == [
        line.key for invoice in settlement.invoices for line in invoice.lines
    ]
