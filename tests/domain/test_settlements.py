from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from tests.domain.books import charges_on, told
from tests.domain.strategies import recorded_on, tier
from work365.domain import settlements
from work365.domain.accounts import Account, ChangeMoved, Memory, TermsChanged
from work365.domain.books import Books
from work365.domain.changes import Change, NegativeQuantity, Status, UnitPrice
from work365.domain.contracts import (
    AnchorRule,
    BillingContract,
    ContractType,
    Subscription,
    Timing,
)
from work365.domain.currencies import ExchangeRate, ExchangeRateMissing, ExchangeTable
from work365.domain.discounts import PercentageDiscount
from work365.domain.invoices import InvoiceStatus
from work365.domain.money import Money
from work365.domain.one_time_charges import OneTimeCharge
from work365.domain.periods import Period
from work365.domain.policies import BillingPolicy, ChangeLines
from work365.domain.price_models import PerUnit
from work365.domain.settlements import (
    CHARGES_PER_RUN_MAX,
    INVOICE_DATES_PER_RUN_MAX,
    SameKey,
    SubscriptionMissing,
    TooFarBehind,
    TooManyCharges,
    settle_account,
)
from work365.domain.tiers import Graduated, Volume
from work365.domain.usage import UsageRecord

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
        assert settlement.learned.terms is None

    def test_a_contract_in_draft_settles_no_facts(self) -> None:
        settlement = settle_account(account_of(active=False), through=date(2026, 6, 1))

        assert settlement.learned.changes == {}
        assert settlement.learned.subscriptions == {}

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


