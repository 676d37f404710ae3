"""Access tokens: the endpoint that gives them for client credentials, and what they say.

It stands in for Entra as far as a service without a person signs in. A token looks like a JWT
and is signed by nobody. It expires by the emulator's clock. Any secret will do, unless the
application was given one of its own.

Source: the documented flow of client credentials, its error codes AADSTS7000215, 7000216,
70003, 70011 and 700016, and the claims of an application's token.
"""

import binascii
import json
from base64 import b64decode, urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, unquote_plus
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from work365.emulators.dataverse.clock import Clock, moment_text
from work365.emulators.dataverse.values import GUID

LIFETIME_SECONDS = 3_599
CLIENT_CREDENTIALS = "client_credentials"
JWT_PARTS = 3
DEFAULT_SCOPE = "/.default"
ISSUER = "https://sts.windows.net/{tenant}/"

Claims = dict[str, Any]


class SignInRefused(Exception):
    """A request for a token that is refused, in Entra's words."""

    def __init__(self, status: int, error: str, code: int, description: str) -> None:
        super().__init__(description)
        self.status = status
        self.error = error
        self.code = code
        self.description = description


class Tokens:
    """Gives tokens."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.lifetime_seconds = LIFETIME_SECONDS
        self.secrets: dict[str, str] = {}
        """By application id, those that have a secret of their own."""

    def reset(self) -> None:
        """Be as at the beginning."""
        self.lifetime_seconds = LIFETIME_SECONDS
        self.secrets = {}

    def routes(self) -> list[Route]:
        """Return the endpoints of every tenant."""
        return [
            Route("/{tenant}/oauth2/v2.0/token", self._token, methods=["POST"]),
            Route("/{tenant}/oauth2/token", self._token, methods=["POST"]),
            Route("/{tenant}/v2.0/.well-known/openid-configuration", self._configuration),
            Route("/{tenant}/.well-known/openid-configuration", self._configuration),
        ]

    def issue(self, tenant: str, form: Mapping[str, str]) -> Claims:
        """Return the answer to a request for a token.

        Raises: SignInRefused.
        """
        grant = form.get("grant_type", "")
        if grant != CLIENT_CREDENTIALS:
            raise SignInRefused(
                400,
                "unsupported_grant_type",
                70003,
                f"The app requested an unsupported grant type '{grant}'.",
            )
        application_id = form.get("client_id", "").lower()
        if not GUID.fullmatch(application_id):
            raise SignInRefused(
                400,
                "unauthorized_client",
                700016,
                f"Application with identifier '{application_id}' was not found in the "
                f"directory '{tenant}'.",
            )
        self._check_secret(application_id, form)
        return self._answer(tenant, application_id, _resource(form))

    def _check_secret(self, application_id: str, form: Mapping[str, str]) -> None:
        given = form.get("client_secret") or form.get("client_assertion")
        if not given:
            raise SignInRefused(
                401,
                "invalid_client",
                7000216,
                "'client_assertion', 'client_secret' or 'request' is required for the "
                "'client_credentials' grant type.",
            )
        expected = self.secrets.get(application_id)
        if expected is not None and given != expected:
            raise SignInRefused(
                401,
                "invalid_client",
                7000215,
                "Invalid client secret provided. Ensure the secret being sent in the request is "
                f"the client secret value, for a secret added to app '{application_id}'.",
            )

    def _answer(self, tenant: str, application_id: str, resource: str) -> Claims:
        now = self._clock.now()
        claims = {
            "aud": resource,
            "iss": ISSUER.format(tenant=tenant),
            "iat": int(now.timestamp()),
            "nbf": int(now.timestamp()),
            "exp": int((now + timedelta(seconds=self.lifetime_seconds)).timestamp()),
            "appid": application_id,
            "idtyp": "app",
            "tid": tenant,
            "uti": uuid4().hex,
            "ver": "1.0",
        }
        return {
            "token_type": "Bearer",
            "expires_in": self.lifetime_seconds,
            "ext_expires_in": self.lifetime_seconds,
            "access_token": _encoded(claims),
        }

    async def _token(self, request: Request) -> JSONResponse:
        body = (await request.body()).decode("utf-8", errors="replace")
        tenant = request.path_params["tenant"]
        try:
            form = dict(parse_qsl(body)) | _basic(request.headers.get("authorization", ""))
            return JSONResponse(self.issue(tenant, form))
        except SignInRefused as refusal:
            trace_id = str(uuid4())
            shown = {
                "error": refusal.error,
                "error_description": f"AADSTS{refusal.code}: {refusal.description} "
                f"Trace ID: {trace_id}",
                "error_codes": [refusal.code],
                "timestamp": moment_text(self._clock.now()).replace("T", " "),
                "trace_id": trace_id,
                "correlation_id": str(uuid4()),
            }
            return JSONResponse(shown, status_code=refusal.status)

    @staticmethod
    async def _configuration(request: Request) -> JSONResponse:
        tenant = request.path_params["tenant"]
        root = f"{request.url.scheme}://{request.url.netloc}/{tenant}"
        return JSONResponse(
            {
                "issuer": f"{root}/v2.0",
                "token_endpoint": f"{root}/oauth2/v2.0/token",
                "authorization_endpoint": f"{root}/oauth2/v2.0/authorize",
                "token_endpoint_auth_methods_supported": [
                    "client_secret_post",
                    "client_secret_basic",
                    "private_key_jwt",
                ],
                "response_types_supported": ["code"],
                "subject_types_supported": ["pairwise"],
            }
        )


def _resource(form: Mapping[str, str]) -> str:
    """Return for which environment a token is asked, by scope or by the older `resource`."""
    scope = form.get("scope", "")
    if scope.endswith(DEFAULT_SCOPE):
        return scope.removesuffix(DEFAULT_SCOPE)
    if not scope and form.get("resource"):
        return form["resource"]
    raise SignInRefused(
        400,
        "invalid_scope",
        70011,
        f"The provided value for the input parameter 'scope' is not valid. The scope {scope} "
        f"is not valid; client credentials ask for '<resource>{DEFAULT_SCOPE}'.",
    )


def _basic(header: str) -> dict[str, str]:
    """Return the client and its secret where they are in the header instead of the form."""
    kind, _, encoded = header.partition(" ")
    if kind.lower() != "basic":
        return {}
    try:
        text = b64decode(encoded, validate=True).decode()
    except ValueError as error:
        raise SignInRefused(
            400, "invalid_request", 900144, "The Authorization header is not valid."
        ) from error
    client, _, secret = text.partition(":")
    return {"client_id": unquote_plus(client), "client_secret": unquote_plus(secret)}


def _encoded(claims: Claims) -> str:
    parts = ({"typ": "JWT", "alg": "none"}, claims)
    texts = [urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts]
    return ".".join([*texts, "unsigned"])


def claims_of(token: str) -> Claims | None:
    """Return what a token says, or nothing where it is none that can be read."""
    parts = token.split(".")
    if len(parts) != JWT_PARTS:
        return None
    payload = parts[1] + "=" * (-len(parts[1]) % 4)
    try:
        claims = json.loads(urlsafe_b64decode(payload))
    except (ValueError, binascii.Error):
        return None
    return claims if isinstance(claims, dict) else None
