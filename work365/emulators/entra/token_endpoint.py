"""The token endpoint of both versions: who asks, with what grant, for which service.

Source: the documented grants `client_credentials`, `authorization_code` and `refresh_token`; the
answers of the first version are all texts.
"""

import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from work365.emulators.entra.authority import Authority
from work365.emulators.entra.claims_parameter import check_claims
from work365.emulators.entra.clients import Clients, ProvenClient
from work365.emulators.entra.directory import MANY_TENANTS
from work365.emulators.entra.errors import (
    EntraRefusal,
    missing_parameter,
    unknown_resource,
)
from work365.emulators.entra.redemption import Redeemed, Redemption
from work365.emulators.entra.resources import DEFAULT
from work365.emulators.entra.scopes import Target, one_target, read_scopes
from work365.emulators.entra.tokens import Session, Tokens

Answer = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A request for a token."""

    tenant: str
    """As the address has it."""

    form: Mapping[str, str]
    root: str
    """Of the addresses by which the emulator is reached."""

    is_old: bool
    """Whether it is of the first version, which has `resource` in place of `scope`."""

    @property
    def audiences(self) -> frozenset[str]:
        """Return whom an assertion may be made for."""
        base = f"{self.root}/{self.tenant}"
        return frozenset(
            {base, f"{base}/", f"{base}/v2.0", f"{base}/oauth2/token", f"{base}/oauth2/v2.0/token"}
        )


class TokenEndpoint:
    """Answers requests for tokens."""

    def __init__(self, authority: Authority) -> None:
        self._authority = authority
        self._directory = authority.directory
        self._tokens = Tokens(authority)
        self._clients = Clients(authority)
        self._redemption = Redemption(authority)

    def answer(self, asked: Asked) -> Answer:
        """Return the JSON of an answer.

        Raises: EntraRefusal, NotEmulated.
        """
        grant = asked.form.get("grant_type", "")
        if not grant:
            raise missing_parameter("grant_type")
        answers = {
            "client_credentials": self._for_application,
            "authorization_code": self._for_code,
            "refresh_token": self._for_refresh_token,
        }
        if grant not in answers:
            raise EntraRefusal(
                "unsupported_grant_type",
                70003,
                f"The app requested an unsupported grant type '{grant}'.",
            )
        check_claims(asked.form.get("claims", ""))
        if asked.tenant not in MANY_TENANTS:
            self._directory.tenant(asked.tenant)
        client = self._clients.proven(asked.form, asked.tenant, asked.audiences)
        return answers[grant](asked, client)

    def _for_application(self, asked: Asked, client: ProvenClient) -> Answer:
        if asked.tenant in MANY_TENANTS:
            raise EntraRefusal(
                "invalid_request",
                50059,
                "No tenant-identifying information found in either the request or implied by any "
                "provided credentials.",
            )
        tenant = self._directory.tenant(asked.tenant)
        application = client.application
        if application.client_id not in tenant.service_principals:
            raise EntraRefusal(
                "invalid_client",
                7000229,
                f"The client application {application.client_id} is missing service principal in "
                f"the tenant {tenant.tenant_id}.",
                status=401,
            )
        audience = _application_audience(asked)
        resource = self._directory.resource(audience, tenant.tenant_id)
        if resource.application_id not in tenant.service_principals:
            raise unknown_resource(audience, tenant.tenant_id)
        token = self._tokens.for_application(tenant, application, resource, audience)
        answer = self._begun(token)
        return _old(answer, audience, self._now()) if asked.is_old else answer

    def _for_code(self, asked: Asked, client: ProvenClient) -> Answer:
        return self._for_person(asked, self._redemption.of_code(asked.form, asked.tenant, client))

    def _for_refresh_token(self, asked: Asked, client: ProvenClient) -> Answer:
        redeemed = self._redemption.of_refresh_token(asked.form, asked.tenant, client)
        return self._for_person(asked, redeemed)

    def _for_person(self, asked: Asked, redeemed: Redeemed) -> Answer:
        session = redeemed.session
        scopes, target = self._target(asked, redeemed)
        granted = self._redemption.granted(session, target)
        audience = target.audience
        answer = self._begun(self._tokens.for_person(session, audience, granted))
        openid = [scope for scope in scopes if scope in ("openid", "profile", "email")]
        issuer = f"{asked.root}/{session.tenant.tenant_id}/v2.0"
        if asked.is_old:
            issuer = self._authority.old_issuer(session.tenant.tenant_id)
            answer["scope"] = " ".join(sorted(granted))
        else:
            default = [f"{audience}/{DEFAULT}"] if DEFAULT in target.names else []
            shown = [f"{audience}/{name}" for name in sorted(granted) if name in target.known]
            answer["scope"] = " ".join([*openid, *shown, *default])
        if asked.is_old or "offline_access" in scopes or redeemed.is_refreshed:
            now = self._authority.clock()
            answer["refresh_token"] = self._authority.grants.add_refresh_token(session.sign_in, now)
        if asked.is_old or "openid" in scopes:
            answer["id_token"] = self._tokens.id_token(session, nonce=redeemed.nonce, issuer=issuer)
        if asked.form.get("client_info") == "1":
            answer["client_info"] = _client_info(session)
        return _old(answer, audience, self._now()) if asked.is_old else answer

    def _target(self, asked: Asked, redeemed: Redeemed) -> tuple[tuple[str, ...], Target]:
        tenant = redeemed.session.tenant.tenant_id
        if asked.is_old:
            named = asked.form.get("resource") or redeemed.resource
            if not named:
                raise missing_parameter("resource")
            scopes: tuple[str, ...] = (f"{named}/{DEFAULT}",)
        else:
            scopes = tuple(asked.form.get("scope", "").split()) or redeemed.scopes
        return scopes, one_target(read_scopes(scopes, self._directory, tenant), scopes)

    def _begun(self, token: str) -> Answer:
        lifetime = self._authority.lifetime_seconds
        return {
            "token_type": "Bearer",
            "expires_in": lifetime,
            "ext_expires_in": lifetime,
            "access_token": token,
        }

    def _now(self) -> int:
        return int(self._authority.client_clock().timestamp())


def _application_audience(asked: Asked) -> str:
    """Return the service that an application wants a token for."""
    if asked.is_old:
        if not asked.form.get("resource"):
            raise missing_parameter("resource")
        return asked.form["resource"]
    scope = asked.form.get("scope", "")
    if not scope:
        raise missing_parameter("scope")
    audience, _, name = scope.rpartition("/")
    if name != DEFAULT or " " in scope:
        raise EntraRefusal(
            "invalid_scope",
            1002012,
            f"The provided value for scope {scope} is not valid. Client credential flows must "
            "have a scope value with /.default suffixed to the resource identifier (application "
            "ID URI).",
        )
    return audience


def _old(answer: Answer, resource: str, now: int) -> Answer:
    """Return an answer as the first version has it: all texts, and moments beside lengths."""
    expires_in = int(answer["expires_in"])
    shown = {name: str(value) for name, value in answer.items()}
    return shown | {
        "expires_on": str(now + expires_in),
        "not_before": str(now),
        "resource": resource,
    }


def _client_info(session: Session) -> str:
    said = {"uid": session.user.object_id, "utid": session.home.tenant_id}
    return urlsafe_b64encode(json.dumps(said).encode()).decode().rstrip("=")
