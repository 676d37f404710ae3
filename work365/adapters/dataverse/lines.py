"""An invoice line as a row, and back: every input of its amount is kept, and nothing is lost."""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any
from uuid import UUID

from dataverse_schema import options
from dataverse_schema.tables.billing import InvoiceLine
from work365.adapters.dataverse.choices import meaning, option
from work365.adapters.dataverse.row_faults import FieldWrong
from work365.domain.charges import Charge, PercentOff, Price, Slot
from work365.domain.contracts import Subscription
from work365.domain.currencies import Conversion, ExchangeRate
from work365.domain.invoices import Line
from work365.domain.lines import NOTHING, BilledLine, LineKind
from work365.domain.money import ROUNDING, Money
from work365.domain.periods import Period

RESTORE = "restore it from the audit history, because billed lines do not change"


def billed_line_of(row: InvoiceLine, *, sold: str, currency: str) -> BilledLine:
    """Return the billed line in `row`, for what has the key `sold`.

    Raises:
        FieldWrong: a period ends before it starts, or a column was edited by hand.
        FractionOfMinorUnit: the amount has more digits than the currency.
    """
    amount = Money.exactly(row.amount, currency)
    return BilledLine(
        key=row.key,
        charge=_charge(row, sold, currency),
        amount=amount,
        kind=meaning(row.kind, LineKind),
        corrects=row.corrects,
        carried=_carried(row),
        limit=amount if row.is_limited else None,
    )


def line_fields(
    line: Line, *, invoice: UUID, contract: UUID | None, currency: UUID | None
) -> Mapping[str, Any]:
    """Return the row of `line`; the invoice, the contract and the currency are rows' ids."""
    charge, slot = line.charge, line.charge.slot
    sold_by_period = isinstance(line.sold, Subscription)
    return {
        "key": line.key,
        "invoice": invoice,
        "contract": contract,
        "subscription": line.sold.id if sold_by_period else None,
        "one_time_charge": None if sold_by_period else line.sold.id,
        "printed_with": line.sold.printed_with if isinstance(line.sold, Subscription) else None,
        "kind": option(line.kind, options.LineKind),
        "corrects": line.corrects,
        "position": line.position,
        "description": line.sold.name,
        "component": slot.price.component,
        "quantity": charge.quantity,
        "unit_price": slot.price.per_unit,
        "price_months": slot.price.months,
        "cycle_months": slot.cycle_months,
        "discounts": _written_discounts(slot.price.discounts),
        **_conversion_fields(slot.price.conversion),
        "service_start_on": charge.service_period.start,
        "service_end_on": charge.service_period.end,
        "period_start_on": slot.start,
        "period_end_on": slot.end,
        "service_days": charge.service_period.days,
        "period_days": slot.billing_period.days,
        "proration": slot.price.proration,
        "carried": str(line.carried) if line.carried else None,
        "rounding": ROUNDING,
        "is_limited": line.limit is not None,
        "amount": line.amount.amount,
        "transactioncurrencyid": currency,
    }


def _charge(row: InvoiceLine, sold: str, currency: str) -> Charge:
    price = Price(
        sold,
        row.component,
        currency,
        row.unit_price,
        row.price_months,
        row.proration,
        _discounts(row),
        _conversion(row, currency),
    )
    billing_period = _period(row, row.period_start_on, row.period_end_on)
    service_period = _period(row, row.service_start_on, row.service_end_on)
    slot = Slot(price, billing_period.start, billing_period.end, row.cycle_months)
    return Charge(slot, service_period, row.quantity)


def _period(row: InvoiceLine, start: date, end: date) -> Period:
    if end < start:
        raise FieldWrong(f"invoice line {row.key}: a period from {start} ends on {end}; {RESTORE}")
    return Period(start, end)


def _carried(row: InvoiceLine) -> Fraction:
    if row.carried is None:
        return NOTHING
    try:
        return Fraction(row.carried)
    except (ValueError, ZeroDivisionError):
        raise _edited(row, "carried rounding", row.carried) from None


def _discounts(row: InvoiceLine) -> tuple[PercentOff, ...]:
    if row.discounts is None:
        return ()
    try:
        return tuple(
            PercentOff(str(name), Decimal(percent)) for name, percent in json.loads(row.discounts)
        )
    except (InvalidOperation, TypeError, ValueError):
        raise _edited(row, "discounts", row.discounts) from None


def _written_discounts(discounts: Sequence[PercentOff]) -> str | None:
    if not discounts:
        return None
    # A percent is text, because a number of JSON is a float to whoever reads it next.
    return json.dumps([[name, f"{percent:f}"] for name, percent in discounts], ensure_ascii=False)


def _conversion(row: InvoiceLine, currency: str) -> Conversion | None:
    if row.price_currency is None:
        return None
    if row.exchange_rate is None or row.rate_valid_on is None:
        raise _edited(row, "exchange rate", "empty")
    try:
        rate = Decimal(row.exchange_rate)
    except InvalidOperation:
        raise _edited(row, "exchange rate", row.exchange_rate) from None
    pair = (row.price_currency, currency)
    stated_from, stated_to = reversed(pair) if row.rate_is_inverse else pair
    stated = ExchangeRate(
        from_currency=stated_from,
        to_currency=stated_to,
        rate=rate,
        valid_on=row.rate_valid_on,
        source=row.rate_source or "",
    )
    return Conversion(stated, is_inverse=row.rate_is_inverse)


def _conversion_fields(conversion: Conversion | None) -> Mapping[str, Any]:
    stated = conversion.stated if conversion else None
    return {
        "price_currency": conversion.from_currency if conversion else None,
        "exchange_rate": f"{stated.rate:f}" if stated else None,
        "rate_valid_on": stated.valid_on if stated else None,
        "rate_source": stated.source or None if stated else None,
        "rate_is_inverse": conversion.is_inverse if conversion else False,
    }


def _edited(row: InvoiceLine, field: str, value: str) -> FieldWrong:
    return FieldWrong(
        f"invoice line {row.key}: the {field} is {value!r}, which billing did not write; {RESTORE}"
    )
