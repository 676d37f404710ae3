"""Lago's fees, terminations, coupons, taxes and credit notes: what each of them expects."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from tests.contract.billing_cases import Case
from tests.contract.case_tiers import number
from work365.domain.contracts import AnchorRule, BillingContract, Subscription, Timing
from work365.domain.coupons import Coupon, redeem
from work365.domain.discounts import FixedDiscount, PercentageDiscount
from work365.domain.due_periods import Schedule, due_periods
from work365.domain.moments import local_day
from work365.domain.money import Money
from work365.domain.periods import Cycle, DayCycle, Period, day_after, week_anchor
from work365.domain.policies import BillingPolicy
from work365.domain.proration import Proration, amount, exact_amount, measure
from work365.domain.tax_ids import Place
from work365.domain.tax_totals import (
    TaxableLine,
    TaxMethod,
    TaxTotals,
    credit_tax,
    line_tax,
    tax_totals,
)
from work365.domain.taxes import AppliedTax

CURRENCY = "EUR"
CENTS = 2
PRECISE = Fraction(1, 10**9)
"""How far off a precise amount may be: Lago keeps it in binary, and promises five decimals."""

SHARE_DIGITS = 5 + CENTS
"""Lago keeps five decimals of a cent of what a coupon takes off a fee."""

SOME_DAY = date(2024, 1, 1)
PRORATION = Proration()

MONTHS = {"monthly": 1, "quarterly": 3, "semiannual": 6, "yearly": 12}
WEEK_DAYS = 7
ANCHORS = {"calendar": AnchorRule.CALENDAR, "anniversary": AnchorRule.ANNIVERSARY}
TOLD = {"id", "source", "ask", "note", "title"}


def assert_known(case: Mapping[str, Any], *fields: str) -> None:
    """Fail where a case has a field that is not read."""
    unknown = case.keys() - TOLD - set(fields)
    assert not unknown, f"unknown fields: {sorted(unknown)}"


def assert_expected(expected: Mapping[str, Any], given: Mapping[str, Any]) -> None:
    """Fail where an expected figure differs from the engine's, or is not given by it."""
    assert expected, "the case expects nothing"
    unknown = expected.keys() - given.keys()
    assert not unknown, f"unknown figures: {sorted(unknown)}"
    assert {key: given[key] for key in expected} == dict(expected)


def euros(cents: Any) -> Decimal:
    """Return an amount of a case, which are all in cents."""
    return number(cents).scaleb(-CENTS)


def cents(money: Money) -> Decimal:
    return money.amount.scaleb(CENTS)


def tax_of(percent: Any) -> AppliedTax:
    told = number(percent)
    return AppliedTax(f"tax of {told} percent", told, "services", Place("FR"), "the case")


@dataclass(frozen=True)
class Stub:
    """Days of service, out of those of the whole billing period that a price pays for."""

    part: Period
    whole: Period

    @property
    def measure(self) -> Fraction:
        return measure(PRORATION, self.part, whole=self.whole, whole_months=1, price_months=1)

    def exact(self, price_cents: Any) -> Fraction:
        per_unit = euros(price_cents)
        return exact_amount(PRORATION, quantity=Decimal(1), per_unit=per_unit, measure=self.measure)

    def fee(self, price_cents: Any) -> Money:
        return amount(
            PRORATION,
            quantity=Decimal(1),
            per_unit=euros(price_cents),
            measure=self.measure,
            currency=CURRENCY,
        )

    def line(self, price_cents: Any, percent: Any) -> TaxableLine:
        return TaxableLine(tax_of(percent), self.exact(price_cents), self.fee(price_cents))


def stub_of(days: int, period_days: int) -> Stub:
    """Return so many days of a period of so many, wherever on the calendar they are."""
    return Stub(
        Period(SOME_DAY, day_after(SOME_DAY, days)),
        Period(SOME_DAY, day_after(SOME_DAY, period_days)),
    )


def taxed(line: TaxableLine) -> TaxTotals:
    return tax_totals([line], currency=CURRENCY)


def figures(totals: TaxTotals) -> dict[str, Decimal]:
    return {
        "excl_tax_cents": cents(totals.net),
        "tax_cents": cents(totals.tax),
        "total_cents": cents(totals.gross),
    }


def credited(price_cents: Any, percent: Any, unused: Stub) -> TaxTotals:
    """Return the credit note for `unused`, of an invoice for the whole period."""
    invoiced = taxed(Stub(unused.whole, unused.whole).line(price_cents, percent))
    return credit_tax(invoiced, [], [unused.line(price_cents, percent)])


