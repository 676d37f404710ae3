from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.domain.books import ONE_DAY, told
from tests.domain.logs import CONTRACT, START, entry, subscription
from tests.domain.strategies import Story, day_after, prices, recorded_on, run_days, stories
from work365.domain.accounts import Account, Memory
from work365.domain.assumed_renewals import RenewalPrice
from work365.domain.assumptions import (
    Assumption,
    Cancellation,
    NewPrice,
    NothingAssumed,
    OutsideSubscription,
    Quote,
    SeatChange,
    Together,
)
from work365.domain.books import Books
from work365.domain.changes import Change, Status, UnitPrice
from work365.domain.contracts import ContractType, Subscription, Timing
from work365.domain.currencies import ExchangeRate, ExchangeTable
from work365.domain.day_counts import DayCount
from work365.domain.discounts import Conditions, PercentageDiscount, Window
from work365.domain.history import had_on
from work365.domain.invoice_taxes import TaxTerms
from work365.domain.invoices import Invoice
from work365.domain.one_time_charges import OneTimeCharge
from work365.domain.policies import BillingPolicy
from work365.domain.previews import (
    InvoiceChange,
    LineChange,
    Preview,
    Steady,
    preview,
    shown_through,
    steady_difference,
)
from work365.domain.price_models import PerUnit
from work365.domain.proration import Proration
from work365.domain.settlements import settle_account
from work365.domain.tax_ids import Place
from work365.domain.taxes import Party, TaxRate, TaxRules
from work365.domain.usage import UsageRecord

MONTHLY = UnitPrice(Decimal("12.40"), 1)
DAY = date(2026, 3, 11)
APRIL = date(2026, 4, 1)
MAY = date(2026, 5, 1)
SEATS = subscription("SUB-1", entry(START, 10, price=MONTHLY))
FIVE_MORE = SeatChange(subscription="SUB-1", on=DAY, quantity=Decimal(5))
GERMANY = Place("DE")


def account(*parts: Subscription, **terms: Any) -> Account:
    return Account(contract=replace(CONTRACT, **terms), subscriptions=parts or (SEATS,))


def billed(through: date, *parts: Subscription, **terms: Any) -> Account:
    """Return an account as it is on the day after `through`."""
    books = Books(account(*parts, **terms))
    books.run(through)
    return books.account


def euros(amount: str) -> Any:
    money = preview(account(), NothingAssumed(), as_of=START).net
    return replace(money, amount=Decimal(amount))


def amounts(invoice: Invoice) -> list[str]:
    return [str(line.amount.amount) for line in invoice.lines]


def shown_lines(changes: Iterable[LineChange]) -> list[tuple[date, str | None, str | None]]:
    return [
        (
            change.invoice_on,
            None if change.before is None else str(change.before.amount.amount),
            None if change.after is None else str(change.after.amount.amount),
        )
        for change in changes
    ]


def as_drafts(invoices: Iterable[Invoice]) -> list[Any]:
    """Return what `invoices` say, whether they are closed or not."""
    return [(one.key, one.invoice_on, one.lines) for one in told(invoices)]


class TestPreview:
    def test_is_two_settlements_that_close_nothing(self) -> None:
        there = billed(DAY)

        seen = preview(there, FIVE_MORE, as_of=DAY)

        assert seen.before == settle_account(there, through=None, as_of=DAY)
        assert seen.after == settle_account(FIVE_MORE.applied_to(there), through=None, as_of=DAY)
        assert seen.invoices == seen.after.invoices

    def test_shows_the_draft_with_what_is_assumed(self) -> None:
        seen = preview(billed(DAY), FIVE_MORE, as_of=DAY)

        (invoice,) = seen.invoices
        assert (invoice.invoice_on, amounts(invoice)) == (APRIL, ["42.00"])
        assert seen.before.invoices == ()

    def test_leaves_the_account_as_it_was(self) -> None:
        there = billed(DAY)

        preview(there, FIVE_MORE, as_of=APRIL)

        assert there == billed(DAY)

    def test_what_cannot_be_is_refused(self) -> None:
        with pytest.raises(OutsideSubscription):
            preview(account(), replace(FIVE_MORE, on=date(2026, 2, 28)), as_of=DAY)

    def test_of_a_new_contract_is_its_first_invoice(self) -> None:
        nothing_yet = Account(contract=CONTRACT, subscriptions=())

        seen = preview(nothing_yet, Quote(subscriptions=(SEATS,)), as_of=START)

        assert seen.before.invoices == ()
        assert [amounts(invoice) for invoice in seen.invoices] == [["124.00"]]
        assert shown_lines(seen.line_changes) == [(START, None, "124.00")]


