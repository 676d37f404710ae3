from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from work365.domain.account_credit import AmountNotPositive, NotEnoughLeft
from work365.domain.ledger import (
    CreditUse,
    Ledger,
    Pending,
    ReferenceReused,
    StaleLedger,
    UnknownDocument,
)
from work365.domain.money import CurrencyMismatch, Money
from work365.domain.payments import (
    AllocatedTooMuch,
    Allocation,
    NothingAllocated,
    Overpaid,
    Overpayment,
    Payment,
    Refund,
    UnknownPayment,
    expect,
    fail,
    pay,
    refund,
)
from work365.domain.receivables import bill, credit

EMPTY = Ledger(currency="EUR", credit_use=CreditUse.ON_REQUEST)


def euros(amount: int) -> Money:
    return Money("EUR", Decimal(amount))


def billed(ledger: Ledger = EMPTY, **documents: int) -> Ledger:
    for document, amount in documents.items():
        ledger = bill(ledger, euros(amount), document=document, key=f"bill {document}")
    return ledger


def payment(amount: int, *allocations: tuple[str, int], reference: str = "P1") -> Payment:
    return Payment(
        reference=reference,
        amount=euros(amount),
        allocations=tuple(Allocation(document, euros(part)) for document, part in allocations),
    )


def back(amount: int, of: str | None = None, *, with_credit: bool = False) -> Refund:
    return Refund(reference="R1", amount=euros(amount), payment=of, with_credit=with_credit)


def outstanding(ledger: Ledger) -> dict[str, int]:
    return {document: int(money.amount) for document, money in ledger.outstanding.items()}


class TestPay:
    def test_pays_what_its_allocations_say(self) -> None:
        ledger = billed(A=70, B=50)

        after = pay(ledger, payment(60, ("B", 50), ("A", 10)))

        assert outstanding(after) == {"A": 60, "B": 0}
        assert (after.balance, after.version) == (euros(60), ledger.version + 1)

    @pytest.mark.parametrize(
        ("overpayment", "expected", "account_credit"),
        [
            (Overpayment.ACCOUNT_CREDIT, {"A": 70, "B": 0, "C": 5}, 80),
            (Overpayment.OLDEST_INVOICE, {"A": 0, "B": 0, "C": 0}, 5),
        ],
    )
    def test_what_is_over_goes_where_the_policy_says(
        self, overpayment: Overpayment, expected: dict[str, int], account_credit: int
    ) -> None:
        ledger = billed(A=70, B=50, C=5)

        after = pay(ledger, payment(130, ("B", 50)), overpayment=overpayment)

        assert outstanding(after) == expected
        assert after.account_credit == euros(account_credit)

    def test_the_oldest_is_paid_before_the_next(self) -> None:
        after = pay(billed(A=70, B=50), payment(80), overpayment=Overpayment.OLDEST_INVOICE)

        assert outstanding(after) == {"A": 0, "B": 40}
        assert after.account_credit == euros(0)

    def test_what_another_payment_is_awaited_for_is_not_paid_as_the_oldest(self) -> None:
        ledger = expect(billed(A=70, B=50), payment(60, ("A", 60), reference="P0"))

        after = pay(ledger, payment(80), overpayment=Overpayment.OLDEST_INVOICE)

        assert outstanding(after) == {"A": 60, "B": 0}
        assert after.account_credit == euros(20)

    def test_an_overpayment_is_refused_where_the_policy_says(self) -> None:
        ledger = billed(A=70)

        with pytest.raises(Overpaid, match="payment P1: 1 EUR of it are not allocated; allocate"):
            pay(ledger, payment(71, ("A", 70)), overpayment=Overpayment.REFUSED)
        after = pay(ledger, payment(70, ("A", 70)), overpayment=Overpayment.REFUSED)
        assert after.balance == euros(0)

    def test_the_same_reference_twice_is_one_payment(self) -> None:
        after = pay(billed(A=70), payment(30, ("A", 30)))

        assert pay(after, payment(30, ("A", 30))) is after
        with pytest.raises(ReferenceReused, match=r"P1: 'pay 30 EUR' .* 'pay 31 EUR' came"):
            pay(after, payment(31, ("A", 31)))

    def test_more_than_is_open_of_a_document_is_refused(self) -> None:
        ledger = billed(A=70)

        with pytest.raises(
            AllocatedTooMuch,
            match=r"payment P1: 71 EUR are allocated to A, of which 70 EUR are open .*; lower",
        ):
            pay(ledger, payment(71, ("A", 71)))
        with pytest.raises(AllocatedTooMuch, match="31 EUR are allocated to A, of which 30 EUR"):
            pay(ledger, payment(71, ("A", 40), ("A", 31)))

    def test_allocations_of_more_than_the_payment_are_refused(self) -> None:
        with pytest.raises(
            AllocatedTooMuch, match="payment P1: its allocations are 2 EUR more than its 60 EUR"
        ):
            pay(billed(A=70, B=50), payment(60, ("A", 50), ("B", 12)))

    @pytest.mark.parametrize("amount", [0, -1])
    def test_nothing_is_not_paid(self, amount: int) -> None:
        with pytest.raises(AmountNotPositive, match=r"^payment P1: "):
            pay(EMPTY, payment(amount))
        with pytest.raises(AmountNotPositive, match=r"^payment P1, allocation to A: "):
            pay(billed(A=5), payment(5, ("A", amount)))

    def test_a_document_that_there_is_not_is_refused(self) -> None:
        with pytest.raises(UnknownDocument):
            pay(EMPTY, payment(5, ("A", 5)))

    @pytest.mark.parametrize("allocations", [(), (Allocation("A", Money("USD", Decimal(5))),)])
    def test_another_currency_is_refused(self, allocations: tuple[Allocation, ...]) -> None:
        dollars = Payment(reference="P1", amount=Money("USD", Decimal(5)), allocations=allocations)

        with pytest.raises(CurrencyMismatch):
            pay(billed(A=5), dollars)

    def test_of_ten_at_the_same_time_one_is_accepted(self) -> None:
        ledger = billed(A=500)
        seen = ledger.version
        refused = 0

        for place in range(10):
            try:
                ledger = pay(ledger.at(seen), payment(500, ("A", 500), reference=f"P{place}"))
            except StaleLedger:
                refused += 1

        assert refused == 9
        assert (outstanding(ledger), ledger.account_credit) == ({"A": 0}, euros(0))

    def test_who_reads_the_balance_again_finds_nothing_open(self) -> None:
        ledger = pay(billed(A=500), payment(500, ("A", 500)))

        with pytest.raises(AllocatedTooMuch, match="of which 0 EUR are open"):
            pay(ledger.at(ledger.version), payment(500, ("A", 500), reference="P2"))

    def test_an_overpayment_covers_what_is_open_where_credit_is_used_automatically(self) -> None:
        ledger = billed(Ledger(currency="EUR"), A=70, B=50)

        after = pay(ledger, payment(60, ("B", 50)))

        assert outstanding(after) == {"A": 60, "B": 0}

    @given(st.lists(st.integers(1, 100), min_size=1, max_size=6))
    def test_instalments_add_up(self, instalments: list[int]) -> None:
        ledger = billed(A=sum(instalments))

        for place, amount in enumerate(instalments):
            assert ledger.open_of("A").amount > 0
            ledger = pay(ledger, payment(amount, ("A", amount), reference=f"P{place}"))

        assert (ledger.balance, ledger.covered("A")) == (euros(0), euros(sum(instalments)))


