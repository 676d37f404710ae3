from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from tests.domain.books import Books, charges_on, told
from tests.domain.strategies import (
    recorded_on,
)
from work365.domain import invoices
from work365.domain.accounts import Account, Memory, TermsChanged
from work365.domain.changes import Change, NegativeQuantity, UnitPrice
from work365.domain.contracts import BillingContract, ContractType, Subscription, Timing
from work365.domain.invoices import (
    InvoiceStatus,
    SubscriptionMissing,
    TooFarBehind,
    TooManyCharges,
    invoice_key,
    settle_account,
)
from work365.domain.money import Money
from work365.domain.periods import Period

START = date(2026, 1, 1)
OPENING = Change(
    "SUB-1-0",
    START,
    datetime(2025, 12, 20, tzinfo=UTC),
    Decimal(10),
    UnitPrice(Decimal("12.40"), 1),
)


def contract_of(**terms: Any) -> BillingContract:
    return replace(
        BillingContract(
            id=UUID(int=1), key="CT-1", customer=UUID(int=2), currency="EUR", start_on=START
        ),
        **terms,
    )


def account_of(*changes: Change, ends_on: date | None = None, **terms: Any) -> Account:
    subscription = Subscription(
        id=UUID(int=3),
        key="SUB-1",
        name="Business Basic",
        start_on=START,
        end_on=ends_on,
        changes=(OPENING, *changes),
    )
    return Account(contract=contract_of(**terms), subscriptions=(subscription,))


def more_seats(seats: int, day: date) -> Change:
    return Change(f"SUB-1-{day}", day, recorded_on(day), Decimal(seats))


def ended(account: Account, day: date) -> Account:
    (subscription,) = account.subscriptions
    return replace(account, subscriptions=(replace(subscription, end_on=day),))


class TestClosing:
    def test_nothing_is_closed_without_a_day_through_which(self) -> None:
        settlement = settle_account(account_of(), through=None, as_of=date(2026, 2, 1))

        assert [invoice.status for invoice in settlement.invoices] == [InvoiceStatus.DRAFT] * 2
        assert settlement.through is None

    def test_dates_stay_open_until_there_is_something_to_invoice(self) -> None:
        empty = replace(account_of(), subscriptions=())
        before = settle_account(empty, through=date(2026, 2, 10))

        after = settle_account(
            replace(account_of(), memory=Memory(through=before.through)),
            through=date(2026, 2, 10),
        )

        assert before.through is None
        assert [invoice.invoice_on for invoice in after.invoices] == [START, date(2026, 2, 1)]

    def test_an_invoice_is_closed_on_its_day_when_nothing_is_to_be_reviewed(self) -> None:
        settlement = settle_account(account_of(), through=START)

        assert [invoice.status for invoice in settlement.invoices] == [InvoiceStatus.BILLED]
        assert settlement.through == START

    @pytest.mark.parametrize(
        ("day", "expected"),
        [(date(2026, 1, 5), InvoiceStatus.DRAFT), (date(2026, 1, 6), InvoiceStatus.BILLED)],
    )
    def test_an_invoice_stays_a_draft_until_its_review_days_are_over(
        self, day: date, expected: InvoiceStatus
    ) -> None:
        settlement = settle_account(account_of(review_days=5), through=day)

        assert settlement.invoices[0].status is expected

    def test_no_invoice_is_closed_before_the_one_before_it(self) -> None:
        settlement = settle_account(account_of(review_days=40), through=date(2026, 2, 1))

        assert [invoice.status for invoice in settlement.invoices] == [InvoiceStatus.DRAFT] * 2
        assert settlement.through is None

    def test_a_day_without_charges_is_closed_without_an_invoice(self) -> None:
        account = account_of(cycle_months=3)

        settlement = settle_account(account, through=date(2026, 2, 1))

        assert [invoice.invoice_on for invoice in settlement.invoices] == [START]
        assert settlement.through == date(2026, 2, 1)

    def test_a_contract_in_draft_has_no_invoices_and_no_next_day(self) -> None:
        settlement = settle_account(account_of(active=False), through=date(2026, 6, 1))

        assert settlement.invoices == ()
        assert settlement.settle_next_on is None
        assert settlement.through is None
        assert settlement.terms is None

    def test_a_contract_in_draft_settles_no_facts(self) -> None:
        settlement = settle_account(account_of(active=False), through=date(2026, 6, 1))

        assert list(settlement.settled_changes) == []
        assert list(settlement.settled_subscriptions) == []

    def test_each_missed_invoice_date_gets_its_own_invoice(self) -> None:
        settlement = settle_account(account_of(), through=date(2026, 3, 15))

        assert [(invoice.key, invoice.invoice_on) for invoice in settlement.invoices] == [
            ("CT-1-00001", date(2026, 1, 1)),
            ("CT-1-00002", date(2026, 2, 1)),
            ("CT-1-00003", date(2026, 3, 1)),
        ]
        assert settlement.sequence == 3


