from dataclasses import fields
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataverse_schema import options
from dataverse_schema.tables.billing import InvoiceLine
from tests.adapters.dataverse.partner import NEW_YEAR
from work365.adapters.dataverse.lines import billed_line_of, line_fields
from work365.adapters.dataverse.mapping import read_row
from work365.adapters.dataverse.row_faults import FieldWrong
from work365.domain.charges import Charge, PercentOff, Price, Slot
from work365.domain.contracts import Subscription
from work365.domain.currencies import Conversion, ExchangeRate, InvalidExchangeRate
from work365.domain.invoices import Line
from work365.domain.lines import BilledLine, LineKind
from work365.domain.money import FractionOfMinorUnit, Money
from work365.domain.one_time_charges import OneTimeCharge
from work365.domain.periods import Period
from work365.errors import Refusal
from work365.http import read_json, write_json

INVOICE, CONTRACT, EURO, SUBSCRIPTION = (UUID(int=number) for number in range(1, 5))

SEATS = Subscription(id=SUBSCRIPTION, key="sub-1", name="Seats", start_on=NEW_YEAR)
MIGRATION = OneTimeCharge(
    id=UUID(int=7),
    key="one-1",
    name="Migration",
    on=NEW_YEAR,
    quantity=Decimal(1),
    unit_price=Decimal(950),
)

days = st.dates(date(2000, 1, 1), date(2100, 1, 1))
periods = st.tuples(days, days).map(lambda both: Period(min(both), max(both)))
numbers = st.decimals("-99999999999", "99999999999", places=10)
texts = st.text(st.characters(codec="utf-8", exclude_categories=["C"]), max_size=40)
discounts = st.lists(
    st.builds(PercentOff, texts, st.decimals("0.0000000001", 100, places=10)), max_size=3
).map(tuple)


@st.composite
def conversions(draw: st.DrawFn) -> Conversion:
    is_inverse = draw(st.booleans())
    pair = ("EUR", "USD") if is_inverse else ("USD", "EUR")
    rate = ExchangeRate(
        from_currency=pair[0],
        to_currency=pair[1],
        rate=draw(st.decimals("0.00000000000001", "99999", places=14)),
        valid_on=draw(days),
        source=draw(texts),
    )
    return Conversion(rate, is_inverse=is_inverse)


@st.composite
def lines(draw: st.DrawFn) -> Line:
    sold: Subscription | OneTimeCharge = draw(st.just(SEATS) | st.just(MIGRATION))
    price = Price(
        sold.key,
        draw(st.sampled_from(["license", "effort"])),
        "EUR",
        draw(numbers),
        draw(st.sampled_from([1, 12])),
        draw(st.sampled_from(["actual-days/1", "none/1"])),
        draw(discounts),
        draw(st.none() | conversions()),
    )
    period = draw(periods)
    slot = Slot(price, period.start, period.end, draw(st.sampled_from([1, 3])))
    amount = Money("EUR", draw(st.decimals("-9999999", "9999999", places=2)))
    return Line(
        key="CT-1-00001_sub-1",
        charge=Charge(slot, draw(periods), draw(numbers)),
        amount=amount,
        kind=draw(st.sampled_from(LineKind)),
        corrects=draw(st.none() | st.just("CT-1-00001_sub-1_1")),
        carried=draw(st.fractions(-1, 1)),
        limit=draw(st.sampled_from([None, amount])),
        position=1,
        sold=sold,
    )


def as_kept(line: Line) -> InvoiceLine:
    """Return the row of `line` as Dataverse answers it: JSON, without empty texts."""
    fields = line_fields(line, invoice=INVOICE, contract=CONTRACT, currency=EURO)
    written = {
        InvoiceLine.read_name(field): None if value == "" else value
        for field, value in fields.items()
    }
    return read_row(
        InvoiceLine, {"w365_invoicelineid": str(EURO), **read_json(write_json(written))}
    )


@given(line=lines())
def test_a_line_that_is_written_and_read_back_is_the_same(line: Line) -> None:
    back = billed_line_of(as_kept(line), sold=line.sold.key, currency="EUR")

    assert back == BilledLine(
        **{each.name: getattr(line, each.name) for each in fields(BilledLine)}
    )
    assert hash(back.charge.slot) == hash(line.charge.slot)


@given(line=lines())
def test_a_line_that_stays_the_same_has_nothing_to_write(line: Line) -> None:
    row = as_kept(line)

    again = line_fields(line, invoice=INVOICE, contract=CONTRACT, currency=EURO)

    different = {field for field, value in again.items() if getattr(row, field) != value}
    assert different == set()


def a_row(**values: Any) -> InvoiceLine:
    given = {
        "key": "line-1",
        "invoice": INVOICE,
        "contract": CONTRACT,
        "subscription": SUBSCRIPTION,
        "position": 1,
        "description": "Seats",
        "component": "license",
        "quantity": Decimal(-3),
        "unit_price": Decimal("12.4000000000"),
        "price_months": 12,
        "cycle_months": 3,
        "service_start_on": date(2026, 1, 11),
        "service_end_on": date(2026, 2, 1),
        "period_start_on": NEW_YEAR,
        "period_end_on": date(2026, 4, 1),
        "service_days": 21,
        "period_days": 90,
        "proration": "actual-days/1",
        "rounding": "half-away-from-zero/1",
        "amount": Decimal("-25.2000"),
        "transactioncurrencyid": EURO,
    }
    return InvoiceLine(**{**given, **values})


