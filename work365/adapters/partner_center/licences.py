"""Licences of a customer's users. They need the delegated connection and a role (GDAP).

Source: "Get a list of all user accounts for a customer", "Get a list of available licenses",
"Check which licenses are assigned to a user", "Assign licenses to a user".
"""

from dataclasses import dataclass
from uuid import UUID

from work365.adapters.partner_center.calls import Call
from work365.adapters.partner_center.endpoints import (
    LIST_LICENCE_POOLS,
    LIST_LICENCES,
    LIST_USERS,
    UPDATE_LICENCES,
)
from work365.adapters.partner_center.errands import Errand
from work365.adapters.partner_center.field_values import count_of, identifier_of
from work365.adapters.partner_center.files import Row, text_of
from work365.adapters.partner_center.reading import each_of, read_one, read_rows
from work365.domain.findings import Reading
from work365.domain.microsoft.licences import (
    AssignedLicence,
    CustomerUser,
    LicencePool,
    LicenceUpdate,
)

USERS_PER_PAGE = 500


@dataclass(frozen=True, slots=True)
class Licences:
    """Users and their licences, asked for on an errand."""

    errand: Errand

    def users(self, tenant: str) -> Reading[CustomerUser]:
        """Return the users of a customer.

        Raises: PartnerCenterError; NeedsDelegatedConnection; RoleMissing.
        """
        call = Call(LIST_USERS, {"customer": tenant}, query={"size": str(USERS_PER_PAGE)})
        return read_rows(self.errand.rows(call), _user, call=call)

    def pools(self, tenant: str) -> Reading[LicencePool]:
        """Return the licences that a customer has, of each kind.

        Raises: PartnerCenterError; NeedsDelegatedConnection; RoleMissing.
        """
        call = Call(LIST_LICENCE_POOLS, {"customer": tenant})
        return read_rows(self.errand.rows(call), _pool, call=call)

    def of_user(self, tenant: str, user: str) -> Reading[AssignedLicence]:
        """Return the licences of the user with the object id `user`.

        Raises: PartnerCenterError; NeedsDelegatedConnection; UserNotFound.
        """
        call = Call(LIST_LICENCES, {"customer": tenant, "user": user})
        return read_rows(self.errand.rows(call), _assigned, call=call)

    def update(
        self, tenant: str, user: str, update: LicenceUpdate, *, request_id: UUID | None = None
    ) -> tuple[str, ...]:
        """Assign and remove licences, and return what Microsoft warns of.

        Raises: PartnerCenterError; NeedsDelegatedConnection; LicencesUsedUp; UserNotFound.
        """
        body = {
            "licensesToAssign": [{"skuId": sku, "excludedPlans": None} for sku in update.assign]
            or None,
            "licensesToRemove": list(update.remove) or None,
            "licenseWarnings": None,
            "attributes": {"objectType": "LicenseUpdate"},
        }
        ids = {"customer": tenant, "user": user}
        call = Call(UPDATE_LICENCES, ids, body=body, request_id=request_id)
        answer = self.errand.ask(call).body
        return () if answer is None else read_one(answer, _warnings, call=call)


def _user(row: Row) -> CustomerUser:
    return CustomerUser(
        id=row.read("id", identifier_of, otherwise=""),
        principal_name=row.read("userPrincipalName", text_of, otherwise=""),
        is_active=(row.read_if_given("state", text_of) or "active").lower() == "active",
    )


def _pool(row: Row) -> LicencePool:
    return LicencePool(
        sku=row.read("productSku.id", identifier_of, otherwise=""),
        name=row.read_if_given("productSku.name", text_of) or "",
        part_number=row.read_if_given("productSku.skuPartNumber", text_of) or "",
        assigned=row.read("consumedUnits", count_of, otherwise=0),
        available=row.read("availableUnits", count_of, otherwise=0),
    )


def _assigned(row: Row) -> AssignedLicence:
    return AssignedLicence(
        sku=row.read("productSku.id", identifier_of, otherwise=""),
        name=row.read_if_given("productSku.name", text_of) or "",
    )


def _warnings(row: Row) -> tuple[str, ...]:
    return tuple(_warning(each) for each in each_of(row, "licenseWarnings"))


def _warning(warning: Row) -> str:
    told = warning.read_if_given("message", text_of)
    return told or warning.read_if_given("code", text_of) or "Microsoft does not say of what"