def check_plan_change_with_tax(case: Case) -> None:
    expected_charge = {
        "expected_charge_excl_tax_cents": "excl_tax_cents",
        "expected_charge_tax_cents": "tax_cents",
        "expected_charge_incl_tax_cents": "total_cents",
    }
    expected_credit = {
        "expected_credit_note_excl_tax_cents": "excl_tax_cents",
        "expected_credit_note_tax_cents": "tax_cents",
        "expected_credit_note_incl_tax_cents": "total_cents",
    }
    assert_known(
        case,
        *("billing_time", "change_on", "price_cents", "days", "period_days", "tax_percent"),
        *("credit_of_price_cents", "credit_days"),
        *expected_charge,
        *expected_credit,
    )
    assert case["billing_time"] in ANCHORS, f"unknown billing time: {case['billing_time']!r}"
    percent, period_days = case["tax_percent"], case["period_days"]

    charge = taxed(stub_of(case["days"], period_days).line(case["price_cents"], percent))
    given = {field: figures(charge)[name] for field, name in expected_charge.items()}
    if case.get("credit_of_price_cents") is not None:
        unused = stub_of(case["credit_days"], period_days)
        credit = credited(case["credit_of_price_cents"], percent, unused)
        given |= {field: figures(credit)[name] for field, name in expected_credit.items()}

    assert_expected(expected_of(case), given)


def expected_of(case: Case) -> dict[str, Any]:
    """Return what a case expects; nothing is expected where it says none."""
    return {
        field: told
        for field, told in case.items()
        if field.startswith("expected") and told is not None
    }


def check_advance_subscribe_and_terminate_same_instant(case: Case) -> None:
    assert_known(
        case,
        *("price_cents", "tax_percent", "billing_time", "customer_timezone", "instant"),
        *("interval", "expected_invoice_incl_tax_cents", "expected_invoice_excl_tax_cents"),
        "expected_credit_note",
    )
    price, percent = case["price_cents"], case["tax_percent"]
    instant = datetime.fromisoformat(case["instant"])
    day = local_day(instant, ZoneInfo(case["customer_timezone"]))
    whole = cycle_of(case.get("interval", "monthly"), case["billing_time"], day).period_on(day)
    used = used_until(day, day)

    invoice = taxed(Stub(Period(day, whole.end), whole).line(price, percent))
    credit = credited(price, percent, Stub(Period(used.end, whole.end), whole))

    given = {
        "expected_invoice_incl_tax_cents": cents(invoice.gross),
        "expected_invoice_excl_tax_cents": cents(invoice.net),
    }
    expected = expected_of(case)
    expected_credit = expected.pop("expected_credit_note", None)
    assert_expected(expected, given)
    if expected_credit is not None:
        assert_expected(expected_credit, figures(credit))


def contract_of(anchor: str, start: date) -> BillingContract:
    """Return a contract under which the day of a termination is charged."""
    assert anchor in ANCHORS, f"unknown anchor: {anchor!r}"
    return BillingContract(
        id=UUID(int=1),
        key="CT-1",
        customer=UUID(int=2),
        currency=CURRENCY,
        start_on=start,
        anchor_rule=ANCHORS[anchor],
        policy=BillingPolicy(last_day_counts=True),
    )


def cycle_of(interval: str, anchor: str, start: date) -> Cycle | DayCycle:
    """Return the cycle of a subscription that started on `start`."""
    contract = contract_of(anchor, start)
    if interval == "weekly":
        calendar = contract.anchor_rule is AnchorRule.CALENDAR
        return DayCycle(week_anchor(start) if calendar else start, WEEK_DAYS)
    assert interval in MONTHS, f"unknown interval: {interval!r}"
    return contract.cycle(MONTHS[interval], start)


def used_until(start: date, terminated_on: date) -> Period:
    """Return the days of service of what is terminated on a day, which counts as used."""
    service = Subscription(
        id=UUID(int=3), key="SUB-1", name="Plan", start_on=start, end_on=terminated_on
    )
    return service.service_period(contract_of("anniversary", start), until=date.max)


def check_credit_note(case: Case) -> None:
    assert_known(case, "price_cents", "tax_percent", "credited_days", "period_days", "expected")

    credit = credited(
        case["price_cents"],
        case["tax_percent"],
        stub_of(case["credited_days"], case["period_days"]),
    )

    assert_expected(case["expected"], figures(credit))


