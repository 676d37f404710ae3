"""Granular admin relationships (GDAP): rights in customers' tenants, by Microsoft Graph.

They are asked for on behalf of the user who consented. An application alone could do the same
where a service principal of Microsoft's is added to the tenant; that is not used here.

Source: "delegatedAdminRelationship resource type" and its operations, Microsoft Graph v1.0.
"""

from dataclasses import dataclass
from typing import Any

from work365.adapters.partner_center.calls import Call
from work365.adapters.partner_center.endpoints import (
    CHANGE_ADMIN_RELATIONSHIP,
    CREATE_ACCESS_ASSIGNMENT,
    CREATE_ADMIN_RELATIONSHIP,
    DELETE_ADMIN_RELATIONSHIP,
    GET_ADMIN_RELATIONSHIP,
    LIST_ACCESS_ASSIGNMENTS,
    LIST_ADMIN_RELATIONSHIPS,
    REQUEST_ADMIN_RELATIONSHIP,
)
from work365.adapters.partner_center.errands import Errand
from work365.adapters.partner_center.field_values import end_of, identifier_of, member_of
from work365.adapters.partner_center.files import Row, moment_of, text_of
from work365.adapters.partner_center.reading import each_of, read_one, read_rows
from work365.domain.findings import Reading
from work365.domain.microsoft.relationships import (
    AccessAssignment,
    AdminRelationship,
    AdminStatus,
    WantedAdminRelationship,
)

EXTENDED = "P180D"
"""The only length by which a relationship can go on by itself."""
NOT_EXTENDED = "PT0S"
SECURITY_GROUP = "securityGroup"

_NOT_EXTENDED = {"", "P0D", NOT_EXTENDED}

_status_of = member_of(AdminStatus, "unknown_status")


@dataclass(frozen=True, slots=True)
class AdminRelationships:
    """Relationships, asked for on an errand to Microsoft Graph."""

    errand: Errand

    def all(self) -> Reading[AdminRelationship]:
        """Return every relationship, ended ones among them.

        Raises: PartnerCenterError; NeedsDelegatedConnection.
        """
        call = Call(LIST_ADMIN_RELATIONSHIPS)
        return read_rows(self.errand.rows(call), _relationship, call=call)

    def get(self, relationship: str) -> AdminRelationship:
        """Return one relationship.

        Raises: PartnerCenterError; NeedsDelegatedConnection; NotFound.
        """
        call = Call(GET_ADMIN_RELATIONSHIP, {"relationship": relationship})
        return read_one(self.errand.ask(call).body, _relationship, call=call)

    def create(self, wanted: WantedAdminRelationship) -> AdminRelationship:
        """Create a relationship, which nobody can approve before `lock_for_approval`.

        It is sent once: after an error with `maybe_done`, look for its name before repeating.

        Raises: PartnerCenterError; NeedsDelegatedConnection; AlreadyThere: its name is taken.
        """
        body: dict[str, Any] = {
            "displayName": wanted.name,
            "duration": f"P{wanted.days}D",
            "accessDetails": _roles_written(wanted.roles),
            "autoExtendDuration": EXTENDED if wanted.extends_itself else NOT_EXTENDED,
        }
        if wanted.customer is not None:
            body["customer"] = {"tenantId": wanted.customer}
        call = Call(CREATE_ADMIN_RELATIONSHIP, body=body)
        return read_one(self.errand.ask(call).body, _relationship, call=call)

    def lock_for_approval(self, relationship: str) -> AdminRelationship:
        """Make a relationship one that the customer can approve by its link.

        Raises: PartnerCenterError; NeedsDelegatedConnection.
        """
        return self._request(relationship, "lockForApproval")

    def terminate(self, relationship: str) -> AdminRelationship:
        """End an active relationship, which takes Microsoft some time.

        Raises: PartnerCenterError; NeedsDelegatedConnection.
        """
        return self._request(relationship, "terminate")

    def extend_by_itself(self, relationship: str, etag: str, *, extends: bool) -> AdminRelationship:
        """Say whether a relationship goes on when it would end. One with the Global
        Administrator's role cannot.

        Raises: PartnerCenterError; NeedsDelegatedConnection; VersionChanged.
        """
        call = Call(
            CHANGE_ADMIN_RELATIONSHIP,
            {"relationship": relationship},
            body={"autoExtendDuration": EXTENDED if extends else NOT_EXTENDED},
            headers={"If-Match": etag},
        )
        self.errand.finish(call)
        return self.get(relationship)

    def delete(self, relationship: str, etag: str) -> None:
        """Delete a relationship that was never locked for approval.

        Raises: PartnerCenterError; NeedsDelegatedConnection; VersionChanged.
        """
        ids = {"relationship": relationship}
        self.errand.ask(Call(DELETE_ADMIN_RELATIONSHIP, ids, headers={"If-Match": etag}))

    def assignments(self, relationship: str) -> Reading[AccessAssignment]:
        """Return the groups that have roles of a relationship.

        Raises: PartnerCenterError; NeedsDelegatedConnection.
        """
        call = Call(LIST_ACCESS_ASSIGNMENTS, {"relationship": relationship})
        return read_rows(self.errand.rows(call), _assignment, call=call)

    def assign(self, relationship: str, group: str, roles: tuple[str, ...]) -> AccessAssignment:
        """Give a security group of the partner roles of an active relationship.

        It is sent once: after an error with `maybe_done`, look at `assignments`.

        Raises: PartnerCenterError; NeedsDelegatedConnection; AlreadyThere.
        """
        body = {
            "accessContainer": {
                "accessContainerId": group,
                "accessContainerType": SECURITY_GROUP,
            },
            "accessDetails": _roles_written(roles),
        }
        call = Call(CREATE_ACCESS_ASSIGNMENT, {"relationship": relationship}, body=body)
        return read_one(self.errand.ask(call).body, _assignment, call=call)

    def _request(self, relationship: str, action: str) -> AdminRelationship:
        ids = {"relationship": relationship}
        self.errand.ask(Call(REQUEST_ADMIN_RELATIONSHIP, ids, body={"action": action}))
        return self.get(relationship)


def _roles_written(roles: tuple[str, ...]) -> dict[str, Any]:
    return {"unifiedRoles": [{"roleDefinitionId": role} for role in roles]}


def _relationship(row: Row) -> AdminRelationship:
    return AdminRelationship(
        id=row.read("id", text_of, otherwise=""),
        etag=row.read_if_given("@odata.etag", text_of) or "",
        name=row.read_if_given("displayName", text_of) or "",
        status=row.read("status", _status_of, otherwise=AdminStatus.CREATED),
        roles=_roles(row),
        customer=row.read_if_given("customer.tenantId", identifier_of),
        extends_itself=(row.read_if_given("autoExtendDuration", text_of) or "")
        not in _NOT_EXTENDED,
        expires_at=row.read_if_given("endDateTime", end_of),
        activated_at=row.read_if_given("activatedDateTime", moment_of),
    )


def _assignment(row: Row) -> AccessAssignment:
    return AccessAssignment(
        id=row.read("id", text_of, otherwise=""),
        etag=row.read_if_given("@odata.etag", text_of),
        group=row.read("accessContainer.accessContainerId", identifier_of, otherwise=""),
        roles=_roles(row),
        status=row.read("status", text_of, otherwise=""),
    )


def _roles(row: Row) -> tuple[str, ...]:
    roles = each_of(row, "accessDetails.unifiedRoles")
    return tuple(role.read("roleDefinitionId", identifier_of, otherwise="") for role in roles)
