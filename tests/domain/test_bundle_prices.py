from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from work365.domain.apportionment import NothingToApportionBy
from work365.domain.bundle_prices import PriceNotInUnits, allocate_price
from work365.domain.money import Money


def shares(
    price: str, standalone: list[int], unit: str | None = None, currency: str = "EUR"
) -> list[str]:
    parts = allocate_price(
        Money.exactly(Decimal(price), currency),
        [Decimal(alone) for alone in standalone],
        unit=None if unit is None else Decimal(unit),
    )
    return [f"{part.amount:f}" for part in parts]


def test_a_price_is_divided_by_what_the_parts_cost_alone() -> None:
    assert shares("90", [20, 30, 50]) == ["18.00", "27.00", "45.00"]


def test_parts_are_whole_in_the_minor_unit() -> None:
    assert shares("100", [1, 1, 1]) == ["33.34", "33.33", "33.33"]
    assert shares("100", [1, 1, 1], currency="JPY") == ["34", "33", "33"]


def test_parts_may_be_whole_in_a_larger_unit() -> None:
    assert [Decimal(part) for part in shares("100", [1, 1, 1], "1")] == [34, 33, 33]
    assert [Decimal(part) for part in shares("100", [2, 1], "5")] == [65, 35]
    assert [Decimal(part) for part in shares("1", [1, 1], "0.05", "KWD")] == [
        Decimal("0.5"),
        Decimal("0.5"),
    ]


@pytest.mark.parametrize("unit", ["1", "0", "-1", "0.005", "0.03"])
def test_a_price_that_is_not_whole_in_the_unit_is_refused(unit: str) -> None:
    with pytest.raises(PriceNotInUnits, match=rf"80\.50 EUR .* {unit};"):
        shares("80.50", [1, 2], unit)


def test_parts_that_cost_nothing_alone_have_no_share() -> None:
    assert shares("80", [0, 5]) == ["0.00", "80.00"]
    with pytest.raises(NothingToApportionBy):
        shares("80", [0, 0])


@given(st.integers(-10_000, 10_000), st.lists(st.integers(1, 999), min_size=1, max_size=6))
def test_the_parts_add_up_to_the_price(euros: int, standalone: list[int]) -> None:
    parts = shares(str(euros), standalone, "1")

    assert sum(Decimal(part) for part in parts) == euros
    assert all(Decimal(part) % 1 == 0 for part in parts)
