"""What a rehearsal shows: a timeline, what renews otherwise, and the invoice that is expected."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from rich import box
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from work365.domain.microsoft.rules import RuleBook
from work365.domain.money import Money
from work365.domain.periods import day_after
from work365.entrypoints.cli.deciding import amount_as_json
from work365.entrypoints.cli.output import console, money
from work365.entrypoints.cli.rehearsal import Course, Ending, ExpectedInvoice, Rehearsal

MARKS_MAX = 30
"""How many marks the fullest day of the timeline has."""

STYLES: Mapping[Course, str] = {
    Course.RENEWS: "green",
    Course.RENEWS_OTHERWISE: "blue",
    Course.BECOMES_PAID: "cyan",
    Course.EXTENDS: "yellow",
    Course.ENDS: "bright_black",
    Course.FAILS: "red",
}
OF_ONE: Mapping[Course, str] = {
    Course.RENEWS: "renews as it is",
    Course.RENEWS_OTHERWISE: "renews otherwise",
    Course.BECOMES_PAID: "becomes paid",
    Course.EXTENDS: "goes into extended service",
    Course.ENDS: "ends",
    Course.FAILS: "cannot renew",
}


def said(course: Course, count: int) -> str:
    """Return `3 renew otherwise`, or `1 renews otherwise`."""
    return f"{count:,} {OF_ONE[course] if count == 1 else course.value}"


def _in_words(counts: Counter[Course]) -> str:
    return ", ".join(said(course, counts[course]) for course in Course if counts[course])


def by_day(endings: Sequence[Ending]) -> dict[date, Counter[Course]]:
    """Return how many take which course, by day."""
    days: dict[date, Counter[Course]] = {}
    for each in endings:
        days.setdefault(each.on, Counter())[each.course] += 1
    return days


def assumed(rehearsal: Rehearsal, book: RuleBook) -> tuple[str, ...]:
    """Return what the rehearsal takes for granted, in sentences."""
    rule = book.on(rehearsal.last_day).after_term
    return (
        f"Subscriptions are as Partner Center showed them at {rehearsal.taken_at:%Y-%m-%d %H:%M}"
        " UTC; nothing is bought, changed or cancelled after that but what is scheduled there.",
        "A new term has the price that our price lists have for its first day; a price sheet that"
        " is not imported yet may have another one.",
        "Every renewal is done at 00:00 UTC; Microsoft takes up to a day for it.",
        "Not in the invoice: tax, usage, what is bought once, promotions and credits.",
        *_parts_of_months(rehearsal),
        f"Extended service: {rule.told} ({rule.source}).",
        "Our own twin of Partner Center renews, by what is documented or reported; Microsoft was"
        " not asked what it will do.",
    )


def _parts_of_months(rehearsal: Rehearsal) -> Iterator[str]:
    """Say where an invoice is of a part of its month."""
    taken_on, last = rehearsal.taken_at.date(), rehearsal.last_day
    if taken_on.day > 1 and taken_on.replace(day=1) == rehearsal.first_day.replace(day=1):
        yield f"Of {taken_on:%B} only what is charged after the copy was taken is in the invoice."
    if day_after(last, 1).month == last.month:
        yield f"Of {last:%B} only what is charged through {last} is in the invoice."


def print_rehearsal(rehearsal: Rehearsal, book: RuleBook) -> None:
    """Print a rehearsal on 80 columns."""
    days = f"{rehearsal.first_day} to {rehearsal.last_day}"
    console.print(
        f"[bold]Rehearsal of {days}[/bold], {rehearsal.subscriptions:,} subscriptions",
        highlight=False,
    )
    if rehearsal.earlier:
        before = _in_words(Counter(each.course for each in rehearsal.earlier))
        console.print(f"Played before that, and not listed: {before}.", highlight=False)
        _print_failures(rehearsal.earlier)
    if rehearsal.endings:
        _print_timeline(rehearsal.endings)
        _print_endings([each for each in rehearsal.endings if each.course is not Course.RENEWS])
    else:
        console.print("No term ends in that time.")
    _print_invoices(rehearsal.invoices)
    console.print("[dim]Assumed:[/dim]")
    for sentence in assumed(rehearsal, book):
        console.print(f"[dim]- {escape(sentence)}[/dim]", highlight=False)


def _print_timeline(endings: Sequence[Ending]) -> None:
    days = by_day(endings)
    fullest = max(counts.total() for counts in days.values())
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for day, counts in days.items():
        marks = Text()
        for course in Course:
            if count := counts[course]:
                marks.append("■" * _marks(count, fullest), style=STYLES[course])
        table.add_row(f"{day:%a} {day}", marks, _in_words(counts))
    console.print()
    console.print(table)
    if fullest > MARKS_MAX:
        console.print(f"[dim]One ■ is for up to {-(-fullest // MARKS_MAX)}.[/dim]")


def _marks(count: int, fullest: int) -> int:
    """Return how many marks stand for so many: one each, as long as there is room."""
    return count if fullest <= MARKS_MAX else max(1, count * MARKS_MAX // fullest)


def _print_endings(endings: Sequence[Ending]) -> None:
    if not endings:
        console.print("\nAll renew as they are, at the same price.")
        return
    table = Table(box=box.SIMPLE, pad_edge=False)
    table.add_column("On", no_wrap=True)
    table.add_column("Customer and subscription", overflow="fold")
    table.add_column("What comes", overflow="fold")
    table.add_column("A month", justify="right", no_wrap=True)
    table.add_column("Then", justify="right", no_wrap=True)
    for each in endings:
        what = Text(_what_comes(each), style=STYLES[each.course])
        name = escape(f"{each.customer}, {each.name}")
        now, then = _amounts(each)
        table.add_row(str(each.on), name, what, now, then)
    console.print(table)
    _print_failures(endings)


def _print_failures(endings: Sequence[Ending]) -> None:
    for each in endings:
        if each.course is Course.FAILS:
            told = f"{each.customer}, {each.name} cannot renew: {'; '.join(each.told)}."
            console.print(f"- {escape(told)}", highlight=False)


def _what_comes(ending: Ending) -> str:
    if ending.course is Course.RENEWS_OTHERWISE:
        return ", ".join(ending.told)
    if ending.course in (Course.EXTENDS, Course.BECOMES_PAID) and ending.seats != ending.seats_next:
        return f"{OF_ONE[ending.course]}, {ending.seats_next} seats"
    return OF_ONE[ending.course]


def _amounts(ending: Ending) -> Iterator[str]:
    yield money(ending.per_month)
    yield money(ending.per_month_next) if ending.seats_next else ""


def _print_invoices(invoices: Sequence[ExpectedInvoice]) -> None:
    if not invoices:
        console.print("Nothing is charged in that time.")
        return
    table = Table(box=box.SIMPLE, pad_edge=False)
    table.add_column("Microsoft's invoice for")
    for name in ("Expected", "If all went on", "Difference"):
        table.add_column(name, justify="right", no_wrap=True)
    for each in invoices:
        table.add_row(
            f"{each.month:%B %Y}, {each.expected.currency}",
            money(each.expected),
            money(each.as_it_is),
            _signed(each.difference),
        )
    console.print(table)


def _signed(amount: Money) -> str:
    return f"+{money(amount)}" if amount.amount > 0 else money(amount)


def as_document(rehearsal: Rehearsal, book: RuleBook) -> dict[str, Any]:
    """Return a rehearsal as a document for programs."""
    return {
        "taken_at": rehearsal.taken_at,
        "first_day": rehearsal.first_day,
        "last_day": rehearsal.last_day,
        "subscriptions": rehearsal.subscriptions,
        "endings": [_ending_as_json(each) for each in rehearsal.endings],
        "earlier": [_ending_as_json(each) for each in rehearsal.earlier],
        "invoices": [
            {
                "month": f"{each.month:%Y-%m}",
                "expected": amount_as_json(each.expected),
                "if_all_went_on": amount_as_json(each.as_it_is),
                "difference": amount_as_json(each.difference),
            }
            for each in rehearsal.invoices
        ],
        "assumed": list(assumed(rehearsal, book)),
    }


def _ending_as_json(ending: Ending) -> dict[str, Any]:
    return {
        "subscription": ending.key,
        "reference": ending.reference,
        "customer": ending.customer,
        "name": ending.name,
        "on": ending.on,
        "course": ending.course.name.lower(),
        "seats": ending.seats,
        "seats_next": ending.seats_next,
        "per_month": amount_as_json(ending.per_month),
        "per_month_next": amount_as_json(ending.per_month_next),
        "told": list(ending.told),
    }


def expected_in_words(invoices: Sequence[ExpectedInvoice]) -> list[str]:
    """Return a line for each expected invoice."""
    return [
        f"{each.month:%B %Y}: {money(each.expected)} {each.expected.currency} expected without"
        f" tax, {_signed(each.difference)} by ends of terms"
        for each in invoices
    ]
