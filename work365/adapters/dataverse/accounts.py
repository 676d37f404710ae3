"""Rows of a contract, its subscriptions, change log and invoice lines, as domain values."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TypeVar
from uuid import UUID

from dataverse_schema.options import ContractStatus
from dataverse_schema.tables import billing as tables
from work365.adapters.dataverse.choices import meaning
from work365.domain.changes import Change, Status, UnitPrice
from work365.domain.charges import Charge, Price, Slot
from work365.domain.contracts import (
    AnchorRule,
    BillingContract,
    ContractType,
    Subscription,
    Timing,
)
from work365.domain.money import minor_unit_digits
from work365.domain.periods import Period
from work365.errors import Refusal

T = TypeVar("T")


class FieldMissing(Refusal):
    """A row lacks a value that billing cannot do without."""

    code = "field_missing"


class FieldWrong(Refusal):
    """A row has a value, or two together, that billing cannot go by."""

    code = "field_wrong"


def contract_of(row: tables.BillingContract, currencies: Mapping[UUID, str]) -> BillingContract:
    """Return the terms in `row`.

    Raises:
        FieldMissing: no customer, currency or start.
        FieldWrong: terminated without an end.
        UnknownCurrency: a currency that ISO 4217 does not have.
    """
    where = f"billing contract {row.key}"
    customer = _given(row.customer, where, "customer", "choose the account that is invoiced")
    currency_id = _given(row.currency, where, "currency", "choose the currency of its invoices")
    start_on = _given(row.start_on, where, "start", "enter the first day under contract")
    currency = currencies.get(currency_id, f"of row {currency_id}")
    minor_unit_digits(currency)
    if row.status is ContractStatus.TERMINATED and row.end_on is None:
        raise FieldWrong(
            f"{where}: it is terminated and has no end; enter the first day that is not"
            " under contract any more"
        )
    assert row.row_id is not None, "a row that was read has its id"
    return BillingContract(
        id=row.row_id,
        key=row.key,
        customer=customer,
        currency=currency,
        start_on=start_on,
        end_on=row.end_on,
        active=row.status is not ContractStatus.DRAFT,
        type=meaning(row.contract_type, ContractType),
        timing=meaning(row.timing, Timing),
        anchor_rule=meaning(row.anchor_rule, AnchorRule),
        cycle_months=row.cycle_months,
        change_cycle_months=row.change_cycle_months or 1,
        payment_days=row.payment_days,
        review_days=row.review_days,
    )


def subscription_of(row: tables.Subscription, changes: tuple[Change, ...]) -> Subscription:
    """Return the subscription in `row`, with its log.

    Raises: FieldMissing: no start.
    """
    start_on = _given(
        row.start_on, f"subscription {row.key}", "start", "enter the first day it was had"
    )
    assert row.row_id is not None, "a row that was read has its id"
    return Subscription(
        id=row.row_id,
        key=row.key,
        name=row.name,
        start_on=start_on,
        end_on=row.end_on,
        cycle_months=row.cycle_months,
        changes=changes,
    )


def change_of(row: tables.SubscriptionChange, created_on: datetime) -> Change:
    """Return the entry in `row`, recorded when the row was created unless it says otherwise.

    Raises:
        FieldMissing: no effective day.
        FieldWrong: a price without the months that it pays for, or below zero.
    """
    where = f"change {row.key}"
    effective_on = _given(
        row.effective_on, where, "effective day", "enter the first day on which it holds"
    )
    recorded_at = row.recorded_on or created_on
    return Change(
        key=row.key,
        effective_on=effective_on,
        recorded_at=recorded_at.astimezone(UTC),
        quantity=row.quantity_delta,
        price=_price(row, where),
        status=None if row.status is None else meaning(row.status, Status),
    )


def _price(row: tables.SubscriptionChange, where: str) -> UnitPrice | None:
    if row.unit_price is None:
        return None
    months = _given(
        row.price_months, where, "price months", "enter how many months the unit price pays for"
    )
    if row.unit_price < 0:
        raise FieldWrong(
            f"{where}: the unit price {row.unit_price} is below zero; a credit is a negative"
            " quantity at a positive price"
        )
    return UnitPrice(row.unit_price, months)


def charge_of(row: tables.InvoiceLine, subscription: str, currency: str) -> Charge:
    """Return the billed charge that a line is.

    Raises: FieldWrong: a period of it ends before it starts.
    """
    for start, end in (
        (row.service_start_on, row.service_end_on),
        (row.period_start_on, row.period_end_on),
    ):
        if end < start:
            raise FieldWrong(
                f"invoice line {row.key}: a period from {start} ends on {end}; restore it from"
                " the audit history, because billed lines do not change"
            )
    price = Price(subscription, row.component, currency, row.unit_price, row.price_months)
    slot = Slot(price, row.period_start_on, row.period_end_on, row.cycle_months)
    return Charge(slot, Period(row.service_start_on, row.service_end_on), row.quantity)


def _given(value: T | None, where: str, field: str, remedy: str) -> T:
    if value is None:
        raise FieldMissing(f"{where}: the {field} is empty; {remedy}")
    return value
