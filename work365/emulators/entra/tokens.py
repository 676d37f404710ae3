"""Tokens: what is written in them.

Source: the documented claims of access tokens and id tokens, in both versions.
"""

from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4, uuid5

from work365.emulators.entra.applications import Application, ManagedIdentity
from work365.emulators.entra.authority import Authority
from work365.emulators.entra.grants import SignIn
from work365.emulators.entra.resources import TOKEN_EXCHANGE, Resource
from work365.emulators.entra.tenants import Tenant, User

SECRET, ASSERTION = "1", "2"
"""How an application proved itself, as `appidacr` says it."""

MANAGED_IDENTITY_LIFETIME_SECONDS = 86_399
HALF_BYTES = 16
"""Of a SHA-256, as `c_hash` takes it."""

Said = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Session:
    """A person who uses an application at a tenant."""

    tenant: Tenant
    home: Tenant
    user: User
    application: Application
    sign_in: SignIn
    directory_roles: frozenset[str]
    proof: str
    """How the application proved itself."""


@dataclass(frozen=True, kw_only=True)
class _Principal:
    """An application that acts for itself."""

    client_id: str
    object_id: str
    roles: frozenset[str]


class Tokens:
    """Writes and signs them."""

    def __init__(self, authority: Authority) -> None:
        self._authority = authority

    def for_person(self, session: Session, audience: str, scopes: frozenset[str]) -> str:
        """Return an access token for someone."""
        user = session.user
        said = self._common(session.tenant, audience) | {
            "acr": "1",
            "amr": list(session.sign_in.methods),
            "appid": session.application.client_id,
            "appidacr": session.proof,
            "auth_time": int(session.sign_in.at.timestamp()),
            "idtyp": "user",
            "name": user.name,
            "oid": user.object_id,
            "scp": " ".join(sorted(scopes)),
            "sub": _pairwise(user.object_id, audience),
            "unique_name": user.user_principal_name,
            "upn": user.user_principal_name,
            "wids": sorted(session.directory_roles),
        }
        return self._authority.keys.sign(said)

    def for_application(
        self, tenant: Tenant, application: Application, resource: Resource, audience: str
    ) -> str:
        """Return an access token for an application alone."""
        client_id = application.client_id
        principal = _Principal(
            client_id=client_id,
            object_id=tenant.principal_id(client_id),
            roles=tenant.roles.get((client_id, resource.application_id), frozenset()),
        )
        return self._alone(tenant, audience, principal, {})

    def for_managed_identity(
        self, tenant: Tenant, identity: ManagedIdentity, resource: Resource, audience: str
    ) -> str:
        """Return an access token for a managed identity; one to exchange has its own form."""
        if resource.application_id == TOKEN_EXCHANGE.application_id:
            return self._exchangeable(tenant, identity, audience)
        principal = _Principal(
            client_id=identity.client_id,
            object_id=identity.principal_id,
            roles=tenant.roles.get((identity.client_id, resource.application_id), frozenset()),
        )
        own = self._kept_by_client()
        if identity.resource_id:
            own["xms_mirid"] = identity.resource_id
        return self._alone(tenant, audience, principal, own)

    def id_token(self, session: Session, *, nonce: str, issuer: str, code: str = "") -> str:
        """Return an id token for the application; `issuer` tells its version, too."""
        user, application = session.user, session.application
        # A library reads it by the machine's clock, and who uses the library by its own: where
        # they are not the same it is good by both.
        clocks = (self._authority.client_clock(), self._authority.clock())
        first, last = (int(moment.timestamp()) for moment in sorted(clocks))
        said: Said = {
            "aud": application.client_id,
            "iss": issuer,
            "iat": first,
            "nbf": first,
            "exp": last + self._authority.lifetime_seconds,
            "name": user.name,
            "oid": user.object_id,
            "preferred_username": user.user_principal_name,
            "sub": _pairwise(user.object_id, application.client_id),
            "tid": session.tenant.tenant_id,
            "uti": uuid4().hex,
            "ver": "2.0",
        }
        if nonce:
            said["nonce"] = nonce
        if code:
            said["c_hash"] = _half_hash(code)
        if issuer == self._authority.old_issuer(session.tenant.tenant_id):
            said |= {
                "amr": list(session.sign_in.methods),
                "unique_name": user.user_principal_name,
                "upn": user.user_principal_name,
                "ver": "1.0",
            }
        if application.tells_groups:
            said["groups"] = sorted(session.home.group_id(name) for name in user.groups)
            said["wids"] = sorted(session.directory_roles)
        return self._authority.keys.sign(said)

    def _alone(
        self, tenant: Tenant, audience: str, principal: _Principal, own: Mapping[str, Any]
    ) -> str:
        said = self._common(tenant, audience) | {
            "appid": principal.client_id,
            "appidacr": ASSERTION,
            "idtyp": "app",
            "oid": principal.object_id,
            "sub": principal.object_id,
            **own,
        }
        if principal.roles:
            said["roles"] = sorted(principal.roles)
        return self._authority.keys.sign(said)

    def _kept_by_client(self) -> Said:
        """Return the times of a token that a library keeps, by the clock that it keeps it by."""
        now = int(self._authority.client_clock().timestamp())
        return {"iat": now, "nbf": now, "exp": now + self._authority.lifetime_seconds}

    def _exchangeable(self, tenant: Tenant, identity: ManagedIdentity, audience: str) -> str:
        said = self._common(tenant, audience) | self._kept_by_client()
        said |= {
            "iss": self._authority.exchange_issuer(tenant.tenant_id),
            "azp": identity.client_id,
            "azpacr": ASSERTION,
            "idtyp": "app",
            "oid": identity.principal_id,
            "sub": identity.principal_id,
            "ver": "2.0",
        }
        said["exp"] = said["iat"] + MANAGED_IDENTITY_LIFETIME_SECONDS
        return self._authority.keys.sign(said)

    def _common(self, tenant: Tenant, audience: str) -> Said:
        now = int(self._authority.clock().timestamp())
        return {
            "aud": audience,
            "iss": self._authority.old_issuer(tenant.tenant_id),
            "iat": now,
            "nbf": now,
            "exp": now + self._authority.lifetime_seconds,
            "tid": tenant.tenant_id,
            "uti": uuid4().hex,
            "ver": "1.0",
        }


def _pairwise(object_id: str, whom: str) -> str:
    """Return a subject that is a person's at one service only."""
    return str(uuid5(UUID(object_id), whom))


def _half_hash(code: str) -> str:
    return urlsafe_b64encode(sha256(code.encode()).digest()[:HALF_BYTES]).decode().rstrip("=")
