from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest

from tests.domain.strategies import recorded_on
from work365.domain.accounts import Account
from work365.domain.books import Books, lines_on
from work365.domain.changes import Change, UnitPrice
from work365.domain.charges import LICENSE, Charge, Price, Slot
from work365.domain.contracts import BillingContract, Subscription
from work365.domain.corrections import creditable, credited_lines
from work365.domain.credit_notes import (
    CreditChanged,
    CreditNote,
    CreditOfCredit,
    credit,
    credit_money,
)
from work365.domain.day_counts import DayCount
from work365.domain.invoices import Invoice
from work365.domain.lines import BilledLine, LineKind
from work365.domain.money import Money
from work365.domain.periods import Period
from work365.domain.policies import BillingPolicy
from work365.domain.proration import Proration
from work365.domain.voids import NothingToCredit, void

JUNE = Period(date(2026, 6, 1), date(2026, 7, 1))
SECOND_HALF = Period(date(2026, 6, 16), JUNE.end)


def euros(amount: str) -> Money:
    return Money("EUR", Decimal(amount))


def billed_line(key: str, quantity: str, amount: str, kind: LineKind, period: Period) -> BilledLine:
    slot = Slot(Price("SUB-1", LICENSE, "EUR", Decimal(10), 1), JUNE.start, JUNE.end, 1)
    charge = Charge(slot, period, Decimal(quantity))
    return BilledLine(key=key, charge=charge, amount=euros(amount), kind=kind)


def charged(key: str, quantity: str, amount: str) -> BilledLine:
    return billed_line(key, quantity, amount, LineKind.CHARGE, JUNE)


def credited(key: str, corrects: str, quantity: str, amount: str) -> BilledLine:
    line = billed_line(key, quantity, amount, LineKind.CREDIT, SECOND_HALF)
    return replace(line, corrects=corrects)


def waived(key: str, quantity: str) -> BilledLine:
    return billed_line(key, quantity, "0.00", LineKind.WAIVED, SECOND_HALF)


SEATS = charged("I1_1", "3", "100.00")
STORAGE = charged("I1_2", "1", "7.77")
EARLIER = credited("I1_3", "I0_1", "-1", "-20.00")


def voided(
    lines: Sequence[BilledLine],
    later: Sequence[BilledLine] = (),
    notes: Sequence[CreditNote] = (),
    request: str = "void",
) -> CreditNote:
    """Void invoice I1 with `lines`, after which the lines `later` were billed."""
    return void("I1", lines, request=request, billed=[*lines, *later], notes=notes)


def parts(note: CreditNote) -> list[tuple[str, int, str, str]]:
    """Return key of the line, first day in June, quantity and amount of every part of `note`."""
    return [
        (part.corrects, part.service_period.start.day, str(part.quantity), str(part.amount.amount))
        for part in note.lines
    ]


class TestVoid:
    def test_takes_back_every_line(self) -> None:
        note = voided([SEATS, STORAGE])

        assert parts(note) == [("I1_1", 1, "3", "100.00"), ("I1_2", 1, "1", "7.77")]
        assert note.total == euros("-107.77")
        assert (note.invoice, note.request, note.voids) == ("I1", "void", True)

    def test_credits_of_earlier_invoices_on_it_stay(self) -> None:
        note = voided([SEATS, EARLIER])

        assert parts(note) == [("I1_1", 1, "3", "100.00")]

    def test_a_credit_note_is_refused(self) -> None:
        with pytest.raises(CreditOfCredit, match="invoice I1: it gives money back itself"):
            voided([EARLIER, waived("I1_4", "-1")])


class TestVoidAfterCredits:
    def test_what_billing_credited_on_a_later_invoice_is_not_given_back_again(self) -> None:
        later = [
            credited("I2_1", "I1_1", "-1", "-16.67"),
            # Of a line on another invoice: it does not count.
            credited("I2_2", "I0_1", "-1", "-16.67"),
        ]

        note = voided([SEATS], later)

        # Of 100.00, 45 of 90 seat days, and what is left of it.
        assert parts(note) == [("I1_1", 1, "3", "50.00"), ("I1_1", 16, "2", "33.33")]

    def test_what_a_credit_note_gave_is_not_given_back_again(self) -> None:
        part = credit(
            creditable(SEATS, invoice="I1"),
            service_period=SECOND_HALF,
            quantity=Decimal(1),
            request="a",
        )
        of_others = replace(part, corrects="I9_1", invoice="I9", request="void")
        notes = [
            CreditNote(invoice="I9", request="void", lines=(of_others,)),
            CreditNote(invoice="I1", request="a", lines=(part,)),
        ]

        note = voided([SEATS], notes=notes)

        assert parts(note) == [("I1_1", 1, "3", "50.00"), ("I1_1", 16, "2", "33.33")]

    def test_lines_of_credit_notes_that_are_billed_lines_by_now_count_once(self) -> None:
        part = credit_money(creditable(SEATS, invoice="I1"), euros("30.00"), request="goodwill")
        goodwill = CreditNote(invoice="I1", request="goodwill", lines=(part,))
        later = credited_lines(goodwill, {SEATS.key: SEATS})

        told_twice = voided([SEATS], later, [goodwill])
        told_once = voided([SEATS], later)

        assert told_twice == told_once
        assert told_twice.total == euros("-70.00")

    def test_money_that_is_left_without_units_is_given_back(self) -> None:
        all_units = replace(
            credited("I2_1", "I1_2", "-1", "-7.76"),
            charge=replace(STORAGE.charge, quantity=Decimal(-1)),
        )

        note = voided([STORAGE], [all_units])

        assert parts(note) == [("I1_2", 1, "0", "0.01")]

    def test_what_takes_money_off_is_taken_back_by_a_plus(self) -> None:
        most_that_is_spent = charged("I1_1", "1", "-40.00")

        note = voided([most_that_is_spent], [credited("I2_1", "I1_1", "-1", "15.00")])

        assert parts(note) == [("I1_1", 1, "1", "-25.00")]
        assert note.total == euros("25.00")

    def test_an_invoice_that_billing_credited_whole_is_refused(self) -> None:
        all_of_it = replace(
            credited("I2_1", "I1_1", "-3", "-100.00"),
            charge=replace(SEATS.charge, quantity=Decimal(-3)),
        )

        with pytest.raises(NothingToCredit, match=r"invoice I1: nothing is left .* later invoices"):
            voided([SEATS], [all_of_it])