class TestDifference:
    def test_is_nothing_where_nothing_is_assumed(self) -> None:
        seen = preview(billed(DAY), NothingAssumed(), as_of=APRIL)

        assert (seen.net, seen.tax, seen.total) == (euros("0"), euros("0"), euros("0"))
        assert (seen.line_changes, seen.invoice_changes) == ((), ())

    def test_is_by_line_and_by_invoice(self) -> None:
        seen = preview(billed(DAY), FIVE_MORE, as_of=MAY)

        assert shown_lines(seen.line_changes) == [
            (APRIL, None, "42.00"),
            (APRIL, "124.00", "186.00"),
            (MAY, "124.00", "186.00"),
        ]
        assert seen.invoice_changes == (
            InvoiceChange(APRIL, euros("104.00"), euros("0"), euros("104.00")),
            InvoiceChange(MAY, euros("62.00"), euros("0"), euros("62.00")),
        )
        assert (seen.net, seen.total) == (euros("166.00"), euros("166.00"))

    def test_lines_go_where_something_ends(self) -> None:
        end = Cancellation(subscription="SUB-1", on=APRIL)

        seen = preview(billed(DAY), end, as_of=APRIL)

        assert shown_lines(seen.line_changes) == [(APRIL, "124.00", None)]
        assert seen.net == euros("-124.00")

    def test_what_is_not_refunded_is_a_line_without_money(self) -> None:
        fewer = SeatChange(subscription="SUB-1", on=DAY, quantity=Decimal(-2), refund=True)

        waived = preview(billed(DAY), fewer, as_of=DAY)
        credited = preview(billed(DAY, policy=BillingPolicy(refunds=True)), fewer, as_of=DAY)

        assert shown_lines(waived.line_changes) == [(APRIL, None, "0")]
        assert waived.invoice_changes == ()
        assert shown_lines(credited.line_changes) == [(APRIL, None, "-16.80")]
        assert credited.net == euros("-16.80")

    def test_the_tax_is_told_apart(self) -> None:
        rate = TaxRate(
            place=GERMANY,
            category="standard",
            percent=Decimal(19),
            valid_from=date(2021, 1, 1),
            name="USt",
            source="UStG, section 12",
        )
        rules = TaxRules(seller=Party(GERMANY), rates=(rate,))
        taxed = replace(billed(DAY), tax=TaxTerms(rules=rules, buyer=Party(GERMANY)))

        seen = preview(taxed, FIVE_MORE, as_of=DAY)

        assert (seen.net, seen.tax, seen.total) == (euros("42.00"), euros("7.98"), euros("49.98"))
        assert seen.invoice_changes == (
            InvoiceChange(APRIL, euros("42.00"), euros("7.98"), euros("49.98")),
        )

    def test_a_line_whose_days_become_fewer_changes(self) -> None:
        seen = preview(account(), FIVE_MORE, as_of=DAY)

        assert shown_lines(seen.line_changes) == [(APRIL, None, "42.00")]

    def test_a_line_is_the_same_whatever_the_number_of_its_invoice(self) -> None:
        # What is sold once makes an invoice of its own, before the one that is there anyway.
        quoted = OneTimeCharge(
            id=SEATS.id,
            key="ONCE-1",
            name="Migration",
            on=date(2026, 3, 20),
            quantity=Decimal(1),
            unit_price=Decimal(500),
        )
        quarterly = billed(DAY, cycle_months=3)

        seen = preview(quarterly, Quote(one_time=(quoted,)), as_of=date(2026, 6, 1))

        assert [one.sequence for one in seen.before.invoices] == [2]
        assert [one.sequence for one in seen.invoices] == [2, 3]
        assert shown_lines(seen.line_changes) == [(APRIL, None, "500.00")]

    def test_lines_that_are_alike_are_all_told(self) -> None:
        books = Books(account(policy=BillingPolicy(refunds=True), cycle_months=3))
        books.run(START)
        late = replace(SEATS, changes=(*SEATS.changes, entry(START, 3)))
        books.account = replace(books.account, subscriptions=(late,))
        books.run(APRIL)
        end = Cancellation(subscription="SUB-1", on=APRIL, refund=True)

        seen = preview(books.account, end, as_of=APRIL)

        assert shown_lines(seen.line_changes) == [
            (MAY, None, "-246.65"),
            (MAY, None, "-74.00"),
        ]


