"""Who calls: read from the token, whose text is enough here.

`user:<systemuserid>` is that user, `app:<applicationid>` that application's user; any other
token is the application user that the environment starts with. No token is verified.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

from work365.emulators.dataverse import seeds
from work365.emulators.dataverse.calls import Caller
from work365.emulators.dataverse.environment import Environment
from work365.emulators.dataverse.errors import DataverseError, not_emulated
from work365.emulators.dataverse.sql import sql

AUTHORIZATION_URI = (
    "https://login.microsoftonline.com/00000000-0000-0000-0000-000000000000/oauth2/authorize"
)
BEARER = "bearer "
BYPASSES = frozenset(("CustomSync", "CustomAsync"))


@dataclass(frozen=True, kw_only=True)
class User:
    """A row of `systemuser`, as far as a caller is one."""

    user_id: str
    business_unit_id: str
    object_id: str | None


def caller_of(
    environment: Environment, headers: Mapping[str, str], query: str, root: str
) -> Caller:
    """Return the caller; raises if there is no token or no such user."""
    real = _signed_in(environment, headers.get("authorization", ""), root)
    user = _acting(environment, headers) or real
    bypasses = _bypasses(headers)
    return Caller(
        user_id=user.user_id,
        real_user_id=real.user_id,
        business_unit_id=user.business_unit_id,
        object_id=user.object_id,
        user_agent=headers.get("user-agent", ""),
        correlation_id=headers.get("x-ms-correlation-request-id", ""),
        tag=dict(parse_qsl(query)).get("tag"),
        bypasses_synchronous="CustomSync" in bypasses,
        bypasses_asynchronous="CustomAsync" in bypasses,
    )


def _signed_in(environment: Environment, header: str, root: str) -> User:
    token = header[len(BEARER) :].strip() if header.lower().startswith(BEARER) else ""
    if not token:
        resource = root.split("/api/", maxsplit=1)[0]
        raise DataverseError(
            401,
            "0x80072560",
            "The request has no valid access token.",
            headers={
                "WWW-Authenticate": f"Bearer authorization_uri={AUTHORIZATION_URI}, "
                f"resource_id={resource}/"
            },
        )
    kind, colon, name = token.partition(":")
    if colon and kind == "user":
        return _user(environment, "systemuserid", name)
    if colon and kind == "app":
        return _user(environment, "applicationid", name)
    return _user(environment, "systemuserid", seeds.APPLICATION_USER_ID)


def _acting(environment: Environment, headers: Mapping[str, str]) -> User | None:
    object_id = headers.get("callerobjectid")
    if object_id:
        return _user(environment, "azureactivedirectoryobjectid", object_id)
    user_id = headers.get("mscrmcallerid")
    return _user(environment, "systemuserid", user_id) if user_id else None


def _user(environment: Environment, column: str, value: str) -> User:
    with environment.database.reading() as connection:
        found = connection.execute(
            sql(
                "SELECT systemuserid, businessunitid, azureactivedirectoryobjectid",
                f"FROM systemuser WHERE {column} = ? AND coalesce(isdisabled, 0) = 0",
            ),
            (value.lower(),),
        ).fetchone()
    if found is None:
        raise DataverseError(403, "0x80072560", "The user is not a member of the organization.")
    return User(
        user_id=found[0],
        business_unit_id=found[1] or seeds.BUSINESS_UNIT_ID,
        object_id=found[2],
    )


def _bypasses(headers: Mapping[str, str]) -> frozenset[str]:
    if "mscrm.bypassbusinesslogicexecutionstepids" in headers:
        raise not_emulated("MSCRM.BypassBusinessLogicExecutionStepIds")
    named = headers.get("mscrm.bypassbusinesslogicexecution", "")
    found = {name.strip() for name in named.split(",") if name.strip()}
    if not found <= BYPASSES:
        raise DataverseError(
            400, "0x80040203", f"Invalid value '{named}' of MSCRM.BypassBusinessLogicExecution."
        )
    if headers.get("mscrm.bypasscustompluginexecution", "").lower() == "true":
        found.add("CustomSync")
    return frozenset(found)
