from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.domain.microsoft.seen import BOOK, a_seen, price, prices
from work365.domain.catalog import BillingPlan, Term
from work365.domain.changes import UnitPrice
from work365.domain.microsoft.stakes import Stakes, per_month, term_cost
from work365.domain.money import Money

RULES = BOOK.on(date(2026, 11, 1)).arithmetic
TWELVE = price("12.00")


def stakes(day: str, **given: object) -> Stakes:
    found = Stakes.of(a_seen(**given), date.fromisoformat(day))
    assert found is not None
    return found


def euros(amount: str) -> Money:
    return Money("EUR", Decimal(amount))


MARCH = {"effective_start": date(2022, 3, 5), "commitment_last_day": date(2023, 3, 4)}
JUNE = {"effective_start": date(2021, 6, 18), "commitment_last_day": date(2022, 6, 17)}


@pytest.mark.parametrize(
    ("day", "credited", "charged", "credit", "charge"),
    [
        ("2022-03-07", 10, 15, "-112.25", "168.38"),
        ("2022-03-10", 15, 25, "-150.96", "251.61"),
        ("2022-03-12", 25, 23, "-232.25", "213.67"),
        ("2022-03-14", 23, 20, "-195.87", "170.32"),
        ("2022-03-25", 20, 30, "-85.16", "127.74"),
    ],
)
def test_the_documented_changes_of_march_come_out(
    day: str, credited: int, charged: int, credit: str, charge: str
) -> None:
    march = stakes(day, **MARCH)
    rest, rule = march.rest, RULES.seat_changes

    assert march.charge(TWELVE, -credited, rest, rule, "EUR") == euros(credit)
    assert march.charge(TWELVE, charged, rest, rule, "EUR") == euros(charge)
    assert march.seat_change(TWELVE, credited, charged, RULES, "EUR") == euros(credit) + euros(
        charge
    )


def test_the_documented_seats_of_june_come_out() -> None:
    june = stakes("2021-06-20", **JUNE)

    credit = june.charge(price("10.08"), -10, june.rest, RULES.seat_changes, "EUR")
    charge = june.charge(price("10.08"), 12, june.rest, RULES.seat_changes, "EUR")

    assert (credit, charge) == (euros("-94.08"), euros("112.89"))


def test_the_documented_cancellation_and_upgrade_come_out() -> None:
    july = {"effective_start": date(2021, 7, 15), "commitment_last_day": date(2022, 7, 14)}
    cancelled, upgraded = stakes("2021-07-17", **july), stakes("2021-06-25", **JUNE)

    refund = cancelled.charge(price("10.08"), -10, cancelled.rest, RULES.cancellations, "EUR")
    credit = upgraded.charge(price("10.08"), -300, upgraded.rest, RULES.upgrades, "EUR")

    assert (refund, credit) == (euros("-94.20"), euros("-2316.00"))


def test_what_comes_later_is_the_rest_of_the_term_in_whole_cycles() -> None:
    found = stakes("2026-11-20")

    # The cycle from 11 November is the third of twelve.
    assert found.later(TWELVE, 2, RULES.seat_changes, "EUR") == euros("216.00")


def test_a_year_paid_at_once_leaves_nothing_for_later() -> None:
    found = stakes("2026-11-20", plan=BillingPlan.ANNUAL)

    later = found.later(price("144", 12), 2, RULES.seat_changes, "EUR")
    owed = found.owed(price("144", 12), 2, RULES.seat_changes, "EUR")

    assert later == euros("0.00")
    # 295 of 365 days are left, the 20th included.
    assert owed == euros("232.76")


def test_the_first_day_owes_the_whole_term_and_the_last_day_one_day() -> None:
    first, last = stakes("2026-09-11"), stakes("2027-09-10")

    assert first.owed(TWELVE, 10, RULES.seat_changes, "EUR") == euros("1440.00")
    assert last.owed(TWELVE, 10, RULES.seat_changes, "EUR") == euros("3.87")


@pytest.mark.parametrize("day", ["2026-09-10", "2027-09-11"])
def test_outside_of_the_term_nothing_is_known(day: str) -> None:
    assert Stakes.of(a_seen(), date.fromisoformat(day)) is None


@pytest.mark.parametrize("without", [{"term": None}, {"plan": None}, {"commitment_last_day": None}])
def test_without_a_term_nothing_is_known(without: dict[str, object]) -> None:
    assert Stakes.of(a_seen(**without), date(2026, 11, 20)) is None


def test_an_end_before_the_start_has_no_term() -> None:
    seen = a_seen(commitment_last_day=date(2026, 9, 10))

    assert Stakes.of(seen, date(2026, 9, 11)) is None


def test_a_whole_term_is_charged_by_the_period_of_its_plan() -> None:
    monthly = term_cost(
        price("100", 12), 1, term=Term.YEAR, plan=BillingPlan.MONTHLY, currency="EUR"
    )
    annual = term_cost(price("100", 12), 1, term=Term.YEAR, plan=BillingPlan.ANNUAL, currency="EUR")
    years = term_cost(
        price("100", 12), 1, term=Term.THREE_YEARS, plan=BillingPlan.ANNUAL, currency="EUR"
    )

    # Each month is rounded by itself: 12 times 8.33.
    assert (monthly, annual, years) == (euros("99.96"), euros("100.00"), euros("300.00"))


def test_a_price_of_a_year_is_a_twelfth_of_it_a_month() -> None:
    assert per_month(price("100", 12)) == Fraction(25, 3)


def test_the_customer_is_charged_in_the_partners_currency_unless_another_is_said() -> None:
    assert prices().charged_in == "EUR"
    assert prices(customer_currency="CHF").charged_in == "CHF"


@given(
    st.dates(date(2026, 9, 11), date(2027, 9, 10)),
    st.integers(1, 500),
    st.decimals(Decimal("0.01"), 500, places=2),
)
def test_seats_that_stay_the_same_cost_nothing_more(
    day: date, quantity: int, amount: Decimal
) -> None:
    found = stakes(day.isoformat())

    change = found.seat_change(UnitPrice(amount, 1), quantity, quantity, RULES, "EUR")

    assert change == euros("0.00")


@given(
    st.dates(date(2026, 9, 12), date(2027, 9, 10)),
    st.integers(1, 500),
    st.decimals(Decimal("0.01"), 500, places=2),
)
def test_every_day_that_passes_less_is_owed(day: date, quantity: int, amount: Decimal) -> None:
    def owed(on: date) -> Money:
        unit_price = UnitPrice(amount, 1)
        return stakes(on.isoformat()).owed(unit_price, quantity, RULES.seat_changes, "EUR")

    assert owed(day) <= owed(day.replace(day=1) if day.month != 9 else date(2026, 9, 11))
