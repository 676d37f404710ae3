"""The emulator as a web application: Entra's endpoints, and those that control it."""

from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl
from uuid import uuid4

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from work365.emulators.entra.authority import CLOUD, Authority, Clock, TokenRequest
from work365.emulators.entra.authorization import ToldToApplication, read_request
from work365.emulators.entra.clients import with_basic
from work365.emulators.entra.control import control_routes
from work365.emulators.entra.directory import Directory
from work365.emulators.entra.discovery import instances, openid_configuration
from work365.emulators.entra.errors import EntraRefusal, NotEmulated
from work365.emulators.entra.managed_identities import (
    IDENTITY_PATH,
    IdentityEndpoint,
    IdentityRefused,
)
from work365.emulators.entra.pages import Pages
from work365.emulators.entra.replies import told
from work365.emulators.entra.sign_in import SignIns
from work365.emulators.entra.token_endpoint import Asked, TokenEndpoint

LOCAL_IDENTITY_HEADER = "header-of-this-machine"
NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}
OVER = "This sign-in is over. Go back to the application and begin again."


def create_app(
    directory: Directory,
    *,
    clock: Clock,
    client_clock: Clock | None = None,
    identity_header: str = LOCAL_IDENTITY_HEADER,
    cloud: str = CLOUD,
) -> Starlette:
    """Return the emulator over a directory; `app.state.authority` is what it consists of.

    `clock` is the time of everything here (UTC). `client_clock` is the one that clients live by
    where it is another: a library that signs an assertion, checks an id token or keeps a token
    by the machine's clock. `identity_header` is what the app shows to get tokens of managed
    identities, and `cloud` the root of the issuer that their tokens name.
    """
    authority = Authority(
        directory=directory, clock=clock, client_clock=client_clock or clock, cloud=cloud
    )
    endpoints = _Endpoints(authority, identity_header)
    app = Starlette(
        routes=[
            *control_routes(authority),
            *endpoints.routes(),
        ]
    )
    app.state.authority = authority
    return app