class TestExpect:
    def test_keeps_what_it_will_pay_from_being_paid_twice(self) -> None:
        ledger = expect(billed(A=70), payment(50, ("A", 50)))

        assert (outstanding(ledger), ledger.version) == ({"A": 70}, 2)
        with pytest.raises(AllocatedTooMuch, match="of which 20 EUR are open and not awaited"):
            pay(ledger, payment(21, ("A", 21), reference="P2"))
        with pytest.raises(AllocatedTooMuch, match="of which 20 EUR are open and not awaited"):
            expect(ledger, payment(21, ("A", 21), reference="P2"))
        assert outstanding(pay(ledger, payment(20, ("A", 20), reference="P2"))) == {"A": 50}

    def test_is_over_when_the_payment_arrives(self) -> None:
        ledger = expect(billed(A=70), payment(5, ("A", 5), reference="P0"))

        after = pay(expect(ledger, payment(50, ("A", 50))), payment(50, ("A", 50)))

        assert after.pending == (Pending("P0", "A", euros(5)),)
        assert outstanding(after) == {"A": 20}

    def test_counts_once(self) -> None:
        ledger = expect(billed(A=70), payment(50, ("A", 50)))

        assert expect(ledger, payment(50, ("A", 50))) is ledger
        with pytest.raises(ReferenceReused, match="reference P1: a payment of it was started or"):
            expect(ledger, payment(50, ("A", 49)))

    def test_of_a_payment_that_arrived_is_refused(self) -> None:
        ledger = pay(billed(A=70), payment(50, ("A", 50)))

        with pytest.raises(ReferenceReused):
            expect(ledger, payment(50, ("A", 20)))

    def test_of_a_payment_for_nothing_is_refused(self) -> None:
        with pytest.raises(NothingAllocated, match="payment P1: it is started and pays nothing"):
            expect(billed(A=70), payment(50))

    def test_when_it_fails_the_document_is_free_again(self) -> None:
        ledger = billed(Ledger(currency="EUR"), A=70)
        ledger = expect(ledger, payment(50, ("A", 50)))
        ledger = credit(ledger, euros(30), document=None, key="credit")
        assert outstanding(ledger) == {"A": 70}

        after = fail(ledger, "P1")

        assert outstanding(after) == {"A": 40}
        assert (after.pending, after.version) == ((), ledger.version + 1)

    def test_what_is_not_under_way_cannot_fail(self) -> None:
        with pytest.raises(UnknownPayment, match="reference P1: no payment of it is under way"):
            fail(billed(A=70), "P1")