class TestRefusals:
    def test_a_log_that_does_not_add_up_is_refused(self) -> None:
        with pytest.raises(NegativeQuantity):
            settle_account(account_of(more_seats(-11, START)), through=START)

    def test_a_start_in_the_wrong_century_is_refused(self) -> None:
        account = account_of(start_on=date(1826, 1, 1))

        with pytest.raises(TooFarBehind, match="correct the day on which the contract starts"):
            settle_account(account, through=START)

    def test_a_century_of_months_is_not_refused(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(settlements, "INVOICE_DATES_PER_RUN_MAX", 3)

        # The dates of January to April: three that have come and one that has not.
        settlement = settle_account(account_of(), through=date(2026, 3, 31))

        assert settlement.settle_next_on == date(2026, 4, 2)

    def test_more_charges_than_a_contract_can_have_are_refused(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(settlements, "CHARGES_PER_RUN_MAX", 2)
        account = account_of(more_seats(1, date(2026, 1, 2)), timing=Timing.ARREARS)
        longer = account_of(
            more_seats(1, date(2026, 1, 2)), more_seats(1, date(2026, 1, 3)), timing=Timing.ARREARS
        )

        two_charges = settle_account(account, through=date(2026, 2, 1))

        assert len(two_charges.invoices[0].lines) == 2
        with pytest.raises(TooManyCharges) as refused:
            settle_account(longer, through=date(2026, 2, 1))
        assert str(refused.value) == (
            "contract CT-1: 3 charges at once; look for a mistyped start or a change log that was"
            " imported twice"
        )

    def test_a_subscription_that_was_invoiced_and_moved_away_is_refused(self) -> None:
        books = Books(account_of())
        books.run(START)

        with pytest.raises(SubscriptionMissing, match="CT-1: SUB-1 was invoiced"):
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

        assert list(settlement.learned.changes) == [OPENING.key]
        assert list(settlement.learned.subscriptions) == ["SUB-1"]
        assert settlement.learned.terms == "recurring advance anniversary 1 EUR 2026-01-01 -"

    def test_a_subscription_that_has_not_begun_is_not_remembered(self) -> None:
        account = account_of()
        later = replace(account.subscriptions[0], key="SUB-2", start_on=date(2026, 1, 11))

        settlement = settle_account(
            replace(account, subscriptions=(*account.subscriptions, later)),
            through=date(2026, 1, 20),
        )

        assert list(settlement.learned.subscriptions) == ["SUB-1"]

    def test_a_run_that_closes_nothing_remembers_nothing(self) -> None:
        books = Books(account_of())
        books.run(START)
        books.account = replace(
            books.account,
            contract=contract_of(end_on=date(2026, 1, 15)),
            subscriptions=account_of(more_seats(3, START), ends_on=date(2026, 1, 20)).subscriptions,
        )

        settlement = books.run(date(2026, 1, 10))

        assert settlement.learned.changes == {}
        assert settlement.learned.subscriptions == {}
        assert settlement.learned.terms == "recurring advance anniversary 1 EUR 2026-01-01 -"

    def test_what_was_remembered_is_not_remembered_again(self) -> None:
        books = Books(account_of())
        books.run(START)

        settlement = books.run(date(2026, 2, 1))

        assert settlement.learned.changes == {}
        assert settlement.learned.subscriptions == {}


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


def on(day: int, quantity: int = 0, month: int = 1, **facts: Any) -> Change:
    """Return a change from a day of 2026 on, recorded then."""
    day_on = date(2026, month, day)
    return replace(
        Change(f"SUB-1-{day_on}", day_on, recorded_on(day_on), Decimal(quantity)), **facts
    )


def with_changes(account: Account, *changes: Change) -> Account:
    (part,) = account.subscriptions
    return replace(account, subscriptions=(replace(part, changes=(*part.changes, *changes)),))


def with_terms(account: Account, **terms: Any) -> Account:
    (part,) = account.subscriptions
    return replace(account, subscriptions=(replace(part, **terms),))


def last(books: Books) -> list[tuple[str, str, str, str]]:
    """Return the lines of the newest invoice: kind, days, quantity and money."""
    return [
        (
            line.kind.value,
            str(line.charge.service_period).replace("2026-", ""),
            str(line.charge.quantity),
            f"{line.amount.amount:.2f}",
        )
        for line in books.invoices[-1].lines
    ]


class TestGivenUp:
    """Ten seats at 12.40 in January, which has 31 days."""

    def test_seats_given_up_are_waived_where_nothing_is_refunded(self) -> None:
        books = Books(account_of())
        books.run(START)
        books.account = with_changes(books.account, on(11, -2))

        books.run(date(2026, 1, 20))

        assert last(books) == [("waived", "[01-11, 02-01)", "-2", "0.00")]

    @pytest.mark.parametrize(
        ("refunds", "asked", "kind", "amount"),
        [
            (True, True, "credit", "-16.80"),
            (True, False, "waived", "0.00"),
            (False, True, "waived", "0.00"),
        ],
    )
    def test_seats_are_credited_where_the_policy_and_the_entry_say_so(
        self, refunds: bool, asked: bool, kind: str, amount: str
    ) -> None:
        books = Books(account_of(policy=BillingPolicy(refunds=refunds)))
        books.run(START)
        books.account = with_changes(books.account, on(11, -2, refund=asked))

        books.run(date(2026, 1, 20))

        assert last(books) == [(kind, "[01-11, 02-01)", "-2", amount)]

    def test_what_is_waived_stays_so_and_is_not_charged_in_the_next_period(self) -> None:
        books = Books(account_of())
        books.run(START)
        books.account = with_changes(books.account, on(11, -2))

        books.run(date(2026, 2, 1))

        assert last(books) == [
            ("waived", "[01-11, 02-01)", "-2", "0.00"),
            ("charge", "[02-01, 03-01)", "8", "99.20"),
        ]
        assert books.run(date(2026, 2, 1)).invoices == ()

    def test_seats_that_come_back_are_had_for_nothing(self) -> None:
        books = Books(account_of(change_cycle_months=1, cycle_months=3))
        books.run(START)
        books.account = with_changes(books.account, on(11, -2), on(21, 3))

        books.run(date(2026, 1, 25))

        # Three months are 37.20 a seat and 90 days, of which 70 are left.
        assert last(books) == [
            ("waived", "[01-11, 01-21)", "-2", "0.00"),
            ("charge", "[01-21, 04-01)", "1", "28.93"),
        ]

    def test_seats_that_come_back_later_take_the_waiver_back(self) -> None:
        books = Books(account_of(cycle_months=3))
        books.run(START)
        books.account = with_changes(books.account, on(11, -2))
        books.run(date(2026, 2, 1))
        books.account = with_changes(books.account, on(21, 3, month=2))

        books.run(date(2026, 3, 1))

        # 37.20 x 39/90
        assert last(books) == [
            ("charge", "[02-21, 04-01)", "1", "16.12"),
            ("waived", "[02-21, 04-01)", "2", "0.00"),
        ]

    def test_a_lower_price_is_credited_for_the_seats_that_are_left(self) -> None:
        books = Books(account_of())
        books.run(START)
        books.account = with_changes(
            books.account, on(11, -2), on(21, price=UnitPrice(Decimal("9.30"), 1))
        )

        books.run(date(2026, 1, 25))

        # Two seats are waived from the 11th on; eight are 11/31 of 12.40, and of 9.30.
        assert last(books) == [
            ("waived", "[01-11, 01-21)", "-2", "0.00"),
            ("credit", "[01-21, 02-01)", "-8", "-35.20"),
            ("waived", "[01-21, 02-01)", "-2", "0.00"),
            ("charge", "[01-21, 02-01)", "8", "26.40"),
        ]

    def test_a_mistake_is_put_right_beside_seats_that_were_given_up(self) -> None:
        books = Books(account_of())
        books.run(START)
        corrected = replace(OPENING, quantity=Decimal(9))
        books.account = with_terms(books.account, changes=(corrected, on(11, -2)))

        books.run(date(2026, 1, 20))

        # 12.40 x 10/31, and with it 12.40 in all
        assert last(books) == [
            ("credit", "[01-01, 01-11)", "-1", "-4.00"),
            ("waived", "[01-11, 02-01)", "-2", "0.00"),
            ("credit", "[01-11, 02-01)", "-1", "-8.40"),
        ]

    def test_a_cancellation_gives_up_everything(self) -> None:
        books = Books(account_of())
        books.run(START)
        books.account = with_changes(books.account, on(11, status=Status.CANCELLED))

        books.run(date(2026, 1, 20))

        assert last(books) == [("waived", "[01-11, 02-01)", "-10", "0.00")]

    def test_the_day_of_a_cancellation_is_kept_where_it_counts(self) -> None:
        policy = BillingPolicy(refunds=True, last_day_counts=True)
        books = Books(account_of(policy=policy))
        books.run(START)
        cancelled = on(11, status=Status.CANCELLED, refund=True)
        books.account = with_changes(books.account, cancelled)

        books.run(date(2026, 1, 20))

        assert last(books) == [("credit", "[01-12, 02-01)", "-10", "-80.00")]


class TestRefundsAtTheEnd:
    @pytest.mark.parametrize(
        ("refunds", "contracts", "own", "kind"),
        [
            (True, True, False, "credit"),
            (True, False, True, "credit"),
            (True, False, False, "waived"),
            (False, True, True, "waived"),
        ],
    )
    @pytest.mark.parametrize("ends", ["contract", "subscription"])
    def test_are_given_where_the_policy_and_either_of_the_two_say_so(
        self, refunds: bool, contracts: bool, own: bool, kind: str, ends: str
    ) -> None:
        policy = BillingPolicy(refunds=refunds)
        books = Books(
            with_terms(account_of(policy=policy, refund_at_end=contracts), refund_at_end=own)
        )
        books.run(START)
        if ends == "contract":
            contract = replace(books.account.contract, end_on=date(2026, 1, 11))
            books.account = replace(books.account, contract=contract)
        else:
            books.account = with_terms(books.account, end_on=date(2026, 1, 11))

        books.run(date(2026, 1, 20))

        amount = "-84.00" if kind == "credit" else "0.00"
        assert last(books) == [(kind, "[01-11, 02-01)", "-10", amount)]

    def test_the_last_day_is_kept_where_it_counts(self) -> None:
        policy = BillingPolicy(refunds=True, last_day_counts=True)
        books = Books(with_terms(account_of(policy=policy), refund_at_end=True))
        books.run(START)
        books.account = with_terms(books.account, end_on=date(2026, 1, 11))

        books.run(date(2026, 1, 20))

        assert last(books) == [("credit", "[01-12, 02-01)", "-10", "-80.00")]


class TestCreditAndCharge:
    def test_a_change_is_a_credit_of_all_and_a_charge_of_what_holds(self) -> None:
        policy = BillingPolicy(change_lines=ChangeLines.CREDIT_AND_CHARGE)
        books = Books(account_of(policy=policy))
        books.run(START)
        books.account = with_changes(books.account, on(11, 2))

        books.run(date(2026, 1, 20))

        assert last(books) == [
            ("credit", "[01-11, 02-01)", "-10", "-84.00"),
            ("charge", "[01-11, 02-01)", "12", "100.80"),
        ]

    def test_a_change_of_a_change_credits_the_changed_line(self) -> None:
        policy = BillingPolicy(change_lines=ChangeLines.CREDIT_AND_CHARGE)
        books = Books(account_of(policy=policy, cycle_months=3))
        books.run(START)
        books.account = with_changes(books.account, on(10, 2))
        books.run(date(2026, 2, 1))
        books.account = with_changes(books.account, on(15, 1, month=2))

        books.run(date(2026, 3, 1))

        # 37.20 x 45/90 a seat
        assert last(books) == [
            ("credit", "[02-15, 04-01)", "-12", "-223.20"),
            ("charge", "[02-15, 04-01)", "13", "241.80"),
        ]
        assert books.invoices[-1].lines[0].corrects == books.invoices[1].lines[1].key


class TestOffsets:
    """The invoice of a period that starts on the 1st is of another day."""

    def invoices(self, books: Books) -> list[tuple[date, list[tuple[str, str]]]]:
        return [
            (
                invoice.invoice_on,
                [
                    (
                        str(line.charge.service_period).replace("2026-", ""),
                        str(line.charge.quantity),
                    )
                    for line in invoice.lines
                ],
            )
            for invoice in books.invoices
        ]

    @pytest.mark.parametrize(("changed_on", "invoiced_in"), [(1, "second"), (2, "third")])
    def test_after_the_start_a_later_change_waits_for_the_next(
        self, changed_on: int, invoiced_in: str
    ) -> None:
        changes = [on(changed_on, 2, month=2)]
        books = Books(account_of(*changes, policy=BillingPolicy(offset_days=5)))

        books.run(date(2026, 3, 6))

        january = (date(2026, 1, 6), [("[01-01, 02-01)", "10")])
        in_time = [
            january,
            (date(2026, 2, 6), [("[02-01, 03-01)", "12")]),
            (date(2026, 3, 6), [("[03-01, 04-01)", "12")]),
        ]
        too_late = [
            january,
            (date(2026, 2, 6), [("[02-01, 03-01)", "10")]),
            (date(2026, 3, 6), [("[02-02, 03-01)", "2"), ("[03-01, 04-01)", "12")]),
        ]
        assert self.invoices(books) == (in_time if invoiced_in == "second" else too_late)

    @pytest.mark.parametrize(("changed_on", "quantities"), [(1, ["12"]), (2, ["10"])])
    def test_before_the_start_a_change_that_is_known_ahead_is_on_it(
        self, changed_on: int, quantities: list[str]
    ) -> None:
        changes = [on(changed_on, 2, month=2)]
        books = Books(account_of(*changes, policy=BillingPolicy(offset_days=-10)))

        books.run(date(2026, 1, 22))

        assert [invoice.invoice_on for invoice in books.closed] == [
            date(2025, 12, 22),
            date(2026, 1, 22),
        ]
        assert [quantity for _, quantity in self.invoices(books)[1][1]] == quantities

    def test_a_first_period_that_ends_before_the_first_invoice_date_is_not_lost(self) -> None:
        account = account_of(
            start_on=date(2026, 1, 30),
            anchor_rule=AnchorRule.CALENDAR,
            timing=Timing.ARREARS,
            policy=BillingPolicy(offset_days=3),
        )
        books = Books(account)

        books.run(date(2026, 3, 4))

        assert self.invoices(books) == [
            (date(2026, 2, 4), [("[01-30, 02-01)", "10")]),
            (date(2026, 3, 4), [("[02-01, 03-01)", "10")]),
        ]

    def test_facts_are_remembered_up_to_the_day_that_is_known(self) -> None:
        first, second = on(1, 1, month=2), on(2, 1, month=2)
        account = account_of(first, second, policy=BillingPolicy(offset_days=5))

        settlement = settle_account(account, through=date(2026, 2, 6))

        assert list(settlement.learned.changes) == [OPENING.key, first.key]

    @pytest.mark.parametrize(("offset_days", "expected"), [(5, 16), (-5, 6), (0, 11)])
    def test_a_change_acts_so_many_days_from_its_own(self, offset_days: int, expected: int) -> None:
        policy = BillingPolicy(offset_days=offset_days)
        account = account_of(on(11, 2), policy=policy)

        settlement = settle_account(account, through=date(2026, 1, 1 + max(0, offset_days)))

        assert settlement.settle_next_on == date(2026, 1, expected)


def used(quantity: int, day: date, key: str) -> UsageRecord:
    return UsageRecord(
        key=key,
        subscription="SUB-1",
        used_on=day,
        quantity=Decimal(quantity),
        recorded_at=recorded_on(day),
    )


class TestUsage:
    """The first ten cost 0.50, those beyond 0.20."""

    TIERS = Graduated(tiers=(tier(10, "0.50"), tier(None, "0.20")))

    def books(self, *records: UsageRecord, **terms: Any) -> Books:
        return Books(
            with_terms(account_of(**terms), changes=(), usage=records, usage_model=self.TIERS)
        )

    def lines(self, books: Books) -> list[tuple[str, str, str, str]]:
        return [
            (
                line.charge.slot.price.component.removeprefix("usage-"),
                line.kind.value,
                str(line.charge.quantity),
                f"{line.amount.amount:.2f}",
            )
            for line in books.invoices[-1].lines
        ]

    def test_is_invoiced_after_its_period_though_seats_are_before(self) -> None:
        books = self.books(used(8, date(2026, 1, 11), "u1"))

        books.run(date(2026, 2, 1))

        assert [invoice.invoice_on for invoice in books.closed] == [date(2026, 2, 1)]
        assert self.lines(books) == [("tier-1", "charge", "8", "4.00")]

    def test_that_comes_late_is_priced_by_the_total_that_it_makes(self) -> None:
        books = self.books(used(8, date(2026, 1, 11), "u1"))
        books.run(date(2026, 2, 1))
        (part,) = books.account.subscriptions
        late = used(5, date(2026, 1, 20), "u2")
        books.account = with_terms(books.account, usage=(*part.usage, late))

        books.run(date(2026, 3, 1))

        assert self.lines(books) == [
            ("tier-1", "charge", "2", "1.00"),
            ("tier-2", "charge", "3", "0.60"),
        ]

    def test_that_moves_all_of_it_to_another_tier_is_credited_and_charged(self) -> None:
        books = self.books(used(8, date(2026, 1, 11), "u1"))
        volume = Volume(tiers=(tier(10, "0.50"), tier(None, "0.20")))
        books.account = with_terms(books.account, usage_model=volume)
        books.run(date(2026, 2, 1))
        (part,) = books.account.subscriptions
        late = used(5, date(2026, 1, 20), "u2")
        books.account = with_terms(books.account, usage=(*part.usage, late))

        books.run(date(2026, 3, 1))

        assert sorted(line[1:] for line in self.lines(books)) == [
            ("charge", "13", "2.60"),
            ("credit", "-8", "-4.00"),
        ]

    def test_that_was_told_too_much_of_is_credited_whatever_was_given_up(self) -> None:
        books = Books(
            with_terms(
                account_of(on(5, -2)),
                usage=(used(9, date(2026, 1, 11), "u1"),),
                usage_model=PerUnit(Decimal("0.50")),
            )
        )
        books.run(date(2026, 2, 1))
        (part,) = books.account.subscriptions
        less = used(-2, date(2026, 1, 11), "u2")
        books.account = with_terms(books.account, usage=(*part.usage, less))

        books.run(date(2026, 2, 20))

        assert self.lines(books) == [("unit", "credit", "-2", "-1.00")]

    def test_is_remembered_once_its_day_is_invoiced(self) -> None:
        records = [
            used(1, date(2026, 1, 31), "u1"),
            used(1, date(2026, 2, 1), "u2"),
            used(1, date(2026, 2, 2), "u3"),
        ]

        settlement = self.books(*records).run(date(2026, 2, 1))

        assert list(settlement.learned.usage) == [record.key for record in records[:2]]

    def test_has_something_to_do_when_its_subscription_ends(self) -> None:
        books = self.books(used(8, date(2026, 1, 5), "u1"))
        books.account = with_terms(books.account, end_on=date(2026, 1, 11))

        settlement = settle_account(books.account, through=START)

        assert settlement.settle_next_on == date(2026, 1, 11)

    def test_has_something_to_do_at_the_end_though_nothing_was_used(self) -> None:
        books = self.books()
        books.account = with_terms(books.account, end_on=date(2026, 1, 11))

        settlement = settle_account(books.account, through=START)

        assert settlement.settle_next_on == date(2026, 1, 11)


def once(on: date, **terms: Any) -> OneTimeCharge:
    return replace(
        OneTimeCharge(
            id=UUID(int=9),
            key="ONCE-1",
            name="Migration",
            on=on,
            quantity=Decimal("2.5"),
            unit_price=Decimal(80),
        ),
        **terms,
    )


class TestOneTimeCharges:
    THE_11TH = date(2026, 1, 11)

    def test_are_on_the_next_invoice_in_full(self) -> None:
        books = Books(replace(account_of(), one_time=(once(self.THE_11TH),)))

        books.run(date(2026, 2, 1))

        assert last(books)[0] == ("charge", "[01-11, 01-12)", "2.5", "200.00")
        assert [len(invoice.lines) for invoice in books.closed] == [1, 2]

    def test_are_invoiced_once(self) -> None:
        books = Books(replace(account_of(), one_time=(once(self.THE_11TH),)))
        books.run(date(2026, 2, 1))

        books.run(date(2026, 3, 1))

        assert [len(invoice.lines) for invoice in books.closed] == [1, 2, 1]

    def test_that_are_edited_are_credited_and_charged(self) -> None:
        books = Books(replace(account_of(), one_time=(once(self.THE_11TH),)))
        books.run(date(2026, 2, 1))
        cheaper = once(self.THE_11TH, unit_price=Decimal(70))
        books.account = replace(books.account, one_time=(cheaper,))

        books.run(date(2026, 2, 20))

        assert last(books) == [
            ("credit", "[01-11, 01-12)", "-2.5", "-200.00"),
            ("charge", "[01-11, 01-12)", "2.5", "175.00"),
        ]

    def test_that_are_moved_are_credited_on_the_old_day(self) -> None:
        books = Books(replace(account_of(), one_time=(once(self.THE_11TH),)))
        books.run(date(2026, 2, 1))
        books.account = replace(books.account, one_time=(once(date(2026, 2, 10)),))

        books.run(date(2026, 2, 20))

        assert last(books) == [
            ("credit", "[01-11, 01-12)", "-2.5", "-200.00"),
            ("charge", "[02-10, 02-11)", "2.5", "200.00"),
        ]

    def test_that_come_late_are_invoiced_though_their_day_is_over(self) -> None:
        books = Books(account_of())
        books.run(date(2026, 3, 1))
        books.account = replace(books.account, one_time=(once(self.THE_11TH),))

        books.run(date(2026, 3, 2))

        assert last(books) == [("charge", "[01-11, 01-12)", "2.5", "200.00")]

    def test_are_remembered_once_their_day_is_invoiced(self) -> None:
        account = replace(account_of(), one_time=(once(date(2026, 2, 1)),))
        later = replace(account_of(), one_time=(once(date(2026, 2, 2)),))

        learned = settle_account(account, through=date(2026, 2, 1)).learned
        charge = once(date(2026, 2, 1))
        assert learned.one_time == {charge.key: f"{charge.content} {account.contract.id}"}
        assert settle_account(later, through=date(2026, 2, 1)).learned.one_time == {}

    def test_are_something_to_do_on_their_day(self) -> None:
        account = replace(account_of(), one_time=(once(self.THE_11TH),))

        assert settle_account(account, through=START).settle_next_on == self.THE_11TH

    def test_have_an_invoice_of_their_day_where_nothing_recurs(self) -> None:
        account = account_of(type=ContractType.NON_RECURRING)
        books = Books(replace(account, subscriptions=(), one_time=(once(self.THE_11TH),)))

        books.run(self.THE_11TH)

        assert [invoice.invoice_on for invoice in books.closed] == [self.THE_11TH]


class TestAnotherCurrency:
    def table(self, *rates: tuple[str, str, date]) -> ExchangeTable:
        return ExchangeTable(
            rates=tuple(
                ExchangeRate(
                    from_currency=currency,
                    to_currency="EUR",
                    rate=Decimal(number),
                    valid_on=day,
                    source="ECB",
                )
                for currency, number, day in rates
            )
        )

    def test_a_missing_rate_is_refused(self) -> None:
        with pytest.raises(ExchangeRateMissing, match="USD to EUR on or before 2026-01-01"):
            settle_account(with_terms(account_of(), currency="USD"), through=START)

    def test_a_change_has_the_rate_that_its_period_was_billed_at(self) -> None:
        table = self.table(("USD", "0.90", START))
        books = Books(replace(with_terms(account_of(), currency="USD"), exchange_rates=table))
        books.run(START)
        edited = self.table(("USD", "0.50", START))
        account = with_changes(books.account, on(11, 3))
        books.account = replace(account, exchange_rates=edited)

        books.run(date(2026, 2, 1))

        # 25.20 x 0.90, and 13 x 12.40 x 0.50
        assert last(books) == [
            ("charge", "[01-11, 02-01)", "3", "22.68"),
            ("charge", "[02-01, 03-01)", "13", "80.60"),
        ]

    def test_an_edited_currency_is_credited_at_the_old_rate_and_charged_at_the_new(self) -> None:
        table = self.table(("USD", "0.90", START), ("GBP", "1.20", START))
        books = Books(replace(with_terms(account_of(), currency="USD"), exchange_rates=table))
        books.run(START)
        books.account = with_terms(books.account, currency="GBP")

        books.run(date(2026, 1, 20))

        assert last(books) == [
            ("credit", "[01-01, 02-01)", "-10", "-111.60"),
            ("charge", "[01-01, 02-01)", "10", "148.80"),
        ]


class TestEditedDiscounts:
    TENTH = PercentageDiscount(key="launch", percent=Decimal(10))

    def test_of_a_subscription_reach_back_to_its_start(self) -> None:
        books = Books(account_of())
        books.run(date(2026, 2, 1))
        books.account = with_terms(books.account, discounts=(self.TENTH,))

        books.run(date(2026, 2, 20))

        assert [(kind, days, money) for kind, days, _, money in last(books)] == [
            ("credit", "[01-01, 02-01)", "-124.00"),
            ("charge", "[01-01, 02-01)", "111.60"),
            ("credit", "[02-01, 03-01)", "-124.00"),
            ("charge", "[02-01, 03-01)", "111.60"),
        ]

    def test_of_a_contract_reach_back_to_its_start(self) -> None:
        books = Books(account_of())
        books.run(date(2026, 2, 1))
        contract = replace(books.account.contract, discounts=(self.TENTH,))
        books.account = replace(books.account, contract=contract)

        books.run(date(2026, 2, 20))

        assert [money for *_, money in last(books)] == ["-124.00", "111.60", "-124.00", "111.60"]


class TestLimits:
    def test_are_far_beyond_any_contract(self) -> None:
        assert CHARGES_PER_RUN_MAX == 20_000
        assert INVOICE_DATES_PER_RUN_MAX == 1_200


NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


class TestRefundsThatWereAsked:
    """10 seats at 31.00 a month, billed on the 1st; then fewer, as each test says."""

    REFUNDING = BillingPolicy(refunds=True)
    AT_31 = UnitPrice(Decimal(31), 1)
    OPENED = Change("SUB-1-0", START, NOON, Decimal(10), AT_31)

    def books(self, policy: BillingPolicy = REFUNDING, cycle_months: int = 1) -> Books:
        account = account_of()
        part = replace(account.subscriptions[0], changes=(self.OPENED,))
        contract = replace(account.contract, policy=policy, cycle_months=cycle_months)
        books = Books(replace(account, contract=contract, subscriptions=(part,)))
        books.run(START)
        return books

    def add(self, books: Books, *changes: Change) -> None:
        (part,) = books.account.subscriptions
        changed = replace(part, changes=(*part.changes, *changes))
        books.account = replace(books.account, subscriptions=(changed,))

    def fewer(self, key: str, day: date, seats: int, *, refund: bool = False) -> Change:
        return Change(key, day, NOON, Decimal(seats), refund=refund)

    def amounts(self, books: Books) -> list[str]:
        """The kinds and amounts of the last invoice's lines."""
        return [f"{line.kind.value} {line.amount.amount}" for line in books.invoices[-1].lines]

    def test_are_given_whatever_was_refused_before(self) -> None:
        books = self.books()
        self.add(books, self.fewer("1", date(2026, 1, 16), -4))
        books.run(date(2026, 2, 1))
        self.add(books, self.fewer("2", date(2026, 2, 15), -1, refund=True))

        books.run(date(2026, 3, 1))

        assert self.amounts(books) == ["credit -15.50", "charge 155.00"]

    def test_and_were_refused_are_refused_in_pairs_as_well(self) -> None:
        books = self.books(BillingPolicy(change_lines=ChangeLines.CREDIT_AND_CHARGE))
        self.add(books, self.fewer("1", date(2026, 1, 16), -2))

        books.run(date(2026, 2, 1))

        assert self.amounts(books) == ["waived 0", "charge 248.00"]

    def test_and_refused_are_had_again_at_what_another_price_differs(self) -> None:
        books = self.books(cycle_months=3)
        self.add(books, self.fewer("1", date(2026, 1, 16), -4))
        books.run(date(2026, 2, 1))
        again = Change("2", date(2026, 2, 10), NOON, Decimal(4), UnitPrice(Decimal(30), 1))
        self.add(books, again)

        books.run(date(2026, 3, 1))

        # All ten were paid at 31.00 for the 50 days that are left of 90, and cost 30.00 now.
        assert books.invoices[-1].net == Money("EUR", Decimal("-16.67"))


class TestKeysOfTwoThings:
    def test_that_are_the_same_are_refused(self) -> None:
        account = account_of()
        charge = replace(once(START), key=account.subscriptions[0].key)

        with pytest.raises(SameKey, match=f"have the key {charge.key}"):
            settle_account(replace(account, one_time=(charge,)), through=START)


def test_a_one_time_charge_that_was_invoiced_elsewhere_is_refused() -> None:
    charge = once(START)
    memory = Memory(one_time={charge.key: f"{charge.content} {UUID(int=77)}"})

    with pytest.raises(ChangeMoved, match=f"one-time charge {charge.key}: .* put it back"):
        settle_account(replace(account_of(), one_time=(charge,), memory=memory), through=START)
