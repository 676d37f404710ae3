from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from work365.domain.money import CurrencyMismatch, Money
from work365.domain.periods import Period
from work365.domain.postings import (
    Accounts,
    Posting,
    document_postings,
    exchanged,
    movements,
    settlement_postings,
)
from work365.domain.revenue import DAILY, RecognitionRow, ServiceTime, credit_rows, schedule

ACCOUNTS = Accounts(receivable="1200", revenue="8000", refunds="8900")
ISSUED_ON = date(2025, 2, 11)
SERVICE = Period(date(2025, 2, 11), date(2025, 4, 11))
"""18, 31 and 10 days."""


def euros(amount: str) -> Money:
    return Money.exactly(Decimal(amount), "EUR")


def rows_of(base: str, service: Period = SERVICE) -> tuple[RecognitionRow, ...]:
    return schedule(
        euros(base),
        ServiceTime.of_days(service),
        DAILY,
        line="INV-1/1",
        accounts=ACCOUNTS.recognition,
    )


def settled(amount: str, on: date, by: str, moved: str | None = None) -> tuple[Posting, ...]:
    return settlement_postings(
        euros(amount),
        on=on,
        settled_by=by,
        accounts=ACCOUNTS,
        moved=None if moved is None else euros(moved),
    )


def told(*postings: tuple[Posting, ...]) -> dict[str, dict[int, str]]:
    every = [posting for some in postings for posting in some]
    return {
        account: {month.month: str(amount.amount) for month, amount in months.items()}
        for account, months in movements(every, ACCOUNTS).items()
    }


def test_an_invoice_is_deferred_and_released_month_by_month() -> None:
    postings = document_postings(rows_of("59"), on=ISSUED_ON, accounts=ACCOUNTS)

    assert told(postings) == {
        "1200": {2: "59.00"},
        "deferred": {2: "41.00", 3: "-31.00", 4: "-10.00"},
        "8000": {2: "18.00", 3: "31.00", 4: "10.00"},
    }


def test_each_posting_is_on_its_day() -> None:
    postings = document_postings(rows_of("59")[:2], on=date(2025, 2, 3), accounts=ACCOUNTS)

    assert [(posting.on, posting.account, posting.debit) for posting in postings] == [
        (date(2025, 2, 3), "1200", euros("18")),
        (date(2025, 2, 3), "deferred", euros("-18")),
        (date(2025, 2, 11), "deferred", euros("18")),
        (date(2025, 2, 11), "8000", euros("-18")),
        (date(2025, 2, 3), "1200", euros("31")),
        (date(2025, 2, 3), "deferred", euros("-31")),
        (date(2025, 3, 1), "deferred", euros("31")),
        (date(2025, 3, 1), "8000", euros("-31")),
    ]


def test_tax_is_owed_and_never_revenue() -> None:
    postings = document_postings(rows_of("59"), on=ISSUED_ON, accounts=ACCOUNTS, tax=euros("11.21"))

    assert told(postings)["tax"] == {2: "11.21"}
    assert told(postings)["1200"] == {2: "70.21"}
    assert told(postings)["8000"] == {2: "18.00", 3: "31.00", 4: "10.00"}


def test_an_invoice_is_settled_by_credit_and_by_cash() -> None:
    invoice = document_postings(rows_of("59"), on=ISSUED_ON, accounts=ACCOUNTS)
    credit = settled("9", ISSUED_ON, ACCOUNTS.customer_balance)
    payment = settled("50", date(2025, 3, 5), ACCOUNTS.cash)

    movement = told(invoice, credit, payment)

    assert movement["1200"] == {2: "50.00", 3: "-50.00"}
    assert movement["customer_balance"] == {2: "-9.00"}
    assert movement["cash"] == {3: "50.00"}


def test_a_payment_moves_no_revenue() -> None:
    assert told(settled("50", ISSUED_ON, ACCOUNTS.cash)) == {
        "cash": {2: "50.00"},
        "1200": {2: "-50.00"},
    }


