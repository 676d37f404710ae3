from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from work365.domain.account_credit import AmountNotPositive, NotEnoughLeft
from work365.domain.ledger import (
    Command,
    CreditUse,
    Ledger,
    Pending,
    ReferenceReused,
    UnknownDocument,
)
from work365.domain.money import Money
from work365.domain.payments import Allocation, Payment, pay
from work365.domain.receivables import (
    NothingOpen,
    NotUndoable,
    PaymentPending,
    bill,
    credit,
    freed,
    undo,
    use_account_credit,
    write_off,
)

EMPTY = Ledger(currency="EUR")
BY_HAND = Ledger(currency="EUR", credit_use=CreditUse.ON_REQUEST)


def euros(amount: int) -> Money:
    return Money("EUR", Decimal(amount))


def billed(ledger: Ledger, **documents: int) -> Ledger:
    for document, amount in documents.items():
        ledger = bill(ledger, euros(amount), document=document, key=f"bill {document}")
    return ledger


def paid(ledger: Ledger, document: str, amount: int) -> Ledger:
    allocation = Allocation(document, euros(amount))
    payment = Payment(reference=f"pay {document}", amount=euros(amount), allocations=(allocation,))
    return pay(ledger, payment)


def credited(ledger: Ledger, document: str | None, amount: int, key: str = "credit") -> Ledger:
    return credit(ledger, euros(amount), document=document, key=key)


def outstanding(ledger: Ledger) -> dict[str, int]:
    return {document: int(money.amount) for document, money in ledger.outstanding.items()}


class TestBill:
    def test_opens_a_document(self) -> None:
        ledger = billed(EMPTY, A=70)

        assert outstanding(ledger) == {"A": 70}
        assert (ledger.balance, ledger.version) == (euros(70), 1)

    def test_an_amount_below_zero_becomes_account_credit(self) -> None:
        ledger = billed(EMPTY, A=-20, B=15)

        assert outstanding(ledger) == {"A": 0, "B": 0}
        assert (ledger.account_credit, ledger.balance) == (euros(5), euros(-5))

    def test_the_same_bill_counts_once(self) -> None:
        ledger = billed(EMPTY, A=70)

        assert billed(ledger, A=70) is ledger
        with pytest.raises(ReferenceReused, match=r"'bill 70 EUR on A' .* 'bill 71 EUR on A' came"):
            billed(ledger, A=71)

    def test_two_bills_of_one_document_add_up(self) -> None:
        ledger = bill(billed(EMPTY, A=70), euros(5), document="A", key="more")

        assert outstanding(ledger) == {"A": 75}


class TestCredit:
    @pytest.mark.parametrize(
        ("amount", "still_open", "account_credit"), [(30, 40, 0), (70, 0, 0), (90, 0, 20)]
    )
    def test_what_is_more_than_open_becomes_account_credit(
        self, amount: int, still_open: int, account_credit: int
    ) -> None:
        ledger = credited(billed(EMPTY, A=70), "A", amount)

        assert ledger.open_of("A") == euros(still_open)
        assert ledger.account_credit == euros(account_credit)
        assert ledger.balance == euros(70 - amount)

    def test_where_it_is_all_that_is_open_nothing_else_is_booked(self) -> None:
        ledger = credited(billed(EMPTY, A=70), "A", 70)

        assert [booking.key for booking in ledger.bookings] == ["bill A:1", "credit:1"]

    def test_a_few_cents_stay_open(self) -> None:
        cents = Money("EUR", Decimal("0.50"))

        ledger = credit(billed(EMPTY, A=1), cents, document="A", key="credit")

        assert (ledger.open_of("A"), ledger.account_credit) == (cents, euros(0))

    def test_on_the_account_it_is_account_credit_at_once(self) -> None:
        ledger = credited(EMPTY, None, 30)

        assert (ledger.account_credit, ledger.balance) == (euros(30), euros(-30))

    def test_account_credit_is_used_oldest_first_on_the_oldest(self) -> None:
        ledger = credited(credited(EMPTY, None, 30, "first"), None, 20, "second")

        ledger = billed(ledger, A=35, B=40)

        assert outstanding(ledger) == {"A": 0, "B": 25}
        assert [(p.document, int(p.amount.amount), p.source) for p in ledger.bookings[3:5]] == [
            ("A", 30, "first:1"),
            ("A", 5, "second:1"),
        ]

    def test_a_credit_that_comes_later_is_used_on_what_is_open(self) -> None:
        ledger = credited(billed(EMPTY, A=35, B=40), None, 50)

        assert outstanding(ledger) == {"A": 0, "B": 25}

    def test_the_same_credit_counts_once(self) -> None:
        ledger = credited(billed(EMPTY, A=70), "A", 30)

        assert credited(ledger, "A", 30) is ledger
        with pytest.raises(ReferenceReused, match=r"on A' was booked .* on the account' came"):
            credited(ledger, None, 30)

    def test_a_document_that_there_is_not_is_refused(self) -> None:
        with pytest.raises(UnknownDocument):
            credited(EMPTY, "A", 30)

    def test_nothing_is_not_credited(self) -> None:
        with pytest.raises(AmountNotPositive, match=r"^credit k: 0 EUR"):
            credited(EMPTY, None, 0, "k")