class TestSteadyDifference:
    def test_is_what_every_later_period_comes_to_more(self) -> None:
        assert steady_difference(billed(DAY), FIVE_MORE, since=DAY) == Steady(
            euros("62.00"), 1, APRIL
        )

    def test_begins_with_the_period_that_starts_on_the_day(self) -> None:
        more = replace(FIVE_MORE, on=APRIL)

        assert steady_difference(billed(DAY), more, since=APRIL) == Steady(euros("62.00"), 1, APRIL)

    @pytest.mark.parametrize("timing", Timing)
    @pytest.mark.parametrize("offset_days", [-10, 0, 3])
    def test_waits_for_the_invoices_of_both_periods(self, timing: Timing, offset_days: int) -> None:
        there = account(timing=timing, policy=BillingPolicy(offset_days=offset_days))

        assert steady_difference(there, FIVE_MORE, since=DAY) == Steady(euros("62.00"), 1, APRIL)

    def test_of_a_cheaper_price_is_negative(self) -> None:
        cheaper = NewPrice(subscription="SUB-1", on=APRIL, price=UnitPrice(Decimal("12.00"), 1))

        assert steady_difference(billed(DAY), cheaper, since=APRIL) == Steady(
            euros("-4.00"), 1, APRIL
        )

    def test_counts_what_is_changed_only(self) -> None:
        other = subscription("SUB-2", entry(START, 4, price=MONTHLY), entry(MAY, 9))

        assert steady_difference(billed(DAY, SEATS, other), FIVE_MORE, since=DAY) == Steady(
            euros("62.00"), 1, APRIL
        )

    def test_of_a_flexi_contract_is_by_the_cycle_of_the_subscription(self) -> None:
        quarterly = replace(SEATS, cycle_months=3)
        there = billed(DAY, quarterly, type=ContractType.FLEXI)

        assert steady_difference(there, FIVE_MORE, since=DAY) == Steady(
            euros("186.00"), 3, date(2026, 6, 1)
        )

    def test_of_two_cycles_cannot_be_said(self) -> None:
        quarterly = replace(subscription("SUB-2", *SEATS.changes), cycle_months=3)
        there = account(SEATS, quarterly, type=ContractType.FLEXI)
        both = Together((FIVE_MORE, replace(FIVE_MORE, subscription="SUB-2")))

        assert steady_difference(there, both, since=DAY) is None

    @pytest.mark.parametrize(
        "part",
        [
            replace(SEATS, end_on=date(2029, 1, 1)),
            replace(SEATS, changes=(*SEATS.changes, entry(date(2026, 4, 2), 1))),
            replace(SEATS, usage_model=PerUnit(Decimal(1))),
            replace(
                SEATS,
                discounts=(
                    PercentageDiscount(
                        key="launch",
                        percent=Decimal(10),
                        conditions=Conditions(service_days=Window(None, date(2029, 1, 1))),
                    ),
                ),
            ),
        ],
        ids=["ends", "changes", "used", "discounted for a while"],
    )
    def test_cannot_be_said_where_something_later_is_known(self, part: Subscription) -> None:
        if part.usage_model is not None:
            record = UsageRecord(
                key="u1",
                subscription="SUB-1",
                used_on=DAY,
                quantity=Decimal(1),
                recorded_at=recorded_on(DAY),
            )
            part = replace(part, usage=(record,))

        assert steady_difference(account(part), FIVE_MORE, since=DAY) is None

    def test_cannot_be_said_where_the_rate_is_not_known(self) -> None:
        rate = ExchangeRate(
            from_currency="USD",
            to_currency="EUR",
            rate=Decimal("0.9"),
            valid_on=START,
            source="bank",
        )
        there = replace(
            account(replace(SEATS, currency="USD")), exchange_rates=ExchangeTable(rates=(rate,))
        )

        assert preview(there, FIVE_MORE, as_of=DAY).net == euros("37.80")
        assert steady_difference(there, FIVE_MORE, since=DAY) is None

    def test_cannot_be_said_where_months_of_one_length_only_are_alike(self) -> None:
        yearly = UnitPrice(Decimal("148.80"), 12)
        part = subscription("SUB-1", entry(START, 10, price=yearly))
        over_365 = BillingPolicy(proration=Proration(day_count=DayCount.ACTUAL_OVER_365))

        # July and August are 31 days both.
        more = replace(FIVE_MORE, on=date(2026, 6, 15))
        assert steady_difference(account(part, policy=over_365), more, since=more.on) is None
        assert steady_difference(account(part), more, since=more.on) == Steady(
            euros("62.00"), 1, date(2026, 7, 1)
        )

    def test_cannot_be_said_where_the_contract_ends(self) -> None:
        assert steady_difference(account(end_on=date(2029, 1, 1)), FIVE_MORE, since=DAY) is None

    def test_an_entry_on_the_first_day_of_the_period_is_no_later_one(self) -> None:
        part = replace(SEATS, changes=(*SEATS.changes, entry(APRIL, 1)))

        assert steady_difference(account(part), FIVE_MORE, since=DAY) == Steady(
            euros("62.00"), 1, APRIL
        )

    def test_a_discount_without_conditions_always_holds(self) -> None:
        tenth = PercentageDiscount(key="loyal", percent=Decimal(10))

        assert steady_difference(
            account(replace(SEATS, discounts=(tenth,)), discounts=(tenth,)), FIVE_MORE, since=DAY
        ) == Steady(euros("50.22"), 1, APRIL)

    @pytest.mark.parametrize(
        "assumed",
        [
            NothingAssumed(),
            Together(()),
            Together((FIVE_MORE, replace(FIVE_MORE, quantity=Decimal(-5)))),
            Quote(
                one_time=(
                    OneTimeCharge(
                        id=SEATS.id,
                        key="ONCE-1",
                        name="Migration",
                        on=DAY,
                        quantity=Decimal(1),
                        unit_price=Decimal(500),
                    ),
                )
            ),
        ],
    )
    def test_is_none_where_no_period_differs(self, assumed: Assumption) -> None:
        assert steady_difference(account(), assumed, since=DAY) is None

    def test_is_none_where_the_periods_differ(self) -> None:
        dearer = RenewalPrice(subscription="SUB-1", after=START, price=UnitPrice(Decimal(13), 1))
        part = replace(SEATS, term_months=2)

        assert steady_difference(account(part), dearer, since=DAY) is None
        assert steady_difference(account(part), dearer, since=MAY) == Steady(euros("6.00"), 1, MAY)