class TestVoidTwice:
    def test_the_same_request_gives_the_same_credit_note(self) -> None:
        note = voided([SEATS, STORAGE])

        again = voided([SEATS, STORAGE], notes=[note])

        assert again == note

    def test_another_request_finds_nothing_left(self) -> None:
        note = voided([SEATS])

        with pytest.raises(NothingToCredit, match="invoice I1: nothing is left of it to credit"):
            voided([SEATS], notes=[note], request="once more")

    def test_a_void_that_is_known_from_billed_lines_alone_finds_nothing_left(self) -> None:
        later = credited_lines(voided([SEATS]), {SEATS.key: SEATS})

        with pytest.raises(NothingToCredit, match="invoice I1: nothing is left of it to credit"):
            voided([SEATS], later)

    def test_a_request_that_gave_back_a_part_is_no_void(self) -> None:
        part = credit_money(creditable(SEATS, invoice="I1"), euros("30.00"), request="void")
        note = CreditNote(invoice="I1", request="void", lines=(part,))

        with pytest.raises(CreditChanged, match="invoice I1: request void gave back a part of it"):
            voided([SEATS], notes=[note])


class TestVoidWithWaivedLines:
    @pytest.mark.parametrize("quantity", ["-2", "2"])
    def test_they_are_left_as_they_are(self, quantity: str) -> None:
        note = voided([SEATS, waived("I1_4", quantity)])

        assert parts(note) == [("I1_1", 1, "3", "100.00")]

    @pytest.mark.parametrize("quantity", ["-2", "2"])
    def test_an_invoice_of_nothing_else_has_nothing_to_credit(self, quantity: str) -> None:
        with pytest.raises(NothingToCredit, match="invoice I1: nothing is left of it to credit"):
            voided([waived("I1_4", quantity)])


class TestVoidAmongBilling:
    """Ten seats at 31.00 in January; two go on the 11th with a refund, one on the 21st without."""

    @pytest.fixture
    def contract(self) -> BillingContract:
        return BillingContract(
            id=UUID(int=1),
            key="CT-1",
            customer=UUID(int=2),
            currency="EUR",
            start_on=date(2026, 1, 1),
            policy=BillingPolicy(refunds=True),
        )

    def billed(self, contract: BillingContract) -> list[Invoice]:
        opened, gone, given_up = date(2026, 1, 1), date(2026, 1, 11), date(2026, 1, 21)
        price = UnitPrice(Decimal(31), 1)
        changes = (
            Change("SUB-1-0", opened, recorded_on(opened), Decimal(10), price),
            Change("SUB-1-1", gone, recorded_on(gone), Decimal(-2), refund=True),
            Change("SUB-1-2", given_up, recorded_on(given_up), Decimal(-1)),
        )
        seats = Subscription(
            id=UUID(int=3), key="SUB-1", name="Basic", start_on=opened, changes=changes[:1]
        )
        books = Books(Account(contract=contract, subscriptions=(seats,)))
        books.run(opened)
        books.account = replace(books.account, subscriptions=(replace(seats, changes=changes),))
        books.run(date(2026, 2, 1))
        return books.closed

    @pytest.mark.parametrize(
        ("day_count", "credited_by_billing", "voided"),
        [
            # Two seats for 21 of 31 days; then 100 of 310 seat days, and the rest.
            (DayCount.ACTUAL, "-42.00", ["100.00", "168.00"]),
            # A seat that was had for a day costs the whole price.
            (DayCount.NONE, "0.00", ["100.00", "210.00"]),
        ],
    )
    def test_the_first_invoice_with_its_credits_comes_to_nothing(
        self,
        contract: BillingContract,
        day_count: DayCount,
        credited_by_billing: str,
        voided: list[str],
    ) -> None:
        policy = replace(contract.policy, proration=Proration(day_count=day_count))
        january, february = self.billed(replace(contract, policy=policy))
        billed = lines_on([january, february])

        note = void(january.key, january.lines, request="void", billed=billed)

        credits = (line.amount for line in billed if line.kind is LineKind.CREDIT)
        by_billing = Money.total(credits, "EUR")
        assert by_billing == euros(credited_by_billing)
        assert [part.amount for part in note.lines] == [euros(amount) for amount in voided]
        assert january.total + by_billing + note.total == euros("0")

    def test_the_second_invoice_keeps_its_credit_and_its_waived_line(
        self, contract: BillingContract
    ) -> None:
        january, february = self.billed(contract)

        note = void(
            february.key, february.lines, request="void", billed=lines_on([january, february])
        )

        kinds = {line.kind for line in february.lines}
        assert kinds == {LineKind.CHARGE, LineKind.CREDIT, LineKind.WAIVED}
        # Seven seats in February.
        assert note.total == euros("-217.00")
