"""Promotions, and which of them a customer may have.

Source: "Get a list of promotions", "Verify promotion eligibilities".
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import chain
from typing import Any

from work365.adapters.partner_center.calls import Call
from work365.adapters.partner_center.endpoints import CHECK_PROMOTIONS, LIST_PROMOTIONS
from work365.adapters.partner_center.errands import Errand
from work365.adapters.partner_center.field_values import (
    LONG_AGO,
    amount_of,
    count_of,
    day_of,
    plan_of,
    term_of,
    yes_or_no_of,
)
from work365.adapters.partner_center.files import Row, text_of
from work365.adapters.partner_center.reading import each_of, read_rows
from work365.adapters.partner_center.spelling import plan_written
from work365.domain.catalog import BillingPlan, Term, part_number
from work365.domain.findings import Reading
from work365.domain.microsoft.orders import Purchase
from work365.domain.microsoft.promotions import (
    PromotedProduct,
    Promotion,
    PromotionEligibility,
)

PER_CENT = "percentdiscount"
"""The only kind of pricing policy that Microsoft documents."""


@dataclass(frozen=True, slots=True)
class Promotions:
    """Promotions, asked for on an errand."""

    errand: Errand

    def all(self, *, market: str, segment: str) -> Reading[Promotion]:
        """Return the promotions of the country `market`, its two letters, and a segment.

        Raises: PartnerCenterError.
        """
        call = Call(LIST_PROMOTIONS, query={"country": market, "segment": segment})
        return read_rows(self.errand.rows(call), _promotion, call=call)

    def eligibility(
        self, tenant: str, purchase: Purchase, *, catalogue_id: str
    ) -> Reading[PromotionEligibility]:
        """Return which promotions a customer may have for `purchase`.

        If the purchase names a promotion, only that one is looked at.

        Raises: PartnerCenterError.
        """
        line: dict[str, Any] = {
            "catalogItemId": catalogue_id,
            "quantity": purchase.quantity,
            "billingCycle": plan_written(purchase.plan),
        }
        if purchase.term is not None:
            line["termDuration"] = purchase.term.value
        if purchase.promotion is not None:
            line["promotionId"] = purchase.promotion
        call = Call(CHECK_PROMOTIONS, {"customer": tenant}, body={"items": [line]})
        answer = read_rows(self.errand.rows(call), _eligibilities, call=call)
        return Reading(tuple(chain.from_iterable(answer.values)), answer.findings)


def _promotion(row: Row) -> Promotion:
    seats = next(iter(each_of(row, "promotionConstraints.seatConstraints")), None)
    return Promotion(
        id=row.read("id", text_of, otherwise=""),
        name=row.read_if_given("name", text_of) or "",
        first_day=row.read("startDate", day_of, otherwise=LONG_AGO),
        last_day=row.read("endDate", day_of, otherwise=date.max),
        is_applied_by_itself=bool(row.read_if_given("properties.isAutoApplicable", yes_or_no_of)),
        products=tuple(_products(row)),
        quantity_min=None if seats is None else seats.read_if_given("minSeats", count_of),
        quantity_max=None if seats is None else seats.read_if_given("maxSeats", count_of),
    )


def _products(row: Row) -> Iterator[PromotedProduct]:
    for product in each_of(row, "requiredProducts", may_be_left_out=True):
        promoted = PromotedProduct(
            part_number=part_number(
                product_id=product.read("productId", text_of, otherwise=""),
                sku_id=product.read("skuId", text_of, otherwise=""),
            ),
            term=product.read("term.duration", term_of, otherwise=Term.MONTH),
            plan=product.read("term.billingCycle", plan_of, otherwise=BillingPlan.NONE),
            discount=_discount(product),
        )
        if product.is_sound:
            yield promoted


def _discount(product: Row) -> Decimal:
    for policy in each_of(product, "pricingPolicies"):
        if policy.read("policyType", text_of, otherwise="").lower() == PER_CENT:
            return policy.read("value", amount_of, otherwise=Decimal(0))
    product.report("no_percentage", "pricingPolicies", f"there must be one of {PER_CENT}")
    return Decimal(0)


def _eligibilities(row: Row) -> tuple[PromotionEligibility, ...]:
    return tuple(_eligibility(each) for each in each_of(row, "eligibilities"))


def _eligibility(row: Row) -> PromotionEligibility:
    errors = each_of(row, "errors")
    seats = [error.read_if_given("availableSeats", count_of) for error in errors]
    return PromotionEligibility(
        promotion=row.read("promotionId", text_of, otherwise=""),
        is_eligible=row.read("isEligible", yes_or_no_of, otherwise=False),
        reasons=tuple(_reason(error) for error in errors),
        seats_left=next((left for left in seats if left is not None), None),
    )


def _reason(error: Row) -> str:
    told = error.read_if_given("description", text_of)
    return told or error.read_if_given("type", text_of) or "Microsoft gives no reason"
