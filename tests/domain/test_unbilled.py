from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

import pytest

from work365.domain.accounts import Account
from work365.domain.contracts import BillingContract, Subscription
from work365.domain.findings import Severity
from work365.domain.invoice_taxes import TaxTerms
from work365.domain.price_models import PerUnit
from work365.domain.settlements import settle_account
from work365.domain.tax_ids import Place
from work365.domain.taxes import Party, TaxRate, TaxRules
from work365.domain.unbilled import noticed
from work365.domain.usage import UsageRecord

START = date(2026, 1, 5)
END = date(2026, 3, 20)
NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
CONTRACT = BillingContract(
    id=UUID(int=1), key="CT-1", customer=UUID(int=2), currency="EUR", start_on=START
)
METERED = Subscription(
    id=UUID(int=3),
    key="SUB-1",
    name="Azure",
    start_on=START,
    end_on=END,
    usage_model=PerUnit(Decimal("0.10")),
)


def used(day: date) -> UsageRecord:
    return UsageRecord(
        key=f"U-{day}", subscription="SUB-1", used_on=day, quantity=Decimal(7), recorded_at=NOON
    )


def account_of(*records: UsageRecord, **terms: object) -> Account:
    return Account(
        contract=CONTRACT,
        subscriptions=(replace(METERED, usage=records, **terms),),  # type: ignore[arg-type]  # the terms are the test's own
    )


@pytest.mark.parametrize("day", [START, date(2026, 3, 19), date(2026, 4, 4)])
def test_usage_in_a_billing_period_that_is_served_is_billed(day: date) -> None:
    assert list(noticed(account_of(used(day)), day=END)) == []


@pytest.mark.parametrize("day", [date(2026, 1, 4), date(2026, 4, 5)])
def test_usage_before_and_after_is_told(day: date) -> None:
    (finding,) = noticed(account_of(used(day)), day=END)

    assert (finding.severity, finding.code) == (Severity.WARNING, "usage_outside_service")
    assert f"U-{day}" in finding.message


def test_usage_of_a_subscription_that_is_never_served_is_told() -> None:
    never = account_of(used(START), end_on=START)

    assert [finding.code for finding in noticed(never, day=END)] == ["usage_outside_service"]


def test_usage_without_a_price_is_told_once() -> None:
    free = account_of(used(START), used(END), usage_model=None)

    (finding,) = noticed(free, day=END)

    assert finding.code == "usage_without_price"
    assert "2 usage records" in finding.message


def test_a_vat_number_that_cannot_be_one_is_told_with_the_invoices() -> None:
    german, french = Place("DE"), Place("FR")
    rate = TaxRate(
        place=german,
        category="standard",
        percent=Decimal(19),
        valid_from=date(2024, 1, 1),
        name="USt",
        source="UStG",
    )
    rules = TaxRules(seller=Party(german), rates=(rate,))
    account = replace(
        account_of(used(START)), tax=TaxTerms(rules=rules, buyer=Party(french, "FR123"))
    )

    settlement = settle_account(account, through=date(2026, 2, 5))

    assert [finding.code for finding in settlement.findings] == ["vat_id_invalid"]
    assert settlement.invoices[0].taxes is not None
