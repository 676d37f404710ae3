"""Worked examples that vendors publish, and figures of reported bugs: the right one, not the wrong.

A case of the kind `rule` has no figure; `billing_rules` says what each of them means here.
"""

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import islice
from typing import Any

import pytest

from tests.contract.attentive_case import ASIDE, AttentiveCase
from tests.contract.billing_cases import Case, cases
from tests.contract.billing_rules import check_rule
from tests.contract.case_tiers import number
from work365.domain.coupons import Coupon, paid_from, redeem
from work365.domain.discounts import FixedDiscount
from work365.domain.ledger import Ledger, StaleLedger
from work365.domain.money import Money, minor_unit_digits
from work365.domain.payments import Allocation, Payment, pay
from work365.domain.periods import Cycle, Period, calendar_anchor, day_after
from work365.domain.proration import Proration, amount, exact_amount, measure
from work365.domain.receivables import bill
from work365.domain.rounding import round_exactly
from work365.domain.tax_ids import Place
from work365.domain.tax_totals import TaxableLine, TaxMethod, TaxTotals, tax_totals
from work365.domain.taxes import AppliedTax

CURRENCY = "EUR"
"""The cases that name none have cents."""

MONTHS = {"month": 1, "monthly": 1, "quarter": 3, "quarterly": 3, "year": 12, "yearly": 12}
SOME_DAY = date(2024, 1, 1)
BY_DAY = Proration()
WHOLE = Fraction(1)


def day(told: str) -> date:
    return date.fromisoformat(told)


def money(told: Any) -> Money:
    return Money.exactly(number(told), CURRENCY)


def as_printed(exact: Fraction, told: str) -> Decimal:
    """Return `exact` with as many decimals as the source tells."""
    exponent = number(told).as_tuple().exponent
    assert isinstance(exponent, int), f"{told!r} is not a number"
    return round_exactly(exact, -exponent)


def service(case: Case) -> Period:
    """Return the days of service, whose end a source tells in one way or the other."""
    start = day(case["service_start"])
    if "service_end_inclusive" in case:
        return Period.through(start, day(case["service_end_inclusive"]))
    return Period(start, day(case["service_end_exclusive"]))


def by_days(part: Period, whole: Period) -> Fraction:
    return measure(BY_DAY, part, whole=whole, whole_months=1, price_months=1)


def line(quantity: int, price: Any, share: Fraction) -> Money:
    return amount(
        BY_DAY,
        quantity=Decimal(quantity),
        per_unit=number(price),
        measure=share,
        currency=CURRENCY,
    )


def tax_of(case: Case) -> AppliedTax:
    return AppliedTax("tax", number(case["tax_percent"]), "services", Place("US"), "the case")


def fraction(case: Case) -> dict[str, Any]:
    part = service(case)
    if "cycle_imagined_from_start" in case:
        whole = Period(part.start, day(case["cycle_imagined_from_start"]))
    else:
        whole = Period(day(case["cycle_start"]), day(case["cycle_end_exclusive"]))
    return {
        "expected_days": part.days,
        "expected_cycle_days": whole.days,
        "expected_fraction": by_days(part, whole),
    }


def anchor_dates(case: Case) -> dict[str, Any]:
    interval = case.get("interval", "month")
    assert interval in MONTHS, f"unknown interval: {interval!r}"
    anchor = day(case["anchor"])
    starts = Cycle(anchor, MONTHS[interval]).starts_after(anchor)
    return {"expected": [str(start) for start in islice(starts, len(case["expected"]))]}


def change_lines(case: Case) -> dict[str, Any]:
    left = Fraction(number(case["fraction_left"]))
    credit, charge = line(-1, case["old_price"], left), line(1, case["new_price"], left)
    following = line(1, case["new_price"], WHOLE)
    return {
        "expected_credit": credit.amount,
        "expected_charge": charge.amount,
        "expected_net": (credit + charge).amount,
        "expected_next_invoice": Money.total((credit, charge, following), CURRENCY).amount,
    }


def split_by_month(case: Case) -> dict[str, Any]:
    days = service(case)
    months = Cycle(calendar_anchor(days.start, 1), 1)
    shares = {
        f"{whole.start:%Y-%m}": by_days(whole.overlap(days), whole)
        for whole in months.periods(days)
    }
    return {
        "expected_fraction_by_month": shares,
        "expected_fraction": sum(shares.values(), Fraction(0)),
    }


def stub_amount(case: Case) -> dict[str, Any]:
    part = service(case)
    whole = Cycle(calendar_anchor(part.start, 1), 1).period_on(part.start)
    assert whole.days == case.get("days_in_month", whole.days), "not the month of the stub"
    owed = exact_amount(
        BY_DAY,
        quantity=Decimal(case.get("quantity", 1)),
        per_unit=number(case["price_per_month"]),
        measure=by_days(part, whole),
    )
    return {"expected": owed}


def round_to_currency(case: Case) -> dict[str, Any]:
    exact = number(case["amount"])
    currency = case.get("currency")
    digits = case["digits"] if currency is None else minor_unit_digits(currency)
    assert digits == case.get("digits", digits), f"{currency} has not {case['digits']} digits"
    rounded = round_exactly(exact, digits)
    if currency is not None:
        assert Money.round(exact, currency).amount == rounded
    return {"expected": rounded}


