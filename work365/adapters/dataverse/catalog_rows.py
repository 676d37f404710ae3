"""Rows of the catalogue: products, list prices, and what a subscription opens with.

Keys are made from content, so that importing the same file twice finds its own rows.
"""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from dataverse_schema.columns import Text
from dataverse_schema.tables import billing, standard
from work365.adapters.dataverse.accounts import FieldMissing, FieldWrong
from work365.adapters.dataverse.choices import meaning
from work365.domain.catalog import PLAN_MONTHS, BillingPlan, ListPrice, Sku, Term
from work365.domain.changes import Change, Status
from work365.errors import Refusal
from work365.ports import KeptSubscription, Opening

LIST_PRICE_DECIMALS_MAX = 4
"""Decimals of a money column, which amounts of price lists are."""

Fields = Mapping[str, Any]


class PriceTooFine(Refusal):
    """A price has more decimals than a price list holds; it is not rounded."""

    code = "price_too_fine"


def product_key(part_number: str) -> str:
    """Return the key of a product; a colon could not stand in an address."""
    return part_number.replace(":", "-")


def price_list_key(price: ListPrice) -> str:
    """Return the key of the price list that `price` is on."""
    return f"microsoft_{price.market}_{price.currency}"


def price_key(price: ListPrice) -> str:
    """Return the key of a list price: all that it depends on, and its first day."""
    return (
        f"{product_key(price.sku.part_number)}_{price.term.value}_{price.plan.value}"
        f"_{price.market}_{price.currency}_{price.segment}_{price.effective_from}"
    )


def opening_key(subscription: str) -> str:
    """Return the key of the entry that opens the change log of `subscription`."""
    return f"{subscription}_opening"


def check_exact(price: ListPrice) -> None:
    """Refuse a price that a price list could only hold rounded.

    Raises: PriceTooFine.
    """
    if price.erp_price != round(price.erp_price, LIST_PRICE_DECIMALS_MAX):
        raise PriceTooFine(
            f"a price list of Dynamics 365 holds {LIST_PRICE_DECIMALS_MAX} decimals, and a price"
            " is not rounded: enter it by hand as it is to be"
        )


def product_fields(sku: Sku, *, unit: UUID, unit_group: UUID) -> Fields:
    """Return the fields of the product that `sku` is; a long title stands in the description."""
    name = _within(standard.Product, "name", sku.title)
    return {
        "name": name,
        "product_number": sku.part_number,
        "description": None if name == sku.title else sku.title,
        "quantity_decimal": 0,
        "defaultuomid": unit,
        "defaultuomscheduleid": unit_group,
        "publisher": _within(standard.Product, "publisher", sku.publisher) or None,
        "key": product_key(sku.part_number),
    }


def sku_of(row: standard.Product) -> Sku:
    """Return the SKU that a product is."""
    product_id, _, sku_id = row.product_number.partition(":")
    return Sku(product_id, sku_id, row.name, row.publisher or "")


def price_list_fields(price: ListPrice, currency: UUID) -> Fields:
    """Return the fields of the price list that `price` is on."""
    return {
        "name": f"Microsoft {price.market} {price.currency}",
        "transactioncurrencyid": currency,
        "key": price_list_key(price),
    }


def price_fields(
    price: ListPrice, *, price_list: UUID, product: UUID, unit: UUID, currency: UUID
) -> Fields:
    """Return the fields of the row that a list price is kept in."""
    return {
        "amount": price.erp_price,
        "pricelevelid": price_list,
        "productid": product,
        "uomid": unit,
        "transactioncurrencyid": currency,
        "term": price.term.value,
        "billing_plan": price.plan.value,
        "price_months": price.price_months,
        "cost": price.unit_price,
        "market": price.market,
        "segment": price.segment,
        "effective_from": price.effective_from,
        "effective_until": price.effective_until,
        "key": price_key(price),
    }


