from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from work365.domain.one_time_charges import InvalidOneTimeCharge, OneTimeCharge, OneTimeKind

HOURS = OneTimeCharge(
    id=UUID(int=9),
    key="ONCE-1",
    name="Migration",
    on=date(2026, 1, 11),
    quantity=Decimal("2.50"),
    unit_price=Decimal("80.00"),
)


class TestOneTimeCharge:
    def test_is_a_product_in_the_contracts_currency_with_its_discounts(self) -> None:
        assert (HOURS.kind, HOURS.currency, HOURS.discounted) == (OneTimeKind.PRODUCT, None, True)

    @pytest.mark.parametrize("quantity", ["0", "-1"])
    def test_is_of_more_than_nothing(self, quantity: str) -> None:
        with pytest.raises(InvalidOneTimeCharge) as refused:
            replace(HOURS, quantity=Decimal(quantity))

        assert refused.value.code == "invalid_one_time_charge"
        assert str(refused.value) == (
            f"one-time charge ONCE-1: the quantity is {quantity}; give a quantity above zero, and"
            " a negative unit price for a credit"
        )

    def test_may_be_an_agreed_credit(self) -> None:
        assert replace(HOURS, unit_price=Decimal(-80)).content == "2026-01-11 2.5 -80 one-time -"


class TestContent:
    def test_names_every_fact(self) -> None:
        effort = replace(HOURS, kind=OneTimeKind.EFFORT, currency="USD", discounted=False)

        assert HOURS.content == "2026-01-11 2.5 80 one-time -"
        assert effort.content == "2026-01-11 2.5 80 effort USD undiscounted"

    def test_the_same_number_written_longer_is_the_same_content(self) -> None:
        longer = replace(HOURS, quantity=Decimal("2.5000"), unit_price=Decimal("8E+1"))

        assert longer.content == HOURS.content

    @pytest.mark.parametrize(
        "edited",
        [
            {"on": date(2026, 1, 12)},
            {"quantity": Decimal(25)},
            {"unit_price": Decimal(81)},
            {"kind": OneTimeKind.WRITE_IN},
            {"currency": "EUR"},
            {"discounted": False},
        ],
        ids=lambda edited: next(iter(edited)),
    )
    def test_every_edit_is_noticed(self, edited: dict[str, Any]) -> None:
        assert replace(HOURS, **edited).content != HOURS.content

    def test_another_name_is_no_edit(self) -> None:
        assert replace(HOURS, name="Moving").content == HOURS.content