class TestDrafts:
    def test_show_what_is_due_as_of_a_day_that_is_not_over(self) -> None:
        books = Books(account_of(more_seats(3, date(2026, 1, 11))))
        books.run(date(2026, 1, 10))
        before = charges_on(books.drafts)

        books.run(date(2026, 1, 10), as_of=date(2026, 1, 11))

        assert before == []
        assert [charge.quantity for charge in charges_on(books.drafts)] == [3]

    def test_an_invoice_date_is_not_closed_on_the_day_itself(self) -> None:
        books = Books(account_of())

        books.run_in_the_morning(START)
        on_the_day = told(books.invoices)
        books.run_in_the_morning(date(2026, 1, 2))

        assert [invoice.status for invoice in on_the_day] == [InvoiceStatus.DRAFT]
        assert [invoice.status for invoice in books.closed] == [InvoiceStatus.BILLED]

    def test_a_run_for_a_day_before_the_last_closed_date_credits_nothing(self) -> None:
        books = Books(account_of())
        books.run(date(2026, 4, 1))

        books.run_in_the_morning(date(2026, 3, 20))

        assert charges_on(books.drafts) == []


class TestSettleNextOn:
    def test_is_the_day_on_which_the_first_seats_are_had(self) -> None:
        settlement = settle_account(account_of(), through=date(2025, 12, 1))

        assert settlement.settle_next_on == START

    @pytest.mark.parametrize(
        ("review_days", "expected"), [(0, date(2026, 2, 2)), (5, date(2026, 2, 1))]
    )
    def test_is_once_the_next_invoice_date_is_over_or_there_is_something_to_review(
        self, review_days: int, expected: date
    ) -> None:
        account = account_of(review_days=review_days)

        settlement = settle_account(account, through=date(2026, 1, 20))

        assert settlement.settle_next_on == expected

    def test_is_the_day_on_which_a_known_change_takes_effect(self) -> None:
        account = account_of(more_seats(3, date(2026, 1, 11)))

        settlement = settle_account(account, through=START)

        assert settlement.settle_next_on == date(2026, 1, 11)

    def test_is_the_next_period_of_a_subscription_with_a_cycle_of_its_own(self) -> None:
        account = account_of(type=ContractType.FLEXI)
        (subscription,) = account.subscriptions
        later = replace(subscription, start_on=date(2026, 1, 10))

        settlement = settle_account(
            replace(account, subscriptions=(later,)), through=date(2026, 2, 1)
        )

        assert settlement.settle_next_on == date(2026, 2, 10)

    def test_is_not_a_period_that_the_subscription_has_ended_before(self) -> None:
        account = account_of(
            ends_on=date(2026, 2, 1),
            type=ContractType.FLEXI,
            cycle_months=12,
            change_cycle_months=12,
        )
        (subscription,) = account.subscriptions
        monthly = replace(subscription, cycle_months=1)

        settlement = settle_account(replace(account, subscriptions=(monthly,)), through=START)

        assert settlement.settle_next_on == date(2027, 1, 2)

    def test_is_the_end_of_what_is_paid_in_arrears(self) -> None:
        account = account_of(timing=Timing.ARREARS, ends_on=date(2026, 2, 10))

        settlement = settle_account(account, through=date(2026, 2, 1))

        assert settlement.settle_next_on == date(2026, 2, 10)

    def test_is_once_the_review_of_a_draft_is_over(self) -> None:
        settlement = settle_account(account_of(review_days=5), through=date(2026, 1, 3))

        assert settlement.settle_next_on == date(2026, 1, 7)

    def test_is_none_once_the_contract_is_over_and_everything_is_billed(self) -> None:
        settlement = settle_account(account_of(end_on=date(2026, 3, 1)), through=date(2026, 3, 1))

        assert settlement.settle_next_on is None

    def test_is_once_the_next_invoice_date_is_over_when_something_is_left_over_after_the_end(
        self,
    ) -> None:
        books = Books(account_of(end_on=date(2026, 3, 1)))
        books.run(date(2026, 3, 1))
        books.account = ended(books.account, date(2026, 2, 15))

        settlement = books.run(date(2026, 3, 20))

        assert settlement.settle_next_on == date(2026, 4, 2)


