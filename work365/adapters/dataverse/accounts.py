"""Rows of a contract, of what is sold under it and of its change logs, as domain values."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

from dataverse_schema.options import ContractStatus
from dataverse_schema.tables import billing as tables
from work365.adapters.dataverse.choices import meaning
from work365.adapters.dataverse.policies import policy_of
from work365.adapters.dataverse.row_faults import FieldWrong, given
from work365.domain.changes import Change, Status, UnitPrice
from work365.domain.contracts import (
    AnchorRule,
    BillingContract,
    ContractType,
    Subscription,
    Timing,
)
from work365.domain.discounts import Level, PercentageDiscount
from work365.domain.money import minor_unit_digits
from work365.domain.one_time_charges import OneTimeCharge, OneTimeKind
from work365.domain.periods import MonthEnd
from work365.domain.remembered_text import number_text


def contract_of(
    row: tables.BillingContract,
    currencies: Mapping[UUID, str],
    settings: tables.BillingSettings,
) -> BillingContract:
    """Return the terms in `row`, which follow the environment's `settings` where it leaves them.

    Raises:
        FieldMissing: no customer, currency or start.
        FieldWrong: terminated without an end, or a proration that there is not.
        InvalidContract, InvalidDiscount: terms that contradict each other, or make no sense.
        UnknownCurrency: a currency that ISO 4217 does not have.
    """
    where = f"billing contract {row.key}"
    customer = given(row.customer, where, "customer", "choose the account that is invoiced")
    currency_id = given(row.currency, where, "currency", "choose the currency of its invoices")
    start_on = given(row.start_on, where, "start", "enter the first day under contract")
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
        bill_day=row.bill_day,
        month_end=meaning(row.month_end, MonthEnd),
        cycle_months=row.cycle_months,
        change_cycle_months=row.change_cycle_months or 1,
        payment_days=row.payment_days,
        review_days=row.review_days,
        policy=policy_of(row, settings),
        discounts=_discounts(row.discount_percent, row.key, Level.CONTRACT),
        refund_at_end=row.refund_at_end,
    )


def subscription_of(
    row: tables.Subscription, changes: tuple[Change, ...], *, printed_with: str | None = None
) -> Subscription:
    """Return the subscription in `row`, with its log, and printed in the row of `printed_with`.

    Raises:
        FieldMissing: no start.
        InvalidSubscription, InvalidDiscount: terms that make no sense.
    """
    start_on = given(
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
        billable=row.billable,
        printed_with=printed_with,
        discounts=_discounts(row.discount_percent, row.key, Level.SUBSCRIPTION),
        term_months=row.term_months,
        refund_at_end=row.refund_at_end,
    )


def bundle_of(row: tables.Subscription, siblings: Mapping[UUID, tables.Subscription]) -> str | None:
    """Return the key of the subscription in whose row the one in `row` is printed, if any.

    `siblings` are the subscriptions of its contract, by the id of the row.
    Raises: FieldWrong: it is not one of them, or has no row of its own.
    """
    if row.printed_with is None:
        return None
    bundle = siblings.get(row.printed_with)
    if bundle is None:
        raise FieldWrong(
            f"subscription {row.key}: it is printed with row {row.printed_with}, which is not a"
            " subscription of the same contract; choose one that is, or empty the field"
        )
    if bundle.printed_with is not None:
        raise FieldWrong(
            f"subscription {row.key}: it is printed with {bundle.key}, which has no row of its"
            " own; choose a subscription that is not printed with another, or empty the field"
        )
    return bundle.key


def change_of(row: tables.SubscriptionChange, created_on: datetime) -> Change:
    """Return the entry in `row`, recorded when the row was created unless it says otherwise.

    Raises:
        FieldMissing: no effective day.
        FieldWrong: a price without the months that it pays for, or below zero.
    """
    where = f"change {row.key}"
    effective_on = given(
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
        refund=row.refund,
    )


def one_time_charge_of(row: tables.OneTimeCharge) -> OneTimeCharge:
    """Return the one-time charge in `row`.

    Raises:
        FieldMissing: no day or no unit price.
        InvalidOneTimeCharge: a quantity of nothing, or less.
    """
    where = f"one-time charge {row.key}"
    charged_on = given(row.charged_on, where, "day", "enter the day on which it is owed")
    unit_price = given(
        row.unit_price, where, "unit price", "enter what one of it costs, 0 if it is free"
    )
    assert row.row_id is not None, "a row that was read has its id"
    return OneTimeCharge(
        id=row.row_id,
        key=row.key,
        name=row.name,
        on=charged_on,
        quantity=row.quantity,
        unit_price=unit_price,
        kind=meaning(row.kind, OneTimeKind),
        discounted=row.discounted,
    )


def _price(row: tables.SubscriptionChange, where: str) -> UnitPrice | None:
    if row.unit_price is None:
        return None
    months = given(
        row.price_months, where, "price months", "enter how many months the unit price pays for"
    )
    if row.unit_price < 0:
        raise FieldWrong(
            f"{where}: the unit price {row.unit_price} is below zero; a credit is a negative"
            " quantity at a positive price"
        )
    return UnitPrice(row.unit_price, months)


def _discounts(
    percent: Decimal | None, agreed_in: str, level: Level
) -> tuple[PercentageDiscount, ...]:
    if percent is None:
        return ()
    # Without its trailing zeros, because the same percent has to be remembered as the same.
    told = Decimal(number_text(percent))
    return (PercentageDiscount(key=agreed_in, percent=told, level=level),)
