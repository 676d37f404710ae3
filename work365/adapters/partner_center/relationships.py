"""Relationships with customers and with other partners. They need the delegated connection.

Source: "Request a reseller relationship", "Retrieve a list of indirect resellers", "Get
indirect resellers of a customer", "Verify an indirect reseller's Microsoft Partner Agreement
status".
"""

from dataclasses import dataclass

from work365.adapters.partner_center.agreements import is_signed
from work365.adapters.partner_center.calls import Call
from work365.adapters.partner_center.endpoints import (
    GET_INVITATION,
    GET_PARTNER_AGREEMENT,
    LIST_PARTNERS,
    LIST_RESELLERS_OF_CUSTOMER,
)
from work365.adapters.partner_center.errands import Errand
from work365.adapters.partner_center.field_values import identifier_of
from work365.adapters.partner_center.files import Row, text_of
from work365.adapters.partner_center.reading import read_one, read_rows
from work365.domain.findings import Reading
from work365.domain.microsoft.relationships import OtherPartner, PartnerRole


@dataclass(frozen=True, slots=True)
class Relationships:
    """Relationships, asked for on an errand."""

    errand: Errand

    def invitation(self) -> str:
        """Return the link with which a customer accepts the partner as its reseller.

        Raises: PartnerCenterError; NeedsDelegatedConnection.
        """
        call = Call(GET_INVITATION)
        return read_one(self.errand.ask(call).body, _link, call=call)

    def partners(self, role: PartnerRole) -> Reading[OtherPartner]:
        """Return the partners that this one works with in a role.

        Raises: PartnerCenterError; NeedsDelegatedConnection.
        """
        call = Call(LIST_PARTNERS, query={"relationship_type": role.value})
        return read_rows(self.errand.rows(call), _partner, call=call)

    def resellers_of(self, tenant: str) -> Reading[OtherPartner]:
        """Return the indirect resellers of a customer.

        Raises: PartnerCenterError; NeedsDelegatedConnection.
        """
        call = Call(LIST_RESELLERS_OF_CUSTOMER, {"customer": tenant})
        return read_rows(self.errand.rows(call), _partner, call=call)

    def partner_agreement_is_signed(self, *, mpn: str) -> bool:
        """Return whether a reseller, by its number, signed the Microsoft Partner Agreement.

        Raises: PartnerCenterError; NeedsDelegatedConnection.
        """
        call = Call(GET_PARTNER_AGREEMENT, query={"mpnId": mpn})
        return is_signed(self.errand.ask(call).body, "isAgreementSigned", call=call)


def _link(row: Row) -> str:
    return row.read("url", text_of, otherwise="")


def _partner(row: Row) -> OtherPartner:
    # Lists of one customer's resellers leave out whether the relationship is active.
    state = row.read_if_given("state", text_of)
    return OtherPartner(
        tenant=row.read("id", identifier_of, otherwise=""),
        name=row.read_if_given("name", text_of) or "",
        mpn=row.read_if_given("mpnId", text_of) or "",
        is_active=state is None or state.lower() == "active",
        country=row.read_if_given("location", text_of),
    )