class TestUseAccountCredit:
    def test_waits_for_a_request_where_it_is_so(self) -> None:
        ledger = billed(credited(BY_HAND, None, 50), A=35, B=40)
        assert outstanding(ledger) == {"A": 35, "B": 40}

        after = use_account_credit(ledger, key="use")

        assert outstanding(after) == {"A": 0, "B": 25}
        assert (after.version, after.balance) == (ledger.version + 1, ledger.balance)
        assert after.bookings[-1].command == Command("use", "use account credit")

    def test_where_nothing_is_open_the_ledger_stays(self) -> None:
        ledger = credited(BY_HAND, None, 50)

        assert use_account_credit(ledger, key="use") is ledger

    def test_a_document_below_zero_is_lifted_without_a_request(self) -> None:
        ledger = credited(billed(BY_HAND, A=30), "A", 50)

        assert (outstanding(ledger), ledger.account_credit) == ({"A": 0}, euros(20))

    def test_a_document_with_a_pending_payment_is_left_out(self) -> None:
        ledger = replace(billed(EMPTY, A=35, B=40), pending=(Pending("p", "A", euros(1)),))

        ledger = credited(ledger, None, 50)

        assert outstanding(ledger) == {"A": 35, "B": 0}
        assert ledger.account_credit == euros(10)


class TestWriteOff:
    def test_gives_up_what_is_open(self) -> None:
        ledger = write_off(paid(billed(EMPTY, A=70), "A", 30), document="A", key="lost")

        assert outstanding(ledger) == {"A": 0}
        assert (ledger.balance, ledger.written_off("A")) == (euros(0), euros(40))
        assert write_off(ledger, document="A", key="lost") is ledger

    def test_where_nothing_is_open_it_is_refused(self) -> None:
        ledger = paid(billed(EMPTY, A=70), "A", 70)

        with pytest.raises(NothingOpen, match="document A: nothing is open of it"):
            write_off(ledger, document="A", key="lost")

    def test_while_a_payment_is_pending_it_is_refused(self) -> None:
        ledger = replace(billed(EMPTY, A=70), pending=(Pending("p", "A", euros(1)),))

        with pytest.raises(
            PaymentPending, match="document A: a payment of 1 EUR was started; wait"
        ):
            write_off(ledger, document="A", key="lost")

    def test_a_key_that_was_used_for_something_else_is_refused(self) -> None:
        ledger = write_off(billed(EMPTY, A=70, B=5), document="A", key="lost")

        with pytest.raises(ReferenceReused):
            write_off(ledger, document="B", key="lost")


class TestUndo:
    def test_of_a_write_off_opens_the_document_again(self) -> None:
        before = billed(EMPTY, A=70)

        after = undo(write_off(before, document="A", key="lost"), adjustment="lost", key="undo")

        assert (after.outstanding, after.balance) == (before.outstanding, before.balance)
        assert (after.written_off("A"), after.version) == (euros(0), 3)

    @pytest.mark.parametrize(
        "before",
        [
            billed(EMPTY, A=70, B=50),
            paid(billed(EMPTY, A=70, B=50), "A", 70),
            paid(billed(EMPTY, A=70, B=50, C=5), "A", 60),
            credited(paid(billed(EMPTY, A=70, B=50), "A", 70), None, 20, "other"),
            paid(billed(BY_HAND, A=70, B=50), "A", 70),
        ],
        ids=["nothing paid", "paid", "partly paid", "with other credit", "by hand"],
    )
    @pytest.mark.parametrize("document", ["A", None])
    def test_of_a_credit_restores_every_balance(self, before: Ledger, document: str | None) -> None:
        after = undo(credited(before, document, 30), adjustment="credit", key="undo")

        assert after.outstanding == before.outstanding
        assert (after.balance, after.account_credit) == (before.balance, before.account_credit)

    def test_takes_spent_credit_back_from_where_it_was_used_last(self) -> None:
        ledger = billed(credited(paid(billed(EMPTY, A=70), "A", 70), "A", 30), B=10, C=50)
        assert outstanding(ledger) == {"A": 0, "B": 0, "C": 30}
        other = credited(ledger, "B", 4, "other")

        after = undo(other, adjustment="credit", key="undo")

        # The 4 that B had too much were used on C, and stay there.
        assert outstanding(after) == {"A": 0, "B": 10, "C": 46}
        assert (after.balance, after.account_credit) == (euros(56), euros(0))

    def test_of_a_few_cents_restores_them(self) -> None:
        cents = Money("EUR", Decimal("0.50"))
        before = paid(billed(EMPTY, A=70), "A", 70)

        ledger = credit(before, cents, document="A", key="credit")
        after = undo(ledger, adjustment="credit", key="undo")

        assert ledger.account_credit == cents
        assert (after.balance, after.account_credit) == (euros(0), euros(0))
        assert after.outstanding == before.outstanding

    def test_happens_once(self) -> None:
        ledger = credited(billed(EMPTY, A=70), "A", 30)

        after = undo(ledger, adjustment="credit", key="undo")

        assert undo(after, adjustment="credit", key="undo") is after
        with pytest.raises(NotUndoable, match="credit: undo undid it already; make"):
            undo(after, adjustment="credit", key="again")

    @pytest.mark.parametrize("adjustment", ["nothing", "bill A", "pay A", "undo"])
    def test_of_what_is_no_adjustment_is_refused(self, adjustment: str) -> None:
        ledger = credited(paid(billed(EMPTY, A=70), "A", 30), "A", 10)
        ledger = undo(ledger, adjustment="credit", key="undo")

        with pytest.raises(NotUndoable, match=f"^{adjustment}: no credit or write-off was made"):
            undo(ledger, adjustment=adjustment, key="again")

    def test_under_a_key_that_was_used_is_refused(self) -> None:
        ledger = credited(billed(EMPTY, A=70), "A", 30)

        with pytest.raises(ReferenceReused):
            undo(ledger, adjustment="credit", key="bill A")


