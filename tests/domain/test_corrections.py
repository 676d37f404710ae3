from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

import pytest

from work365.domain.accounts import Account, Memory
from work365.domain.books import Books, closed
from work365.domain.changes import Change, UnitPrice
from work365.domain.contracts import BillingContract, Subscription
from work365.domain.corrections import (
    CreditOfWaived,
    creditable,
    creditable_lines,
    credited_before,
    credited_lines,
)
from work365.domain.credit_notes import CreditableLine, CreditedLine, CreditNote
from work365.domain.lines import BilledLine, LineKind, evaluated
from work365.domain.money import Money
from work365.domain.policies import BillingPolicy
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
    return void("CT-1-00001", [billed], request="wrong-price", billed=[billed])


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
    (part,) = void("CT-1-00001", [billed], request="gesture", billed=[billed]).lines
    smaller = replace(part, amount=Money("EUR", Decimal("5.00")))
    note = CreditNote(invoice="CT-1-00001", request="gesture", lines=(smaller,))

    (line,) = credited_lines(note, {billed.key: billed})

    assert line.limit == Money("EUR", Decimal("-5.00"))
    assert evaluated(line) == line.amount


def test_a_waived_line_cannot_be_credited(billed: BilledLine) -> None:
    waived = replace(billed, key="CT-1-00002_1", kind=LineKind.WAIVED)

    with pytest.raises(CreditOfWaived, match=r"line CT-1-00002_1: its 3 units were waived, so"):
        creditable(waived, invoice="CT-1-00002")


def test_waived_lines_are_left_out_of_an_invoice(billed: BilledLine) -> None:
    waived = replace(billed, key="CT-1-00001_2", kind=LineKind.WAIVED)

    lines = creditable_lines([billed, waived], invoice="CT-1-00001")

    assert lines == [creditable(billed, invoice="CT-1-00001")]


class TestCreditedBefore:
    @pytest.fixture
    def line(self, billed: BilledLine) -> CreditableLine:
        return creditable(billed, invoice="CT-1-00001")

    @pytest.fixture
    def by_billing(self, billed: BilledLine) -> BilledLine:
        return replace(
            billed,
            key="CT-1-00002_1",
            charge=replace(billed.charge, quantity=Decimal(-1)),
            amount=Money("EUR", Decimal("-33.34")),
            kind=LineKind.CREDIT,
            corrects=billed.key,
        )

    def test_a_credit_that_billing_made_names_its_invoice_and_counts_what_goes_back(
        self, billed: BilledLine, line: CreditableLine, by_billing: BilledLine
    ) -> None:
        (credited,) = credited_before([line], billed=[billed, by_billing], notes=[])

        assert credited == CreditedLine(
            corrects=billed.key,
            invoice="CT-1-00001",
            request="CT-1-00002_1",
            service_period=billed.charge.service_period,
            quantity=Decimal(1),
            amount=Money("EUR", Decimal("33.34")),
        )

    def test_a_credit_note_counts_once_beside_its_own_billed_lines(
        self, billed: BilledLine, line: CreditableLine, note: CreditNote, by_billing: BilledLine
    ) -> None:
        of_note = credited_lines(note, {billed.key: billed})

        credited = credited_before([line], billed=[*of_note, by_billing], notes=[note])

        assert [part.request for part in credited] == ["wrong-price", "CT-1-00002_1"]

    def test_credits_of_other_lines_are_left_out(
        self, line: CreditableLine, note: CreditNote, by_billing: BilledLine
    ) -> None:
        other = replace(line, key="CT-1-00001_9")

        assert credited_before([other], billed=[by_billing], notes=[note]) == []


def test_what_was_voided_after_a_credit_of_billing_is_billed_anew_to_the_same_sum() -> None:
    gone = Change("SUB-1-1", date(2026, 1, 11), NOON, Decimal(-1), refund=True)
    contract = replace(ACCOUNT.contract, policy=BillingPolicy(refunds=True))
    books = Books(replace(ACCOUNT, contract=contract))
    books.run(START)
    books.account = replace(books.account, subscriptions=(replace(SEATS, changes=(OPENING, gone)),))
    books.run(date(2026, 2, 1))
    january = books.closed[0]
    billed = books.account.billed
    note = void(january.key, january.lines, request="void", billed=billed)
    account = replace(
        books.account,
        memory=Memory(sequence=len(books.closed)),
        billed=(*billed, *credited_lines(note, {line.key: line for line in january.lines})),
    )

    again = settle_account(account, through=date(2026, 2, 1)).invoices

    anew = sum(invoice.total.amount for invoice in closed(again))
    assert anew == -note.total.amount
    # 3 x 33.335, less one seat for 21 of 31 days, rounded once.
    assert anew == Decimal("77.42")