def invoice_total(case: Case) -> dict[str, Any]:
    """An invoice on which a coupon and prepaid credit are deducted, before tax or after it."""
    fees: dict[str, Money] = {
        name: money(case[name]) for name in ("subscriptions", "usage") if name in case
    }
    deductions = [money(case[name]) for name in ("coupon", "prepaid_credit") if name in case]
    match case["deduct"]:
        case "before_tax":
            before, after = deductions, []
        case "after_tax":
            before, after = [], deductions
        case other:
            pytest.fail(f"unknown value of deduct: {other!r}")
    coupons = [
        Coupon(FixedDiscount(key=f"deduction {place}", amount=deducted))
        for place, deducted in enumerate(before)
    ]

    redeemed = redeem(fees, coupons, currency=CURRENCY)
    tax = tax_of(case)
    totals = tax_totals(
        [TaxableLine(tax, fee.left, fee.printed) for fee in redeemed.fees], currency=CURRENCY
    )
    paid = Money.total(paid_from(totals.gross, after), CURRENCY)
    return {
        "expected_subtotal": totals.net.amount,
        "expected_tax": totals.tax.amount,
        "expected_total": totals.gross.amount,
        "expected_due": (totals.gross - paid).amount,
    }


def stub_with_tax(case: Case) -> dict[str, Any]:
    whole = Period(SOME_DAY, day_after(SOME_DAY, case["period_days"]))
    part = Period(SOME_DAY, day_after(SOME_DAY, case["service_days"]))
    exact = exact_amount(
        BY_DAY,
        quantity=Decimal(1),
        per_unit=number(case["price"]),
        measure=by_days(part, whole),
    )
    totals: TaxTotals = tax_totals(
        [TaxableLine.of(tax_of(case), exact, CURRENCY)],
        currency=CURRENCY,
        method=TaxMethod.UNROUNDED_TOTAL,
    )
    return {
        "expected_net": totals.net.amount,
        "expected_tax": totals.tax.amount,
        "expected_total": totals.gross.amount,
    }


def concurrent_payments(case: Case) -> dict[str, Any]:
    """Payments of several who all read the same balance, and then book one after the other."""
    invoiced, paid = money(case["invoice"]), money(case["payment"])
    ledger = bill(Ledger(currency=CURRENCY), invoiced, document="1", key="bill")
    seen, accepted = ledger.version, 0
    for number_of in range(case["payments_at_once"]):
        payment = Payment(
            reference=f"payment {number_of}",
            amount=paid,
            allocations=(Allocation("1", paid),),
        )
        try:
            ledger = pay(ledger.at(seen), payment)
        except StaleLedger:
            continue
        accepted += 1
    total = invoiced - ledger.balance
    return {
        "expected_accepted": accepted,
        "expected_total_paid": total.amount,
        "expected_balance": ledger.balance.amount,
    }


ASKS: dict[str, Callable[[Case], dict[str, Any]]] = {
    "anchor_dates": anchor_dates,
    "change_lines": change_lines,
    "concurrent_payments": concurrent_payments,
    "fraction": fraction,
    "invoice_total": invoice_total,
    "round_to_currency": round_to_currency,
    "split_by_month": split_by_month,
    "stub_amount": stub_amount,
    "stub_with_tax": stub_with_tax,
}

WRONG = "wrong"


def figure_of(field: str, given: Mapping[str, Any]) -> Any:
    """Return the engine's figure for the field `wrong`, `wrong_total`, `wrong_total_paid`."""
    named = field.replace(WRONG, "expected", 1)
    if named in given:
        return given[named]
    if field == WRONG:
        # What was wrong is the one figure that is asked for, or the one that sums it up.
        return given.get("expected_fraction") or next(iter(given.values()))
    pytest.fail(f"unknown figure: {field!r}")


def agrees(given: Any, told: Any) -> bool:
    """Whether the engine's figure is the one that is told."""
    match told:
        case dict():
            return bool(
                given.keys() == told.keys() and all(agrees(given[key], told[key]) for key in told)
            )
        case list():
            return bool(given == told)
        case int():
            return bool(given == told)
        case str() if "/" in told:
            return bool(given == Fraction(told))
    # What is money is compared as it is; what is not rounded yet, in the decimals of the source.
    exact = as_printed(given, told) if isinstance(given, Fraction) else given
    return bool(exact == number(told))


@pytest.mark.parametrize("told", cases("public_examples_and_regressions"))
def test_the_published_figure_comes_out_and_not_the_wrong_one(told: Case) -> None:
    if told["ask"] == "rule":
        assert told.keys() <= {*ASIDE, "rule"}, f"unknown fields: {told.keys()}"
        check_rule(told["rule"])
        return
    if told["ask"] not in ASKS:
        pytest.fail(f"unknown ask: {told['ask']!r}")
    case = AttentiveCase(told)

    given = ASKS[told["ask"]](case)

    for field, expected in case.expected.items():
        assert field in given, f"unknown figure: {field}"
        assert agrees(given[field], expected), (given[field], expected)
    for field in (field for field in told if field.startswith(WRONG)):
        assert not agrees(figure_of(field, given), case[field]), f"the wrong figure: {field}"
    case.check_all_read()


@pytest.mark.parametrize(
    "text", ["seats are blue", "a credit is capped, and a re-run adds nothing"]
)
def test_a_rule_fails_unless_its_words_call_for_one_check(text: str) -> None:
    with pytest.raises(pytest.fail.Exception, match="the words of one check are needed"):
        check_rule(text)
