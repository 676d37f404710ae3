"""Azure subscriptions under a plan, and their registration for reservations.

Source: "Get a list of Azure entitlements for a subscription", "Cancel an Azure subscription",
"Reactivate an Azure subscription", "Register a subscription".
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from work365.adapters.partner_center.calls import Call
from work365.adapters.partner_center.endpoints import (
    CANCEL_ENTITLEMENT,
    GET_ENTITLEMENT,
    GET_REGISTRATION,
    LIST_ENTITLEMENTS,
    REACTIVATE_ENTITLEMENT,
    REGISTER_SUBSCRIPTION,
)
from work365.adapters.partner_center.errands import Errand
from work365.adapters.partner_center.field_values import identifier_of, member_of
from work365.adapters.partner_center.files import Row, text_of
from work365.adapters.partner_center.reading import read_one, read_rows
from work365.domain.findings import Reading
from work365.domain.microsoft.azure import AzureEntitlement, Registration

_registration_of = member_of(Registration, "unknown_registration")


@dataclass(frozen=True, slots=True)
class AzureSubscriptions:
    """Azure subscriptions, asked for on an errand. `plan` is the id of an Azure plan."""

    errand: Errand

    def of_plan(self, tenant: str, plan: str) -> Reading[AzureEntitlement]:
        """Return the Azure subscriptions under a plan.

        Raises: PartnerCenterError.
        """
        call = Call(LIST_ENTITLEMENTS, {"customer": tenant, "subscription": plan})
        return read_rows(self.errand.rows(call), _entitlement, call=call)

    def get(self, tenant: str, plan: str, entitlement: str) -> AzureEntitlement:
        """Return one Azure subscription.

        Raises: PartnerCenterError.
        """
        call = self._call(GET_ENTITLEMENT, tenant, plan, entitlement)
        return read_one(self.errand.ask(call).body, _entitlement, call=call)

    def cancel(
        self,
        tenant: str,
        plan: str,
        entitlement: str,
        *,
        reason: str,
        request_id: UUID | None = None,
    ) -> None:
        """Cancel an Azure subscription; its status follows after about ten minutes.

        `reason` is Microsoft's word for why, of which it documents `compromise` alone.

        Raises: PartnerCenterError; RoleMissing.
        """
        body = {"cancellationReason": reason}
        ids = self._call(CANCEL_ENTITLEMENT, tenant, plan, entitlement).ids
        self.errand.ask(Call(CANCEL_ENTITLEMENT, ids, body=body, request_id=request_id))

    def reactivate(
        self, tenant: str, plan: str, entitlement: str, *, request_id: UUID | None = None
    ) -> None:
        """Ask that a cancelled Azure subscription works again, which Microsoft does later.

        Raises: PartnerCenterError; AzurePlanRefused.
        """
        ids = self._call(REACTIVATE_ENTITLEMENT, tenant, plan, entitlement).ids
        self.errand.ask(Call(REACTIVATE_ENTITLEMENT, ids, request_id=request_id))

    def register(self, tenant: str, subscription: str) -> None:
        """Ask that reservations can be bought for a subscription; see `registration`.

        Raises: PartnerCenterError.
        """
        ids = {"customer": tenant, "subscription": subscription}
        self.errand.ask(Call(REGISTER_SUBSCRIPTION, ids))

    def registration(self, tenant: str, subscription: str) -> Registration:
        """Return whether reservations can be bought for a subscription.

        Raises: PartnerCenterError.
        """
        call = Call(GET_REGISTRATION, {"customer": tenant, "subscription": subscription})
        return read_one(self.errand.ask(call).body, _registration, call=call)

    def _call(self, endpoint: Any, tenant: str, plan: str, entitlement: str) -> Call:
        ids = {"customer": tenant, "subscription": plan, "entitlement": entitlement}
        return Call(endpoint, ids)


def _entitlement(row: Row) -> AzureEntitlement:
    return AzureEntitlement(
        id=row.read("id", identifier_of, otherwise=""),
        name=row.read_if_given("friendlyName", text_of) or "",
        status=row.read("status", text_of, otherwise=""),
        plan=row.read("subscriptionId", identifier_of, otherwise=""),
    )


def _registration(row: Row) -> Registration:
    return row.read("status", _registration_of, otherwise=Registration.NOT_REGISTERED)
