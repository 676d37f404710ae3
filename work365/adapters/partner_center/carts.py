"""Carts: what is bought is put into one, and it is checked out once.

Source: "Create a cart", "Checkout a cart", "Cart resources".
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from work365.adapters.partner_center.calls import Call
from work365.adapters.partner_center.endpoints import CHECK_OUT_CART, CREATE_CART
from work365.adapters.partner_center.errands import Errand
from work365.adapters.partner_center.error_codes import refusal_of
from work365.adapters.partner_center.files import Row, text_of
from work365.adapters.partner_center.orders import read_order
from work365.adapters.partner_center.reading import each_of, part_of, read_one
from work365.adapters.partner_center.spelling import day_written, plan_written
from work365.domain.microsoft.catalogue import Availability
from work365.domain.microsoft.orders import Cart, Checkout, LineRefusal, Purchase

RESELLER = "transaction_reseller"
NO_CODE = "0"
"""Microsoft's own, for an error without one."""

Line = tuple[Purchase, Availability]


@dataclass(frozen=True, slots=True)
class Carts:
    """Carts, asked for on an errand."""

    errand: Errand

    def create(self, tenant: str, lines: Sequence[Line], *, request_id: UUID | None = None) -> Cart:
        """Put `lines`, each with its fresh availability, into a new cart. Nothing is bought yet.

        The number of a line is its place in `lines`.

        Raises: PartnerCenterError; AvailabilityChanged: look up the availability again.
        """
        # Microsoft applies promotions in the order of the lines.
        numbered = sorted(enumerate(lines), key=lambda each: each[1][0].promotion is None)
        body = {"lineItems": [_line(number, *line) for number, line in numbered]}
        call = Call(CREATE_CART, {"customer": tenant}, body=body, request_id=request_id)
        return read_one(self.errand.finish(call).body, _cart, call=call)

    def check_out(self, tenant: str, cart: str, *, request_id: UUID | None = None) -> Checkout:
        """Buy what is in a cart. The same cart checked out again gives the same orders.

        Raises:
            PartnerCenterError; AvailabilityChanged, CustomerAgreementMissing, ...: nothing of
            it was bought. What was refused of a cart in parts is in the result.
        """
        call = Call(CHECK_OUT_CART, {"customer": tenant, "cart": cart}, request_id=request_id)
        answer = self.errand.finish(call)
        checkout = read_one(answer.body, _checkout, call=call)
        if checkout.refusals and not checkout.orders:
            first = checkout.refusals[0]
            error = refusal_of(first.code, first.description, operation=str(call))
            error.maybe_done = answer.maybe_done_before
            raise error
        return checkout


def _line(number: int, purchase: Purchase, availability: Availability) -> dict[str, Any]:
    told: dict[str, Any] = {
        "id": number,
        "catalogItemId": availability.catalogue_id,
        "friendlyName": purchase.friendly_name,
        "quantity": purchase.quantity,
        "billingCycle": plan_written(purchase.plan),
        "termDuration": None if purchase.term is None else purchase.term.value,
        "promotionId": purchase.promotion,
        "customTermEndDate": None if purchase.end_on is None else day_written(purchase.end_on),
        "parentSubscriptionId": purchase.parent,
        "provisioningContext": dict(purchase.provisioning) or None,
    }
    if purchase.partner_on_record is not None:
        told["participants"] = [{"key": RESELLER, "value": purchase.partner_on_record}]
        # Only what a person attested is said; Microsoft refuses the line where it has to be.
        told["partnerOnRecordAttestationAccepted"] = purchase.partner_on_record_attested or None
    return {name: value for name, value in told.items() if value is not None}


def _cart(row: Row) -> Cart:
    refusals = [
        _refusal(error, line.fields.get("id"), code="errorCode", description="errorDescription")
        for line in each_of(row, "lineItems")
        if (error := part_of(line, "error")) is not None
    ]
    return Cart(id=row.read("id", text_of, otherwise=""), refusals=tuple(refusals))


def _checkout(row: Row) -> Checkout | None:
    if "orders" not in row.fields and "orderErrors" not in row.fields:
        row.report("missing", "orders", "there must be orders, or errors")
        return None
    orders = [read_order(order) for order in each_of(row, "orders")]
    return Checkout(orders=tuple(orders), refusals=tuple(_order_errors(row)))


def _order_errors(row: Row) -> Iterator[LineRefusal]:
    for error in each_of(row, "orderErrors"):
        yield _refusal(error, None, code="code", description="description")


def _refusal(error: Row, number: object, *, code: str, description: str) -> LineRefusal:
    told = error.fields.get(code)
    return LineRefusal(
        line=int(number) if isinstance(number, int | str) and str(number).isdecimal() else None,
        code=NO_CODE if told is None else str(told),
        description=error.read_if_given(description, text_of) or "Microsoft gives no reason",
    )
