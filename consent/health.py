"""How the connection to Microsoft stands: a page for people, and the same for programs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http import HTTPStatus

from fastapi import FastAPI, Request
from starlette.responses import Response

from consent.app import Feature
from consent.guards import CarefulHeaders
from consent.pages import page
from work365.errors import Unavailable, Work365Error
from work365.http import write_json
from work365.usecases.check_connection import Health


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthDesk:
    """What the page works with."""

    look: Callable[[], Sequence[Health]]
    """Looks at every provider, now."""
    path: str
    """Where the page is."""
    base: str
    """Path of the consent pages, which have the style."""
    features: Sequence[Feature]


def create_health_app(desk: HealthDesk) -> FastAPI:
    """Return the health page. Whoever puts it somewhere sees to it that staff alone reach it."""
    app = FastAPI(
        title="Work 365 health",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
    )
    app.add_middleware(CarefulHeaders, sign_in_origin="'self'")

    @app.get(desk.path)
    def show(request: Request) -> Response:
        healths = desk.look()
        if "application/json" in request.headers.get("accept", ""):
            return _as_json(healths)
        values = {"base": desk.base, "healths": healths, "features": desk.features}
        return page("health.html", values)

    @app.exception_handler(Work365Error)
    def cannot_look(_request: Request, error: Work365Error) -> Response:
        is_passing = isinstance(error, Unavailable)
        status = HTTPStatus.SERVICE_UNAVAILABLE if is_passing else HTTPStatus.INTERNAL_SERVER_ERROR
        values = {"base": desk.base, "message": str(error), "code": error.code}
        return page("not_seen.html", values, status=status)

    return app


def _as_json(healths: Sequence[Health]) -> Response:
    told = [
        {
            "provider": health.provider.key,
            "state": health.state.value,
            "ends_at": health.ends_at,
            "days_left": health.days_left,
            "seen": [
                {"name": one.name, "verdict": one.verdict.value, "words": one.words}
                for one in health.seen
            ],
        }
        for health in healths
    ]
    return Response(write_json(told), media_type="application/json")
