"""HTTP triggers of the pages: for whoever has a link, and the health page for staff."""

from collections.abc import Callable
from functools import cache
from http import HTTPStatus

import azure.functions as func

from consent.wiring import consent_app, health_app
from work365.bootstrap import services
from work365.errors import Refusal

CONNECTION = "connection"

bp = func.Blueprint()


@bp.route("consent/{*page}", methods=["GET", "POST"], auth_level=func.AuthLevel.ANONYMOUS)
async def show_consent(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    """Answer with a consent page. The link's token is the key."""
    return await _answer(consent_pages, req, context)


@bp.route(CONNECTION, methods=["GET"], auth_level=func.AuthLevel.FUNCTION)
async def show_connection(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    """Answer with how the connection to Microsoft stands."""
    return await _answer(health_page, req, context)


@cache
def consent_pages() -> func.AsgiMiddleware:
    """Return the consent pages of this process.

    Raises: SettingWrong, MicrosoftNotSetUp: a setting is missing.
    """
    return func.AsgiMiddleware(consent_app(services()))


@cache
def health_page() -> func.AsgiMiddleware:
    """Return the health page of this process.

    Raises: SettingWrong: a setting is missing.
    """
    return func.AsgiMiddleware(health_app(services(), path=f"/api/{CONNECTION}"))


async def _answer(
    pages: Callable[[], func.AsgiMiddleware], req: func.HttpRequest, context: func.Context
) -> func.HttpResponse:
    try:
        made = pages()
    except Refusal as error:
        return func.HttpResponse(
            f"Microsoft is not set up: {error}.",
            status_code=HTTPStatus.SERVICE_UNAVAILABLE,
            mimetype="text/plain",
            charset="utf-8",
        )
    answered: func.HttpResponse = await made.handle_async(req, context)
    return answered
