"""What a request to Graph says of an admin relationship or an assignment, read and checked."""

from base64 import b64encode

from work365.emulators.partner_center.annexes import Record
from work365.emulators.partner_center.calls import Answer, Call
from work365.emulators.partner_center.durations import is_between_a_day_and_two_years
from work365.emulators.partner_center.graph_calls import VERSION
from work365.emulators.partner_center.graph_errors import bad_request, changed_since, not_found
from work365.emulators.partner_center.guids import is_guid
from work365.emulators.partner_center.payloads import Body
from work365.emulators.partner_center.relationships import (
    EXTENSION,
    EXTENSIONS,
    GLOBAL_ADMINISTRATOR,
    NO_EXTENSION,
    relationships,
    relationships_of,
)

ROOT = f"{VERSION}/tenantRelationships/delegatedAdminRelationships"
NAME_MAX = 50


def relationship_asked(call: Call) -> Record:
    """Return the caller's relationship of the path.

    Raises: GraphError, 404.
    """
    key = call.parameters["relationship"]
    relationship = relationships(call.world).get(key)
    if relationship is None or relationship["partner"] != call.caller.tenant:
        raise not_found(key)
    return relationship


def assignment_asked(call: Call) -> Record:
    """Return the assignment of the path.

    Raises: GraphError, 404.
    """
    key = call.parameters["assignment"]
    assignment: Record | None = relationship_asked(call)["assignments"].get(key)
    if assignment is None:
        raise not_found(key)
    return assignment


def wanted(call: Call, known: Record | None = None) -> Record:
    """Return what a relationship is to be: of the request, over what is known of it.

    Raises: GraphError, 400.
    """
    body = call.body
    known = known or {"customer": None, "extension": NO_EXTENSION, "id": ""}
    has: Record = {
        "displayName": body.text("displayName", known.get("displayName", "")),
        "duration": body.text("duration", known.get("duration", "")),
        "customer": _customer(body) if body.has("customer") else known["customer"],
        "roles": roles_of(body) if body.has("accessDetails") else known.get("roles", []),
        "extension": body.text("autoExtendDuration", known["extension"]),
    }
    _check_name(call, has["displayName"], known["id"])
    if not is_between_a_day_and_two_years(has["duration"]):
        raise bad_request("'duration' has to be between P1D and P2Y.")
    if not has["roles"]:
        raise bad_request("'accessDetails.unifiedRoles' has to name a role.")
    check_extension(has["extension"], has["roles"])
    return has


def check_extension(extension: str, roles: list[str]) -> None:
    """Refuse an extension that there is none of, or that the roles do not allow.

    Raises: GraphError, 400.
    """
    if extension not in EXTENSIONS:
        raise bad_request(f"'autoExtendDuration' is one of {', '.join(EXTENSIONS)}.")
    if extension == EXTENSION and GLOBAL_ADMINISTRATOR in roles:
        raise bad_request(
            "A relationship with the role Global Administrator cannot be extended automatically."
        )


def _check_name(call: Call, name: str, own: str) -> None:
    if not name or len(name) > NAME_MAX:
        raise bad_request(f"'displayName' has to have 1 to {NAME_MAX} characters.")
    for other in relationships_of(call.world, call.caller.tenant):
        if other["id"] != own and other["displayName"].casefold() == name.casefold():
            raise bad_request(f"A relationship with the displayName '{name}' exists already.")


def _customer(body: Body) -> Record | None:
    customer = body.part("customer")
    if customer is None:
        return None
    tenant = customer.text("tenantId")
    if not is_guid(tenant):
        raise bad_request("'customer.tenantId' is not a GUID.")
    return {"tenantId": tenant.casefold(), "displayName": customer.text("displayName")}


def roles_of(body: Body) -> list[str]:
    """Return the roles that a request names.

    Raises: GraphError, 400.
    """
    details = body.part("accessDetails")
    found = details.parts("unifiedRoles") if details else []
    roles = [role.text("roleDefinitionId").casefold() for role in found]
    if any(not is_guid(role) for role in roles):
        raise bad_request("A 'roleDefinitionId' is not a GUID.")
    return list(dict.fromkeys(roles))


def etag_of(record: Record) -> str:
    """Return the etag of a version of a relationship or an assignment."""
    inner = b64encode(f"'{record['id'][:18]}-{record['version']:04}'".encode("ascii"))
    return f'W/"{inner.decode("ascii")}"'


def check_etag(call: Call, record: Record) -> None:
    """Refuse a change without the etag, or with an old one.

    Raises: GraphError, 400 or 412.
    """
    etag = call.headers.get("if-match", "")
    if not etag:
        raise bad_request("The header If-Match is required.")
    if etag not in ("*", etag_of(record)):
        raise changed_since()


def entity(record: Record, shown: Record, context: str, status: int = 200) -> Answer:
    """Return one entity, with its etag."""
    body = {
        "@odata.context": f"https://graph.microsoft.com/v1.0/tenantRelationships/$metadata#{context}",
        "@odata.etag": etag_of(record),
        **shown,
    }
    return Answer(body, status)
