"""The endpoints under `/_emulator/v1/`: what a test or a demo asks of the emulator itself.

No answer has a password, a secret, a code or a token.
"""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from work365.emulators.entra.authority import Authority
from work365.emulators.entra.errors import EntraRefusal
from work365.emulators.entra.tenants import EVERYONE, Tenant, User

PREFIX = "/_emulator/v1/"

Body = dict[str, Any]
Control = Callable[[Body], Body]


class BadControl(Exception):
    """A control request that cannot be done."""


def control_routes(authority: Authority) -> list[Route]:
    """Return the routes that control this authority."""
    controls = _Controls(authority)
    return [
        _route(authority, "directory", "GET", controls.show),
        _route(authority, "requests", "GET", controls.requests),
        _route(authority, "users/revoke", "POST", controls.revoke),
        _route(authority, "users", "PATCH", controls.change_user),
        _route(authority, "mfa", "PUT", controls.require_mfa),
        _route(authority, "consents", "POST", controls.consent),
        _route(authority, "consents/withdraw", "POST", controls.withdraw),
        _route(authority, "service-principals", "POST", controls.provision),
        _route(authority, "service-principals/remove", "POST", controls.remove),
        _route(authority, "keys/rotate", "POST", controls.rotate),
        _route(authority, "tokens", "PUT", controls.set_lifetime),
    ]


def _route(authority: Authority, path: str, method: str, control: Control) -> Route:
    async def endpoint(request: Request) -> JSONResponse:
        body = await request.json() if await request.body() else {}
        try:
            with authority.directory.lock:
                return JSONResponse(control(body))
        except KeyError as error:
            return JSONResponse({"error": f"{error} is missing or unknown"}, status_code=400)
        except (BadControl, EntraRefusal) as refusal:
            return JSONResponse({"error": str(refusal)}, status_code=400)

    return Route(PREFIX + path, endpoint, methods=[method])


