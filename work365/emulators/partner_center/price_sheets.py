"""Price sheets: the catalogue's dated prices of a market, as rows of a view.

`current` is what holds in the month so far, `history` what held in an earlier month, `future`
what begins within the next thirty days. A price ends the day before the next one of the same plan
begins. A price is for the whole term, in however many parts it is billed. Consumption is in
dollars and at retail price for every market.
Source: learn.microsoft.com/partner-center/developer/get-a-price-sheet, and of the whole term
.../pricing/pricing-and-offers; the views of extended service and of products that end are
reported.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from work365.emulators.partner_center.catalogue import (
    ONLINE_SERVICES,
    PERPETUAL_SOFTWARE,
    RESERVATION,
    SAAS,
    SOFTWARE_SUBSCRIPTION,
    Catalogue,
    Plan,
    Price,
    Product,
    Sku,
)
from work365.emulators.partner_center.exchange_rates import PRICING_CURRENCY
from work365.emulators.partner_center.meters import METERS
from work365.emulators.partner_center.renewals import extended_price
from work365.emulators.partner_center.terms import MONTHS_OF_CYCLE, MONTHS_OF_TERM

COLUMNS = (
    "ProductTitle",
    "ProductId",
    "SkuId",
    "SkuTitle",
    "Publisher",
    "SkuDescription",
    "UnitOfMeasure",
    "TermDuration",
    "BillingPlan",
    "Market",
    "Currency",
    "UnitPrice",
    "PricingTierRangeMin",
    "PricingTierRangeMax",
    "EffectiveStartDate",
    "EffectiveEndDate",
    "Tags",
    "ERP Price",
    "Segment",
)
CONSUMPTION, EXTENDED, ENDING = "azure_consumption", "licensebasedest", "licensebasedeos"
KINDS = {
    CONSUMPTION: (),
    "azure_reservations": (RESERVATION,),
    "updatedlicensebased": (ONLINE_SERVICES,),
    "marketplace": (SAAS,),
    "software": (SOFTWARE_SUBSCRIPTION, PERPETUAL_SOFTWARE),
    EXTENDED: (ONLINE_SERVICES,),
    ENDING: (ONLINE_SERVICES,),
}
PREVIEW_DAYS = 30
_PLANS = {"monthly": "Monthly", "annual": "Annual", "triennial": "Triennial"}
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """Which prices are asked for: those that hold on a day from `first` to `last`.

    `begins` leaves out those that have begun before `first`, for the preview.
    """

    market: str
    view: str
    first: date
    last: date
    begins: bool = False


def rows_of(catalogue: Catalogue, sheet: Sheet) -> list[tuple[str, ...]]:
    """Return the rows of a sheet, in the order of `COLUMNS`."""
    if sheet.view == CONSUMPTION:
        return _consumption(sheet)
    if sheet.view == EXTENDED:
        return list(_extended(catalogue, sheet))
    rows = []
    for product, sku in _offers(catalogue, sheet.view):
        for price in sku.prices:
            ends = end_of(sku, price)
            if _is_in(sheet, price, ends) and (sheet.view != ENDING or _ends_for_good(sku, price)):
                rows.append(_row(product, sku, price, ends))
    return rows


def _offers(catalogue: Catalogue, view: str) -> Iterator[tuple[Product, Sku]]:
    for product in catalogue.products.values():
        if product.kind in KINDS[view]:
            for sku in product.skus.values():
                yield product, sku


def end_of(sku: Sku, price: Price) -> date | None:
    """Return the last day of a price: its own, or the day before the next one's first."""
    later = [
        other.starts - _ONE_DAY
        for other in sku.prices
        if (other.plan, other.market) == (price.plan, price.market) and other.starts > price.starts
    ]
    ends = later + ([price.ends] if price.ends else [])
    return min(ends, default=None)


def _is_in(sheet: Sheet, price: Price, ends: date | None) -> bool:
    if price.market != sheet.market or price.starts > sheet.last:
        return False
    if sheet.begins:
        return price.starts >= sheet.first
    return ends is None or ends >= sheet.first


def _ends_for_good(sku: Sku, price: Price) -> bool:
    return price.ends is not None and not any(
        other.starts > price.starts and other.plan == price.plan and other.market == price.market
        for other in sku.prices
    )


def _row(product: Product, sku: Sku, price: Price, ends: date | None) -> tuple[str, ...]:
    return (
        product.title,
        product.product,
        sku.sku,
        sku.title,
        product.publisher,
        sku.description,
        "",
        price.plan.term,
        _PLANS.get(price.plan.billing_cycle, "OneTime"),
        price.market,
        price.currency,
        amount_text(_for_term(price.plan, price.amount)),
        "",
        "",
        f"{_day(price.starts)} 12:00:00 AM",
        f"{_day(ends or date(9999, 12, 31))} 11:59:59 PM",
        "License" if product.kind == ONLINE_SERVICES else product.kind,
        amount_text(_for_term(price.plan, price.retail)),
        sku.segment.capitalize(),
    )


def _for_term(plan: Plan, amount: Decimal) -> Decimal:
    """Return what a charge cycle's amount comes to in a whole term."""
    months, cycle = MONTHS_OF_TERM.get(plan.term), MONTHS_OF_CYCLE.get(plan.billing_cycle)
    return amount * months / cycle if months and cycle else amount


def _extended(catalogue: Catalogue, sheet: Sheet) -> Iterator[tuple[str, ...]]:
    """Return what a month of extended service costs on the sheet's last day."""
    for product, sku in _offers(catalogue, sheet.view):
        amount = extended_price(sku, sheet.market, sheet.last)
        standing = [price for price in sku.prices if _is_in(sheet, price, end_of(sku, price))]
        if not amount or not standing:
            continue
        row = list(_row(product, sku, standing[0], end_of(sku, standing[0])))
        row[3] = f"{sku.title} - Extended Service Term"
        row[7:9] = ["P1M", "Monthly"]
        row[11] = amount_text(amount)
        row[17] = ""
        yield tuple(row)


def _consumption(sheet: Sheet) -> list[tuple[str, ...]]:
    if sheet.begins:
        return []
    return [
        (
            meter.product_name,
            meter.product,
            meter.sku,
            meter.sku_name,
            "Microsoft Corporation",
            meter.description,
            meter.unit,
            "",
            "",
            sheet.market,
            PRICING_CURRENCY,
            amount_text(meter.price),
            "0",
            "",
            f"{_day(sheet.first)} 12:00:00 AM",
            f"{_day(date(9999, 12, 31))} 11:59:59 PM",
            "Consumption",
            amount_text(meter.price),
            "Commercial",
        )
        for meter in METERS
    ]


def amount_text(amount: Decimal) -> str:
    """Return an amount without trailing zeros, as the sheets write it."""
    text = f"{amount:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _day(day: date) -> str:
    return f"{day.month}/{day.day}/{day.year}"
