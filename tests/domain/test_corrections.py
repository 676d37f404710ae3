from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

import pytest

from work365.domain.accounts import Account
from work365.domain.books import closed
from work365.domain.changes import Change, UnitPrice
from work365.domain.contracts import BillingContract, Subscription
from work365.domain.corrections import creditable, credited_lines
from work365.domain.credit_notes import CreditNote
from work365.domain.lines import BilledLine, LineKind, evaluated
from work365.domain.money import Money
from work365.domain.settlements import settle_account
from work365.domain.voids import void

START = date(2026, 1, 1)
THE_2ND = date(2026, 1, 2)
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
OPENING = Change("SUB-1-0", START, NOON, Decimal(3), UnitPrice(Decimal("33.335"), 1))
SEATS = Subscription(id=UUID(int=3), key="SUB-1", name="Basic", start_on=START, changes=(OPENING,))
ACCOUNT = Account(
    contract=BillingContract(
        id=UUID(int=1), key="CT-1", customer=UUID(int=2), currency="EUR", start_on=START
    ),
    subscriptions=(SEATS,),
)


@pytest.fixture
def billed() -> BilledLine:
    (invoice,) = closed(settle_account(ACCOUNT, through=START, as_of=THE_2ND).invoices)
    (line,) = invoice.lines
    return line


@pytest.fixture
def note(billed: BilledLine) -> CreditNote:
    return void("CT-1-00001", [creditable(billed, invoice="CT-1-00001")], request="wrong-price")


def test_a_voided_line_is_a_credit_that_names_it(billed: BilledLine, note: CreditNote) -> None:
    (line,) = credited_lines(note, {billed.key: billed})

    assert (line.kind, line.corrects) == (LineKind.CREDIT, billed.key)
    assert (line.amount, line.charge.quantity) == (-billed.amount, Decimal(-3))
    assert evaluated(line) == line.amount


def test_what_was_voided_is_billed_anew_by_the_facts_as_they_are(
    billed: BilledLine, note: CreditNote
) -> None:
    cheaper = replace(OPENING, price=UnitPrice(Decimal(30), 1))
    account = replace(
        ACCOUNT,
        subscriptions=(replace(SEATS, changes=(cheaper,)),),
        billed=(billed, *credited_lines(note, {billed.key: billed})),
    )

    (again,) = settle_account(account, through=START, as_of=THE_2ND).invoices[:1]

    assert [line.amount for line in again.lines] == [Money("EUR", Decimal("90.00"))]


def test_an_amount_that_its_days_do_not_give_is_kept_as_a_limit(billed: BilledLine) -> None:
    part = void("CT-1-00001", [creditable(billed, invoice="CT-1-00001")], request="gesture").lines[
        0
    ]
    smaller = replace(part, amount=Money("EUR", Decimal("5.00")))
    note = CreditNote(invoice="CT-1-00001", request="gesture", lines=(smaller,))

    (line,) = credited_lines(note, {billed.key: billed})

    assert line.limit == Money("EUR", Decimal("-5.00"))
    assert evaluated(line) == line.amount