class TestShownThrough:
    @pytest.mark.parametrize(
        ("on", "shown"),
        [
            (date(2026, 2, 1), START),
            (START, START),
            (date(2026, 3, 2), APRIL),
            (APRIL, APRIL),
            (date(2026, 4, 2), MAY),
        ],
    )
    def test_is_the_first_invoice_date_from_the_day_on(self, on: date, shown: date) -> None:
        assert shown_through(account(), on) == shown

    @pytest.mark.parametrize(
        ("offset_days", "on", "shown"),
        [
            (3, date(2026, 4, 1), date(2026, 4, 4)),
            (3, date(2026, 4, 2), date(2026, 5, 4)),
            (-10, date(2026, 3, 22), date(2026, 3, 22)),
            (-10, date(2026, 3, 23), date(2026, 4, 21)),
        ],
    )
    def test_has_what_holds_from_that_day(self, offset_days: int, on: date, shown: date) -> None:
        there = account(policy=BillingPolicy(offset_days=offset_days))

        assert shown_through(there, on) == shown

    def test_is_not_closed_yet(self) -> None:
        there = replace(account(), memory=Memory(through=APRIL))

        assert shown_through(there, DAY) == MAY


@dataclass(frozen=True)
class Supposed:
    """An assumption, and the account once somebody recorded the same, in a way of their own."""

    assumed: Assumption
    recorded: Account


