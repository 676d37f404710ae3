"""Orders, which appear up to a quarter of an hour after they were placed.

Source: "Order resources", "Get all of a customer's orders", "Get an order by ID".
"""

from dataclasses import dataclass

from work365.adapters.partner_center.calls import Call
from work365.adapters.partner_center.endpoints import GET_ORDER, LIST_ORDERS
from work365.adapters.partner_center.errands import Errand
from work365.adapters.partner_center.field_values import count_of, identifier_of, member_of
from work365.adapters.partner_center.files import Row, moment_of, text_of
from work365.adapters.partner_center.reading import each_of, read_one, read_rows
from work365.domain.findings import Reading
from work365.domain.microsoft.orders import Order, OrderedLine, OrderStatus

_status_of = member_of(OrderStatus, "unknown_status")


@dataclass(frozen=True, slots=True)
class Orders:
    """Orders, asked for on an errand."""

    errand: Errand

    def of_customer(self, tenant: str) -> Reading[Order]:
        """Return every order of a customer.

        Raises: PartnerCenterError.
        """
        call = Call(LIST_ORDERS, {"customer": tenant})
        return read_rows(self.errand.rows(call), read_order, call=call)

    def get(self, tenant: str, order: str) -> Order:
        """Return one order.

        Raises: PartnerCenterError; OrderNotFound: there is none, or it has not appeared yet.
        """
        call = Call(GET_ORDER, {"customer": tenant, "order": order})
        return read_one(self.errand.ask(call).body, read_order, call=call)


def read_order(row: Row) -> Order:
    """Return the order that `row` is, as far as it can be read."""
    return Order(
        id=row.read("id", text_of, otherwise=""),
        status=row.read("status", _status_of, otherwise=OrderStatus.PENDING),
        lines=tuple(_line(line) for line in each_of(row, "lineItems")),
        created_at=row.read_if_given("creationDate", moment_of),
    )


def _line(line: Row) -> OrderedLine:
    return OrderedLine(
        number=line.read("lineItemNumber", count_of, otherwise=0),
        catalogue_id=line.read("offerId", text_of, otherwise=""),
        quantity=line.read("quantity", count_of, otherwise=0),
        subscription=line.read_if_given("subscriptionId", identifier_of),
    )
