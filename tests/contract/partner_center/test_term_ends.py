"""Examples of terms that end together: the documented days, of the connector and of the twin.

Source: learn.microsoft.com/partner-center, "Align new commerce experience subscription end dates".
The days are four years later than there, because the twin sells nothing that early. Its "27 days"
from 2 March to 2 April are a slip, and are not compared.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import pytest

from tests.emulators.partner_center.room import Room, room_at
from work365.adapters.partner_center.rules.rules_data import read_rules
from work365.domain.catalog import BillingPlan, Term
from work365.domain.microsoft.charge_cycles import charge_cycles, check_custom_end
from work365.domain.terms import Term as CountedTerm

PLANS = {
    Term.MONTH: ("P1M", "monthly"),
    Term.YEAR: ("P1Y", "monthly"),
    Term.THREE_YEARS: ("P3Y", "monthly"),
}
OTHERS_STARTED = {
    (Term.YEAR, date(2026, 10, 1)): date(2025, 10, 2),
    (Term.THREE_YEARS, date(2026, 10, 1)): date(2023, 10, 2),
    (Term.YEAR, date(2026, 4, 2)): date(2025, 4, 3),
}
"""On which day the subscription has to be bought that ends on a day."""


@dataclass(frozen=True, kw_only=True)
class Example:
    """A purchase that is to end with another subscription, or with a calendar month."""

    term: Term
    bought_on: date
    last_day: date
    next_term: tuple[date, date]
    other: tuple[Term, date] | None = None
    """Term and last day of the subscription that it is to end with."""


EXAMPLES = {
    "three years end with the second renewal of a year": Example(
        term=Term.THREE_YEARS,
        bought_on=date(2026, 7, 1),
        other=(Term.YEAR, date(2026, 10, 1)),
        last_day=date(2028, 10, 1),
        next_term=(date(2028, 10, 2), date(2031, 10, 1)),
    ),
    "three years end with three years": Example(
        term=Term.THREE_YEARS,
        bought_on=date(2026, 7, 1),
        other=(Term.THREE_YEARS, date(2026, 10, 1)),
        last_day=date(2026, 10, 1),
        next_term=(date(2026, 10, 2), date(2029, 10, 1)),
    ),
    "three years end with a calendar month": Example(
        term=Term.THREE_YEARS,
        bought_on=date(2026, 7, 15),
        last_day=date(2029, 6, 30),
        next_term=(date(2029, 7, 1), date(2032, 6, 30)),
    ),
    "a year ends with a year": Example(
        term=Term.YEAR,
        bought_on=date(2026, 7, 1),
        other=(Term.YEAR, date(2026, 10, 1)),
        last_day=date(2026, 10, 1),
        next_term=(date(2026, 10, 2), date(2027, 10, 1)),
    ),
    "a year ends with three years": Example(
        term=Term.YEAR,
        bought_on=date(2026, 7, 1),
        other=(Term.THREE_YEARS, date(2026, 10, 1)),
        last_day=date(2026, 10, 1),
        next_term=(date(2026, 10, 2), date(2027, 10, 1)),
    ),
    "a year ends with a calendar month": Example(
        term=Term.YEAR,
        bought_on=date(2026, 7, 15),
        last_day=date(2027, 6, 30),
        next_term=(date(2027, 7, 1), date(2028, 6, 30)),
    ),
    "a month ends with a year, on the day of its renewal": Example(
        term=Term.MONTH,
        bought_on=date(2026, 3, 2),
        other=(Term.YEAR, date(2026, 4, 2)),
        last_day=date(2026, 4, 2),
        next_term=(date(2026, 4, 3), date(2026, 5, 2)),
    ),
    "a month ends with a calendar month": Example(
        term=Term.MONTH,
        bought_on=date(2026, 7, 15),
        last_day=date(2026, 7, 31),
        next_term=(date(2026, 8, 1), date(2026, 8, 31)),
    ),
}
named = pytest.mark.parametrize("example", EXAMPLES.values(), ids=EXAMPLES.keys())


@named
def test_the_connector_has_the_documented_ends(example: Example) -> None:
    term = _of_the_connector(example)

    following = term.next().period
    assert term.last_day == example.last_day
    assert (following.start, following.last_day) == example.next_term


@named
def test_the_twin_has_the_documented_ends(example: Example) -> None:
    room, customer = _before(example)

    offered = room.get(
        f"/v1/customers/{customer}/subscriptions/customTermEndDates"
        f"?term_duration={example.term.value}"
    )
    bought = _buy(room, customer, example)
    first = room.get(bought)
    _go_on(room, example.next_term[0])
    renewed = room.get(bought)

    kind = "subscriptionAligned" if example.other else "calendarMonthAligned"
    ends = [
        each["allowedCustomTermEndDate"][:10]
        for each in offered["items"]
        if each["allowedCustomTermEndDateType"] == kind
    ]
    assert ends == [example.last_day.isoformat()]
    assert first["commitmentEndDateTime"][:10] == example.last_day.isoformat()
    assert renewed["commitmentEndDateTime"][:10] == example.next_term[1].isoformat()


@pytest.mark.parametrize("name", [name for name in EXAMPLES if "calendar" in name])
def test_both_charge_by_calendar_months_what_ends_with_one(name: str) -> None:
    example = EXAMPLES[name]
    room, customer = _before(example)
    bought = _buy(room, customer, example)
    _go_on(room, min(example.last_day, date(2026, 11, 20)))

    ours = [
        (cycle.charged.start, cycle.charged.last_day)
        for cycle in charge_cycles(_of_the_connector(example), BillingPlan.MONTHLY)
    ]
    theirs = [
        (charge.period_start, charge.period_end)
        for charge in room.world.charges
        if charge.subscription == bought.rpartition("/")[2]
    ]

    assert theirs[0] == (date(2026, 7, 15), date(2026, 7, 31))
    assert theirs == ours[: len(theirs)]


def _of_the_connector(example: Example) -> CountedTerm:
    return check_custom_end(
        example.last_day,
        bought_on=example.bought_on,
        term=example.term,
        is_trial=False,
        rules=read_rules().on(example.bought_on).custom_term_ends,
        aligned_with=example.other[0] if example.other else None,
    )


def _before(example: Example) -> tuple[Room, str]:
    """Return a twin on the day of the purchase, with what it is to end with."""
    if example.other is None:
        room = room_at(_noon(example.bought_on))
        return room, room.customer()
    started = OTHERS_STARTED[example.other]
    room = room_at(_noon(started))
    customer = room.customer()
    room.buy(customer, 1, plan=PLANS[example.other[0]])
    _go_on(room, example.bought_on)
    return room, customer


def _buy(room: Room, customer: str, example: Example) -> str:
    line = room.line(10, plan=PLANS[example.term]) | {
        "customTermEndDate": f"{example.last_day}T00:00:00Z"
    }
    [order] = room.checkout(customer, line)
    return f"/v1/customers/{customer}/subscriptions/{order['lineItems'][0]['subscriptionId']}"


def _go_on(room: Room, day: date) -> None:
    # What happens in between is done in its order, when somebody asks.
    while room.now.date() < day:
        room.now = min(room.now + timedelta(days=200), _noon(day))
        room.get("/v1/customers")


def _noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