class TestFreed:
    COMMAND = Command("free", "free")

    def test_takes_back_what_is_missing_newest_first(self) -> None:
        ledger = billed(credited(EMPTY, None, 30), A=10, B=12)

        for amount, expected in [(8, (0, 0)), (9, (0, 1)), (20, (0, 12)), (21, (1, 12))]:
            after = freed(ledger, "credit:1", euros(amount), command=self.COMMAND)

            assert tuple(outstanding(after).values()) == expected
            assert after.balance == ledger.balance

    def test_a_document_that_it_was_used_on_again_is_the_newest(self) -> None:
        ledger = billed(credited(EMPTY, None, 30), A=10, B=12)
        cents = Money("EUR", Decimal("0.50"))
        ledger = bill(ledger, cents, document="A", key="more")

        # 7.50 of it are unspent.
        after = freed(ledger, "credit:1", euros(8), command=self.COMMAND)

        assert after.outstanding == {"A": cents, "B": euros(0)}

    def test_a_document_that_gave_some_back_does_not_become_the_newest(self) -> None:
        ledger = billed(credited(BY_HAND, None, 30), A=10, B=12)
        ledger = use_account_credit(ledger, key="use")
        once = freed(ledger, "credit:1", euros(21), command=self.COMMAND)

        twice = freed(once, "credit:1", euros(22), command=self.COMMAND)

        assert outstanding(twice) == {"A": 2, "B": 12}

    def test_where_enough_is_unspent_the_ledger_stays(self) -> None:
        ledger = billed(credited(EMPTY, None, 30), A=10, B=12)

        for amount in (7, 8):
            assert freed(ledger, "credit:1", euros(amount), command=self.COMMAND) is ledger

    def test_more_than_all_of_it_is_refused(self) -> None:
        with pytest.raises(NotEnoughLeft):
            freed(credited(EMPTY, None, 30), "credit:1", euros(31), command=self.COMMAND)


commands = st.lists(
    st.tuples(
        st.sampled_from(["bill", "credit", "grant", "pay", "write off", "undo"]),
        st.sampled_from("AB"),
        st.integers(1, 40),
    ),
    max_size=12,
)


class TestLaws:
    @given(commands, st.sampled_from(CreditUse))
    def test_what_is_open_less_account_credit_is_the_balance(
        self, story: list[tuple[str, str, int]], credit_use: CreditUse
    ) -> None:
        ledger = Ledger(currency="EUR", credit_use=credit_use)
        expected = 0
        done: list[tuple[str, int]] = []

        for place, (verb, document, amount) in enumerate(story):
            key = f"{place}"
            if verb != "bill" and document not in ledger.outstanding:
                continue
            still_open = int(ledger.open_of(document).amount) if verb != "bill" else 0
            if verb == "bill":
                ledger = bill(ledger, euros(amount), document=document, key=key)
                expected += amount
            elif verb == "pay":
                ledger = pay(ledger, Payment(reference=key, amount=euros(amount)))
                expected -= amount
            elif verb == "write off" and still_open:
                ledger = write_off(ledger, document=document, key=key)
                expected -= still_open
                done.append((key, still_open))
            elif verb == "undo" and done:
                adjustment, worth = done.pop()
                ledger = undo(ledger, adjustment=adjustment, key=key)
                expected += worth
            elif verb in ("credit", "grant"):
                on = document if verb == "credit" else None
                ledger = credited(ledger, on, amount, key)
                expected -= amount
                done.append((key, amount))

            in_all = Money.total(ledger.outstanding.values(), "EUR")
            assert ledger.balance == euros(expected) == in_all - ledger.account_credit
            assert all(money.amount >= 0 for money in ledger.outstanding.values())
            assert all(part.left.amount >= 0 for part in ledger.credits)