def list_price_of(
    row: standard.ProductPriceLevel, sku: Sku, currencies: Mapping[UUID, str]
) -> ListPrice:
    """Return the list price in `row`.

    Raises:
        FieldMissing: a value that was there when it was imported is gone.
        FieldWrong: a value that no price can have.
    """
    given = {
        "currency": row.transactioncurrencyid,
        "months": row.price_months,
        "cost": row.cost,
        "market": row.market,
        "segment": row.segment,
        "first day": row.effective_from,
    }
    missing = [name for name, value in given.items() if value is None]
    if missing:
        raise FieldMissing(f"list price {row.key}: no {', '.join(missing)}; enter it again")
    assert row.transactioncurrencyid is not None
    assert row.price_months is not None
    assert row.cost is not None
    assert row.market is not None
    assert row.segment is not None
    assert row.effective_from is not None
    term, plan = _term_and_plan(row)
    if min(row.amount, row.cost) < 0 or (
        row.effective_until is not None and row.effective_until <= row.effective_from
    ):
        raise FieldWrong(f"list price {row.key}: below zero, or it ends before it starts")
    return ListPrice(
        sku=sku,
        term=term,
        plan=plan,
        market=row.market,
        currency=currencies[row.transactioncurrencyid],
        segment=row.segment,
        unit_price=row.cost,
        erp_price=row.amount,
        price_months=row.price_months,
        effective_from=row.effective_from,
        effective_until=row.effective_until,
    )


def subscription_fields(opening: Opening, *, product: UUID, provider_account: UUID) -> Fields:
    """Return the fields of the subscription that `opening` takes in."""
    bought = opening.provided
    assert bought.term is not None, "it has a price, so it has a term"
    assert bought.plan is not None
    return {
        "name": bought.name,
        "key": bought.id,
        "contract": opening.contract.id,
        "product": product,
        "provider_account": provider_account,
        "provider_reference": bought.id,
        "cycle_months": PLAN_MONTHS[bought.plan],
        "start_on": bought.effective_start,
        "term": bought.term.value,
        "term_end_on": opening.term_end_on,
        "billing_plan": bought.plan.value,
        "auto_renew": bought.auto_renew,
        "quantity": Decimal(bought.quantity),
    }


def opening_fields(opening: Opening, subscription: UUID) -> Fields:
    """Return the fields of the entry that opens a change log."""
    bought, price = opening.provided, opening.price
    return {
        "name": f"Opening: {bought.quantity}",
        "key": opening_key(bought.id),
        "subscription": subscription,
        "effective_on": bought.effective_start,
        "recorded_on": opening.recorded_at,
        "quantity_delta": Decimal(bought.quantity),
        "unit_price": price.erp_price,
        "price_months": price.price_months,
        "reason": (
            f"Imported from {opening.source}: what Microsoft says, at the list price"
            f" {price.key} from {price.effective_from}."
        ),
    }


def kept_subscription(
    row: billing.Subscription,
    changes: list[tuple[billing.SubscriptionChange, datetime]],
) -> KeptSubscription:
    """Return the subscription in `row` with the entries of its log that have a day."""
    return KeptSubscription(
        key=row.key,
        contract=row.contract,
        term=row.term,
        plan=row.billing_plan,
        term_end_on=row.term_end_on,
        auto_renew=row.auto_renew,
        changes=tuple(
            Change(
                key=change.key,
                effective_on=change.effective_on,
                recorded_at=change.recorded_on or created_on,
                quantity=change.quantity_delta,
                status=None if change.status is None else meaning(change.status, Status),
            )
            for change, created_on in changes
            if change.effective_on is not None
        ),
    )


def _term_and_plan(row: standard.ProductPriceLevel) -> tuple[Term, BillingPlan]:
    try:
        return Term(row.term), BillingPlan(row.billing_plan)
    except ValueError as error:
        remedy = "enter it as the price sheet has it"
        raise FieldWrong(f"list price {row.key}: {error}; {remedy}") from error


def _within(table: type[standard.StandardTable], field: str, text: str) -> str:
    kind = table.columns()[field]
    assert isinstance(kind, Text)
    return text if len(text) <= kind.max_length else f"{text[: kind.max_length - 1]}…"
