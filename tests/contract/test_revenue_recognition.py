"""Revenue recognition: schedules, postings, credits, exchange rates, bundles, commission."""

import calendar
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from tests.contract.attentive_case import AttentiveCase
from tests.contract.billing_cases import Case, cases
from work365.domain.bundle_prices import allocate_price
from work365.domain.money import Money
from work365.domain.periods import Period
from work365.domain.postings import (
    Accounts,
    Posting,
    document_postings,
    exchanged,
    movements,
    settlement_postings,
)
from work365.domain.revenue import (
    DAILY,
    EVEN_BY_MONTH,
    EXACT_TIME,
    MONTHS_WITH_STUBS_BY_DAY,
    MONTHS_WITH_STUBS_BY_TIME,
    Method,
    RecognitionRow,
    ServiceTime,
    credit_rows,
    deferred_by_month,
    recognised_by_month,
    schedule,
    split_at,
)

ANY_YEAR = 2026
"""The year of a case that tells a month without one."""

ANY_DAY = date(ANY_YEAR, 1, 1)

ACCOUNTS = Accounts()
ACCOUNT_NAMES = {
    "accounts_receivable": ACCOUNTS.receivable,
    "deferred_revenue": ACCOUNTS.deferred,
    "refund": ACCOUNTS.refunds,
    "credit_note": ACCOUNTS.credit_notes,
    "exchange_loss": ACCOUNTS.exchange_loss,
    "tax_payable": ACCOUNTS.tax,
}
"""The names that a case may have for an account, where they are not the engine's own."""

METHODS = {
    "daily": DAILY,
    "exact_time": EXACT_TIME,
    "even_by_month": EVEN_BY_MONTH,
    "even_by_month_stubs_by_day": MONTHS_WITH_STUBS_BY_DAY,
    "business_central": MONTHS_WITH_STUBS_BY_DAY,
}


# What a case tells
# -----------------
def money(case: Case, told: Any) -> Money:
    return Money.exactly(Decimal(told), case.get("settlement_currency", currency(case)))


def currency(case: Case) -> str:
    return str(case.get("currency", "USD"))


def first(case: Case, *names: str) -> Any:
    """Return the first of the fields `names` that the case has."""
    for name in names:
        if name in case:
            return case[name]
    pytest.fail(f"the case has none of the fields {names}")


def method_of(case: Case) -> Method:
    told = case.get("method", "daily")
    if told in METHODS:
        return METHODS[told]
    if re.search(r"month.*prorat|prorat.*month", told):
        return MONTHS_WITH_STUBS_BY_TIME
    pytest.fail(f"unknown method: {told!r}")


def day(told: str) -> date:
    """Return a day that is told as a date, or as the name of a month and a number."""
    if found := re.fullmatch(r"([A-Z][a-z]+) (\d+)", told):
        return date(ANY_YEAR, list(calendar.month_name).index(found[1]), int(found[2]))
    return moment(told).date()


def moment(told: str) -> datetime:
    found = datetime.fromisoformat(told)
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def service_of(case: Case) -> ServiceTime:
    if "service_month" in case:
        return ServiceTime.of_months(day(f"{case['service_month']} 1"), 1)
    start = first(case, "from", "invoiced_on", "charged_on")
    if "to_inclusive" in case:
        return ServiceTime.of_days(Period.through(day(start), day(case["to_inclusive"])))
    # Without an end it is earned when it is sold.
    return ServiceTime(moment(start), moment(case.get("to_exclusive", case.get("to", start))))


def rows_of(case: Case, base: Money) -> tuple[RecognitionRow, ...]:
    return schedule(
        base, service_of(case), method_of(case), line="line", accounts=ACCOUNTS.recognition
    )


def issued_on(case: Case) -> date:
    return day(case["invoiced_on"]) if "invoiced_on" in case else service_of(case).start.date()


# What the engine gives
# ---------------------
def schedule_fields(case: Case) -> dict[str, Any]:
    rows = rows_of(case, money(case, case["amount"]))
    recognised = recognised_by_month(rows)
    return {
        "expected_by_month": recognised,
        "expected": recognised,
        "expected_deferred_movement": deferred_by_month(rows, issued_on(case)),
        "expected_rows": [row.amount for row in rows],
        "expected_days": [row.days for row in rows],
    }


