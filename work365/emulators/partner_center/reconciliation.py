"""Charge lines as rows of the reconciliation file, in its 47 columns.

The order of the columns is that of field exports, their meaning is documented. Numbers stay
numbers and days become ISO moments, as in JSON Lines. Since 15 June 2026 `ReferenceId` is a JSON
object (reported by several, not documented by Microsoft).
Source: learn.microsoft.com/partner-center/modern-invoice-reconciliation-file.
"""

from datetime import UTC, date, datetime
from decimal import Decimal

from work365.emulators.partner_center.annexes import Record
from work365.emulators.partner_center.catalogue import AZURE_PLAN
from work365.emulators.partner_center.exchange_rates import PRICING_CURRENCY, billing_rate
from work365.emulators.partner_center.invoices import tax_on
from work365.emulators.partner_center.ledger import ChargeLine
from work365.emulators.partner_center.meters import BY_SKU
from work365.emulators.partner_center.moments import day_text, moment_text
from work365.emulators.partner_center.months import Month
from work365.emulators.partner_center.payloads import json_text
from work365.emulators.partner_center.state import State

REFERENCE_IS_JSON_SINCE = datetime(2026, 6, 15, tzinfo=UTC)
REFERENCE_VERSION = 2
EXTENDED = "Extended Service Term"

TERM_TEXTS = {
    ("P1M", "monthly"): "One-Month commitment for monthly billing",
    ("P1Y", "monthly"): "One-Year commitment for monthly/yearly billing",
    ("P1Y", "annual"): "One-Year commitment for yearly billing",
    ("P3Y", "monthly"): "Three-3 Years commitment for monthly/3 Years/yearly billing",
    ("P3Y", "annual"): "Three-3 Years commitment for monthly/3 Years/yearly billing",
    ("P3Y", "triennial"): "Three-3 Years commitment for monthly/3 Years/yearly billing",
}
TRIAL_TEXT = "One-Month commitment for trial"
FREQUENCIES = {"monthly": "Monthly", "annual": "Annual", "triennial": "Triennial"}


def row_of(state: State, line: ChargeLine, document: Record | None) -> Record:
    """Return a line as a row; `document` is None for what is not billed yet."""
    invoice = document["id"] if document else ""
    tax = tax_on(line, Decimal(document["tax_rate"])) if document else Decimal(0)
    return {
        **_parties(state, line, invoice),
        **_offer(state, line),
        "ChargeType": line.charge_type,
        "UnitPrice": line.unit_price,
        "Quantity": line.quantity,
        "Subtotal": line.subtotal,
        "TaxTotal": tax,
        "Total": line.subtotal + tax,
        "Currency": line.currency,
        "PriceAdjustmentDescription": _adjustments(line),
        **_subscription(state, line),
        "EffectiveUnitPrice": line.effective_unit_price,
        "UnitType": _unit_type(line),
        "AlternateId": line.order,
        "BillableQuantity": line.quantity,
        "BillingFrequency": FREQUENCIES.get(line.billing_cycle, "") if document else "",
        **_exchange(line),
        "MeterDescription": _meter(line),
        "ReservationOrderId": line.reservation_order,
        "CreditReasonCode": "",
        "SubscriptionStartDate": _day(line.subscription_start),
        "SubscriptionEndDate": _day(line.subscription_end),
        "ReferenceId": reference_of(line),
        "ProductQualifiers": _qualifiers(state, line),
        "PromotionId": line.promotion,
        "ProductCategory": _category(state, line),
    }


def _parties(state: State, line: ChargeLine, invoice: str) -> Record:
    customer = state.customers[line.customer]
    partner = state.partners[line.partner]
    return {
        "PartnerId": line.partner,
        "CustomerId": line.customer,
        "CustomerName": customer.name,
        "CustomerDomainName": customer.domain,
        "CustomerCountry": customer.country,
        "InvoiceNumber": invoice,
        "MpnId": partner.partner_id,
        "Tier2MpnId": line.partner_of_record or "0",
        "OrderId": line.order,
        "OrderDate": moment_text(line.order_date),
    }


