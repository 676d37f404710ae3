"""The catalogue as it is browsed: products, SKUs, availabilities, inventory.

Source: learn.microsoft.com/partner-center/developer/get-a-list-of-products and the pages on
SKUs, availabilities and inventory.
"""

from hashlib import sha256
from typing import Any

from work365.emulators.partner_center.calls import Answer, Call, Endpoint
from work365.emulators.partner_center.catalogue import (
    AZURE_PLAN,
    ONLINE_SERVICES,
    RESERVATION,
    SAAS,
    SOFTWARE_SUBSCRIPTION,
    Plan,
    Product,
    Sku,
)
from work365.emulators.partner_center.errors import PartnerCenterError, invalid_input
from work365.emulators.partner_center.paging import collection, link
from work365.emulators.partner_center.rules import CANCELLATION_DAYS, value_of

VIEWS = {
    "onlineservices": (ONLINE_SERVICES,),
    "azure": (RESERVATION,),
    "azurereservations": (RESERVATION,),
    "azurereservationsvm": (RESERVATION,),
    "microsoftazure": (AZURE_PLAN,),
    "software": (SOFTWARE_SUBSCRIPTION, "PerpetualSoftware"),
    "softwaresubscriptions": (SOFTWARE_SUBSCRIPTION,),
    "softwareperpetual": ("PerpetualSoftware",),
    "marketplacesaas": (SAAS,),
}
SYMBOLS = {"EUR": "€", "USD": "$", "GBP": "£"}
TERM_WORDS = {"P1M": "One-Month", "P1Y": "One-Year", "P3Y": "Three-Year"}
CYCLE_WORDS = {
    "monthly": "Monthly",
    "annual": "Annual",
    "triennial": "Triennial",
    "one_time": "OneTime",
    "none": "None",
}


def _country(call: Call) -> str:
    if "customer_id" in call.parameters:
        return call.customer.country
    country = call.query.get("country", "").upper()
    if not country:
        raise invalid_input("'country' is required.")
    return country


def _product(call: Call) -> Product:
    product = call.world.catalogue.products.get(call.parameters["product_id"].upper())
    if product is None:
        raise PartnerCenterError(404, 400013, "Product wasn't found")
    return product


def _sku(call: Call) -> Sku:
    sku = _product(call).skus.get(call.parameters["sku_id"].upper())
    if sku is None:
        raise PartnerCenterError(404, 400018, "SKU wasn't found")
    return sku


def _products(call: Call) -> Answer:
    view = call.query.get("targetview", "")
    kinds = VIEWS.get(view.casefold())
    if kinds is None:
        raise invalid_input(f"'targetView' is none of those known: {view or 'it is missing'}.")
    country = _country(call)
    segment = call.query.get("targetsegment", "").casefold()
    shown = [
        product_body(product, country)
        for product in call.world.catalogue.products.values()
        if product.kind in kinds
        and (not segment or any(sku.segment == segment for sku in product.skus.values()))
    ]
    return collection(shown, call.uri)


def _get_product(call: Call) -> Answer:
    return Answer(product_body(_product(call), _country(call)))


def _skus(call: Call) -> Answer:
    country = _country(call)
    segment = call.query.get("targetsegment", "").casefold()
    shown = [
        sku_body(sku, country)
        for sku in _product(call).skus.values()
        if not segment or sku.segment == segment
    ]
    return collection(shown, call.uri)


def _get_sku(call: Call) -> Answer:
    return Answer(sku_body(_sku(call), _country(call)))


def _availabilities(call: Call) -> Answer:
    country = _country(call)
    sku = _sku(call)
    shown = [availability_body(call, sku, plan, country) for plan in sold_plans(call, sku, country)]
    return collection(shown, call.uri)


def _get_availability(call: Call) -> Answer:
    country = _country(call)
    sku = _sku(call)
    wanted = call.parameters["availability_id"].upper()
    plan = call.world.catalogue.plan_of(sku, wanted, call.now)
    if plan is None:
        raise PartnerCenterError(404, 400019, "Availability not found")
    body = availability_body(call, sku, plan, country)
    product = call.world.catalogue.products[sku.product]
    return Answer(body | {"product": product_body(product, country), "sku": sku_body(sku, country)})


def sold_plans(call: Call, sku: Sku, country: str) -> list[Plan]:
    """Return the plans that the SKU has a price for now."""
    today = call.now.date()
    return [plan for plan in sku.plans if sku.price(plan, country, today) is not None]


def product_body(product: Product, country: str) -> dict[str, Any]:
    """Return a product."""
    kind: dict[str, Any] = {"id": product.kind, "displayName": product.kind}
    if product.subkind:
        kind["subType"] = {"id": product.subkind, "displayName": product.subkind}
    root = f"/products/{product.product}"
    return {
        "id": product.product,
        "title": product.title,
        "description": product.description or product.title,
        "productType": kind,
        "isMicrosoftProduct": product.is_microsoft,
        "publisherName": product.publisher,
        "links": {
            "skus": link(f"{root}/skus?country={country}"),
            "self": link(f"{root}?country={country}"),
        },
    }


