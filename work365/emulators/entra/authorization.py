"""Requests of the authorization endpoint: what a browser was sent here for.

Source: the documented parameters of `authorize` in both versions and of `adminconsent`. A request
whose application or redirect address is unknown is shown an error; any other error is told to
the application at that address.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from work365.emulators.entra.access_tokens import MFA
from work365.emulators.entra.applications import Application
from work365.emulators.entra.claims_parameter import check_claims
from work365.emulators.entra.directory import MANY_TENANTS, Directory
from work365.emulators.entra.errors import (
    EntraRefusal,
    NotEmulated,
    missing_parameter,
    unknown_application,
)
from work365.emulators.entra.resources import DEFAULT
from work365.emulators.entra.scopes import Target, read_scopes

CODE, ID_TOKEN = "code", "id_token"
QUERY, FORM_POST = "query", "form_post"
ADMIN_CONSENT = "admin_consent"
PROMPTS = ("", "none", "login", "select_account", "consent", ADMIN_CONSENT)
S256 = "S256"
NOT_EMULATED = ("max_age", "request", "id_token_hint", "request_uri")


class ToldToApplication(Exception):
    """A refusal that the application is told at its redirect address."""

    def __init__(self, request: "AuthorizationRequest", refusal: EntraRefusal) -> None:
        super().__init__(str(refusal))
        self.request = request
        self.refusal = refusal


@dataclass(frozen=True, kw_only=True)
class AuthorizationRequest:
    """A request that came with a browser."""

    tenant: str
    """As the address has it."""

    root: str
    """Of the addresses by which the emulator is reached."""

    application: Application
    redirect_uri: str
    is_old: bool
    is_admin_consent: bool
    """Whether it is for a consent only, without a code."""

    given: Mapping[str, str]

    @property
    def state(self) -> str:
        """Return what the application is to get back."""
        return self.given.get("state", "")

    @property
    def nonce(self) -> str:
        """Return what an id token is to have."""
        return self.given.get("nonce", "")

    @property
    def prompt(self) -> str:
        """Return what the person is to be asked in any case."""
        return self.given.get("prompt", "")

    @property
    def scopes(self) -> tuple[str, ...]:
        """Return the scopes as they are written."""
        return tuple(self.given.get("scope", "").split())

    @property
    def wants_id_token(self) -> bool:
        """Tell whether an id token is to come with the code."""
        return ID_TOKEN in self.given.get("response_type", "").split()

    @property
    def response_mode(self) -> str:
        """Return how the answer gets to the application."""
        return self.given.get("response_mode") or QUERY

    @property
    def is_for_everyone(self) -> bool:
        """Tell whether an administrator is to consent for the whole tenant."""
        return self.is_admin_consent or self.prompt == ADMIN_CONSENT

    @property
    def wants_mfa(self) -> bool:
        """Tell whether a second factor is asked for."""
        return MFA in (self.given.get("amr_values", ""), _claimed_method(self.given))

    def targets(self, directory: Directory) -> tuple[Target, ...]:
        """Return the services that are asked for.

        Raises: EntraRefusal.
        """
        scopes = self.scopes
        if self.is_old:
            resource = self.given.get("resource", "")
            scopes = (f"{resource}/{DEFAULT}",) if resource else ()
        return read_scopes(scopes, directory, self.tenant)


def read_request(
    directory: Directory, *, tenant: str, root: str, given: Mapping[str, str], kind: str
) -> AuthorizationRequest:
    """Return a request of the kind `authorize`, `old authorize` or `adminconsent`.

    Raises: EntraRefusal: to be shown. ToldToApplication: to be told. NotEmulated.
    """
    if tenant not in MANY_TENANTS:
        directory.tenant(tenant)
    for name in ("client_id", "redirect_uri"):
        if not given.get(name):
            raise missing_parameter(name)
    application = directory.application(given["client_id"], tenant)
    if given["redirect_uri"] not in application.redirect_uris:
        raise EntraRefusal(
            "invalid_request",
            50011,
            f"The redirect URI '{given['redirect_uri']}' specified in the request does not match "
            f"the redirect URIs configured for the application '{application.client_id}'. Make "
            "sure the redirect URI sent in the request matches one added to your application in "
            "the Azure portal.",
        )
    _check_tenant(directory, application, tenant)
    request = AuthorizationRequest(
        tenant=tenant,
        root=root,
        application=application,
        redirect_uri=given["redirect_uri"],
        is_old=kind == "old authorize",
        is_admin_consent=kind == "adminconsent",
        given=dict(given),
    )
    if not request.is_admin_consent:
        _check(request)
    return request


def _check_tenant(directory: Directory, application: Application, tenant: str) -> None:
    if application.is_multi_tenant:
        return
    if tenant in MANY_TENANTS:
        raise EntraRefusal(
            "invalid_request",
            50194,
            f"Application '{application.client_id}'({application.name}) is not configured as a "
            "multi-tenant application. Usage of the /common endpoint is not supported for such "
            "apps created after '10/15/2018'. Use a tenant-specific endpoint or configure the "
            "application to be multi-tenant.",
        )
    if directory.tenant(tenant).tenant_id != application.home_tenant_id:
        raise unknown_application(application.client_id, tenant)


def _check(request: AuthorizationRequest) -> None:
    """See that a request is one that can be answered, and tell the application if not."""
    try:
        _check_response(request)
        _check_challenge(request.given)
        _check_prompt(request)
        if not request.is_old and not request.scopes:
            raise missing_parameter("scope")
        if not _claimed_method(request.given):
            check_claims(request.given.get("claims", ""))
    except EntraRefusal as refusal:
        raise ToldToApplication(request, refusal) from refusal
    for name in NOT_EMULATED:
        if request.given.get(name):
            raise NotEmulated(f"the parameter '{name}' of an authorization request")


def _check_response(request: AuthorizationRequest) -> None:
    kinds = set(request.given.get("response_type", "").split())
    if not kinds:
        raise missing_parameter("response_type")
    if CODE not in kinds or kinds - {CODE, ID_TOKEN}:
        raise NotEmulated(f"the response type '{' '.join(sorted(kinds))}'")
    if request.response_mode not in (QUERY, FORM_POST):
        raise NotEmulated(f"the response mode '{request.response_mode}'")
    if not request.wants_id_token:
        return
    if not request.application.gives_id_tokens:
        raise EntraRefusal(
            "unsupported_response_type",
            700054,
            "response_type 'id_token' is not enabled for the application.",
        )
    if request.response_mode == QUERY:
        raise EntraRefusal(
            "invalid_request",
            70007,
            "'query' is not a supported value of 'response_mode' when requesting a token.",
        )
    if not request.nonce:
        raise missing_parameter("nonce")


def _check_challenge(given: Mapping[str, str]) -> None:
    if given.get("code_challenge") and given.get("code_challenge_method") != S256:
        raise NotEmulated("a code challenge by another method than S256")


def _check_prompt(request: AuthorizationRequest) -> None:
    if request.prompt not in PROMPTS:
        raise EntraRefusal(
            "invalid_request", 90023, f"Unsupported 'prompt' value '{request.prompt}'."
        )
    if request.prompt == "none":
        raise EntraRefusal(
            "login_required",
            50058,
            "A silent sign-in request was sent but no user is signed in.",
        )


def _claimed_method(given: Mapping[str, str]) -> str:
    """Return the method that the `claims` of a request want of a sign-in."""
    try:
        wanted = json.loads(given.get("claims") or "{}")
        values = wanted.get("id_token", {}).get("amr", {}).get("values", [])
    except (ValueError, AttributeError):
        return ""
    return MFA if values == [MFA] else ""
