from decimal import Decimal

import pytest

from work365.domain.account_credit import AmountNotPositive, Part
from work365.domain.ledger import (
    Booking,
    Command,
    Kind,
    Ledger,
    Pending,
    ReferenceReused,
    StaleLedger,
    UnknownDocument,
    check_positive,
    told,
)
from work365.domain.money import CurrencyMismatch, Money

EMPTY = Ledger(currency="EUR")


def euros(amount: int) -> Money:
    return Money("EUR", Decimal(amount))


def booked(*entries: tuple[Kind, int, str | None, str | None]) -> Ledger:
    """A ledger with bookings x:1, x:2 and so on of a kind, an amount, a document and a source."""
    ledger = EMPTY
    for kind, amount, document, source in entries:
        ledger = ledger.with_booking(
            Command("x", "story"), kind, euros(amount), document=document, source=source
        )
    return ledger


class TestVersion:
    def test_who_saw_the_present_balance_may_act_on_it(self) -> None:
        ledger = EMPTY.next_version().next_version()

        assert ledger.at(2) is ledger

    @pytest.mark.parametrize("version", [1, 3])
    def test_who_saw_another_is_refused(self, version: int) -> None:
        ledger = EMPTY.next_version().next_version()

        with pytest.raises(
            StaleLedger, match=f"read at version {version} and is at version 2 now; read it again"
        ):
            ledger.at(version)


class TestBalances:
    def test_nothing_is_owed_at_first(self) -> None:
        assert (EMPTY.balance, EMPTY.account_credit, EMPTY.outstanding) == (euros(0), euros(0), {})

    @pytest.mark.parametrize(
        ("kind", "opens", "balance"),
        [
            (Kind.BILLED, 7, 7),
            (Kind.CREDITED, -7, -7),
            (Kind.PAID, -7, -7),
            (Kind.REFUNDED, 7, 7),
            (Kind.WRITTEN_OFF, -7, -7),
            (Kind.EARNED, 7, 0),
            (Kind.USED, -7, 0),
        ],
    )
    def test_each_kind_counts_with_its_sign(self, kind: Kind, opens: int, balance: int) -> None:
        ledger = booked((kind, 7, "A", "x:9"))

        assert ledger.outstanding == {"A": euros(opens)}
        assert ledger.balance == euros(balance)

    def test_documents_are_in_the_order_in_which_they_were_billed(self) -> None:
        ledger = booked(
            (Kind.BILLED, 7, "B", None), (Kind.BILLED, 5, "A", None), (Kind.PAID, 3, "B", None)
        )

        assert list(ledger.outstanding.items()) == [("B", euros(4)), ("A", euros(5))]
        assert (ledger.open_of("A"), ledger.open_of("B")) == (euros(5), euros(4))

    def test_a_document_that_there_is_not_is_refused(self) -> None:
        with pytest.raises(UnknownDocument, match="document A: nothing was billed under this key"):
            EMPTY.open_of("A")

    def test_what_covers_a_document_is_money_and_no_credit_note(self) -> None:
        ledger = booked(
            (Kind.BILLED, 100, "A", None),
            (Kind.PAID, 40, "A", None),
            (Kind.USED, 10, "A", "x:9"),
            (Kind.REFUNDED, 7, "A", "x:2"),
            (Kind.EARNED, 2, "A", None),
            (Kind.CREDITED, 20, "A", None),
            (Kind.WRITTEN_OFF, 5, "A", None),
            (Kind.PAID, 1, "B", None),
            (Kind.WRITTEN_OFF, 3, "B", None),
        )

        assert ledger.covered("A") == euros(40 + 10 - 7 - 2)
        assert ledger.written_off("A") == euros(5)

    def test_credit_is_told_by_what_it_came_from_and_what_was_spent_of_it(self) -> None:
        ledger = booked(
            (Kind.PAID, 30, None, None),
            (Kind.EARNED, 20, "A", None),
            (Kind.CREDITED, 9, None, None),
            (Kind.USED, 12, "B", "x:1"),
            (Kind.REFUNDED, 3, None, "x:1"),
            (Kind.EARNED, -5, "A", "x:2"),
            # These have nothing to do with it.
            (Kind.PAID, 50, "B", None),
            (Kind.REFUNDED, 50, "B", "x:7"),
            (Kind.CREDITED, 4, "B", None),
        )

        assert ledger.credits == (
            Part("x:1", euros(30), euros(15)),
            Part("x:2", euros(15), euros(0)),
            Part("x:3", euros(9), euros(0)),
        )
        assert ledger.account_credit == euros(39)

    def test_payments_are_told_with_what_was_refunded_of_them(self) -> None:
        ledger = booked(
            (Kind.PAID, 30, None, None),
            (Kind.PAID, 20, "A", None),
            (Kind.REFUNDED, 3, "A", "x:2"),
            (Kind.REFUNDED, 4, "A", "x:2"),
            (Kind.USED, 5, "A", "x:1"),
        )

        assert ledger.payments == (
            Part("x:1", euros(30), euros(0)),
            Part("x:2", euros(20), euros(7)),
        )

    def test_what_started_payments_wait_for_is_told_without_the_one_that_asks(self) -> None:
        ledger = Ledger(
            currency="EUR",
            pending=(
                Pending("p", "A", euros(5)),
                Pending("p", "B", euros(7)),
                Pending("q", "A", euros(9)),
            ),
        )

        assert ledger.waits("A") == euros(14)
        assert ledger.waits("A", beside="p") == euros(9)
        assert ledger.waits("C") == euros(0)


class TestBookings:
    def test_are_told_apart_by_their_command_and_place(self) -> None:
        ledger = booked((Kind.BILLED, 7, "A", None)).with_booking(
            Command("y", "pay"), Kind.PAID, euros(3), document="A", source="s"
        )

        assert [booking.key for booking in ledger.bookings] == ["x:1", "y:1"]
        assert ledger.booking("y:1") == Booking(
            Command("y", "pay"), 1, Kind.PAID, euros(3), "A", "s"
        )
        assert ledger.booking("y:2") is None
        assert ledger.version == 0

    def test_another_currency_is_refused(self) -> None:
        with pytest.raises(CurrencyMismatch, match="USD in a ledger of EUR"):
            EMPTY.with_booking(
                Command("x", "bill"), Kind.BILLED, Money("USD", Decimal(1)), document="A"
            )

    def test_a_command_was_done_when_it_posted_something(self) -> None:
        ledger = booked((Kind.BILLED, 7, "A", None))

        assert ledger.was_done(Command("x", "story"))
        assert not ledger.was_done(Command("y", "story"))

    def test_a_key_that_was_used_for_something_else_is_refused(self) -> None:
        ledger = booked((Kind.BILLED, 7, "A", None))

        with pytest.raises(
            ReferenceReused, match=r"reference x: 'story' was booked .* and now 'other' came; look"
        ):
            ledger.was_done(Command("x", "other"))


def test_an_amount_must_be_above_zero() -> None:
    check_positive(euros(1), "credit k")

    for amount in (0, -1):
        with pytest.raises(
            AmountNotPositive, match=f"^credit k: {amount} EUR is not above zero; state an amount"
        ):
            check_positive(euros(amount), "credit k")


@pytest.mark.parametrize("amount", ["1200", "1200.00", "1.2E3"])
def test_the_same_amount_is_told_alike(amount: str) -> None:
    assert told(Money("EUR", Decimal(amount))) == "1200 EUR"
