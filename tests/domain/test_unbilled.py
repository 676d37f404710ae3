from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

import pytest

from work365.domain.accounts import Account, Memory
from work365.domain.books import Books
from work365.domain.changes import Change, UnitPrice
from work365.domain.contracts import BillingContract, Subscription
from work365.domain.findings import Finding, Severity
from work365.domain.invoice_taxes import TaxTerms
from work365.domain.lines import LineKind
from work365.domain.policies import BillingPolicy
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


def billed_books(*later: Change, refunds: bool = False) -> Books:
    """Books of ten seats from 5 January, billed for two months."""
    opening = Change("SUB-1-0", START, NOON, Decimal(10), UnitPrice(Decimal("12.40"), 1))
    account = account_of(end_on=None, usage_model=None, changes=(opening, *later))
    contract = replace(CONTRACT, policy=BillingPolicy(refunds=refunds))
    books = Books(replace(account, contract=contract))
    books.run(date(2026, 2, 5))
    return books


def set_billable(books: Books, billable: bool) -> None:
    (subscription,) = books.account.subscriptions
    subscription = replace(subscription, billable=billable)
    books.account = replace(books.account, subscriptions=(subscription,))


def codes(findings: Iterable[Finding]) -> list[str]:
    return [finding.code for finding in findings]


class TestWithdrawn:
    @pytest.mark.parametrize("refunds", [False, True])
    def test_all_that_was_billed_is_credited_whether_refunds_are_given_or_not(
        self, refunds: bool
    ) -> None:
        books = billed_books(refunds=refunds)
        set_billable(books, False)

        books.run(date(2026, 3, 5))

        assert [(line.kind, line.amount.amount) for line in books.closed[-1].lines] == [
            (LineKind.CREDIT, Decimal(-124)),
            (LineKind.CREDIT, Decimal(-124)),
        ]

    def test_what_was_waived_before_stays_waived(self) -> None:
        fewer = Change("SUB-1-1", date(2026, 1, 20), NOON, Decimal(-10))
        books = billed_books(fewer)
        set_billable(books, False)

        books.run(date(2026, 3, 5))

        # The ten seats of 5 to 19 January are money; the rest of that period was waived.
        (line,) = books.closed[-1].lines
        assert (line.kind, line.amount.amount) == (LineKind.CREDIT, Decimal(-60))

    def test_it_is_told_while_the_credit_is_a_draft(self) -> None:
        books = billed_books()
        set_billable(books, False)

        (finding,) = books.run_in_the_morning(date(2026, 2, 20)).findings

        assert (finding.severity, finding.code) == (Severity.WARNING, "billable_withdrawn")
        assert finding.path == "subscription SUB-1"
        assert finding.message == (
            "subscription SUB-1: it is not billable any more, so that all that was billed for it"
            " is credited; if it is only not to be charged from a day on, make it billable again"
            " and enter a change of that day by which it is cancelled or suspended"
        )

    def test_it_is_told_no_more_once_it_is_billable_again(self) -> None:
        books = billed_books()
        set_billable(books, False)
        books.run_in_the_morning(date(2026, 2, 20))
        set_billable(books, True)

        settlement = books.run_in_the_morning(date(2026, 2, 21))

        assert settlement.findings == ()
        assert settlement.invoices == ()

    def test_it_is_told_no_more_once_the_credit_is_invoiced(self) -> None:
        books = billed_books()
        set_billable(books, False)
        books.run(date(2026, 3, 5))

        assert list(noticed(books.account, day=date(2026, 3, 6))) == []

    def test_it_is_told_where_what_was_settled_is_forgotten(self) -> None:
        books = billed_books()
        set_billable(books, False)

        forgotten = replace(books.account, memory=Memory())

        assert codes(noticed(forgotten, day=date(2026, 3, 6))) == ["billable_withdrawn"]

    def test_what_was_never_billed_is_not_told(self) -> None:
        books = billed_books()
        part = replace(books.account.subscriptions[0], key="SUB-2", billable=False)

        account = replace(books.account, subscriptions=(*books.account.subscriptions, part))

        assert list(noticed(account, day=date(2026, 2, 20))) == []


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
