"""Balances after payments, refunds, credits and the use of account credit."""

import re
from collections.abc import Callable
from decimal import Decimal

import pytest

from tests.contract.billing_cases import Case, cases
from work365.domain.ledger import Ledger
from work365.domain.money import Money
from work365.domain.payments import Allocation, Overpayment, Payment, Refund, pay, refund
from work365.domain.receivables import bill, credit

CURRENCY = "USD"
"""The cases name none."""

DOCUMENT = "1"
"""The document of steps that name none."""


def money(text: str) -> Money:
    return Money.exactly(Decimal(text), CURRENCY)


def allocated(reference: str, text: str, document: str) -> Payment:
    amount = money(text)
    return Payment(reference=reference, amount=amount, allocations=(Allocation(document, amount),))


def billed(ledger: Ledger, text: str, *, document: str) -> Ledger:
    return bill(ledger, money(text), document=document, key=f"bill {document}")


# Steps of an account's story
# ---------------------------
Step = Callable[[Ledger, str, Money, str], Ledger]


def add_line(ledger: Ledger, key: str, amount: Money, document: str) -> Ledger:
    return bill(ledger, amount, document=document, key=key)


def add_credit(ledger: Ledger, key: str, amount: Money, document: str) -> Ledger:
    # A credit where nothing was billed is one on the account.
    on = document if document in ledger.outstanding else None
    return credit(ledger, amount, document=on, key=key)


def add_account_credit(ledger: Ledger, key: str, amount: Money, document: str) -> Ledger:
    return credit(ledger, amount, document=None, key=key)


def add_payment(ledger: Ledger, key: str, amount: Money, document: str) -> Ledger:
    arrived = Payment(reference=key, amount=amount)
    return pay(ledger, arrived, overpayment=Overpayment.OLDEST_INVOICE)


def add_refund(ledger: Ledger, key: str, amount: Money, document: str) -> Ledger:
    return refund(ledger, Refund(reference=key, amount=amount))


STEPS: dict[str, Step] = {
    "line": add_line,
    "credit_line": add_credit,
    "account_credit": add_account_credit,
    "payment": add_payment,
    "refund": add_refund,
    "chargeback": add_refund,
}
STEP_FIELDS = {"do", "amount", "invoice", "note", "expected_balance", "expected_account_credit"}


def compare(ledger: Ledger, told: Case) -> None:
    if "expected_balance" in told:
        assert ledger.balance == money(told["expected_balance"])
    if "expected_account_credit" in told:
        assert ledger.account_credit == money(told["expected_account_credit"])


def account_balance(case: Case) -> None:
    ledger = Ledger(currency=CURRENCY)
    for place, step in enumerate(case["steps"], start=1):
        assert step.keys() <= STEP_FIELDS, f"unknown fields of a step: {step}"
        assert step["do"] in STEPS, f"unknown step: {step['do']!r}"
        document = str(step.get("invoice", DOCUMENT))
        ledger = STEPS[step["do"]](ledger, f"step {place}", money(step["amount"]), document)
        compare(ledger, step)
    compare(ledger, case)


# Questions about single rules
# ----------------------------
def credit_on_invoice(case: Case) -> None:
    ledger = billed(Ledger(currency=CURRENCY), case["invoice"], document="1")

    ledger = credit(ledger, money(case["credit"]), document="1", key="credit")

    assert ledger.open_of("1") == money(case["expected_invoice_balance"])
    compare(ledger, case)


def account_credit_use(case: Case) -> None:
    ledger = credit(
        Ledger(currency=CURRENCY), money(case["account_credit"]), document=None, key="credit"
    )

    ledger = billed(ledger, case["new_invoice"], document="1")

    assert ledger.covered("1") == money(case["expected_credit_used"])
    assert ledger.account_credit == money(case["expected_credit_left"])


def refund_after_credit_use(case: Case) -> None:
    later = [
        field.removeprefix("invoice_")
        for field in case
        if field.removeprefix("invoice_").isdecimal() and field != "invoice_1"
    ]
    ledger = billed(Ledger(currency=CURRENCY), case["invoice_1"], document="1")
    ledger = pay(ledger, allocated("payment", case["paid"], "1"))
    ledger = credit(ledger, money(case["invoice_1_credited"]), document="1", key="credit")
    for document in later:
        ledger = billed(ledger, case[f"invoice_{document}"], document=document)
        if f"credit_used_on_invoice_{document}" in case:
            assert ledger.covered(document) == money(case[f"credit_used_on_invoice_{document}"])
    assert ledger.account_credit == money(case["expected_credit_before"])

    ledger = refund(ledger, Refund(reference="refund", amount=money(case["refund"])))

    assert ledger.account_credit == money(case["expected_credit_after"])
    for document in ("1", *later):
        if f"expected_invoice_{document}_balance" in case:
            expected = money(case[f"expected_invoice_{document}_balance"])
            assert ledger.open_of(document) == expected


ABOUT = r"id|source|ask|title|note|rule"
"""Fields that say where a case is from."""

ASKS = {
    "account_balance": (account_balance, r"steps|expected_(balance|account_credit)"),
    "credit_on_invoice": (
        credit_on_invoice,
        r"invoice|credit|expected_(invoice_balance|balance|account_credit)",
    ),
    "account_credit_use": (
        account_credit_use,
        r"account_credit|new_invoice|expected_credit_(used|left)",
    ),
    "refund_after_credit_use": (
        refund_after_credit_use,
        r"(credit_used_on_)?invoice_\d+|invoice_1_credited|paid|refund"
        r"|expected_(credit_(before|after)|invoice_\d+_balance)",
    ),
}
"""What answers a question, and the fields that it reads."""


@pytest.mark.parametrize("case", cases("killbill_balances"))
def test_a_balance_is_what_was_billed_less_what_was_paid_and_credited(case: Case) -> None:
    assert case["ask"] in ASKS, f"unknown ask: {case['ask']!r}"
    answer, fields = ASKS[case["ask"]]
    unknown = [field for field in case if not re.fullmatch(f"{ABOUT}|{fields}", field)]
    assert unknown == [], f"unknown fields of {case['ask']}: {unknown}"

    answer(case)