def by_hand(there: Account, part: Subscription, **fields: Any) -> Account:
    """Return `there` with an entry that somebody made, after all others were."""
    last = max(change.recorded_at for change in part.changes)
    change = Change(key="by-hand", recorded_at=last + timedelta(days=1), **fields)
    changed = replace(part, changes=(*part.changes, change))
    return replace(
        there,
        subscriptions=tuple(changed if one.key == part.key else one for one in there.subscriptions),
    )


def supposed(data: st.DataObject, there: Account) -> Supposed:
    """Draw something that may become a fact of the account `there`, and that account."""
    # Not a strategy of its own: its name would have all of the account in it.
    draw = data.draw
    part = there.subscriptions[draw(st.integers(0, len(there.subscriptions) - 1))]
    # Before its first entry there is nothing that could be taken away.
    first = max(part.start_on, min(change.effective_on for change in part.changes))
    on, refund = draw(day_after(first)), draw(st.booleans())
    assume(part.end_on is None or on < part.end_on)
    assume(had_on(part.changes, on).status is not Status.CANCELLED)
    match draw(st.sampled_from(["seats", "price", "end", "quote"])):
        case "seats":
            quantity = Decimal(draw(st.sampled_from([-2, -1, 1, 5])))
            return Supposed(
                SeatChange(subscription=part.key, on=on, quantity=quantity, refund=refund),
                by_hand(there, part, effective_on=on, quantity=quantity, refund=refund),
            )
        case "price":
            price = draw(prices)
            return Supposed(
                NewPrice(subscription=part.key, on=on, price=price),
                by_hand(there, part, effective_on=on, price=price),
            )
        case "end":
            ended = replace(part, end_on=on, refund_at_end=refund)
            return Supposed(
                Cancellation(subscription=part.key, on=on, refund=refund),
                replace(
                    there,
                    subscriptions=tuple(
                        ended if one.key == part.key else one for one in there.subscriptions
                    ),
                ),
            )
    quoted = replace(part, key="SUB-new", start_on=on, end_on=None, usage=())
    return Supposed(
        Quote(subscriptions=(quoted,)),
        replace(there, subscriptions=(*there.subscriptions, quoted)),
    )


@given(stories(), st.data())
def test_what_is_shown_for_a_day_is_what_a_run_on_that_day_makes_once_it_is_recorded(
    story: Story, data: st.DataObject
) -> None:
    start_on = story.account.contract.start_on
    books = Books(story.account)
    days = data.draw(run_days(start_on))
    for day in days:
        books.run_in_the_morning(day)
    for fact in story.facts:
        books.account = fact.applied_to(books.account)
    one = supposed(data, books.account)
    today = max([data.draw(day_after(start_on)), *days])

    seen: Preview = preview(books.account, one.assumed, as_of=today)
    made = settle_account(one.recorded, through=today - ONE_DAY, as_of=today)

    assert as_drafts(seen.invoices) == as_drafts(made.invoices)
    assert seen.net.amount == sum(
        (invoice.net.amount for invoice in made.invoices), Decimal(0)
    ) - sum((invoice.net.amount for invoice in seen.before.invoices), Decimal(0))


@given(stories(), st.data())
def test_what_is_shown_for_a_day_to_come_is_what_the_runs_until_then_make(
    story: Story, data: st.DataObject
) -> None:
    books = Books(story.known_from_the_start)
    one = supposed(data, books.account)
    seen = preview(books.account, one.assumed, as_of=story.last_day)

    books.account = one.recorded
    for day in [*data.draw(run_days(story.account.contract.start_on)), story.last_day]:
        books.run_in_the_morning(day)

    assert as_drafts(seen.invoices) == as_drafts(books.invoices)