def test_a_refund_takes_back_what_was_earned_and_what_was_deferred() -> None:
    rows, on = rows_of("59"), date(2025, 3, 1)
    taken = credit_rows(rows, euros("59"), line="CN-1/1", on=on, contra=ACCOUNTS.refunds)

    movement = told(
        document_postings(rows, on=ISSUED_ON, accounts=ACCOUNTS),
        settled("59", ISSUED_ON, ACCOUNTS.cash),
        document_postings(taken, on=on, accounts=ACCOUNTS),
        settled("-59", on, ACCOUNTS.cash),
    )

    assert movement == {
        "deferred": {2: "41.00", 3: "-41.00"},
        "8000": {2: "18.00"},
        "8900": {3: "18.00"},
        "cash": {2: "59.00", 3: "-59.00"},
    }


def test_what_is_never_paid_is_bad_debt() -> None:
    assert told(settled("59", ISSUED_ON, ACCOUNTS.bad_debt)) == {
        "bad_debt": {2: "59.00"},
        "1200": {2: "-59.00"},
    }


def test_money_that_comes_to_less_is_an_exchange_loss() -> None:
    assert told(settled("36", ISSUED_ON, ACCOUNTS.cash, moved="33")) == {
        "cash": {2: "33.00"},
        "fx_loss": {2: "3.00"},
        "1200": {2: "-36.00"},
    }


def test_a_refund_that_costs_more_is_an_exchange_loss() -> None:
    assert told(settled("-36", ISSUED_ON, ACCOUNTS.cash, moved="-38")) == {
        "cash": {2: "-38.00"},
        "fx_loss": {2: "2.00"},
        "1200": {2: "36.00"},
    }


def test_without_a_difference_nothing_is_posted_for_it() -> None:
    postings = settled("36", ISSUED_ON, ACCOUNTS.cash, moved="36")

    assert [posting.account for posting in postings] == ["cash", "1200"]
    assert {posting.on for posting in postings} == {ISSUED_ON}


def test_an_exchange_is_rounded_once() -> None:
    assert exchanged(Decimal("10.01"), Decimal("1.0875"), "USD") == Money("USD", Decimal("10.89"))
    assert exchanged(Decimal("10"), Decimal("161.35"), "JPY") == Money("JPY", Decimal(1614))


def test_what_was_moved_is_in_the_currency_of_the_books() -> None:
    with pytest.raises(CurrencyMismatch):
        settlement_postings(
            euros("1"),
            on=ISSUED_ON,
            settled_by=ACCOUNTS.cash,
            accounts=ACCOUNTS,
            moved=Money("USD", Decimal(1)),
        )


def test_accounts_that_a_credit_increases_are_told_by_it() -> None:
    postings = [
        Posting(ISSUED_ON, account, euros("-5"))
        for account in ("customer_balance", "tax", "deferred", "8000", "cash", "1200", "8900")
    ]

    assert {account: months[2] for account, months in told(tuple(postings)).items()} == {
        "customer_balance": "5.00",
        "tax": "5.00",
        "deferred": "5.00",
        "8000": "5.00",
        "cash": "-5.00",
        "1200": "-5.00",
        "8900": "-5.00",
    }


def test_movements_are_told_by_month_oldest_first() -> None:
    days = (date(2025, 3, 1), date(2025, 2, 28), date(2025, 2, 1))
    postings = [Posting(day, "cash", euros("1")) for day in days]

    months = movements(postings, ACCOUNTS)["cash"]

    assert list(months.items()) == [
        (date(2025, 2, 1), euros("2")),
        (date(2025, 3, 1), euros("1")),
    ]


@given(
    base=st.integers(1, 99_999),
    credited=st.integers(0, 99_999),
    paid=st.integers(0, 99_999),
    moved=st.integers(0, 99_999),
    after=st.integers(0, 70),
)
def test_debits_and_credits_are_equal(
    base: int, credited: int, paid: int, moved: int, after: int
) -> None:
    def cents(number: int) -> Money:
        return Money("EUR", Decimal(number).scaleb(-2))

    on = ISSUED_ON + timedelta(days=after)
    rows = rows_of(str(cents(base).amount))
    taken = credit_rows(
        rows, cents(min(credited, base)), line="CN", on=on, contra=ACCOUNTS.credit_notes
    )

    postings = (
        *document_postings(rows, on=ISSUED_ON, accounts=ACCOUNTS, tax=cents(19)),
        *document_postings(taken, on=on, accounts=ACCOUNTS, tax=cents(-19)),
        *settlement_postings(
            cents(paid), on=on, settled_by=ACCOUNTS.cash, accounts=ACCOUNTS, moved=cents(moved)
        ),
    )

    assert sum(posting.debit.amount for posting in postings) == 0
