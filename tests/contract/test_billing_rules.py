"""Rules of billing that have no figure of anybody's, tried on the engine.

`billing_rules` knows the words that other systems tell them in.
"""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

from work365.domain.charges import Charge, PercentOff, Price, Slot, settle
from work365.domain.credit_notes import credit_amount
from work365.domain.ledger import Ledger
from work365.domain.lines import BilledLine, Drawn, LineKind, Owed, draw_up
from work365.domain.money import Money
from work365.domain.payments import Allocation, Payment, Refund, pay, refund
from work365.domain.periods import Cycle, Period
from work365.domain.policies import AddingUp
from work365.domain.receivables import bill
from work365.domain.tax_ids import Place
from work365.domain.tax_totals import TaxableLine, TaxTotals, credit_tax, tax_totals
from work365.domain.taxes import AppliedTax

MARCH = Period(date(2024, 3, 1), date(2024, 4, 1))
REST = Period(date(2024, 3, 20), MARCH.end)
BILLED_AT = Price(
    "SUB-1", "license", "EUR", Decimal(30), 1, discounts=(PercentOff("tenth", Decimal(10)),)
)
PRESENT = BILLED_AT._replace(per_unit=Decimal(50), discounts=())
TAX = AppliedTax("tax", Decimal(20), "services", Place("FR"), "a law")


def charge(price: Price, quantity: int, days: Period = MARCH) -> Charge:
    return Charge(Slot(price, MARCH.start, MARCH.end, 1), days, Decimal(quantity))


def billed(key: str, one: Charge) -> BilledLine:
    return BilledLine(key=key, charge=one, amount=one.amount)


def lines_for(proposed: list[Charge], before: list[BilledLine]) -> list[Drawn]:
    missing = settle(proposed, [line.charge for line in before])
    return draw_up(map(Owed, missing), before, adding_up=AddingUp.PERIOD)


def test_credits_are_of_what_was_billed() -> None:
    """Ten seats were billed with a discount; four go, and seats cost more by now."""
    before = [billed("1", charge(BILLED_AT, 10))]
    until = Period(MARCH.start, REST.start)
    proposed = [charge(BILLED_AT, 10, until), charge(PRESENT, 6, REST)]

    credit, following = sorted(lines_for(proposed, before), key=lambda line: line.amount)

    assert credit.kind is LineKind.CREDIT
    assert credit.corrects == "1"
    assert credit.charge.slot.price == BILLED_AT
    assert credit.charge.quantity == -10
    # 10 x 30 x 90 % x 12/31, whatever a seat costs now.
    assert credit.amount == Money.round(Fraction(-27 * 10 * 12, 31), "EUR")
    assert following.charge.slot.price == PRESENT
    # Tax is given back by the rate of the invoice, and never more of it than there was.
    invoice = tax_totals([TaxableLine.of(TAX, Fraction(270), "EUR")], currency="EUR")
    unused = TaxableLine(TAX, -credit.charge.exact_amount, -credit.amount)
    assert credit_tax(invoice, [], [unused]).by_rate[0].applied == TAX
    assert credit_tax(invoice, [], [unused]).tax == Money.round(
        -credit.charge.exact_amount / 5, "EUR"
    )


def test_billing_twice_adds_nothing() -> None:
    facts = [charge(BILLED_AT, 10), charge(PRESENT, 2, REST)]

    assert lines_for(facts, [billed(f"{at}", one) for at, one in enumerate(facts)]) == []


def test_a_later_change_counts_what_earlier_ones_billed() -> None:
    before = [billed("1", charge(BILLED_AT, 10)), billed("2", charge(BILLED_AT, 2, REST))]
    later = Period(date(2024, 3, 25), MARCH.end)
    until_then = Period(REST.start, later.start)
    first = Period(MARCH.start, REST.start)
    proposed = [
        charge(BILLED_AT, 10, first),
        charge(BILLED_AT, 12, until_then),
        charge(BILLED_AT, 11, later),
    ]

    (line,) = lines_for(proposed, before)

    assert line.charge.service_period == later
    assert line.charge.quantity == Decimal(-1)


def test_credits_never_exceed_the_line() -> None:
    ten, nine = Money("EUR", Decimal(10)), Money("EUR", Decimal(9))

    again = credit_amount(
        billed=ten,
        billed_units=Fraction(30),
        credited=nine,
        credited_units=Fraction(9),
        units=Fraction(15),
    )

    assert again == ten - nine


def test_all_credits_together_are_the_invoice() -> None:
    invoice = tax_totals([TaxableLine.of(TAX, Fraction(10), "EUR")], currency="EUR")
    parts = [Fraction("3.33"), Fraction("3.33"), Fraction("3.34")]
    notes: list[TaxTotals] = []
    for part in parts:
        notes.append(credit_tax(invoice, notes, [TaxableLine.of(TAX, part, "EUR")]))

    assert Money.total((note.gross for note in notes), "EUR") == invoice.gross


def test_the_anchors_day_comes_back() -> None:
    starts = Cycle(date(2023, 1, 31), 1)

    assert [starts.start(at).day for at in range(1, 5)] == [28, 31, 30, 31]


def invoiced() -> tuple[Ledger, Payment]:
    hundred = Money("EUR", Decimal(100))
    ledger = bill(Ledger(currency="EUR"), hundred, document="1", key="bill")
    return ledger, Payment(
        reference="gateway", amount=hundred, allocations=(Allocation("1", hundred),)
    )


def test_a_reference_is_booked_once() -> None:
    ledger, payment = invoiced()

    assert pay(pay(ledger, payment), payment) == pay(ledger, payment)


def test_an_overpayment_becomes_account_credit() -> None:
    ledger, payment = invoiced()

    paid = pay(ledger, replace(payment, amount=Money("EUR", Decimal(130))))

    assert paid.account_credit == Money("EUR", Decimal(30))


def test_a_refund_opens_the_invoice_again_unless_it_is_credited() -> None:
    ledger, payment = invoiced()
    paid = pay(ledger, payment)
    back = Refund(reference="back", amount=payment.amount, payment=payment.reference)

    assert refund(paid, back).open_of("1") == payment.amount
    assert refund(paid, replace(back, with_credit=True)).open_of("1") == ledger.zero
