"""Worked examples of what a part of a charge cycle costs: of the connector and of the twin.

Source: learn.microsoft.com/partner-center, "Billing scenarios for one-time and select recurring
purchases". They do not agree on where cents are cut off: seats after multiplying with them, and
cancellations and upgrades before. No amount is ever rounded up.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import pytest

from tests.domain.microsoft.seen import BOOK, a_seen
from work365.domain.catalog import BillingPlan, Term
from work365.domain.changes import UnitPrice
from work365.domain.microsoft.charge_cycles import first_term
from work365.domain.microsoft.rules import Arithmetic
from work365.domain.microsoft.stakes import Stakes
from work365.domain.money import Money
from work365.domain.proration import Proration
from work365.emulators.partner_center.amounts import Subtotal, cut_product, cut_unit, unit_share
from work365.emulators.partner_center.catalogue import Plan
from work365.emulators.partner_center.terms import cycle_on, term_end

MARCH, JUNE, JULY = date(2022, 3, 5), date(2021, 6, 18), date(2021, 7, 15)
TWINS: dict[str, Subtotal] = {"seats": cut_product, "cancellation": cut_unit, "upgrade": cut_unit}


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a monthly cycle that began on `bought_on`; a credit has negative seats."""

    what: str
    price: str
    bought_on: date
    day: date
    seats: int
    amount: str


LINES = (
    Line("seats", "12", MARCH, date(2022, 3, 7), -10, "-112.25"),
    Line("seats", "12", MARCH, date(2022, 3, 7), 15, "168.38"),
    Line("seats", "12", MARCH, date(2022, 3, 10), -15, "-150.96"),
    Line("seats", "12", MARCH, date(2022, 3, 10), 25, "251.61"),
    Line("seats", "12", MARCH, date(2022, 3, 12), -25, "-232.25"),
    Line("seats", "12", MARCH, date(2022, 3, 12), 23, "213.67"),
    Line("seats", "12", MARCH, date(2022, 3, 14), -23, "-195.87"),
    Line("seats", "12", MARCH, date(2022, 3, 14), 20, "170.32"),
    Line("seats", "12", MARCH, date(2022, 3, 25), -20, "-85.16"),
    Line("seats", "12", MARCH, date(2022, 3, 25), 30, "127.74"),
    Line("seats", "10.08", JUNE, date(2021, 6, 20), -10, "-94.08"),
    Line("seats", "10.08", JUNE, date(2021, 6, 20), 12, "112.89"),
    Line("seats", "10.08", JUNE, date(2021, 6, 20), -12, "-112.89"),
    Line("seats", "10.08", JUNE, date(2021, 6, 20), 8, "75.26"),
    Line("cancellation", "10.08", JULY, date(2021, 7, 17), -10, "-94.20"),
    Line("upgrade", "10.08", JUNE, date(2021, 6, 25), -300, "-2316.00"),
    Line("upgrade", "6.43", JUNE, date(2021, 6, 25), 300, "1476.00"),
)
each_line = pytest.mark.parametrize(
    "line", LINES, ids=lambda line: f"{line.what} {line.day} {line.seats}"
)


@each_line
def test_the_connector_has_the_documented_amount(line: Line) -> None:
    seen = a_seen(
        effective_start=line.bought_on,
        commitment_last_day=first_term(line.bought_on, Term.MONTH).last_day,
        term=Term.MONTH,
        plan=BillingPlan.MONTHLY,
    )
    stakes = Stakes.of(seen, line.day)
    assert stakes is not None

    amount = stakes.charge(
        UnitPrice(Decimal(line.price), 1), line.seats, stakes.rest, _rule(line.what), "EUR"
    )

    assert amount == Money("EUR", Decimal(line.amount))


@each_line
def test_the_twin_has_the_documented_amount(line: Line) -> None:
    plan = Plan("P1M", "monthly")
    last_day = term_end(line.bought_on, plan)
    assert last_day is not None
    cycle = cycle_on(line.bought_on, last_day, plan, line.day)

    unit = unit_share(Decimal(line.price), cycle, line.day)

    amount = TWINS[line.what](unit, abs(line.seats))
    assert amount.copy_sign(line.seats) == Decimal(line.amount)


def _rule(what: str) -> Proration:
    arithmetic: Arithmetic = BOOK.on(date(2026, 11, 1)).arithmetic
    return {
        "seats": arithmetic.seat_changes,
        "cancellation": arithmetic.cancellations,
        "upgrade": arithmetic.upgrades,
    }[what]
