"""Whole stories of a subscription, settled from the first event to the last."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from tests.contract.attentive_case import ASIDE, AttentiveCase
from tests.contract.billing_cases import Case, cases
from tests.contract.killbill_periods import MONTHS
from tests.domain.books import days_of
from work365.domain.accounts import Account
from work365.domain.books import kept
from work365.domain.changes import Change, UnitPrice
from work365.domain.contracts import AnchorRule, BillingContract, Subscription, Timing
from work365.domain.invoices import Invoice, InvoiceStatus
from work365.domain.ledger import Ledger
from work365.domain.money import Money
from work365.domain.payments import Overpayment, Payment, pay
from work365.domain.periods import Period, day_after
from work365.domain.policies import AddingUp, BillingPolicy, ChangeLines
from work365.domain.proration import Proration, Rounding
from work365.domain.receivables import bill
from work365.domain.settlements import settle_account

CURRENCY = "USD"
"""The cases name none."""

KILL_BILL = BillingPolicy(
    proration=Proration(rounding=Rounding(fraction_digits=9)),
    change_lines=ChangeLines.CREDIT_AND_CHARGE,
    adding_up=AddingUp.LINE,
    refunds=True,
)
TIMINGS = {
    "in_advance": Timing.ADVANCE,
    "in_arrears": Timing.ARREARS,
    "in_arrear": Timing.ARREARS,
}
ENDINGS = {"cancel", "cancelled", "stop_billing"}
EVENT_FIELDS = {"date", "quantity", "price", "price_per_unit", "action"}
ITEM_FIELDS = {"from", "to_excl", "amount"}

Item = tuple[date, date, Decimal]


def check_fields(told: Mapping[str, Any], known: set[str]) -> None:
    """Fail where `told` says something that nothing would be made of."""
    assert told.keys() <= known, f"unknown fields: {sorted(told.keys() - known)}"


def changes(case: AttentiveCase, months: int) -> Iterator[Change]:
    """Yield the change log that the events of `case` come to."""
    had, price = Decimal(0), case.get("price_per_unit", case.get("price"))
    for place, event in enumerate(case["events"], start=1):
        check_fields(event, EVENT_FIELDS)
        action = event.get("action")
        assert action is None or action in ENDINGS, f"unknown action: {action!r}"
        # A level is told: the first is one unit unless it says otherwise, later ones stay.
        level = Decimal(event.get("quantity", had or 1))
        price = event.get("price_per_unit", event.get("price", price))
        on = date.fromisoformat(event["date"])
        yield Change(
            key=f"change {place}",
            effective_on=on,
            recorded_at=datetime.combine(on, time(), UTC),
            quantity=level - had,
            price=UnitPrice(Decimal(price), months),
            refund=True,
        )
        had = level


def end_of(case: AttentiveCase) -> date | None:
    """Return the first day on which the subscription is not had any more, if it ends."""
    ends = [event["date"] for event in case["events"] if event.get("action") in ENDINGS]
    return date.fromisoformat(min(ends)) if ends else None


def account_of(case: AttentiveCase) -> Account:
    """Return the account that `case` tells of, with nothing billed yet."""
    period = case["period"]
    assert period in MONTHS, f"no contract has the period {period!r}, but one of {[*MONTHS]}"
    months = MONTHS[period]
    log = tuple(changes(case, months))
    first = min(change.effective_on for change in log)
    bill_day = case.get("bill_cycle_day")
    contract = BillingContract(
        id=UUID(int=1),
        key="contract",
        customer=UUID(int=2),
        currency=case.get("currency", CURRENCY),
        start_on=first,
        timing=TIMINGS[case.get("mode", "in_advance")],
        anchor_rule=AnchorRule.BILL_DAY if bill_day else AnchorRule.ANNIVERSARY,
        bill_day=bill_day,
        cycle_months=months,
        policy=KILL_BILL,
    )
    subscription = Subscription(
        id=UUID(int=3), key="subscription", name="subscription", start_on=first, changes=log
    )
    return Account(contract=contract, subscriptions=(subscription,))


def expected_items(case: AttentiveCase) -> list[Item]:
    """Return the items that `case` expects, each with its days and its amount."""
    items = []
    for item in case["expected_invoice_items"]:
        check_fields(item, ITEM_FIELDS)
        days = date.fromisoformat(item["from"]), date.fromisoformat(item["to_excl"])
        items.append((*days, Decimal(item["amount"])))
    return items


def days_to_bill(account: Account, items: list[Item], end: date | None) -> list[date]:
    """Return every day from the first event until all that is expected has come due.

    In arrears that is the end of the last period. In advance the next one starts there, of which
    the story does not tell, unless something happens later.
    """
    happens = {change.effective_on for _, change in account.entries} | ({end} if end else set())
    arrears = account.contract.timing is Timing.ARREARS
    over = {day_after(until, 0 if arrears else -1) for _, until, _ in items}
    story = Period.through(min(happens), max(happens | over))
    return list(days_of(story))


def known_on(account: Account, day: date, end: date | None) -> Account:
    """Return `account` as it is known on `day`: an end to come is not known yet."""
    if end is None or day < end:
        return account
    [subscription] = account.subscriptions
    ended = replace(subscription, end_on=end, refund_at_end=True)
    return replace(account, subscriptions=(ended,))


def billed_on(account: Account, days: list[date], end: date | None) -> list[Invoice]:
    """Return the invoices of an account that is billed on each of `days`, drafts included."""
    invoices: list[Invoice] = []
    for day in days:
        account = known_on(account, day, end)
        settlement = settle_account(account, through=day)
        at_once = tuple(
            replace(invoice, status=InvoiceStatus.BILLED) for invoice in settlement.invoices
        )
        account = kept(account, replace(settlement, invoices=at_once))
        invoices += at_once
    return invoices


def credit_left(invoices: list[Invoice], currency: str) -> Money:
    """Return the account credit that is left where every invoice is paid on its day."""
    ledger = Ledger(currency=currency)
    for invoice in invoices:
        ledger = bill(ledger, invoice.net, document=invoice.key, key=f"bill {invoice.key}")
        still_open = ledger.open_of(invoice.key)
        if still_open.amount:
            payment = Payment(reference=f"pay {invoice.key}", amount=still_open)
            ledger = pay(ledger, payment, overpayment=Overpayment.OLDEST_INVOICE)
    return ledger.account_credit


@pytest.mark.parametrize("case", cases("killbill_scenarios"))
def test_a_story_comes_to_its_invoice_items(case: Case) -> None:
    told = AttentiveCase(case)
    account, items = account_of(told), expected_items(told)
    expected = told.expected.keys() - {"expected_invoice_items", "expected_account_credit"}
    assert not expected, f"unknown fields: {sorted(expected)}"
    assert {"title", *told.read} >= told.keys() - told.expected.keys() - ASIDE

    end = end_of(told)
    invoices = billed_on(account, days_to_bill(account, items, end), end)

    lines = [line for invoice in invoices for line in invoice.lines]
    assert sorted(items) == sorted(
        (line.charge.service_period.start, line.charge.service_period.end, line.amount.amount)
        for line in lines
    )
    if "expected_account_credit" in told:
        left = credit_left(invoices, account.contract.currency)
        assert left.amount == Decimal(told["expected_account_credit"])
