"""What Microsoft sells just now, and what a cart may name.

Source: "Get a list of products (by country)", "Get a list of SKUs for a product", "Get a list
of availabilities for a SKU (by customer)".
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial

from work365.adapters.partner_center.calls import Call
from work365.adapters.partner_center.endpoints import (
    LIST_AVAILABILITIES,
    LIST_PRODUCTS,
    LIST_SKUS,
)
from work365.adapters.partner_center.errands import Errand
from work365.adapters.partner_center.errors import Fault
from work365.adapters.partner_center.field_values import (
    QUANTITY_MAX,
    count_of,
    plan_of,
    term_of,
    yes_or_no_of,
)
from work365.adapters.partner_center.files import Row, Unreadable, text_of
from work365.adapters.partner_center.reading import each_of, read_rows
from work365.adapters.partner_center.refusals import NotForSale
from work365.domain.catalog import COMMERCIAL, BillingPlan, Term, part_number
from work365.domain.findings import Reading
from work365.domain.microsoft.catalogue import (
    Availability,
    OfferedProduct,
    OfferedSku,
    OfferedTerm,
    ProductView,
)
from work365.errors import Refusal


class AvailabilityAmbiguous(Refusal):
    """Several availabilities fit, and nothing says which of them is meant."""

    code = "availability_ambiguous"


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Microsoft's catalogue, asked for on an errand."""

    errand: Errand

    def products(self, *, market: str, view: ProductView) -> Reading[OfferedProduct]:
        """Return what is sold in the country `market`, which is its two letters.

        Raises: PartnerCenterError.
        """
        call = Call(LIST_PRODUCTS, query={"country": market, "targetView": view.value})
        return read_rows(self.errand.rows(call), _product, call=call)

    def skus(self, product: str, *, market: str) -> Reading[OfferedSku]:
        """Return the SKUs of a product.

        Raises: PartnerCenterError.
        """
        call = Call(LIST_SKUS, {"product": product}, query={"country": market})
        return read_rows(self.errand.rows(call), _sku, call=call)

    def availabilities(self, tenant: str, part_number: str) -> Reading[Availability]:
        """Return what a cart for a customer may name for `part_number`, `ProductId:SkuId`.

        Raises: PartnerCenterError.
        """
        product, _, sku = part_number.partition(":")
        call = Call(LIST_AVAILABILITIES, {"customer": tenant, "product": product, "sku": sku})
        return read_rows(self.errand.rows(call), partial(_availability, product, sku), call=call)

    def availability(
        self,
        tenant: str,
        part_number: str,
        *,
        term: Term | None,
        plan: BillingPlan,
        segment: str | None = None,
    ) -> Availability:
        """Return the one that is to be bought. Ask just before: the id is reissued often.

        `segment` is the customer's, commercial if nothing is said.

        Raises:
            PartnerCenterError; NotForSale: none fits; the message names those that there are.
            AvailabilityAmbiguous: more than one fits.
        """
        found = self.availabilities(tenant, part_number)
        fitting = [
            each
            for each in found.values
            if each.is_for(term=term, plan=plan, segment=segment or COMMERCIAL)
        ]
        asked = f"{part_number} for {term.value if term else 'no term'}, billed {plan.value}"
        if not fitting:
            told = "; ".join(map(_described, found.values)) or "nothing"
            lost = " ".join(finding.message for finding in found.findings)
            why = f"{asked} is not offered. There is: {told}. {lost}".rstrip()
            raise NotForSale(Fault(operation="look for what is sold", description=why))
        if len({each.catalogue_id for each in fitting}) > 1:
            ids = ", ".join(each.catalogue_id for each in fitting)
            raise AvailabilityAmbiguous(
                f"{asked} is offered more than once: {ids}. Buy it in Partner Center, or ask"
                " Microsoft which one is meant."
            )
        return fitting[0]


def _described(availability: Availability) -> str:
    terms = ", ".join(
        f"{each.term.value if each.term else 'no term'}"
        f" {each.plan.value if each.plan else 'any plan'}"
        for each in availability.terms
    )
    closed = "" if availability.is_purchasable else ", not for sale"
    return f"{availability.segment or 'any segment'} {terms or 'no term'}{closed}"


def _product(row: Row) -> OfferedProduct:
    return OfferedProduct(
        id=row.read("id", text_of, otherwise="").upper(),
        title=row.read("title", text_of, otherwise=""),
        kind=row.read_if_given("productType.id", text_of) or "",
        publisher=row.read_if_given("publisherName", text_of) or "",
        is_microsoft=row.read_if_given("isMicrosoftProduct", yes_or_no_of) is not False,
    )


def _sku(row: Row) -> OfferedSku:
    product = row.read("productId", text_of, otherwise="")
    sku = row.read("id", text_of, otherwise="")
    most = row.read_if_given("maximumQuantity", count_of)
    return OfferedSku(
        part_number=part_number(product_id=product, sku_id=sku),
        title=row.read("title", text_of, otherwise=""),
        quantity_min=row.read_if_given("minimumQuantity", count_of) or 1,
        quantity_max=QUANTITY_MAX if most is None else most,
        is_trial=bool(row.read_if_given("isTrial", yes_or_no_of)),
        is_add_on=bool(row.read_if_given("dynamicAttributes.isAddon", yes_or_no_of)),
        plans=tuple(_plans(row)),
    )


def _plans(row: Row) -> list[BillingPlan]:
    plans = []
    spelled_plans = row.fields.get("supportedBillingCycles")
    for spelled in spelled_plans if isinstance(spelled_plans, Iterable) else ():
        try:
            plans.append(plan_of(spelled))
        except Unreadable as unreadable:
            row.warn(unreadable.code, "supportedBillingCycles", unreadable.remedy)
    return plans


def _availability(product: str, sku: str, row: Row) -> Availability:
    return Availability(
        id=row.read("id", text_of, otherwise=""),
        product=row.read_if_given("productId", text_of) or product,
        sku=row.read_if_given("skuId", text_of) or sku,
        segment=row.read_if_given("segment", text_of),
        country=row.read_if_given("country", text_of) or "",
        currency=row.read_if_given("defaultCurrency.code", text_of),
        is_purchasable=row.read_if_given("isPurchasable", yes_or_no_of) is not False,
        terms=tuple(_terms(row)),
    )


def _terms(row: Row) -> Iterator[OfferedTerm]:
    # One that is not known here cannot be bought; the others can.
    for term in each_of(row, "terms", may_be_left_out=True):
        offered = OfferedTerm(
            id=term.read_if_given("id", text_of) or "",
            term=term.read_if_given("duration", term_of),
            plan=term.read_if_given("billingCycle", plan_of),
        )
        if term.is_sound:
            yield offered
