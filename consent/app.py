"""The consent pages: the link, the way to Microsoft, and the way back."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import FastAPI, Form, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from consent.attempts import COOKIE, LASTS, AttemptUnknown, PendingSignIn, kept_in
from consent.guards import LOOKS_A_MINUTE_MAX, CarefulHeaders, SmallBodies, Turnstile
from consent.pages import STYLE, page
from work365.errors import Refusal, Unavailable, Work365Error
from work365.ports.consent import ConsentLinkRefused
from work365.ports.secrets import Secret
from work365.usecases.complete_consent import (
    Parts,
    complete_consent,
    open_link,
    partner_tenant_of,
)
from work365.usecases.request_consent import hash_of

ERROR_LENGTH_MAX = 300

CANCELLED = "access_denied"
"""OAuth's word for a user who said no. Source: RFC 6749, 4.1.2.1."""


@dataclass(frozen=True, slots=True)
class Feature:
    """Something the product does with Microsoft, in words."""

    name: str
    needs_delegated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What the pages work with."""

    parts: Callable[[], Parts]
    """Made for each request, so that a page can be shown where something is not set up."""
    clock: Callable[[], datetime]
    draw: Callable[[], Secret]
    """Returns a secret of at least 43 characters that nobody can guess."""
    address: str
    """Where the pages are, as browsers see it, without a slash at its end."""
    sign_in_address: str
    """Microsoft Entra's."""
    features: Sequence[Feature]
    is_token_kept: bool
    """Whether there is a vault; otherwise a token lives as long as the process."""

    @property
    def redirect(self) -> str:
        """Where Microsoft sends the browser back to."""
        return f"{self.address}/callback"


class SaidAtMicrosoft(Refusal):
    """Microsoft sent the browser back without a code."""

    code = "consent_not_given"


class NotHere(Refusal):
    """An address or a form that is none of ours."""

    code = "no_such_page"


class TooMany(Unavailable):
    """More sign-ins are tried than people could."""

    code = "too_many_sign_ins"


def create_app(desk: Desk) -> FastAPI:
    """Return the consent pages, to be put where `desk.address` says."""
    app = FastAPI(
        title="Work 365 consent",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        # They would go to whatever host the request names.
        redirect_slashes=False,
    )
    parts = urlsplit(desk.sign_in_address)
    app.add_middleware(SmallBodies)
    app.add_middleware(CarefulHeaders, sign_in_origin=f"{parts.scheme}://{parts.netloc}")
    turnstile = Turnstile(desk.clock)
    looks = Turnstile(desk.clock, most=LOOKS_A_MINUTE_MAX)
    base = urlsplit(desk.address).path

    @app.get(f"{base}/consent.css")
    def style() -> Response:
        return Response(STYLE, media_type="text/css")

    @app.get(f"{base}/links/{{token}}")
    def show_link(token: str) -> Response:
        _pass(looks)
        return _link_page(desk, token)

    @app.post(f"{base}/links/{{token}}")
    def begin(token: str) -> Response:
        _pass(turnstile)
        return _to_microsoft(desk, token)

    @app.post(f"{base}/callback")
    def come_back(
        request: Request,
        state: Annotated[str | None, Form()] = None,
        code: Annotated[str | None, Form()] = None,
        error: Annotated[str | None, Form()] = None,
        error_description: Annotated[str | None, Form()] = None,
    ) -> Response:
        _pass(turnstile)
        pending = PendingSignIn.read(kept_in(request.headers.get("Cookie")), at=desk.clock())
        pending.check_state(state)
        if error is not None or not code:
            raise SaidAtMicrosoft(_said(error, error_description))
        return _complete(desk, pending, Secret(code))

    _answer_refusals(app, desk)
    return app


def _answer_refusals(app: FastAPI, desk: Desk) -> None:
    @app.exception_handler(Work365Error)
    def refuse(request: Request, error: Work365Error) -> Response:
        refused = _refused_page(desk, error)
        # A link that is looked at, perhaps as a picture on another page, ends no sign-in.
        return refused if request.method == "GET" else _without_cookie(refused)

    @app.exception_handler(RequestValidationError)
    def not_a_form(_request: Request, _error: RequestValidationError) -> Response:
        wrong = AttemptUnknown("This is no answer to a form. Open the consent link again.")
        return _without_cookie(_refused_page(desk, wrong))

    @app.exception_handler(HTTPException)
    def not_here(_request: Request, error: HTTPException) -> Response:
        refused = _refused_page(desk, NotHere(_NOT_HERE), status=HTTPStatus(error.status_code))
        refused.headers.update(error.headers or {})
        return refused


