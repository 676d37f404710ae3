from datetime import date
from decimal import Decimal

import pytest

from work365.emulators.partner_center.amounts import (
    Subtotal,
    cut_product,
    cut_unit,
    months_share,
    unit_share,
)
from work365.emulators.partner_center.catalogue import Plan
from work365.emulators.partner_center.terms import Cycle, cycle_on, term_end

MONTHLY = Plan("P1M", "monthly")


def cycle_from(start: date) -> Cycle:
    end = term_end(start, MONTHLY)
    assert end is not None
    return cycle_on(start, end, MONTHLY, start)


@pytest.mark.parametrize(
    ("price", "start", "day", "quantity", "how", "total"),
    [
        # Seats: multiplied, then cut
        ("12", date(2022, 3, 5), 7, 15, cut_product, "168.38"),
        ("12", date(2022, 3, 5), 10, 15, cut_product, "150.96"),
        ("12", date(2022, 3, 5), 12, 23, cut_product, "213.67"),
        ("10.08", date(2021, 6, 18), 20, 12, cut_product, "112.89"),
        ("10.08", date(2021, 6, 18), 20, 8, cut_product, "75.26"),
        # Cancellation and upgrade: cut, then multiplied
        ("10.08", date(2021, 7, 15), 17, 10, cut_unit, "94.20"),
        ("10.08", date(2021, 6, 18), 25, 300, cut_unit, "2316.00"),
        ("6.43", date(2021, 6, 18), 25, 300, cut_unit, "1476.00"),
    ],
)
def test_documented_amounts_come_out(
    price: str, start: date, day: int, quantity: int, how: Subtotal, total: str
) -> None:
    cycle = cycle_from(start)

    unit = unit_share(Decimal(price), cycle, start.replace(day=day))

    assert how(unit, quantity) == Decimal(total)


def test_a_whole_cycle_costs_its_price_though_it_is_shorter_than_its_month() -> None:
    cycle = cycle_from(date(2026, 1, 31))

    assert (cycle.end, cycle.days) == (date(2026, 2, 27), 31)
    assert unit_share(Decimal("10.08"), cycle, cycle.start) == Decimal("10.08")


def test_a_part_of_a_cycle_never_costs_more_than_the_whole() -> None:
    plan = Plan("P1Y", "monthly")
    cycle = cycle_on(date(2026, 2, 28), date(2027, 2, 27), plan, date(2026, 2, 28))

    assert (cycle.end, cycle.days) == (date(2026, 3, 30), 28)
    assert unit_share(Decimal(10), cycle, date(2026, 3, 1)) == Decimal(10)


def test_a_changed_billing_plan_is_paid_by_the_month() -> None:
    unit = months_share(Decimal(250), "annual", 11)

    assert cut_unit(unit, 10) == Decimal("2291.60")
