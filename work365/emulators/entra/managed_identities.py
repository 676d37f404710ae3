"""The endpoint by which an app on App Service or Functions gets its managed identity's tokens.

Source: the documented REST endpoint of App Service, `IDENTITY_ENDPOINT` with `IDENTITY_HEADER`,
api-version 2019-08-01. Its errors are documented by example only.
"""

from collections.abc import Mapping
from secrets import compare_digest
from typing import Any

from work365.emulators.entra.applications import ManagedIdentity
from work365.emulators.entra.authority import Authority
from work365.emulators.entra.errors import EntraRefusal
from work365.emulators.entra.resources import TOKEN_EXCHANGE
from work365.emulators.entra.tokens import MANAGED_IDENTITY_LIFETIME_SECONDS, Tokens

API_VERSION = "2019-08-01"
IDENTITY_PATH = "/msi/token"
NAMES = {"client_id": "client_id", "principal_id": "principal_id", "object_id": "principal_id",
         "mi_res_id": "resource_id"}  # fmt: skip
"""How an identity may be asked for, and what of it that is."""


class IdentityRefused(Exception):
    """A request of the app that is refused."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status

    @property
    def body(self) -> dict[str, Any]:
        """Return the JSON of the answer."""
        return {"statusCode": self.status, "message": str(self)}


class IdentityEndpoint:
    """Gives the tokens of managed identities to the app that knows the header."""

    def __init__(self, authority: Authority, header: str) -> None:
        self._authority = authority
        self._header = header
        self._tokens = Tokens(authority)

    def answer(self, given: Mapping[str, str], header: str) -> dict[str, Any]:
        """Return the JSON of an answer.

        Raises: IdentityRefused.
        """
        if not compare_digest(header.encode(), self._header.encode()):
            raise IdentityRefused(401, "The X-IDENTITY-HEADER is missing or wrong.")
        if given.get("api-version") != API_VERSION:
            raise IdentityRefused(400, f"The api-version is not supported; use {API_VERSION}.")
        named = given.get("resource", "")
        if not named:
            raise IdentityRefused(400, "The parameter 'resource' is missing.")
        identity = self._identity(given)
        directory = self._authority.directory
        tenant = directory.tenants[identity.tenant_id]
        try:
            resource = directory.resource(named, tenant.tenant_id)
        except EntraRefusal as refusal:
            raise IdentityRefused(400, str(refusal)) from refusal
        token = self._tokens.for_managed_identity(tenant, identity, resource, named)
        lifetime = self._authority.lifetime_seconds
        if resource.application_id == TOKEN_EXCHANGE.application_id:
            lifetime = MANAGED_IDENTITY_LIFETIME_SECONDS
        now = int(self._authority.client_clock().timestamp())
        return {
            "access_token": token,
            "client_id": identity.client_id,
            "expires_on": str(now + lifetime),
            "not_before": str(now),
            "resource": named,
            "token_type": "Bearer",
        }

    def _identity(self, given: Mapping[str, str]) -> ManagedIdentity:
        asked = [(part, given[name]) for name, part in NAMES.items() if given.get(name)]
        if not asked:
            raise IdentityRefused(
                400,
                "No managed identity is assigned by the system. Name a user-assigned one by "
                "client_id.",
            )
        for identity in self._authority.directory.managed_identities.values():
            if all(getattr(identity, part).lower() == value.lower() for part, value in asked):
                return identity
        raise IdentityRefused(400, "No User Assigned or Delegated Managed Identity found.")
