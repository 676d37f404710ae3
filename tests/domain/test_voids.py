from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from work365.domain.credit_notes import CreditableLine, CreditOfCredit, credit
from work365.domain.money import Money
from work365.domain.periods import Period
from work365.domain.voids import NothingToCredit, void

JUNE = Period(date(2026, 6, 1), date(2026, 7, 1))
SEATS = CreditableLine(
    key="I1_1",
    invoice="I1",
    service_period=JUNE,
    quantity=Decimal(3),
    amount=Money("EUR", Decimal("100.00")),
)
STORAGE = replace(SEATS, key="I1_2", quantity=Decimal(1), amount=Money("EUR", Decimal("7.77")))
EARLIER = replace(SEATS, key="I1_3", corrects="I0_1", amount=Money("EUR", Decimal("-20.00")))


class TestVoid:
    def test_takes_back_every_line(self) -> None:
        note = void("I1", [SEATS, STORAGE], request="wrong customer")

        assert [(part.corrects, part.quantity) for part in note.lines] == [
            ("I1_1", Decimal(3)),
            ("I1_2", Decimal(1)),
        ]
        assert note.total == Money("EUR", Decimal("-107.77"))
        assert (note.invoice, note.voids) == ("I1", True)

    def test_takes_back_what_is_left_day_by_day(self) -> None:
        second_half = Period(date(2026, 6, 16), JUNE.end)
        before = credit(SEATS, service_period=second_half, quantity=Decimal(1), request="a")
        of_others = replace(before, corrects="I9_1", invoice="I9", request="void")

        note = void("I1", [SEATS], request="void", credited_before=[before, of_others])

        assert [(part.service_period.start, part.quantity) for part in note.lines] == [
            (date(2026, 6, 1), Decimal(3)),
            (date(2026, 6, 16), Decimal(2)),
        ]
        assert note.total - before.amount == Money("EUR", Decimal("-100.00"))

    def test_the_same_request_gives_the_same_credit_note(self) -> None:
        note = void("I1", [SEATS, STORAGE], request="void")

        again = void("I1", [SEATS, STORAGE], request="void", credited_before=note.lines)

        assert again == note

    def test_an_invoice_that_is_taken_back_already_is_refused(self) -> None:
        note = void("I1", [SEATS], request="void")

        with pytest.raises(NothingToCredit, match="invoice I1: nothing is left of it to credit"):
            void("I1", [SEATS], request="once more", credited_before=note.lines)

    def test_credits_of_earlier_invoices_on_it_stay(self) -> None:
        note = void("I1", [SEATS, EARLIER], request="void")

        assert note.total == Money("EUR", Decimal("-100.00"))

    def test_a_credit_note_is_refused(self) -> None:
        with pytest.raises(CreditOfCredit, match="invoice I1: it gives money back itself"):
            void("I1", [EARLIER], request="void")