def read(**values: Any) -> BilledLine:
    return billed_line_of(a_row(**values), sold="sub-1", currency="EUR")


class TestReading:
    def test_a_row_without_the_newer_columns_is_a_plain_charge(self) -> None:
        price = Price("sub-1", "license", "EUR", Decimal("12.40"), 12)

        assert read() == BilledLine(
            key="line-1",
            charge=Charge(
                Slot(price, NEW_YEAR, date(2026, 4, 1), 3),
                Period(date(2026, 1, 11), date(2026, 2, 1)),
                Decimal(-3),
            ),
            amount=Money("EUR", Decimal("-25.20")),
        )

    def test_every_newer_column_is_taken_from_the_row(self) -> None:
        line = read(
            kind=options.LineKind.CREDIT,
            corrects="line-0",
            carried="-13/3100",
            is_limited=True,
            discounts='[["sub-1", "10"], ["CT-1", "2.5"]]',
            price_currency="USD",
            exchange_rate="1.0834",
            rate_valid_on=date(2025, 12, 30),
            rate_source="ECB",
            rate_is_inverse=True,
            proration="none/1",
        )

        price = line.charge.slot.price
        assert (line.kind, line.corrects) == (LineKind.CREDIT, "line-0")
        assert line.carried == Fraction(-13, 3100)
        assert line.limit == line.amount == Money("EUR", Decimal("-25.20"))
        assert price.discounts == (
            PercentOff("sub-1", Decimal(10)),
            PercentOff("CT-1", Decimal("2.5")),
        )
        stated = ExchangeRate(
            from_currency="EUR",
            to_currency="USD",
            rate=Decimal("1.0834"),
            valid_on=date(2025, 12, 30),
            source="ECB",
        )
        assert price.conversion == Conversion(stated, is_inverse=True)
        assert (price.priced_in, price.proration) == ("USD", "none/1")

    @pytest.mark.parametrize(
        ("values", "refusal", "words"),
        [
            (
                {"service_end_on": date(2025, 12, 31)},
                FieldWrong,
                r"line line-1: a period from 2026-01-11 ends on 2025-12-31; restore",
            ),
            (
                {"period_end_on": date(2025, 12, 31)},
                FieldWrong,
                r"line line-1: a period from 2026-01-01 ends on 2025-12-31; restore",
            ),
            ({"carried": "a bit"}, FieldWrong, "line-1: the carried rounding is 'a bit', which"),
            ({"carried": "1/0"}, FieldWrong, "line-1: the carried rounding is '1/0', which"),
            ({"discounts": "10"}, FieldWrong, "line-1: the discounts is '10', which billing"),
            ({"discounts": "[["}, FieldWrong, "line-1: the discounts is .*, which billing"),
            ({"discounts": '[["x"]]'}, FieldWrong, "line-1: the discounts is .*, which billing"),
            ({"discounts": '[["x", "y"]]'}, FieldWrong, "the discounts is .*; restore it from"),
            ({"price_currency": "USD"}, FieldWrong, "line-1: the exchange rate is 'empty', which"),
            (
                {"price_currency": "USD", "exchange_rate": "1.1"},
                FieldWrong,
                "line-1: the exchange rate is 'empty', which",
            ),
            (
                {"price_currency": "USD", "exchange_rate": "x", "rate_valid_on": NEW_YEAR},
                FieldWrong,
                "line-1: the exchange rate is 'x', which billing did not write; restore",
            ),
            (
                {"price_currency": "USD", "exchange_rate": "0", "rate_valid_on": NEW_YEAR},
                InvalidExchangeRate,
                "USD to EUR of 2026-01-01: 0 is not above 0",
            ),
            ({"amount": Decimal("1.005")}, FractionOfMinorUnit, "1.005"),
        ],
    )
    def test_what_was_edited_by_hand_is_named_with_its_remedy(
        self, values: dict[str, Any], refusal: type[Refusal], words: str
    ) -> None:
        with pytest.raises(refusal, match=words):
            read(**values)


class TestWriting:
    def test_a_line_names_what_was_sold_and_the_bundle_that_it_is_printed_with(self) -> None:
        part = Subscription(
            id=SUBSCRIPTION, key="sub-1", name="Seats", start_on=NEW_YEAR, printed_with="bundle"
        )

        seats, one_time = (row_of(sold) for sold in (part, MIGRATION))

        assert (seats["subscription"], seats["one_time_charge"]) == (SUBSCRIPTION, None)
        assert (one_time["subscription"], one_time["one_time_charge"]) == (None, MIGRATION.id)
        assert (seats["printed_with"], one_time["printed_with"]) == ("bundle", None)
        assert (seats["description"], one_time["description"]) == ("Seats", "Migration")

    def test_what_is_not_there_is_empty(self) -> None:
        row = row_of(SEATS)

        empty = {field for field, value in row.items() if value is None}
        assert empty == {
            "one_time_charge",
            "printed_with",
            "corrects",
            "discounts",
            "price_currency",
            "exchange_rate",
            "rate_valid_on",
            "rate_source",
            "carried",
        }
        assert (row["is_limited"], row["rate_is_inverse"]) == (False, False)


def row_of(sold: Subscription | OneTimeCharge) -> dict[str, Any]:
    charge = read().charge
    line = Line(key="line-1", charge=charge, amount=charge.amount, position=1, sold=sold)
    return dict(line_fields(line, invoice=INVOICE, contract=CONTRACT, currency=EURO))
