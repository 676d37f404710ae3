"""Who calls, on whose behalf, and what they ask webhooks to leave out.

A token of the token endpoint is its application's user, until it expires by the emulator's
clock; so is every token that looks like a JWT and names an application (`appid`) or a person
(`oid`, with a `scp` or of `idtyp` user). `user:<systemuserid>` is that user,
`app:<applicationid>` that application's user; any other text is the application user that
the environment starts with. No signature is verified.
"""

from collections.abc import Mapping
from urllib.parse import parse_qsl

from work365.emulators.dataverse import seeds
from work365.emulators.dataverse.access import Access
from work365.emulators.dataverse.calls import Caller
from work365.emulators.dataverse.environment import Environment
from work365.emulators.dataverse.errors import DataverseError
from work365.emulators.dataverse.privileges import (
    ACT_ON_BEHALF,
    BYPASS_LOGIC,
    BYPASS_SYNCHRONOUS,
)
from work365.emulators.dataverse.rights import Rights
from work365.emulators.dataverse.tokens import Claims, claims_of
from work365.emulators.dataverse.values import GUID

AUTHORIZATION_URI = (
    "https://login.microsoftonline.com/00000000-0000-0000-0000-000000000000/oauth2/authorize"
)
BEARER = "bearer "
BYPASSES = frozenset(("CustomSync", "CustomAsync"))
BYPASSED_STEPS_MAX = 3
"""Source: documented default of the organization's setting, which goes up to ten."""

USER_ID, APPLICATION_ID = "systemuserid", "applicationid"
OBJECT_ID = "azureactivedirectoryobjectid"


def caller_of(
    environment: Environment, headers: Mapping[str, str], query: str, root: str
) -> Caller:
    """Return the caller.

    Raises: DataverseError, where there is no token that counts, no such user, a user without
        any role, or a header that the caller may not send.
    """
    real = _signed_in(environment, headers.get("authorization", ""), root)
    acting = _acting(environment, headers)
    if acting is not None:
        Access(real).require_privilege(ACT_ON_BEHALF)
    user = acting or real
    access = Access(user, real) if acting else Access(real)
    bypasses = _bypasses(headers, access)
    return Caller(
        user_id=user.principal_id,
        real_user_id=real.principal_id,
        business_unit_id=user.business_unit_id,
        object_id=user.object_id,
        user_agent=headers.get("user-agent", ""),
        correlation_id=headers.get("x-ms-correlation-request-id", ""),
        tag=dict(parse_qsl(query)).get("tag"),
        bypasses_synchronous="CustomSync" in bypasses,
        bypasses_asynchronous="CustomAsync" in bypasses,
        bypassed_steps=_bypassed_steps(headers, access),
        access=access,
    )


def _signed_in(environment: Environment, header: str, root: str) -> Rights:
    token = header[len(BEARER) :].strip() if header.lower().startswith(BEARER) else ""
    if not token:
        raise _challenge(root, "The request has no valid access token.")
    claims = claims_of(token)
    if claims is not None:
        return _of_claims(environment, claims, root)
    kind, colon, name = token.partition(":")
    column = {"user": USER_ID, "app": APPLICATION_ID}.get(kind) if colon else None
    if column:
        return _user(environment, column, name)
    return _user(environment, USER_ID, seeds.APPLICATION_USER_ID)


def _of_claims(environment: Environment, claims: Claims, root: str) -> Rights:
    expires = claims.get("exp")
    if not isinstance(expires, int) or expires <= environment.clock.now().timestamp():
        raise _challenge(root, "The access token has expired.")
    is_person = "scp" in claims or claims.get("idtyp") == "user"
    column, claim = (OBJECT_ID, "oid") if is_person else (APPLICATION_ID, "appid")
    if not isinstance(claims.get(claim), str):
        raise _challenge(root, f"The access token has no '{claim}'.")
    return _user(environment, column, claims[claim])


def _challenge(root: str, message: str) -> DataverseError:
    resource = root.split("/api/", maxsplit=1)[0]
    return DataverseError(
        401,
        "0x80072560",
        message,
        headers={
            "WWW-Authenticate": f"Bearer authorization_uri={AUTHORIZATION_URI}, "
            f"resource_id={resource}/"
        },
    )


def _acting(environment: Environment, headers: Mapping[str, str]) -> Rights | None:
    object_id = headers.get("callerobjectid")
    if object_id:
        return _user(environment, OBJECT_ID, object_id)
    user_id = headers.get("mscrmcallerid")
    return _user(environment, USER_ID, user_id) if user_id else None


def _user(environment: Environment, column: str, value: str) -> Rights:
    found = environment.rights.of_user(column, value.lower())
    if found is None:
        raise DataverseError(403, "0x80072560", "The user is not a member of the organization.")
    if not found.roles:
        raise DataverseError(
            403,
            "0x80042f09",
            f"The user with id {found.principal_id} has not been assigned any roles. They need "
            "a role with the prvReadUser privilege.",
        )
    return found


def _bypasses(headers: Mapping[str, str], access: Access) -> frozenset[str]:
    named = headers.get("mscrm.bypassbusinesslogicexecution", "")
    found = {name.strip() for name in named.split(",") if name.strip()}
    if not found <= BYPASSES:
        raise _invalid_header("MSCRM.BypassBusinessLogicExecution", named)
    if found:
        access.require_privilege(BYPASS_LOGIC)
    if headers.get("mscrm.bypasscustompluginexecution", "").lower() == "true":
        access.require_privilege(BYPASS_SYNCHRONOUS)
        found.add("CustomSync")
    return frozenset(found)


def _bypassed_steps(headers: Mapping[str, str], access: Access) -> frozenset[str]:
    named = headers.get("mscrm.bypassbusinesslogicexecutionstepids", "")
    found = {name.strip().lower() for name in named.split(",") if name.strip()}
    if len(found) > BYPASSED_STEPS_MAX or not all(GUID.fullmatch(name) for name in found):
        raise _invalid_header("MSCRM.BypassBusinessLogicExecutionStepIds", named)
    if found:
        access.require_privilege(BYPASS_LOGIC)
    return frozenset(found)


def _invalid_header(name: str, value: str) -> DataverseError:
    return DataverseError(400, "0x80040203", f"Invalid value '{value}' of {name}.")