def coupon_of(told: Mapping[str, Any], place: int) -> Coupon:
    assert not told.keys() - {"cents", "percent", "applies_to"}, f"unknown coupon: {told}"
    applies_to = told["applies_to"]
    fees = None if applies_to == "all" else frozenset(applies_to)
    key = f"coupon-{place}"
    if "percent" in told:
        return Coupon(PercentageDiscount(key=key, percent=number(told["percent"])), fees)
    amount_off = Money.exactly(euros(told["cents"]), CURRENCY)
    return Coupon(FixedDiscount(key=key, amount=amount_off), fees)


def check_coupons_then_tax(case: Case) -> None:
    assert_known(case, "fees", "coupons", "order", "expected")
    assert case["order"].startswith("as listed"), f"unknown order: {case['order']!r}"
    for fee in case["fees"]:
        assert fee.keys() == {"id", "cents", "tax"}, f"unknown fee: {fee}"
    fees = {fee["id"]: Money.exactly(euros(fee["cents"]), CURRENCY) for fee in case["fees"]}
    taxes = {fee["id"]: tax_of(fee["tax"]) for fee in case["fees"]}
    coupons = [coupon_of(told, place) for place, told in enumerate(case["coupons"])]

    redeemed = redeem(fees, coupons, currency=CURRENCY, share_digits=SHARE_DIGITS)
    lines = {fee.key: TaxableLine(taxes[fee.key], fee.left, fee.printed) for fee in redeemed.fees}
    totals = tax_totals(
        lines.values(), currency=CURRENCY, method=TaxMethod.UNROUNDED_NET_OF_ALL_RATES
    )

    given: dict[str, Any] = {
        "fees": cents(Money.total(fees.values(), CURRENCY)),
        "coupons": cents(Money.total(redeemed.coupons, CURRENCY)),
        "net": cents(totals.net),
        "tax": cents(totals.tax),
        "total": cents(totals.gross),
    }
    by_fee: dict[str, dict[str, Any]] = {
        "coupon_share_cents": {fee.key: fee.taken for fee in redeemed.fees},
        "fee_tax_cents": {key: cents(line_tax(line)) for key, line in lines.items()},
    }
    expected = dict(case["expected"])
    for name in by_fee.keys() & expected.keys():
        shares = by_fee[name]
        told = expected.pop(name)
        if name == "coupon_share_cents":
            told = {key: Fraction(euros(share)) for key, share in told.items()}
        assert_expected(told, shares)
    assert_expected(expected, given)


def check_prorated_charge(case: Case) -> None:
    assert_known(case, "full_cents", "days", "period_days", "expected_cents", "expected_precise")
    assert_fee(case, case["full_cents"], stub_of(case["days"], case["period_days"]))


def check_first_period_fee(case: Case) -> None:
    assert_known(case, "price_cents", "days", "period_days", "expected_cents", "expected_precise")
    assert_fee(case, case["price_cents"], stub_of(case["days"], case["period_days"]))


def assert_fee(case: Case, price_cents: Any, stub: Stub) -> None:
    """Fail where the fee, or the precise one that is kept beside it, is not as expected."""
    expected = expected_of(case)
    precise = expected.pop("expected_precise", None)
    if precise is not None:
        told = Fraction(euros(precise))
        assert abs(stub.exact(price_cents) - told) <= PRECISE, "the precise amount"
    assert_expected(expected, {"expected_cents": cents(stub.fee(price_cents))})


def check_arrears_termination(case: Case) -> None:
    assert_known(
        case,
        *("price_cents", "interval", "anchor", "service_start", "terminated_on"),
        *("billed_days", "period", "period_days", "expected_cents"),
    )
    start, terminated = (
        date.fromisoformat(case[key]) for key in ("service_start", "terminated_on")
    )
    told = Period.through(*map(date.fromisoformat, case["period"]))
    cycle = cycle_of(case["interval"], case["anchor"], told.start)

    whole = cycle.period_on(terminated)
    part = whole.overlap(used_until(start, terminated))

    assert (whole, whole.days, part.days) == (told, case["period_days"], case["billed_days"])
    assert_fee(case, case["price_cents"], Stub(part, whole))


def check_period_start(case: Case) -> None:
    assert_known(
        case,
        *("interval", "billing_time", "subscription_date", "billing_run_on", "in_advance"),
        "expected",
    )
    start = date.fromisoformat(case["subscription_date"])
    schedule = Schedule(
        cycle_of(case["interval"], case["billing_time"], start),
        Timing.ADVANCE if case["in_advance"] else Timing.ARREARS,
    )
    as_of = date.fromisoformat(case["billing_run_on"])

    billed = due_periods(schedule, start=start, end=None, as_of=as_of)
    *_, last = [start, *(due.part.start for due in billed)]

    assert last == date.fromisoformat(case["expected"])