class _Endpoints:
    """Turns HTTP requests into what the parts understand, one at a time."""

    def __init__(self, authority: Authority, identity_header: str) -> None:
        self._authority = authority
        self._tokens = TokenEndpoint(authority)
        self._identities = IdentityEndpoint(authority, identity_header)
        self._sign_ins = SignIns(authority)
        self._pages = Pages(self._sign_ins)

    def routes(self) -> list[Route]:
        """Return Entra's routes."""
        well_known = ".well-known/openid-configuration"
        return [
            Route(IDENTITY_PATH, self.identity),
            Route("/common/discovery/instance", self.instance),
            Route("/_sign-in/{visit}", self.step, methods=["POST"]),
            Route(f"/{{tenant}}/v2.0/{well_known}", self.configuration),
            Route(f"/{{tenant}}/{well_known}", self.configuration),
            Route("/{tenant}/discovery/v2.0/keys", self.keys),
            Route("/{tenant}/discovery/keys", self.keys),
            Route("/{tenant}/oauth2/v2.0/token", self.token, methods=["POST"]),
            Route("/{tenant}/oauth2/token", self.token, methods=["POST"]),
            Route("/{tenant}/oauth2/v2.0/authorize", self.authorize),
            Route("/{tenant}/oauth2/authorize", self.authorize),
            Route("/{tenant}/adminconsent", self.authorize),
            Route("/{tenant}/v2.0/adminconsent", self.authorize),
        ]

    async def configuration(self, request: Request) -> Response:
        """Answer OpenID discovery."""
        is_old = "/v2.0/" not in request.url.path
        try:
            with self._authority.directory.lock:
                found = openid_configuration(
                    self._authority,
                    tenant=request.path_params["tenant"],
                    root=_root(request),
                    is_old=is_old,
                )
        except EntraRefusal as refusal:
            body = self._refused(request, refusal) | {"error": "invalid_tenant"}
            return JSONResponse(body, status_code=refusal.status)
        return JSONResponse(found)

    async def instance(self, request: Request) -> Response:
        """Answer instance discovery."""
        found = instances(_root(request), request.query_params.get("authorization_endpoint", ""))
        return JSONResponse(found, status_code=400 if "error" in found else 200)

    async def keys(self, _request: Request) -> Response:
        """Answer with the key set."""
        return JSONResponse(self._authority.keys.key_set())

    async def token(self, request: Request) -> Response:
        """Answer a request for a token."""
        body = (await request.body()).decode("utf-8", errors="replace")
        form = dict(parse_qsl(body, keep_blank_values=True))
        asked = Asked(
            tenant=request.path_params["tenant"],
            form=form,
            root=_root(request),
            is_old="/v2.0/" not in request.url.path,
        )
        code, status = 0, 200
        with self._authority.directory.lock:
            try:
                form.update(with_basic(form, request.headers.get("authorization", "")))
                answer = self._tokens.answer(asked)
            except EntraRefusal as refusal:
                code, status = refusal.code, refusal.status
                answer = self._refused(request, refusal)
            except NotEmulated as missing:
                code = status = 501
                answer = _not_emulated(missing)
            self._authority.requests.append(_noted(asked, self._authority.clock(), code))
        return JSONResponse(answer, status_code=status, headers=NO_STORE)

    async def identity(self, request: Request) -> Response:
        """Answer the app's request for a token of a managed identity."""
        header = request.headers.get("x-identity-header", "")
        try:
            with self._authority.directory.lock:
                answer = self._identities.answer(request.query_params, header)
        except IdentityRefused as refusal:
            return JSONResponse(refusal.body, status_code=refusal.status)
        return JSONResponse(answer, headers=NO_STORE)

    async def authorize(self, request: Request) -> Response:
        """Begin a sign-in."""
        kind = "authorize" if "/v2.0/" in request.url.path else "old authorize"
        if request.url.path.endswith("/adminconsent"):
            kind = "adminconsent"
        with self._authority.directory.lock:
            try:
                read = read_request(
                    self._authority.directory,
                    tenant=request.path_params["tenant"],
                    root=_root(request),
                    given=request.query_params,
                    kind=kind,
                )
            except ToldToApplication as error:
                reply = told(error.request, error.refusal, self._authority.clock())
                return self._pages.reply(reply)
            except EntraRefusal as refusal:
                return self._pages.error(str(refusal), status=refusal.status)
            except NotEmulated as missing:
                return self._pages.error(_not_emulated(missing)["error_description"], status=501)
            return self._pages.visit(self._sign_ins.begin(read))

    async def step(self, request: Request) -> Response:
        """Take a step of a sign-in."""
        form = dict(parse_qsl((await request.body()).decode("utf-8", errors="replace")))
        with self._authority.directory.lock:
            visit = self._sign_ins.visit(request.path_params["visit"])
            if visit is None:
                return self._pages.error(OVER, status=400, heading="Too late")
            reply = self._sign_ins.go_on(visit, form)
            return self._pages.reply(reply) if reply else self._pages.visit(visit)

    def _refused(self, request: Request, refusal: EntraRefusal) -> dict[str, Any]:
        return refusal.body(
            self._authority.clock(),
            correlation_id=request.headers.get("client-request-id") or str(uuid4()),
            root=_root(request),
        )


def _root(request: Request) -> str:
    return f"{request.url.scheme}://{request.url.netloc}"


def _not_emulated(missing: NotEmulated) -> dict[str, Any]:
    return {
        "error": "not_emulated",
        "error_description": f"This emulator of Entra does not do {missing}.",
    }


def _noted(asked: Asked, now: datetime, code: int) -> TokenRequest:
    return TokenRequest(
        at=now,
        tenant=asked.tenant,
        client_id=asked.form.get("client_id", ""),
        grant=asked.form.get("grant_type", ""),
        asked=asked.form.get("scope") or asked.form.get("resource", ""),
        code=code,
    )