def posting_fields(case: Case) -> dict[str, Any]:
    rows = rows_of(case, money(case, case["amount"]))
    tax = money(case, case["tax"]) if "tax" in case else None
    postings = list(document_postings(rows, on=issued_on(case), accounts=ACCOUNTS, tax=tax))
    if "customer_credit_used" in case:
        used = money(case, case["customer_credit_used"])
        postings += settled(used, issued_on(case), ACCOUNTS.customer_balance)
    if "paid" in case:
        paid_on = day(case.get("paid_on", issued_on(case).isoformat()))
        postings += settled(money(case, case["paid"]), paid_on, ACCOUNTS.cash)
    if "credit_note" in case:
        postings += credit_postings(case, rows, "credit_note", ACCOUNTS.credit_notes)
    if "refund" in case:
        postings += credit_postings(case, rows, "refund", ACCOUNTS.refunds)
        refunded_on = day(first(case, "refund_on", "refunded_on"))
        postings += settled(-money(case, case["refund"]), refunded_on, ACCOUNTS.cash)
    if "written_off" in case:
        on = day(case["written_off_on"])
        postings += settled(money(case, case["written_off"]), on, ACCOUNTS.bad_debt)
    return {"expected": movements(postings, ACCOUNTS)}


def settled(owed: Money, on: date, settled_by: str) -> tuple[Posting, ...]:
    return settlement_postings(owed, on=on, settled_by=settled_by, accounts=ACCOUNTS)


def credit_postings(
    case: Case, rows: tuple[RecognitionRow, ...], field: str, contra: str
) -> tuple[Posting, ...]:
    on = day(first(case, f"{field}_on", f"{field}ed_on"))
    credit = credit_rows(rows, money(case, case[field]), line=field, on=on, contra=contra)
    return document_postings(credit, on=on, accounts=ACCOUNTS)


def upgrade_fields(case: Case) -> dict[str, Any]:
    change_on = day(case["change_date"])
    old, _ = split_at(rows_of(case, money(case, case["old_price"])), change_on)
    _, new = split_at(rows_of(case, money(case, case["new_price"])), change_on)
    return {
        "expected_old_part": total(case, old),
        "expected_new_part": total(case, new),
        "expected_revenue": total(case, (*old, *new)),
        "expected_by_month": recognised_by_month((*old, *new)),
    }


def total(case: Case, rows: Iterable[RecognitionRow]) -> Money:
    return Money.total((row.amount for row in rows), currency(case))


def payment_fields(case: Case) -> dict[str, Any]:
    owed = money(case, case["invoice"])
    payment = settled(owed, day(case["paid_on"]), ACCOUNTS.cash)
    moved = {
        account: Money.total(months.values(), owed.currency)
        for account, months in movements(payment, ACCOUNTS).items()
    }
    none = Money.zero(owed.currency)
    return {
        "expected_change_of_recognised_revenue": moved.get(ACCOUNTS.revenue, none),
        "expected_change_of_deferred_revenue": moved.get(ACCOUNTS.deferred, none),
        "expected_change_of_receivable": moved.get(ACCOUNTS.receivable, none),
        "expected_change_of_cash": moved.get(ACCOUNTS.cash, none),
        "expected_by_month": recognised_by_month(rows_of(case, owed)),
    }


def exchange_fields(case: Case) -> dict[str, Any]:
    """A charge at one rate, which is given back at another."""
    books = str(case["settlement_currency"])
    assert books != currency(case), "nothing is exchanged"
    amount = Decimal(first(case, "amount", "charge", "refund"))
    refunded = Decimal(case.get("refund", amount))
    booked_at = Decimal(first(case, "rate_at_charge", "rate_at_invoice", "charge_rate"))
    refunded_at = Decimal(first(case, "rate_at_refund", "refund_rate"))
    on = day(case["refund_on"]) if "refund_on" in case else ANY_DAY
    sold = schedule(
        exchanged(amount, booked_at, books),
        ServiceTime.of_days(Period(on, on)),
        DAILY,
        line="line",
        accounts=ACCOUNTS.recognition,
    )
    booked = exchanged(refunded, booked_at, books)
    credit = credit_rows(sold, booked, line="refund", on=on, contra=ACCOUNTS.refunds)
    postings = (
        *document_postings(credit, on=on, accounts=ACCOUNTS),
        *settlement_postings(
            -booked,
            on=on,
            settled_by=ACCOUNTS.cash,
            accounts=ACCOUNTS,
            moved=-exchanged(refunded, refunded_at, books),
        ),
    )
    moved = {
        account: Money.total(months.values(), books)
        for account, months in movements(postings, ACCOUNTS).items()
    }
    fields = {f"expected_{account}": amount for account, amount in moved.items()}
    others = {
        f"expected_{other}": moved[account]
        for other, account in ACCOUNT_NAMES.items()
        if account in moved
    }
    return {"expected": moved} | fields | others