class TestRefund:
    def test_opens_the_invoice_again(self) -> None:
        ledger = pay(billed(A=70), payment(70, ("A", 70)))

        after = refund(ledger, back(30, "P1"))

        assert (outstanding(after), after.balance) == ({"A": 30}, euros(30))
        assert after.version == ledger.version + 1

    def test_with_a_credit_the_invoice_stays_closed(self) -> None:
        ledger = pay(billed(A=70), payment(70, ("A", 70)))

        after = refund(ledger, back(30, "P1", with_credit=True))

        assert (outstanding(after), after.balance) == ({"A": 0}, euros(0))
        assert after.account_credit == euros(0)

    def test_takes_allocations_back_newest_first(self) -> None:
        ledger = pay(billed(A=70, B=50), payment(120, ("B", 50), ("A", 70)))

        assert outstanding(refund(ledger, back(80, "P1"))) == {"A": 70, "B": 10}

    def test_of_no_payment_in_particular_takes_the_newest(self) -> None:
        ledger = pay(billed(A=70, B=50), payment(70, ("A", 70)))
        ledger = pay(ledger, payment(50, ("B", 50), reference="P2"))

        assert outstanding(refund(ledger, back(60))) == {"A": 10, "B": 50}
        assert outstanding(refund(ledger, back(60, "P1"))) == {"A": 60, "B": 0}

    def test_what_is_over_of_the_payment_goes_first(self) -> None:
        ledger = pay(billed(A=70), payment(100, ("A", 70)))

        after = refund(ledger, back(40, "P1", with_credit=True))

        # 30 were never needed; 10 were taken back of A, and A was credited by them.
        assert (outstanding(after), after.account_credit) == ({"A": 0}, euros(0))
        assert after.balance == euros(0)

    def test_where_that_was_spent_the_invoice_it_was_spent_on_is_open_again(self) -> None:
        ledger = billed(Ledger(currency="EUR"), A=70)
        ledger = billed(pay(ledger, payment(100, ("A", 70))), B=20)
        assert ledger.account_credit == euros(10)

        after = refund(ledger, back(25, "P1"))

        assert (outstanding(after), after.account_credit) == ({"A": 0, "B": 15}, euros(0))

    def test_credit_earned_before_covers_what_the_refund_opens(self) -> None:
        ledger = pay(billed(Ledger(currency="EUR"), A=70), payment(70, ("A", 70)))
        ledger = credit(ledger, euros(20), document="A", key="credit")

        after = refund(ledger, back(30))

        assert (outstanding(after), after.account_credit) == ({"A": 10}, euros(0))

    def test_the_same_reference_twice_is_one_refund(self) -> None:
        after = refund(pay(billed(A=70), payment(70, ("A", 70))), back(30, "P1"))

        assert refund(after, back(30, "P1")) is after
        with pytest.raises(ReferenceReused, match=r"'refund 30 EUR of P1' .* of the newest' came"):
            refund(after, back(30))

    def test_more_than_was_paid_is_refused(self) -> None:
        ledger = pay(billed(A=70), payment(70, ("A", 70)))
        once = refund(ledger, back(30))

        with pytest.raises(NotEnoughLeft, match="41 EUR cannot be taken back where 40 EUR is left"):
            refund(once, Refund(reference="R2", amount=euros(41)))
        assert refund(once, Refund(reference="R2", amount=euros(40))).balance == euros(70)

    def test_of_a_payment_that_did_not_arrive_is_refused(self) -> None:
        ledger = pay(billed(A=70), payment(70, ("A", 70)))

        with pytest.raises(UnknownPayment, match="refund R1: no payment arrived under P7; correct"):
            refund(ledger, back(30, "P7"))

    def test_where_nothing_was_paid_there_is_not_enough(self) -> None:
        with pytest.raises(NotEnoughLeft):
            refund(billed(A=70), back(30))

    def test_nothing_is_not_refunded(self) -> None:
        with pytest.raises(AmountNotPositive, match=r"^refund R1: 0 EUR"):
            refund(pay(EMPTY, payment(30)), back(0))