class _Controls:
    """What the endpoints do."""

    def __init__(self, authority: Authority) -> None:
        self._authority = authority
        self._directory = authority.directory

    def show(self, _body: Body) -> Body:
        """Tell what there is."""
        directory = self._directory
        return {
            "now": self._authority.clock().isoformat().replace("+00:00", "Z"),
            "tenants": [_shown_tenant(tenant) for tenant in directory.tenants.values()],
            "applications": [
                {"client_id": one.client_id, "name": one.name, "tenant": one.home_tenant_id}
                for one in directory.applications.values()
            ],
            "managed_identities": [asdict(one) for one in directory.managed_identities.values()],
        }

    def requests(self, _body: Body) -> Body:
        """Tell which tokens were asked for, the oldest first."""
        shown = [asdict(one) | {"at": one.at.isoformat()} for one in self._authority.requests]
        return {"requests": shown}

    def revoke(self, body: Body) -> Body:
        """Revoke a person's sign-ins: `user`."""
        _refuse_unknown(body, {"user"})
        user = self._directory.revoke_sign_ins(
            body["user"],
            through=self._authority.grants.last_number,
            now=self._authority.clock(),
        )
        return _shown_user(user)

    def change_user(self, body: Body) -> Body:
        """Change a person: `user`, and of `does_mfa`, `is_enabled`, `roles`, `groups` some."""
        _refuse_unknown(body, {"user", "does_mfa", "is_enabled", "roles", "groups"})
        _, user = self._directory.person(body["user"])
        user.does_mfa = bool(body.get("does_mfa", user.does_mfa))
        user.is_enabled = bool(body.get("is_enabled", user.is_enabled))
        user.roles = set(body.get("roles", user.roles))
        user.groups = set(body.get("groups", user.groups))
        return _shown_user(user)

    def require_mfa(self, body: Body) -> Body:
        """Want a second factor in a `tenant` for `resources`, by address or application id."""
        _refuse_unknown(body, {"tenant", "resources"})
        tenant = self._directory.tenant(body["tenant"])
        tenant.requires_mfa_for = {
            self._directory.resource(name, tenant.tenant_id).application_id
            for name in body["resources"]
        }
        return {"requires_mfa_for": sorted(tenant.requires_mfa_for)}

    def consent(self, body: Body) -> Body:
        """Consent in a `tenant` for a `client_id` to `scopes` of a `resource`, or a `user` does."""
        _refuse_unknown(body, {"tenant", "client_id", "resource", "scopes", "user"})
        tenant = self._directory.tenant(body["tenant"])
        resource = self._directory.resource(body["resource"], tenant.tenant_id)
        user_id = EVERYONE
        if body.get("user"):
            user_id = self._directory.person(body["user"])[1].object_id
        scopes = {resource.application_id: frozenset(body["scopes"])}
        self._directory.consent(tenant.tenant_id, body["client_id"], scopes, user_id=user_id)
        return _shown_tenant(tenant)

    def withdraw(self, body: Body) -> Body:
        """Withdraw the consents of a `client_id` in a `tenant`, all or those for a `resource`."""
        _refuse_unknown(body, {"tenant", "client_id", "resource"})
        tenant = self._directory.tenant(body["tenant"])
        resource_id = ""
        if body.get("resource"):
            resource_id = self._directory.resource(body["resource"], "").application_id
        return {"withdrawn": tenant.withdraw(body["client_id"], resource_id=resource_id)}

    def provision(self, body: Body) -> Body:
        """Give a `tenant` the service principal of an `application_id`."""
        _refuse_unknown(body, {"tenant", "application_id"})
        tenant = self._directory.tenant(body["tenant"])
        return {"object_id": tenant.principal_id(body["application_id"])}

    def remove(self, body: Body) -> Body:
        """Take the service principal of an `application_id` out of a `tenant`."""
        _refuse_unknown(body, {"tenant", "application_id"})
        tenant = self._directory.tenant(body["tenant"])
        self._directory.remove_service_principal(tenant.tenant_id, body["application_id"])
        return {}

    def rotate(self, _body: Body) -> Body:
        """Sign with a new key."""
        return {"key_id": self._authority.keys.rotate()}

    def set_lifetime(self, body: Body) -> Body:
        """Change how long access tokens are good: `lifetime_seconds`."""
        _refuse_unknown(body, {"lifetime_seconds"})
        self._authority.lifetime_seconds = int(body["lifetime_seconds"])
        return {"lifetime_seconds": self._authority.lifetime_seconds}


def _refuse_unknown(body: Body, known: set[str]) -> None:
    unknown = sorted(set(body) - known)
    if unknown:
        raise BadControl(f"unknown: {', '.join(unknown)}; known: {', '.join(sorted(known))}")


def _shown_tenant(tenant: Tenant) -> Body:
    return {
        "tenant_id": tenant.tenant_id,
        "name": tenant.name,
        "domain": tenant.domain,
        "users": [_shown_user(user) for user in tenant.users.values()],
        "service_principals": dict(tenant.service_principals),
        "consents": [
            {"client_id": key[0], "resource_id": key[1], "user": key[2], "scopes": sorted(names)}
            for key, names in tenant.consents.items()
        ],
        "roles": [
            {"client_id": key[0], "resource_id": key[1], "roles": sorted(names)}
            for key, names in tenant.roles.items()
        ],
        "delegated_admins": {
            key: {"partner": one.partner_tenant_id, "group": one.group, "roles": sorted(one.roles)}
            for key, one in tenant.delegated_admins.items()
        },
        "requires_mfa_for": sorted(tenant.requires_mfa_for),
    }


def _shown_user(user: User) -> Body:
    return {
        "object_id": user.object_id,
        "user_principal_name": user.user_principal_name,
        "name": user.name,
        "does_mfa": user.does_mfa,
        "is_enabled": user.is_enabled,
        "roles": sorted(user.roles),
        "groups": sorted(user.groups),
        "revoked_at": user.revoked_at.isoformat() if user.revoked_at else None,
    }
