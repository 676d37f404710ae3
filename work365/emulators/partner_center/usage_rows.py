"""Daily rated usage as rows of the usage file, in its 55 columns.

`basic` leaves out the columns that the documentation lists for it. What is not billed yet shows
costs that are not cut.
Source: learn.microsoft.com/partner-center/daily-rated-usage-recon-files.
"""

from work365.emulators.partner_center.annexes import Record
from work365.emulators.partner_center.azure_usage import DailyUsage
from work365.emulators.partner_center.exchange_rates import PRICING_CURRENCY
from work365.emulators.partner_center.ledger import NEW
from work365.emulators.partner_center.moments import day_text
from work365.emulators.partner_center.months import Month
from work365.emulators.partner_center.state import State

FULL_ONLY = frozenset(
    {
        "CustomerDomainName",
        "CustomerCountry",
        "MpnId",
        "Tier2MpnId",
        "AvailabilityId",
        "ProductName",
        "PublisherId",
        "SubscriptionDescription",
        "MeterType",
        "MeterCategory",
        "MeterId",
        "MeterSubCategory",
        "MeterName",
        "MeterRegion",
        "ResourceLocation",
        "ConsumedService",
        "ResourceGroup",
        "UnitType",
        "ServiceInfo1",
        "ServiceInfo2",
    }
)
"""What the attribute set `basic` lacks."""

REGION = "EU West"
PERCENT = 100


def usage_row(state: State, usage: DailyUsage, invoice: str, attributes: str) -> Record:
    """Return a day's usage as a row; `invoice` is empty for what is not billed yet."""
    row = {
        **_parties(state, usage, invoice),
        **_offer(usage),
        **_period(usage),
        **_meter(usage),
        **_cost(usage, is_billed=bool(invoice)),
        **_terms(usage),
    }
    if attributes == "basic":
        return {name: value for name, value in row.items() if name not in FULL_ONLY}
    return row


def _parties(state: State, usage: DailyUsage, invoice: str) -> Record:
    customer = state.customers[usage.subscription.customer]
    partner = state.partners[customer.partner]
    return {
        "PartnerId": partner.tenant,
        "PartnerName": partner.name,
        "CustomerId": customer.tenant,
        "CustomerName": customer.name,
        "CustomerDomainName": customer.domain,
        "CustomerCountry": customer.country,
        "MpnId": partner.partner_id if invoice else "",
        "Tier2MpnId": (usage.subscription.partner_of_record or "0") if invoice else "",
        "InvoiceNumber": invoice,
    }


def _offer(usage: DailyUsage) -> Record:
    return {
        "ProductId": usage.meter.product,
        "SkuId": usage.meter.sku,
        "AvailabilityId": usage.meter.availability,
        "SkuName": usage.meter.sku_name,
        "ProductName": usage.meter.product_name,
        "PublisherName": "Microsoft",
        "PublisherId": "",
        "SubscriptionDescription": "Azure plan",
        "SubscriptionId": usage.subscription.subscription,
    }


def _period(usage: DailyUsage) -> Record:
    month = Month.of(usage.day)
    return {
        "ChargeStartDate": day_text(month.first),
        "ChargeEndDate": day_text(month.last),
        "UsageDate": day_text(usage.day),
    }


def _meter(usage: DailyUsage) -> Record:
    group = f"rg-{usage.entitlement.entitlement[:8]}"
    return {
        "MeterType": usage.meter.unit,
        "MeterCategory": usage.meter.category,
        "MeterId": usage.meter.meter,
        "MeterSubCategory": usage.meter.subcategory,
        "MeterName": usage.meter.name,
        "MeterRegion": REGION,
        "Unit": usage.meter.unit,
        "ResourceLocation": "EUWEST",
        "ConsumedService": usage.meter.service,
        "ResourceGroup": group,
        "ResourceURI": (
            f"/subscriptions/{usage.entitlement.entitlement}/resourceGroups/{group}"
            f"/providers/{usage.meter.service}/{usage.meter.sku.lower()}"
        ),
    }


def _cost(usage: DailyUsage, *, is_billed: bool) -> Record:
    raw = usage.price * usage.quantity
    return {
        "ChargeType": NEW,
        "UnitPrice": usage.meter.price,
        "Quantity": usage.quantity,
        "UnitType": usage.meter.unit,
        "BillingPreTaxTotal": usage.cost if is_billed else usage.raw_cost,
        "BillingCurrency": usage.currency,
        "PricingPreTaxTotal": usage.pricing_cost if is_billed else raw,
        "PricingCurrency": PRICING_CURRENCY,
        "ServiceInfo1": "",
        "ServiceInfo2": "",
        "Tags": "",
        "AdditionalInfo": "",
        "EffectiveUnitPrice": usage.price,
        "PCToBCExchangeRate": usage.rate,
        "PCToBCExchangeRateDate": day_text(Month.of(usage.day).first),
    }


def _terms(usage: DailyUsage) -> Record:
    percentage = int(usage.credit * PERCENT)
    return {
        "EntitlementId": usage.entitlement.entitlement,
        "EntitlementDescription": usage.entitlement.friendly_name,
        "PartnerEarnedCreditPercentage": percentage,
        "CreditPercentage": percentage,
        "CreditType": "Partner Earned Credit Applied" if percentage else "Credit Not Applied",
        "BenefitOrderId": "",
        "BenefitId": "",
        "BenefitType": "",
    }