def _offer(state: State, line: ChargeLine) -> Record:
    sku_name, product_name = names_of(state, line)
    return {
        "ProductId": line.product,
        "SkuId": line.sku,
        "AvailabilityId": line.availability,
        "SkuName": sku_name,
        "ProductName": product_name,
    }


def names_of(state: State, line: ChargeLine) -> tuple[str, str]:
    """Return the names of a line's SKU and product."""
    meter = BY_SKU.get((line.product, line.sku))
    if meter is not None:
        return meter.sku_name, meter.product_name
    product = state.catalogue.products.get(line.product)
    sku = product.skus.get(line.sku) if product else None
    sku_name = sku.title if sku else line.sku
    if line.is_extended:
        sku_name = f"{sku_name} - {EXTENDED}"
    return sku_name, product.title if product else line.product


def _subscription(state: State, line: ChargeLine) -> Record:
    product = state.catalogue.products.get(line.product)
    subscription = state.subscriptions.get(line.subscription)
    description = subscription.friendly_name if subscription else ""
    if subscription is not None and subscription.product_kind == AZURE_PLAN:
        description = "Azure plan"
    return {
        "PublisherName": product.publisher if product else "Microsoft Corporation",
        "PublisherId": "",
        "SubscriptionDescription": description,
        "SubscriptionId": line.subscription,
        "ChargeStartDate": _day(line.period_start),
        "ChargeEndDate": _day(line.period_end),
        "TermAndBillingCycle": term_text(line),
    }


def term_text(line: ChargeLine) -> str:
    """Return the words for a line's term and billing cycle."""
    meter = BY_SKU.get((line.product, line.sku))
    if meter is not None:
        return meter.unit
    if line.is_trial:
        return TRIAL_TEXT
    return TERM_TEXTS.get((line.term, line.billing_cycle), "")


def _unit_type(line: ChargeLine) -> str:
    meter = BY_SKU.get((line.product, line.sku))
    return meter.unit if meter else ""


def _meter(line: ChargeLine) -> str:
    meter = BY_SKU.get((line.product, line.sku))
    return meter.description if meter else ""


def _exchange(line: ChargeLine) -> Record:
    month = Month.of(line.at).first
    is_metered = (line.product, line.sku) in BY_SKU
    return {
        "PricingCurrency": PRICING_CURRENCY if is_metered else line.currency,
        "PCToBCExchangeRate": billing_rate(line.currency, month) if is_metered else Decimal(1),
        "PCToBCExchangeRateDate": day_text(month),
    }


def reference_of(line: ChargeLine) -> str:
    """Return what joins the lines of one event, as it was written at the line's time."""
    if line.at < REFERENCE_IS_JSON_SINCE:
        return line.reference
    return json_text({"osId": line.order, "id": line.reference, "v": REFERENCE_VERSION})


def _adjustments(line: ChargeLine) -> str:
    told = []
    if line.credit_percentage:
        told.append(f"{line.credit_percentage:.1f}% Partner earned credit for services managed")
    if line.promotion:
        told.append("Promotional discount for the term")
    return json_text(told) if told else ""


def _qualifiers(state: State, line: ChargeLine) -> str:
    sku = state.catalogue.sku(f"{line.product}:{line.sku}")
    told = []
    if sku is not None and sku.is_addon:
        told.append("Add-on")
    if line.is_trial:
        told.append("Trial")
    return json_text(told) if told else ""


def _category(state: State, line: ChargeLine) -> str:
    if (line.product, line.sku) in BY_SKU:
        return "Azure"
    product = state.catalogue.products.get(line.product)
    return product.kind if product else ""


def _day(day: date | None) -> str:
    return "" if day is None else day_text(day)
