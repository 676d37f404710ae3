"""Codes and refresh tokens are redeemed: whether they are still good, and for what.

Source: the AADSTS codes of each way to fail, and the documented rules of refresh tokens: bound to
a person and an application, for any service and any tenant to which both have a right.
"""

from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from work365.emulators.entra.access_tokens import MFA
from work365.emulators.entra.authority import Authority
from work365.emulators.entra.clients import ProvenClient
from work365.emulators.entra.directory import MANY_TENANTS
from work365.emulators.entra.errors import (
    EntraRefusal,
    mfa_needed,
    missing_parameter,
    no_consent,
)
from work365.emulators.entra.grants import REFRESH_TOKEN_LIFE, Code, SignIn
from work365.emulators.entra.resources import DEFAULT
from work365.emulators.entra.scopes import Target
from work365.emulators.entra.tenants import User
from work365.emulators.entra.tokens import Session


@dataclass(frozen=True, kw_only=True)
class Redeemed:
    """What a code or a refresh token was good for."""

    session: Session
    scopes: tuple[str, ...] = ()
    resource: str = ""
    nonce: str = ""
    is_refreshed: bool = False


class Redemption:
    """Redeems what was handed out."""

    def __init__(self, authority: Authority) -> None:
        self._authority = authority
        self._directory = authority.directory

    def of_code(self, form: Mapping[str, str], tenant: str, client: ProvenClient) -> Redeemed:
        """Return what a code is good for, which it is once.

        Raises: EntraRefusal.
        """
        if not form.get("code"):
            raise missing_parameter("code")
        code = self._authority.grants.codes.get(form["code"])
        if code is None:
            raise EntraRefusal("invalid_grant", 70000, "Provided grant is invalid or malformed.")
        if code.is_used:
            raise EntraRefusal(
                "invalid_grant",
                54005,
                "OAuth2 Authorization code was already redeemed, please retry with a new valid "
                "code or use an existing refresh token.",
            )
        self._check_client(code.sign_in, client)
        code.is_used = True
        self._check_code(code, form)
        session = self._session(code.sign_in, tenant, client)
        self._check_not_revoked(session.user, code.number, code.sign_in.at)
        return Redeemed(
            session=session, scopes=code.scopes, resource=code.resource, nonce=code.nonce
        )

    def of_refresh_token(
        self, form: Mapping[str, str], tenant: str, client: ProvenClient
    ) -> Redeemed:
        """Return what a refresh token is good for.

        Raises: EntraRefusal.
        """
        if not form.get("refresh_token"):
            raise missing_parameter("refresh_token")
        grant = self._authority.grants.refresh_tokens.get(form["refresh_token"])
        if grant is None:
            raise EntraRefusal(
                "invalid_grant",
                70000,
                "The provided value for the input parameter 'refresh_token' or 'assertion' is "
                "not valid.",
            )
        self._check_client(grant.sign_in, client)
        _, user = self._directory.person(grant.sign_in.user_id)
        self._check_not_revoked(user, grant.number, grant.issued_at)
        if grant.expires_at <= self._authority.clock():
            raise EntraRefusal(
                "invalid_grant",
                700082,
                "The refresh token has expired due to inactivity. The token was issued on "
                f"{_precise(grant.issued_at)} and was inactive for "
                f"{REFRESH_TOKEN_LIFE.days}.00:00:00.",
                suberror="bad_token",
            )
        return Redeemed(session=self._session(grant.sign_in, tenant, client), is_refreshed=True)

    def granted(self, session: Session, target: Target) -> frozenset[str]:
        """Return the scopes that a token for a service has, which are all consented to.

        Raises: EntraRefusal 650052, 65001, 50076 or 50079.
        """
        tenant, resource = session.tenant, target.resource
        self._directory.check_service_principal(tenant, resource)
        application = session.application
        granted = tenant.consented(
            application.client_id, resource.application_id, session.user.object_id
        )
        if not target.names:
            granted |= {"openid", "profile"}
        if not granted or not target.names - {DEFAULT} <= granted:
            raise no_consent(application.client_id, application.name)
        if (
            resource.application_id in tenant.requires_mfa_for
            and MFA not in session.sign_in.methods
        ):
            raise mfa_needed(resource.application_id, is_registered=session.user.does_mfa)
        return granted

    def _session(self, sign_in: SignIn, tenant_name: str, client: ProvenClient) -> Session:
        home, user = self._directory.person(sign_in.user_id)
        tenant = home if tenant_name in MANY_TENANTS else self._directory.tenant(tenant_name)
        check_enabled(user)
        roles = self._directory.roles_at(tenant, home, user)
        if roles is None:
            raise nobody_here(user, tenant.name, tenant.tenant_id)
        return Session(
            tenant=tenant,
            home=home,
            user=user,
            application=client.application,
            sign_in=sign_in,
            directory_roles=roles,
            proof=client.proof,
        )

    @staticmethod
    def _check_client(sign_in: SignIn, client: ProvenClient) -> None:
        if sign_in.client_id != client.application.client_id:
            raise EntraRefusal(
                "invalid_grant", 700007, "The grant was issued for a different client id."
            )

    def _check_code(self, code: Code, form: Mapping[str, str]) -> None:
        if code.expires_at <= self._authority.clock():
            raise EntraRefusal(
                "invalid_grant",
                70008,
                "The provided authorization code or refresh token has expired due to inactivity. "
                "Send a new interactive authorization request for this user and resource.",
            )
        redirect = form.get("redirect_uri", "")
        if redirect != code.redirect_uri:
            raise EntraRefusal(
                "invalid_client",
                500112,
                f"The reply address '{redirect}' does not match the reply address "
                f"'{code.redirect_uri}' provided when requesting Authorization code.",
            )
        verifier = form.get("code_verifier", "")
        if (code.challenge or verifier) and code.challenge != challenge_of(verifier):
            raise EntraRefusal(
                "invalid_grant",
                501481,
                "The Code_Verifier does not match the code_challenge supplied in the "
                "authorization request.",
            )

    @staticmethod
    def _check_not_revoked(user: User, number: int, issued_at: datetime) -> None:
        if number <= user.revoked_through and user.revoked_at is not None:
            raise EntraRefusal(
                "invalid_grant",
                50173,
                "The provided grant has expired due to it being revoked, a fresh auth token is "
                "needed. The user might have changed or reset their password. The grant was "
                f"issued on '{_precise(issued_at)}' and the TokensValidFrom date (before which "
                f"tokens are not valid) for this user is '{_precise(user.revoked_at)}'.",
                suberror="bad_token",
            )


def challenge_of(verifier: str) -> str:
    """Return the S256 challenge of a verifier. Source: RFC 7636."""
    return urlsafe_b64encode(sha256(verifier.encode()).digest()).decode().rstrip("=")


def check_enabled(user: User) -> None:
    """See that someone's account is not closed.

    Raises: EntraRefusal 50057.
    """
    if not user.is_enabled:
        raise EntraRefusal(
            "invalid_grant",
            50057,
            "The user account is disabled. The account has been disabled by an administrator.",
        )


def nobody_here(user: User, tenant_name: str, tenant_id: str) -> EntraRefusal:
    """Say that someone is nobody in a tenant."""
    return EntraRefusal(
        "invalid_grant",
        50020,
        f"User account '{user.user_principal_name}' from identity provider does not exist in "
        f"tenant '{tenant_name}' and cannot access the application in that tenant. The account "
        f"needs to be added as an external user in the tenant '{tenant_id}' first.",
    )


def _precise(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%f0Z")