def bundle_fields(case: Case) -> dict[str, Any]:
    told = case["standalone_prices"]
    names = list(told) if isinstance(told, Mapping) else None
    prices = told.values() if isinstance(told, Mapping) else told
    unit = Decimal(case["unit"]) if "unit" in case else None
    standalone = [Decimal(price) for price in prices]
    parts = allocate_price(money(case, case["bundle_price"]), standalone, unit=unit)
    return {"expected": list(parts) if names is None else dict(zip(names, parts, strict=True))}


def commission_fields(case: Case) -> dict[str, Any]:
    commission = money(case, case["commission"])
    start = day(case.get("from", ANY_DAY.isoformat()))
    spread, at_once = (
        schedule(commission, service, EVEN_BY_MONTH, line="line", accounts=ACCOUNTS.recognition)
        for service in (
            ServiceTime.of_months(start, case["months"]),
            ServiceTime.of_days(Period(start, start)),
        )
    )
    assert total(case, spread) == commission
    return {
        "expected_per_month": spread[0].amount,
        "expected_months": len(spread),
        "expected_by_month": recognised_by_month(spread),
        "expected_if_expensed_at_once": at_once[0].amount,
    }


ASKS: dict[str, Callable[[Case], dict[str, Any]]] = {
    "schedule": schedule_fields,
    "postings": posting_fields,
    "month_revenue_after_upgrade": upgrade_fields,
    "payment_effect": payment_fields,
    "refund_fx": exchange_fields,
    "fx_refund": exchange_fields,
    "allocate_price": bundle_fields,
    "capitalise_commission": commission_fields,
}


# The comparison
# --------------
def as_told(value: Any) -> Any:
    """Return what the engine gives in the form in which cases tell it."""
    match value:
        case Money():
            return value.amount
        case dict():
            return {as_told(key): as_told(part) for key, part in value.items()}
        case list():
            return [as_told(part) for part in value]
        case date():
            return value.isoformat()[: len("2026-01")]
    return value


def as_amounts(told: Any) -> Any:
    match told:
        case dict():
            return {ACCOUNT_NAMES.get(key, key): as_amounts(part) for key, part in told.items()}
        case list():
            return [as_amounts(part) for part in told]
        case str():
            return Decimal(told)
    return told


def months_in(told: Any) -> set[str]:
    """Return the months that are told, on whatever level."""
    if not isinstance(told, dict):
        return set()
    found = {key for key in told if re.fullmatch(r"\d{4}-\d\d", key)}
    return found.union(*(months_in(part) for part in told.values()))


def through(value: Any, month: str) -> Any:
    """Return the months of `value` up to `month`: a case may tell the first ones only."""
    if not isinstance(value, dict):
        return value
    return {
        key: through(part, month)
        for key, part in value.items()
        if not re.fullmatch(r"\d{4}-\d\d", key) or key <= month
    }


def check(given: Any, told: Any) -> None:
    expected, value = as_amounts(told), as_told(given)
    if months := months_in(expected):
        value = through(value, max(months))
    if isinstance(expected, dict) and months_in(expected) == set():
        value = {key: part for key, part in value.items() if key in expected}
    elif isinstance(expected, dict) and not set(expected) <= months_in(expected):
        # Accounts of which a case tells nothing are not looked at.
        value = {account: part for account, part in value.items() if account in expected}
    assert value == expected


@pytest.mark.parametrize("case", cases("revenue_recognition"))
def test_revenue_is_recognised_as_told(case: Case) -> None:
    attentive = AttentiveCase(case)
    if case["ask"] not in ASKS:
        pytest.fail(f"unknown ask: {case['ask']!r}")

    given = ASKS[case["ask"]](attentive)

    attentive.check_all_read()
    for field, told in attentive.expected.items():
        if field not in given:
            pytest.fail(f"unknown field {field!r}: {told!r}")
        check(given[field], told)
