from datetime import date
from decimal import Decimal

import pytest

from work365.domain.documents import (
    TRANSITIONS,
    Document,
    DocumentStatus,
    StatusIsDerived,
    StatusNotAllowed,
    issue,
    move,
    settled,
)
from work365.domain.money import CurrencyMismatch, Money
from work365.domain.numbering import DocumentKind, Numbering

DRAFT = Document(key="I1")
DAY = date(2026, 3, 1)
S = DocumentStatus


def euros(amount: int) -> Money:
    return Money("EUR", Decimal(amount))


def at(status: DocumentStatus) -> Document:
    return Document(key="I1", status=status, number="INV-000009")


class TestTransitions:
    def test_are_these_and_no_others(self) -> None:
        assert {status: set(ways) for status, ways in TRANSITIONS.items()} == {
            S.DRAFT: {S.REVIEW, S.BILLED, S.CANCELLED},
            S.REVIEW: {S.DRAFT, S.BILLED},
            S.BILLED: {S.PARTLY_PAID, S.PAID, S.WRITTEN_OFF},
            S.PARTLY_PAID: {S.BILLED, S.PAID, S.WRITTEN_OFF},
            S.PAID: {S.BILLED, S.PARTLY_PAID},
            S.CANCELLED: set(),
            S.WRITTEN_OFF: {S.BILLED, S.PARTLY_PAID, S.PAID},
        }


class TestMove:
    def test_staff_review_a_draft_and_return_it(self) -> None:
        reviewed = move(DRAFT, S.REVIEW)

        assert reviewed.status is S.REVIEW
        assert move(reviewed, S.DRAFT) == DRAFT

    def test_a_draft_is_cancelled(self) -> None:
        assert move(DRAFT, S.CANCELLED).status is S.CANCELLED

    @pytest.mark.parametrize("status", [S.REVIEW, S.BILLED, S.PARTLY_PAID, S.PAID, S.WRITTEN_OFF])
    def test_nothing_but_a_draft_is_cancelled(self, status: DocumentStatus) -> None:
        with pytest.raises(StatusNotAllowed, match="cannot become cancelled; what can be done is"):
            move(at(status), S.CANCELLED)

    def test_the_refusal_says_what_can_be_done(self) -> None:
        with pytest.raises(StatusNotAllowed) as refused:
            move(at(S.PARTLY_PAID), S.DRAFT)

        assert str(refused.value) == (
            "invoice INV-000009 is partly paid and cannot become draft; what can be done is:"
            " refund the payment (billed); record a payment, or credit it (paid); write off what"
            " is open (written off); make a credit note for it"
        )

    def test_of_a_cancelled_draft_nothing_can_be_made(self) -> None:
        cancelled = move(Document(key="C1", kind=DocumentKind.CREDIT_NOTE), S.CANCELLED)

        with pytest.raises(
            StatusNotAllowed, match=r"^credit note C1 is cancelled and .* draft; make a new one$"
        ):
            move(cancelled, S.DRAFT)

    @pytest.mark.parametrize(
        ("status", "to", "remedy"),
        [
            (S.DRAFT, S.BILLED, "issue it"),
            (S.BILLED, S.PAID, "record a payment, or credit it"),
            (S.PAID, S.BILLED, "refund all payments"),
            (S.BILLED, S.WRITTEN_OFF, "write off what is open"),
        ],
    )
    def test_what_follows_from_amounts_is_never_set_by_hand(
        self, status: DocumentStatus, to: DocumentStatus, remedy: str
    ) -> None:
        with pytest.raises(StatusIsDerived, match=f" by itself; {remedy} instead"):
            move(at(status), to)


class TestIssue:
    @pytest.mark.parametrize("status", [S.DRAFT, S.REVIEW])
    def test_gives_a_draft_the_next_number(self, status: DocumentStatus) -> None:
        document, numbering = issue(Document(key="I1", status=status), Numbering(), on=DAY)

        assert document == Document(key="I1", status=S.BILLED, number="INV-000001", issued_on=DAY)
        assert numbering.invoices.next_number == 2

    def test_a_credit_note_is_numbered_by_its_kind(self) -> None:
        note = Document(key="C1", kind=DocumentKind.CREDIT_NOTE, corrects="I1")

        document, _ = issue(note, Numbering(), on=DAY)

        assert (document.number, document.corrects) == ("CN-000001", "I1")

    @pytest.mark.parametrize(
        "status", [S.BILLED, S.PARTLY_PAID, S.PAID, S.WRITTEN_OFF, S.CANCELLED]
    )
    def test_nothing_is_issued_twice_or_after_it_was_cancelled(
        self, status: DocumentStatus
    ) -> None:
        with pytest.raises(StatusNotAllowed, match="cannot become billed"):
            issue(at(status), Numbering(), on=DAY)


class TestSettled:
    @pytest.mark.parametrize("before", [S.BILLED, S.PARTLY_PAID, S.PAID, S.WRITTEN_OFF])
    @pytest.mark.parametrize(
        ("outstanding", "paid", "written_off", "expected"),
        [
            (100, 0, 0, S.BILLED),
            (99, 1, 0, S.PARTLY_PAID),
            (1, 99, 0, S.PARTLY_PAID),
            (0, 100, 0, S.PAID),
            # Credited, so that nothing of it was ever paid.
            (0, 0, 0, S.PAID),
            (0, 0, 100, S.WRITTEN_OFF),
            (0, 99, 1, S.WRITTEN_OFF),
            # Something was billed on it after the rest was given up.
            (5, 0, 100, S.BILLED),
        ],
    )
    def test_follows_from_the_amounts(
        self,
        before: DocumentStatus,
        outstanding: int,
        paid: int,
        written_off: int,
        expected: DocumentStatus,
    ) -> None:
        document = settled(
            at(before),
            outstanding=euros(outstanding),
            paid=euros(paid),
            written_off=euros(written_off),
        )

        assert document == at(expected)

    @pytest.mark.parametrize("status", [S.DRAFT, S.REVIEW, S.CANCELLED])
    def test_what_is_not_issued_stays_where_staff_put_it(self, status: DocumentStatus) -> None:
        document = settled(at(status), outstanding=euros(0), paid=euros(100), written_off=euros(0))

        assert document == at(status)

    @pytest.mark.parametrize("field", ["paid", "written_off"])
    def test_two_currencies_are_refused(self, field: str) -> None:
        amounts = {"outstanding": euros(1), "paid": euros(1), "written_off": euros(1)}
        amounts[field] = Money("USD", Decimal(1))

        with pytest.raises(CurrencyMismatch):
            settled(at(S.BILLED), **amounts)
