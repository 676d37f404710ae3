"""The partner's customers.

Source: "Get a list of customers", "Get customers of an indirect reseller".
"""

import json
from dataclasses import dataclass
from functools import partial

from work365.adapters.partner_center.calls import Call
from work365.adapters.partner_center.endpoints import GET_CUSTOMER, LIST_CUSTOMERS
from work365.adapters.partner_center.errands import Errand
from work365.adapters.partner_center.field_values import identifier_of
from work365.adapters.partner_center.files import Row, text_of
from work365.adapters.partner_center.reading import read_one, read_rows
from work365.domain.findings import Reading
from work365.domain.microsoft.customers import SeenCustomer

CUSTOMERS_PER_PAGE = 500


@dataclass(frozen=True, slots=True)
class Customers:
    """The partner's customers, asked for on an errand."""

    errand: Errand

    def all(self) -> Reading[SeenCustomer]:
        """Return every customer that the partner has a relationship with.

        Raises: PartnerCenterError.
        """
        return self._listed({}, reseller=None)

    def of_reseller(self, reseller: str) -> Reading[SeenCustomer]:
        """Return the customers of the indirect reseller with the tenant id `reseller`.

        Raises: PartnerCenterError.
        """
        filtered = {"Field": "IndirectReseller", "Value": reseller, "Operator": "starts_with"}
        return self._listed({"filter": json.dumps(filtered, separators=(",", ":"))}, reseller)

    def get(self, tenant: str) -> SeenCustomer:
        """Return one customer.

        Raises: PartnerCenterError; NotFound: it is not, or no longer, the partner's customer.
        """
        call = Call(GET_CUSTOMER, {"customer": tenant})
        return read_one(self.errand.ask(call).body, _customer, call=call)

    def _listed(self, query: dict[str, str], reseller: str | None) -> Reading[SeenCustomer]:
        call = Call(LIST_CUSTOMERS, query={"size": str(CUSTOMERS_PER_PAGE), **query})

        parse = partial(_customer, reseller=reseller)
        return read_rows(self.errand.rows(call), parse, call=call)


def _customer(row: Row, reseller: str | None = None) -> SeenCustomer:
    return SeenCustomer(
        tenant=row.read("id", identifier_of, otherwise=""),
        name=row.read("companyProfile.companyName", text_of, otherwise=""),
        domain=row.read_if_given("companyProfile.domain", identifier_of),
        relationship=row.read_if_given("relationshipToPartner", text_of),
        reseller=reseller.lower() if reseller else None,
    )