def sku_body(sku: Sku, country: str) -> dict[str, Any]:
    """Return a SKU."""
    root = f"/products/{sku.product}/skus/{sku.sku}"
    cycles = sorted({plan.billing_cycle for plan in sku.plans})
    return {
        "id": sku.sku,
        "productId": sku.product,
        "title": sku.title,
        "description": sku.description or sku.title,
        "minimumQuantity": sku.minimum,
        "maximumQuantity": sku.maximum,
        "isTrial": sku.is_trial,
        "supportedBillingCycles": cycles,
        "purchasePrerequisites": ["MicrosoftCustomerAgreement"],
        "inventoryVariables": [],
        "provisioningVariables": [],
        "actions": ["Refund"],
        "dynamicAttributes": {
            "isMicrosoftProduct": True,
            "hasConstraints": bool(sku.subscriptions_max),
            "isAddon": sku.is_addon,
            "prerequisiteSkus": list(sku.prerequisites),
            "isSoftwareAssuranceApplicable": False,
            "upgradeTargetOffers": list(sku.upgrade_targets),
            "provisioningId": sku.provisioning_id,
            "internal": False,
        },
        "links": {
            "availabilities": link(f"{root}/availabilities?country={country}"),
            "self": link(f"{root}?country={country}"),
        },
    }


def availability_body(call: Call, sku: Sku, plan: Plan, country: str) -> dict[str, Any]:
    """Return a plan's availability of now, with its only term."""
    availability = call.world.catalogue.availability(sku, plan, call.now)
    price = sku.price(plan, country, call.now.date())
    currency = price.currency if price else call.partner.currency
    term_id = term_id_of(sku, plan)
    root = f"/products/{sku.product}/skus/{sku.sku}"
    body: dict[str, Any] = {
        "id": availability,
        "productId": sku.product,
        "skuId": sku.sku,
        "catalogItemId": f"{sku.key}:{availability}",
        "defaultCurrency": {"code": currency, "symbol": SYMBOLS.get(currency, currency)},
        "segment": sku.segment,
        "country": country,
        "isPurchasable": True,
        "isRenewable": bool(plan.term),
        "renewalInstructions": [
            {
                "applicableTermIds": [term_id],
                "renewalOptions": [
                    {"renewToId": sku.converts_to or sku.key, "isAutoRenewable": True}
                ],
            }
        ],
        "terms": [
            {
                "id": term_id,
                "duration": plan.term,
                "description": _term_words(plan),
                "billingCycle": CYCLE_WORDS.get(plan.billing_cycle, plan.billing_cycle),
                "cancellationPolicies": [{"refundOptions": _refund_options(call)}],
            }
        ],
        "links": {"self": link(f"{root}/availabilities/{availability}?country={country}")},
    }
    if not plan.term:
        del body["terms"], body["renewalInstructions"]
    return body


def term_id_of(sku: Sku, plan: Plan) -> str:
    """Return the id of a term: twelve letters and digits, the same ones always."""
    text = f"{sku.key}:{plan.term}:{plan.billing_cycle}"
    return sha256(text.encode("ascii")).hexdigest()[:12]


def _refund_options(call: Call) -> list[dict[str, Any]]:
    days = int(value_of(CANCELLATION_DAYS, call.now.date()))
    return [
        {"sequenceId": 0, "type": "Full", "expiresAfter": "P1D"},
        {"sequenceId": 1, "type": "Partial", "expiresAfter": f"P{days}D"},
    ]


def _term_words(plan: Plan) -> str:
    billing = "monthly" if plan.term == "P1M" else "monthly/yearly"
    return f"{TERM_WORDS.get(plan.term, plan.term)} commitment for {billing} billing"


def _check_inventory(call: Call) -> Answer:
    """Return for each SKU whether it may be bought where the context says."""
    context = call.body.part("inventoryContext")
    region = context.text("armRegionName").casefold() if context else ""
    found: list[dict[str, Any]] = []
    for target in call.body.parts("targetItems"):
        product = call.world.catalogue.products.get(target.text("productId").upper())
        if product is None:
            raise PartnerCenterError(404, 400013, "Product wasn't found")
        wanted = target.text("skuId").upper()
        for sku in product.skus.values():
            if not wanted or sku.sku == wanted:
                found.append(_inventory(sku, region))
    return Answer(found)


def _inventory(sku: Sku, region: str) -> dict[str, Any]:
    is_restricted = region in sku.restricted_regions
    restriction = {
        "reasonCode": "NotAvailableForSubscription",
        "description": f"Restriction identified of type 'Location' with values '{region}'.",
        "properties": {"type": "Location", "values": region},
    }
    return {
        "productId": sku.product,
        "skuId": sku.sku,
        "isRestricted": is_restricted,
        "restrictions": [restriction] if is_restricted else [],
    }


def _browsing(root: str) -> tuple[Endpoint, ...]:
    sku = f"{root}/{{product_id}}/skus/{{sku_id}}"
    return (
        Endpoint("GET", root, _products),
        Endpoint("GET", f"{root}/{{product_id}}", _get_product),
        Endpoint("GET", f"{root}/{{product_id}}/skus", _skus),
        Endpoint("GET", sku, _get_sku),
        Endpoint("GET", f"{sku}/availabilities", _availabilities),
        Endpoint("GET", f"{sku}/availabilities/{{availability_id}}", _get_availability),
    )


ENDPOINTS = (
    *_browsing("/v1/products"),
    *_browsing("/v1/customers/{customer_id}/products"),
    Endpoint("POST", "/v1/extensions/product/checkinventory", _check_inventory),
)
