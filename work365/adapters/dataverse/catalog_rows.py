"""Rows of the catalogue: products, list prices, and what a subscription opens with.

Keys are made from content, so that importing the same file twice finds its own rows.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from dataverse_schema.columns import Text
from dataverse_schema.tables import billing, standard
from work365.adapters.dataverse.choices import meaning
from work365.adapters.dataverse.row_faults import FieldMissing, FieldWrong
from work365.domain.catalog import PLAN_MONTHS, BillingPlan, ListPrice, Sku, Term
from work365.domain.changes import Change, Status, UnitPrice
from work365.errors import Refusal
from work365.ports.catalog import KeptSubscription, Opening

LIST_PRICE_DECIMALS_MAX = 4
"""Decimals of a money column, which amounts of price lists are."""

UNIT_GROUP = "subscriptions"
NOON = time(12, tzinfo=UTC)
"""At which it is the same day nearly everywhere: a price list's days are moments inside, which
each person sees as days of their own time zone."""

TERM_NAMES: Mapping[Term, str] = {
    Term.MONTH: "1 month",
    Term.YEAR: "1 year",
    Term.THREE_YEARS: "3 years",
}
PLAN_NAMES: Mapping[BillingPlan, str] = {
    BillingPlan.MONTHLY: "billed monthly",
    BillingPlan.ANNUAL: "billed annually",
    BillingPlan.TRIENNIAL: "billed every 3 years",
    BillingPlan.NONE: "not billed by period",
}
"""Names of the billing plans that prices are listed for."""

Fields = Mapping[str, Any]


class PriceTooFine(Refusal):
    """A price has more decimals than a price list holds; it is not rounded."""

    code = "price_too_fine"


def product_key(part_number: str) -> str:
    """Return the key of a product; a colon could not stand in an address."""
    return part_number.replace(":", "-")


def unit_key(term: Term, plan: BillingPlan) -> str:
    """Return the key of the unit of prices for `term` and `plan`."""
    return f"{UNIT_GROUP}_{term.value}_{plan.value}"


def unit_name(term: Term, plan: BillingPlan) -> str:
    """Return the name of the unit of prices for `term` and `plan`."""
    return f"{TERM_NAMES[term]}, {PLAN_NAMES[plan]}"


def price_list_key(price: ListPrice) -> str:
    """Return the key of the price list that `price` is on.

    It has all that the price depends on but for the product, and for the term and the billing
    plan, which make the unit: so no price list has a product and a unit twice.
    """
    parts = ("microsoft", price.market, price.currency, price.segment, str(price.effective_from))
    # Dataverse takes keys that differ in case for the same.
    return "_".join(parts).casefold()


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


def price_list_fields(price: ListPrice, *, last_day: date | None, currency: UUID) -> Fields:
    """Return the fields of the price list that `price` is on."""
    name = f"{price.market} {price.currency} {price.segment} from {price.effective_from}"
    return {
        "name": name,
        "begin_date": datetime.combine(price.effective_from, NOON),
        "transactioncurrencyid": currency,
        "key": price_list_key(price),
        **price_list_end(last_day),
    }


def price_list_end(last_day: date | None) -> Fields:
    """Return the field of a price list that says when it ends, if it does."""
    return {"end_date": None if last_day is None else datetime.combine(last_day, NOON)}


def last_day_of(prices: Iterable[ListPrice]) -> date | None:
    """Return the last day on which one of `prices` holds; none if one of them has no end."""
    ends = [price.effective_until for price in prices]
    closed = [end for end in ends if end is not None]
    # The end of a price list is the last day inside it, unlike that of a price.
    return max(closed) - timedelta(days=1) if len(closed) == len(ends) else None


def price_fields(price: ListPrice, *, price_list: UUID, product: UUID, unit: UUID) -> Fields:
    """Return the fields of the row that a list price is kept in.

    Its currency is not among them: Dynamics 365 takes that of the price list.
    """
    return {
        "amount": price.erp_price,
        "pricelevelid": price_list,
        "productid": product,
        "uomid": unit,
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


def list_price_of(row: standard.ProductPriceLevel, sku: Sku, currency: str | None) -> ListPrice:
    """Return the list price in `row`, whose price list is in `currency`.

    Raises:
        FieldMissing: a value that was there when it was imported is gone.
        FieldWrong: a value that no price can have.
    """
    given = {
        "currency of its price list": currency,
        "months": row.price_months,
        "cost": row.cost,
        "market": row.market,
        "segment": row.segment,
        "first day": row.effective_from,
    }
    missing = [name for name, value in given.items() if value is None]
    if missing:
        raise FieldMissing(f"list price {row.key}: no {', '.join(missing)}; enter it again")
    assert currency is not None
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
        currency=currency,
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
                price=_unit_price(change),
                status=None if change.status is None else meaning(change.status, Status),
            )
            for change, created_on in changes
            if change.effective_on is not None
        ),
    )


def _unit_price(change: billing.SubscriptionChange) -> UnitPrice | None:
    if change.unit_price is None:
        return None
    return UnitPrice(change.unit_price, change.price_months or 1)


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