class TestInvoice:
    def test_is_due_once_the_payment_days_have_passed(self) -> None:
        settlement = settle_account(account_of(payment_days=14), through=START)

        assert settlement.invoices[0].due_on == date(2026, 1, 15)

    def test_net_is_the_sum_of_its_rounded_lines(self) -> None:
        account = account_of(more_seats(3, date(2026, 1, 11)))

        settlement = settle_account(account, through=date(2026, 2, 1))

        # 10 x 12.40, then 13 x 12.40 = 161.20 and 3 x 12.40 x 21/31 = 25.20
        assert [invoice.net for invoice in settlement.invoices] == [
            Money("EUR", Decimal("124.00")),
            Money("EUR", Decimal("186.40")),
        ]

    def test_a_key_is_the_contract_and_a_number_of_five_digits(self) -> None:
        assert invoice_key(contract_of(), 7) == "CT-1-00007"

    def test_a_line_key_says_what_the_line_charges(self) -> None:
        settlement = settle_account(account_of(), through=START)

        assert settlement.invoices[0].lines[0].key == (
            "CT-1-00001_SUB-1_license_20260101_20260201_20260101_12.4x1"
        )


class TestRefusals:
    def test_a_log_that_does_not_add_up_is_refused(self) -> None:
        with pytest.raises(NegativeQuantity):
            settle_account(account_of(more_seats(-11, START)), through=START)

    def test_a_start_in_the_wrong_century_is_refused(self) -> None:
        account = account_of(start_on=date(1826, 1, 1))

        with pytest.raises(TooFarBehind, match="correct the day on which the contract starts"):
            settle_account(account, through=START)

    def test_a_century_of_months_is_not_refused(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(invoices, "INVOICE_DATES_PER_RUN_MAX", 3)

        # The dates of January to April: three that have come and one that has not.
        settlement = settle_account(account_of(), through=date(2026, 3, 31))

        assert settlement.settle_next_on == date(2026, 4, 2)

    def test_more_charges_than_a_contract_can_have_are_refused(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(invoices, "CHARGES_PER_RUN_MAX", 2)
        account = account_of(more_seats(1, date(2026, 1, 2)), timing=Timing.ARREARS)
        longer = account_of(
            more_seats(1, date(2026, 1, 2)), more_seats(1, date(2026, 1, 3)), timing=Timing.ARREARS
        )

        two_charges = settle_account(account, through=date(2026, 2, 1))

        assert len(two_charges.invoices[0].lines) == 2
        with pytest.raises(TooManyCharges, match="3 charges at once"):
            settle_account(longer, through=date(2026, 2, 1))

    def test_a_subscription_that_was_invoiced_and_moved_away_is_refused(self) -> None:
        books = Books(account_of())
        books.run(START)

        with pytest.raises(SubscriptionMissing, match="subscription SUB-1 was invoiced"):
            settle_account(replace(books.account, subscriptions=()), through=date(2026, 1, 2))

    def test_a_cycle_that_was_invoiced_cannot_be_edited(self) -> None:
        books = Books(account_of())
        books.run(START)

        with pytest.raises(TermsChanged):
            settle_account(
                replace(books.account, contract=contract_of(cycle_months=3)), through=START
            )


class TestMemory:
    def test_a_closed_date_remembers_the_facts_that_it_took_account_of(self) -> None:
        later = more_seats(3, date(2026, 1, 11))

        settlement = settle_account(account_of(later), through=date(2026, 1, 20))

        assert [change for change, _ in settlement.settled_changes] == [OPENING]
        assert [part.key for part in settlement.settled_subscriptions] == ["SUB-1"]
        assert settlement.terms == "recurring advance anniversary 1 EUR 2026-01-01 -"

    def test_a_subscription_that_has_not_begun_is_not_remembered(self) -> None:
        account = account_of()
        later = replace(account.subscriptions[0], key="SUB-2", start_on=date(2026, 1, 11))

        settlement = settle_account(
            replace(account, subscriptions=(*account.subscriptions, later)),
            through=date(2026, 1, 20),
        )

        assert [part.key for part in settlement.settled_subscriptions] == ["SUB-1"]

    def test_a_run_that_closes_nothing_remembers_nothing(self) -> None:
        books = Books(account_of())
        books.run(START)
        books.account = replace(
            books.account,
            contract=contract_of(end_on=date(2026, 1, 15)),
            subscriptions=account_of(more_seats(3, START), ends_on=date(2026, 1, 20)).subscriptions,
        )

        settlement = books.run(date(2026, 1, 10))

        assert list(settlement.settled_changes) == []
        assert list(settlement.settled_subscriptions) == []
        assert settlement.terms == "recurring advance anniversary 1 EUR 2026-01-01 -"

    def test_what_was_remembered_is_not_remembered_again(self) -> None:
        books = Books(account_of())
        books.run(START)

        settlement = books.run(date(2026, 2, 1))

        assert list(settlement.settled_changes) == []
        assert list(settlement.settled_subscriptions) == []


class TestEnds:
    def test_a_contract_end_in_the_past_is_credited_however_often_billing_runs(self) -> None:
        books = Books(account_of())
        books.run(date(2026, 4, 1))
        books.account = replace(books.account, contract=contract_of(end_on=date(2026, 2, 15)))

        books.run(date(2026, 4, 5))
        books.run(date(2026, 4, 6))

        assert [charge.service_period for charge in charges_on(books.drafts)] == [
            Period(date(2026, 2, 15), date(2026, 3, 1)),
            Period(date(2026, 3, 1), date(2026, 4, 1)),
            Period(date(2026, 4, 1), date(2026, 5, 1)),
        ]

    def test_the_days_before_an_end_in_the_past_are_not_credited(self) -> None:
        books = Books(account_of())
        books.run(date(2026, 3, 1))
        books.account = ended(books.account, date(2026, 2, 15))

        books.run(date(2026, 3, 2))

        assert [charge.service_period for charge in charges_on(books.drafts)] == [
            Period(date(2026, 2, 15), date(2026, 3, 1)),
            Period(date(2026, 3, 1), date(2026, 4, 1)),
        ]

    def test_what_ended_within_a_longer_period_is_left_alone_by_later_runs(self) -> None:
        books = Books(account_of(ends_on=date(2026, 2, 10), cycle_months=3))

        books.run(date(2026, 2, 1))
        books.run(date(2026, 3, 1))
        books.run(date(2026, 3, 2))

        assert charges_on(books.drafts) == []
        assert [charge.quantity for charge in charges_on(books.closed)] == [10]
