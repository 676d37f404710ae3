"""Lines of carts: read, checked against the catalogue, and priced."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from work365.emulators.partner_center.accounts import Customer
from work365.emulators.partner_center.amounts import cut, unit_share
from work365.emulators.partner_center.catalogue import (
    AZURE_PLAN,
    ONE_TIME,
    ONLINE_SERVICES,
    RESERVATION,
    Plan,
    Product,
    Sku,
)
from work365.emulators.partner_center.end_dates import allowed_ends
from work365.emulators.partner_center.errors import (
    PartnerCenterError,
    bad_request,
    forbidden,
    invalid_input,
    stale_availability,
)
from work365.emulators.partner_center.order_bodies import cycles_of
from work365.emulators.partner_center.payloads import Body
from work365.emulators.partner_center.promotions import discounted, fits, ineligibility
from work365.emulators.partner_center.purchases import CartLine
from work365.emulators.partner_center.rules import TRIAL_SEATS, value_of
from work365.emulators.partner_center.state import State
from work365.emulators.partner_center.subscription import ACTIVE, SUSPENDED
from work365.emulators.partner_center.terms import cycle_on

ITEM_PARTS = 3
RESELLERS_MAX = 6


@dataclass(frozen=True)
class Pricing:
    """What a line costs. `full` and the others are for one unit, `extended` for all of a term."""

    currency: str
    full: Decimal
    discounted: Decimal
    prorated: Decimal
    extended: Decimal


@dataclass(frozen=True)
class Offer:
    """A catalogue item as it was found."""

    product: Product
    sku: Sku
    plan: Plan


def read_lines(state: State, customer: Customer, bodies: list[Body]) -> list[CartLine]:
    """Read the lines of a cart, add-ons flattened behind their parents.

    Raises: PartnerCenterError.
    """
    if not bodies:
        raise bad_request(800009, "Error in Cart item(s)", "lineItems is empty")
    lines: list[CartLine] = []
    for body in bodies:
        parent = _line(state, customer, body, len(lines))
        lines.append(parent)
        for addon in body.parts("addonItems"):
            child = _line(state, customer, addon, len(lines))
            child.parent_line = parent.number
            lines.append(child)
    _check_together(state, lines)
    return lines


def _line(state: State, customer: Customer, body: Body, number: int) -> CartLine:
    item = body.text("catalogItemId")
    if not item:
        raise bad_request(900142, "The catalog item ID isn't present")
    offer = find_offer(state, item, state.now)
    attestation = body.flag("partnerOnRecordAttestationAccepted")
    renews_to = body.part("renewsTo")
    end = body.moment("customTermEndDate")
    line = CartLine(
        number=number,
        catalog_item=item,
        quantity=body.integer("quantity", 1),
        plan=_said_plan(body, offer.plan),
        friendly_name=body.text("friendlyName"),
        promotion=body.text("promotionId"),
        custom_term_end=end.date() if end else None,
        partner_of_record=body.text("partnerIdOnRecord"),
        participants=_participants(body),
        provisioning=body.texts("provisioningContext"),
        parent_subscription=body.text("parentSubscriptionId"),
        renews_to=_renewal_plan(renews_to, offer) if renews_to else None,
        has_attestation=attestation,
    )
    check_line(state, customer, line, offer)
    return line


def find_offer(state: State, catalog_item: str, now: datetime) -> Offer:
    """Return what a catalogue item stands for now.

    Raises: PartnerCenterError: 400013, 400018, and 400019 for an old availability.
    """
    parts = catalog_item.upper().split(":")
    if len(parts) != ITEM_PARTS:
        raise bad_request(800009, "Error in Cart item(s)", catalog_item)
    product = state.catalogue.products.get(parts[0])
    if product is None:
        raise PartnerCenterError(404, 400013, "Product wasn't found", (parts[0],))
    sku = product.skus.get(parts[1])
    if sku is None:
        raise PartnerCenterError(404, 400018, "SKU wasn't found", (parts[1],))
    plan = state.catalogue.plan_of(sku, parts[2], now)
    if plan is None:
        raise stale_availability(catalog_item)
    return Offer(product, sku, plan)


def _said_plan(body: Body, plan: Plan) -> Plan:
    """Check that the line's own words agree with its availability's plan."""
    term = body.text("termDuration")
    cycle = body.text("billingCycle").lower().replace("onetime", ONE_TIME)
    if term != plan.term and (term or plan.term):
        raise bad_request(900268, "The term duration is invalid.", term)
    if cycle and cycle != plan.billing_cycle:
        raise bad_request(900269, "The billing cycle is invalid.", cycle)
    return plan


def _renewal_plan(body: Body, offer: Offer) -> Plan:
    term = body.text("termDuration")
    plan = Plan(term, "monthly" if term == "P1M" else offer.plan.billing_cycle)
    if plan not in offer.sku.plans:
        raise bad_request(900268, "The term duration is invalid.", term)
    return plan


def _participants(body: Body) -> list[tuple[str, str]]:
    pairs = [(each.text("key"), each.text("value")) for each in body.parts("participants")]
    known = ("transaction_reseller", "additional_transaction_reseller")
    if len(pairs) > RESELLERS_MAX or any(key not in known for key, _ in pairs):
        raise invalid_input("'participants' are not one to six transaction resellers.")
    return pairs


def check_line(state: State, customer: Customer, line: CartLine, offer: Offer) -> None:
    """Check a line by itself.

    Raises: PartnerCenterError.
    """
    _check_quantity(state, line, offer)
    if offer.sku.price(line.plan, customer.country, state.now.date()) is None:
        raise bad_request(800070, "Offer isn't available in the specified country/region")
    if line.custom_term_end is not None:
        _check_end(state, customer, line, offer)
    if line.promotion:
        _check_promotion(state, customer, line)
    if offer.product.kind == RESERVATION:
        _check_provisioning(state, customer, line)
    _check_ownership(state, customer, offer)


def _check_quantity(state: State, line: CartLine, offer: Offer) -> None:
    least, most = offer.sku.minimum, offer.sku.maximum
    if offer.sku.is_trial:
        most = min(most, int(value_of(TRIAL_SEATS, state.now.date())))
    if not least <= line.quantity <= most:
        raise bad_request(
            900275,
            f"The requested quantity for line item {line.number} is not within the allowed "
            "quantity for this offer.",
            str(line.number),
        )


def _check_end(state: State, customer: Customer, line: CartLine, offer: Offer) -> None:
    ends: dict[date, list[str]] = {}
    if offer.product.kind == ONLINE_SERVICES and not offer.sku.is_trial:
        ends = allowed_ends(state, customer.tenant, line.plan.term, state.now.date())
    if line.custom_term_end not in ends:
        raise bad_request(
            900242,
            f"The custom term end date specified for line item {line.number} does not match "
            "with the end date of any active non-trial OnlineServicesNCE subscription or align "
            "with the end of the calendar month.",
            str(line.number),
        )


def _check_promotion(state: State, customer: Customer, line: CartLine) -> None:
    promotion = state.catalogue.promotions.get(line.promotion)
    if promotion is None:
        raise bad_request(27007, "Invalid promotion code", line.promotion)
    asked = (line.catalog_item, line.plan, line.quantity)
    reasons = ineligibility(state, promotion, customer.tenant, asked, state.now)
    # A wrong term is not refused: the line is sold at its full price.
    if any(reason["type"] != "Term" for reason in reasons):
        raise bad_request(800024, "You aren't eligible for this transaction", line.promotion)


def _check_provisioning(state: State, customer: Customer, line: CartLine) -> None:
    """Check that a reservation belongs to an Azure subscription of the customer."""
    context = {key.casefold(): value for key, value in line.provisioning.items()}
    wanted = context.get("subscriptionid", "")
    if not wanted:
        raise bad_request(
            900317,
            "Subscription ID (Azure plan ID) in the provisioning context is required for the "
            "transaction.",
        )
    scope = context.get("scope", "shared").casefold()
    if scope not in ("shared", "single"):
        raise bad_request(
            900312, f"The selected scope '{scope}' in the provisioning context is not supported."
        )
    for each in state.subscriptions_of(customer.tenant):
        if each.product_kind != AZURE_PLAN or each.status != ACTIVE:
            continue
        if wanted in (each.subscription, *(held.entitlement for held in each.entitlements)):
            return
    raise bad_request(
        900318,
        "The Azure plan associated with the subscription ID was not found or there are no "
        "active Azure subscriptions under it.",
    )


def _check_ownership(state: State, customer: Customer, offer: Offer) -> None:
    """Check that an Azure plan is bought once, and some SKUs only so often."""
    most = 1 if offer.product.kind == AZURE_PLAN else offer.sku.subscriptions_max
    held = [
        each
        for each in state.subscriptions_of(customer.tenant)
        if (each.product, each.sku) == (offer.sku.product, offer.sku.sku)
        and each.status in (ACTIVE, SUSPENDED)
    ]
    if most and len(held) >= most:
        raise forbidden(
            800089,
            f"The requested number of 1 asset/s exceeded the remaining limit of "
            f"{most - len(held)} assets allowed per customer",
        )


def _check_together(state: State, lines: list[CartLine]) -> None:
    """Add-ons have to fit what they are added to."""
    by_number = {line.number: line for line in lines}
    for line in lines:
        sku = _sku(state, line.catalog_item)
        parent = by_number.get(line.parent_line) if line.parent_line is not None else None
        if parent is not None and _key(parent.catalog_item) not in sku.prerequisites:
            raise bad_request(
                800029, "The add-on isn't related to the specified parent subscription"
            )
        if line.parent_subscription:
            owner = state.subscriptions.get(line.parent_subscription)
            key = f"{owner.product}:{owner.sku}" if owner else ""
            if key not in sku.prerequisites:
                raise bad_request(
                    800029, "The add-on isn't related to the specified parent subscription"
                )


def _key(catalog_item: str) -> str:
    return catalog_item.upper().rpartition(":")[0]


def _sku(state: State, catalog_item: str) -> Sku:
    product, sku, _ = catalog_item.upper().split(":")
    return state.catalogue.products[product].skus[sku]


def price_line(state: State, customer: Customer, line: CartLine) -> Pricing:
    """Return what a line costs if it is bought now.

    Raises: PartnerCenterError, where it is not for sale any more.
    """
    sku = _sku(state, line.catalog_item)
    today = state.now.date()
    price = sku.price(line.plan, customer.country, today)
    if price is None:
        raise bad_request(800070, "Offer isn't available in the specified country/region")
    promotion = state.catalogue.promotions.get(line.promotion)
    if promotion is not None and not fits(promotion, line.catalog_item, line.plan):
        promotion = None
    unit = discounted(price.amount, promotion)
    prorated = unit
    if line.custom_term_end is not None:
        cycle = cycle_on(today, line.custom_term_end, line.plan, today, is_aligned=True)
        prorated = cut(unit_share(unit, cycle, today))
    cycles = cycles_of(line.plan)
    return Pricing(price.currency, price.amount, unit, prorated, prorated * line.quantity * cycles)