_NOT_HERE = (
    "There is no such page, or it cannot be had in this way. Copy the consent link in full, and"
    " open it in a browser."
)


def _pass(turnstile: Turnstile) -> None:
    if not turnstile.lets_in():
        raise TooMany("Too many sign-ins are being tried. Wait a minute, and open the link again.")


def _link_page(desk: Desk, token: str) -> Response:
    parts = desk.parts()
    request = open_link(hash_of(Secret(token)), at=desk.clock(), ledger=parts.ledger)
    provider = parts.providers.provider(request.provider)
    return page(
        "link.html",
        {
            "base": urlsplit(desk.address).path,
            "action": f"{urlsplit(desk.address).path}/links/{token}",
            "provider": provider.name,
            "tenant": partner_tenant_of(request, parts.providers),
            "asked_by": request.requested_by,
            "expires": request.expires_at,
            "features": desk.features,
            "is_token_kept": desk.is_token_kept,
        },
    )


def _to_microsoft(desk: Desk, token: str) -> Response:
    parts, now = desk.parts(), desk.clock()
    request = open_link(hash_of(Secret(token)), at=now, ledger=parts.ledger)
    state = desk.draw()
    tenant = partner_tenant_of(request, parts.providers)
    signing_in = parts.sign_in.page(tenant=tenant, redirect=desk.redirect, state=state)
    pending = PendingSignIn(
        state=state,
        nonce=signing_in.nonce,
        verifier=signing_in.verifier,
        token=Secret(token),
        begun_at=now,
    )
    response = RedirectResponse(signing_in.address, HTTPStatus.SEE_OTHER)
    response.set_cookie(
        COOKIE,
        pending.cookie(),
        max_age=int(LASTS.total_seconds()),
        secure=True,
        httponly=True,
        # Microsoft's answer is a form that is sent from its own site.
        samesite="none",
    )
    return response


def _complete(desk: Desk, pending: PendingSignIn, code: Secret) -> Response:
    given = complete_consent(
        code=code,
        attempt=pending.attempt(desk.redirect),
        token_hash=hash_of(pending.token),
        at=desk.clock(),
        parts=desk.parts(),
    )
    shown = page(
        "done.html",
        {
            "base": urlsplit(desk.address).path,
            "given": given,
            "features": desk.features,
            "is_token_kept": desk.is_token_kept,
        },
    )
    return _without_cookie(shown)


def _said(error: str | None, description: str | None) -> str:
    if error == CANCELLED:
        return (
            "You did not consent at Microsoft, or may not: consenting takes an administrator of"
            " the partner's tenant who is an admin agent. Nothing was stored. The link can be"
            " opened again."
        )
    said = " ".join((description or error or "no code came").split())[:ERROR_LENGTH_MAX]
    return f"Microsoft sent you back without a consent: {said}"


def _refused_page(
    desk: Desk, error: Work365Error, *, status: HTTPStatus = HTTPStatus.BAD_REQUEST
) -> Response:
    match error:
        case ConsentLinkRefused():
            status = HTTPStatus.GONE
        case TooMany():
            status = HTTPStatus.TOO_MANY_REQUESTS
        case Unavailable():
            status = HTTPStatus.SERVICE_UNAVAILABLE
        case Refusal():
            pass
        case _:
            status = HTTPStatus.BAD_GATEWAY
    values = {
        "base": urlsplit(desk.address).path,
        "message": str(error),
        "code": error.code,
        "is_passing": isinstance(error, Unavailable),
    }
    return page("refused.html", values, status=status)


def _without_cookie(response: Response) -> Response:
    # With the attributes it was set with: browsers keep `__Host-` cookies otherwise.
    response.delete_cookie(COOKIE, secure=True, httponly=True, samesite="none")
    return response
