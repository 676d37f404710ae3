"""Laws of billing: what holds for every contract, whatever happens to it and in which order."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.domain.books import ONE_DAY, ByDay, by_day, charges_on, told
from tests.domain.strategies import (
    STORY_DAYS,
    ChangeFact,
    Story,
    accounts,
    change_facts,
    day_after,
    recorded_on,
    run_days,
    stories,
)
from work365.domain.accounts import Account, reopened_from
from work365.domain.books import Books, closed, lines_on
from work365.domain.changes import Change, Status
from work365.domain.charges import USAGE, Charge, Slot, settle
from work365.domain.corrections import credited_lines
from work365.domain.credit_notes import CreditOfCredit
from work365.domain.invoices import Invoice
from work365.domain.lines import BilledLine, LineKind, evaluated
from work365.domain.policies import AddingUp, ChangeLines
from work365.domain.proposals import propose, propose_one_time
from work365.domain.proration import BY_ACTUAL_DAYS
from work365.domain.settlements import settle_account
from work365.domain.voids import NothingToCredit, void


def played(story: Story, days: list[date]) -> Books:
    """Tell `story` to books that run on the mornings of `days` and of its last day."""
    books = Books(story.account)
    untold = list(story.facts)
    for day in (*days, story.last_day):
        while untold and untold[0].known_on <= day:
            books.account = untold.pop(0).applied_to(books.account)
        books.run_in_the_morning(day)
    return books


def proposed(account: Account, through: date) -> list[Charge]:
    """Return every charge that `account` should ever have had."""
    contract = account.contract
    seats_and_usage = [
        charge
        for subscription in account.subscriptions
        for charge in propose(contract, subscription, through=through)
    ]
    return seats_and_usage + list(propose_one_time(contract, account.one_time, through=through))


def knowing(account: Account, story: Story) -> Account:
    """Return `account` once everything in `story` is known."""
    for fact in story.facts:
        account = fact.applied_to(account)
    return account


def full_replay(account: Account, today: date) -> Iterator[tuple[date, ByDay]]:
    """Yield what is missing on each invoice date, comparing all days with all that was billed."""
    billed = [line.charge for line in account.billed]
    for day in account.contract.invoice_dates(after=account.memory.through):
        missing = settle(proposed(account, min(day, today)), billed)
        if missing:
            yield day, by_day(missing)
        billed += missing
        if day > today:
            return


def waited(account: Account, data: st.DataObject) -> tuple[Books, date]:
    """Return books that ran on some day, and a day before the one to settle next."""
    books = Books(account)
    today = data.draw(day_after(account.contract.start_on))
    next_on = books.run_in_the_morning(today).settle_next_on or today + timedelta(STORY_DAYS)
    assert next_on > today
    return books, today + timedelta(days=data.draw(st.integers(0, (next_on - today).days - 1)))


@given(stories(), st.data())
def test_billing_twice_on_a_day_changes_nothing(story: Story, data: st.DataObject) -> None:
    books = played(story, data.draw(run_days(story.account.contract.start_on)))
    before, billed = told(books.drafts), len(books.closed)

    books.run_in_the_morning(story.last_day)

    assert len(books.closed) == billed
    assert told(books.drafts) == before


@given(accounts(), st.data())
def test_many_runs_and_one_run_make_the_same_invoices(
    account: Account, data: st.DataObject
) -> None:
    story = Story(account, ())

    many = played(story, data.draw(run_days(account.contract.start_on)))
    one = played(story, [])

    assert told(many.invoices) == told(one.invoices)


@given(accounts())
def test_a_run_on_every_day_makes_the_same_invoices_as_one_run(account: Account) -> None:
    daily, once = Books(account), Books(account)
    days = [account.contract.start_on + timedelta(days=number) for number in range(100)]

    for day in days:
        daily.run_in_the_morning(day)
    once.run_in_the_morning(days[-1])

    assert told(daily.invoices) == told(once.invoices)


@given(stories(), st.data())
def test_nothing_is_lost_and_nothing_doubled_whenever_facts_become_known(
    story: Story, data: st.DataObject
) -> None:
    days = data.draw(run_days(story.account.contract.start_on))

    books = played(story, days)

    everything = proposed(story.known_from_the_start, story.last_day)
    assert by_day(charges_on(books.invoices)) == by_day(everything)


@given(stories(), st.data())
def test_no_day_is_credited_that_was_not_billed(story: Story, data: st.DataObject) -> None:
    books = played(story, data.draw(run_days(story.account.contract.start_on)))

    for count in range(1, len(books.invoices) + 1):
        so_far = by_day(charges_on(books.invoices[:count]))
        assert all(quantity > 0 for quantity in so_far.values())


@given(stories(), st.data())
def test_reading_only_what_is_reopened_gives_what_reading_everything_gives(
    story: Story, data: st.DataObject
) -> None:
    days = data.draw(run_days(story.account.contract.start_on))
    books = Books(story.account)
    for day in days:
        books.run_in_the_morning(day)
    account = knowing(books.account, story)
    since = reopened_from(account)
    bounded = replace(
        account,
        billed=tuple(
            line for line in account.billed if since is None or line.charge.slot.end > since
        ),
    )

    settlement = settle_account(bounded, through=story.last_day - ONE_DAY, as_of=story.last_day)

    made = {invoice.invoice_on: by_day(charges_on([invoice])) for invoice in settlement.invoices}
    assert made == dict(full_replay(account, story.last_day))


@given(stories(), st.data())
def test_the_order_in_which_facts_become_known_does_not_matter_for_a_draft(
    story: Story, data: st.DataObject
) -> None:
    start_on = story.account.contract.start_on
    books = Books(story.account)
    today = data.draw(day_after(start_on))
    books.run_in_the_morning(today)
    facts = data.draw(
        st.lists(
            st.integers(0, 99).flatmap(lambda n: change_facts(story.account, f"late{n}")),
            max_size=4,
            unique_by=(lambda fact: fact.change.key, lambda fact: fact.change.effective_on),
        )
    )
    orders = [facts, data.draw(st.permutations(facts))]

    outcomes = []
    for order in orders:
        told_so = Books(books.account)
        for minute, fact in enumerate(order):
            recorded_at = recorded_on(today) + timedelta(minutes=minute)
            change = replace(fact.change, recorded_at=recorded_at)
            told_so.account = replace(fact, change=change).applied_to(told_so.account)
            told_so.run_in_the_morning(today)
        outcomes.append(told(told_so.drafts))

    assert outcomes[0] == outcomes[1]


@given(stories(), st.data())
def test_keys_are_unique_and_positions_count_from_one(story: Story, data: st.DataObject) -> None:
    books = played(story, data.draw(run_days(story.account.contract.start_on)))

    line_keys = [line.key for invoice in books.invoices for line in invoice.lines]
    assert [invoice.sequence for invoice in books.invoices] == list(
        range(1, len(books.invoices) + 1)
    )
    assert len(line_keys) == len(set(line_keys))
    for invoice in books.invoices:
        positions = [line.position for line in invoice.lines]
        assert positions == list(range(1, len(positions) + 1))


@given(accounts(), st.data())
def test_time_alone_closes_no_invoice_before_the_day_to_settle_next(
    account: Account, data: st.DataObject
) -> None:
    books, later = waited(account, data)

    settlement = settle_account(books.account, through=later - ONE_DAY, as_of=later)

    assert closed(settlement.invoices) == []


@given(accounts().filter(lambda account: account.contract.review_days > 0), st.data())
def test_time_alone_changes_no_reviewed_draft_before_the_day_to_settle_next(
    account: Account, data: st.DataObject
) -> None:
    books, later = waited(account, data)

    settlement = settle_account(books.account, through=later - ONE_DAY, as_of=later)

    assert told(settlement.invoices) == told(books.drafts)


@given(accounts())
def test_settling_on_the_days_to_settle_next_closes_the_same_invoices_as_one_run(
    account: Account,
) -> None:
    last_day = account.contract.start_on + timedelta(days=STORY_DAYS)
    when_due, once = Books(account), Books(account)

    day: date | None = account.contract.start_on
    while day is not None and day <= last_day:
        day = when_due.run_in_the_morning(day).settle_next_on
    once.run_in_the_morning(last_day)

    assert told(when_due.closed) == told(once.closed)


@given(stories(), st.data())
def test_runs_that_come_out_of_order_lose_nothing(story: Story, data: st.DataObject) -> None:
    account = story.known_from_the_start
    in_order = data.draw(run_days(account.contract.start_on))
    books = Books(account)

    for day in data.draw(st.permutations(in_order)):
        books.run_in_the_morning(day)
    books.run_in_the_morning(story.last_day)

    assert told(books.invoices) == told(played(Story(account, ()), []).invoices)


@given(stories(), st.data())
def test_credits_never_exceed_the_line_that_they_name(story: Story, data: st.DataObject) -> None:
    books = played(story, data.draw(run_days(story.account.contract.start_on)))

    billed = {line.key: line.amount.amount for line in lines_on(books.invoices)}
    left = dict(billed)
    for line in lines_on(books.invoices):
        if line.corrects is not None:
            left[line.corrects] += line.amount.amount
            # What takes money off, such as the most that is spent, is taken back by a plus.
            lowest, highest = sorted((Decimal(0), billed[line.corrects]))
            assert lowest <= left[line.corrects] <= highest
            assert line.amount.amount * billed[line.corrects] <= 0


@given(stories(), st.data())
def test_a_void_gives_back_what_billing_did_not_and_nothing_more(
    story: Story, data: st.DataObject
) -> None:
    if data.draw(st.booleans()):
        story = all_refunded(with_policy(story, refunds=True))
    books = played(story, data.draw(run_days(story.account.contract.start_on)))
    billed = lines_on(books.closed)

    for invoice in books.closed:
        back = voided_lines(invoice, billed)
        charged = {line.key for line in invoice.lines if line.kind is LineKind.CHARGE}
        of_invoice = [line for line in (*billed, *back) if {line.key, line.corrects} & charged]
        left = dict.fromkeys(charged, Decimal(0))
        for line in of_invoice:
            left[line.corrects or line.key] += line.amount.amount
        assert set(left.values()) <= {0}
        assert by_day(line.charge for line in of_invoice) == {}
        assert {line.corrects for line in back} <= charged


def voided_lines(invoice: Invoice, billed: list[BilledLine]) -> list[BilledLine]:
    """Return the lines by which `invoice` is voided, none where nothing is left of it."""
    try:
        note = void(invoice.key, invoice.lines, request="void", billed=billed)
    except (NothingToCredit, CreditOfCredit):
        return []
    return credited_lines(note, {line.key: line for line in invoice.lines})


@given(stories(), st.data())
def test_lines_of_one_price_and_period_add_up(story: Story, data: st.DataObject) -> None:
    story = with_policy(story, adding_up=AddingUp.PERIOD, proration=BY_ACTUAL_DAYS)

    books = played(story, data.draw(run_days(story.account.contract.start_on)))

    sums: defaultdict[Slot, Decimal] = defaultdict(Decimal)
    exact: defaultdict[Slot, Fraction] = defaultdict(Fraction)
    charges: dict[Slot, Charge] = {}
    for line in lines_on(books.invoices):
        sums[line.charge.slot] += line.amount.amount
        if line.kind is not LineKind.WAIVED:
            exact[line.charge.slot] += line.charge.exact_amount
            charges[line.charge.slot] = line.charge
    assert {slot: sums[slot] for slot in exact} == {
        slot: charges[slot].rounded(total).amount for slot, total in exact.items()
    }


@given(stories(), st.data())
def test_the_balance_is_the_same_in_whichever_order_facts_become_known(
    story: Story, data: st.DataObject
) -> None:
    story = all_refunded(with_policy(story, adding_up=AddingUp.PERIOD, refunds=True))

    books = played(story, data.draw(run_days(story.account.contract.start_on)))
    known = played(Story(story.known_from_the_start, ()), [])
    once = Story(story.known_from_the_start, ())
    other = played(once, data.draw(run_days(story.account.contract.start_on)))

    balance = sum(invoice.net.amount for invoice in books.invoices)
    assert balance == sum(invoice.net.amount for invoice in known.invoices)
    assert balance == sum(invoice.net.amount for invoice in other.invoices)


@given(stories(), st.data())
def test_every_line_is_worked_out_again_from_what_is_kept_of_it(
    story: Story, data: st.DataObject
) -> None:
    books = played(story, data.draw(run_days(story.account.contract.start_on)))

    for line in lines_on(books.invoices):
        assert evaluated(line) == line.amount


@given(stories(), st.data())
def test_nothing_is_credited_where_nothing_is_refunded(story: Story, data: st.DataObject) -> None:
    story = at_one_price(with_policy(story, refunds=False, change_lines=ChangeLines.DELTA))

    books = played(story, data.draw(run_days(story.account.contract.start_on)))

    credits = [line for line in lines_on(books.invoices) if line.kind is LineKind.CREDIT]
    assert all(line.charge.slot.price.component.startswith(USAGE) for line in credits)


def at_one_price(story: Story) -> Story:
    """Return `story` without what prices units anew, or corrects a mistake.

    Those are prices, tiers, discounts, edits, a second entry of a day, and units that turn out to
    have been given up before others were had: these are then the same ones, and paid once.
    """
    account = story.account
    subscriptions = tuple(
        replace(
            part,
            changes=(part.changes[0], *map(without_price, part.changes[1:])),
            price_model=None,
            discounts=(),
        )
        for part in account.subscriptions
    )
    logs = {part.key: list(part.changes) for part in subscriptions}
    facts: list[ChangeFact] = []
    for fact in story.facts:
        if isinstance(fact, ChangeFact) and "late" in fact.change.key:
            log, late = logs[fact.subscription], without_price(fact.change)
            if late.effective_on not in {one.effective_on for one in log} and not any(
                gives_up(late) and has_more(one) and late.effective_on < one.effective_on
                for one in log
            ):
                log.append(late)
                facts.append(replace(fact, change=late))
    return Story(replace(account, subscriptions=subscriptions), tuple(facts))


def gives_up(change: Change) -> bool:
    return change.quantity < 0 or change.status not in (None, Status.ACTIVE)


def has_more(change: Change) -> bool:
    return change.quantity > 0 or change.status is Status.ACTIVE


def without_price(change: Change) -> Change:
    return replace(change, price=None)


def with_policy(story: Story, **choices: Any) -> Story:
    contract = story.account.contract
    policy = replace(contract.policy, **choices)
    return replace(story, account=replace(story.account, contract=replace(contract, policy=policy)))


def all_refunded(story: Story) -> Story:
    """Return `story` with a refund of everything that is taken away."""
    account = story.account
    contract = replace(account.contract, refund_at_end=True)
    subscriptions = tuple(
        replace(part, changes=tuple(replace(change, refund=True) for change in part.changes))
        for part in account.subscriptions
    )
    facts = tuple(
        replace(fact, change=replace(fact.change, refund=True))
        if isinstance(fact, ChangeFact)
        else fact
        for fact in story.facts
    )
    return Story(replace(account, contract=contract, subscriptions=subscriptions), facts)
