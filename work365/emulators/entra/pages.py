"""The pages of a sign-in: plain HTML, complete without a script."""

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import HTMLResponse, RedirectResponse, Response

from work365.emulators.entra.replies import Reply
from work365.emulators.entra.sign_in import ACCOUNT, CONSENT, FACTOR, SignIns, Visit

NUMBERS = 90
SEE_OTHER = 303
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; "
    "frame-ancestors 'none'; base-uri 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class Pages:
    """Draws them."""

    def __init__(self, sign_ins: SignIns) -> None:
        self._sign_ins = sign_ins
        self._templates = Environment(
            loader=PackageLoader("work365.emulators.entra"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
        )

    def visit(self, visit: Visit) -> Response:
        """Return the page of the step that a visit is at."""
        extra: dict[str, object] = {"visit": visit}
        if visit.step == ACCOUNT:
            extra["people"] = self._people(visit)
        if visit.step == FACTOR:
            extra["number"] = 10 + sum(visit.visit_id.encode()) % NUMBERS
        if visit.step == CONSENT:
            extra["publisher"] = self._sign_ins.publisher(visit)
        return self._page(f"{visit.step}.html", extra)

    def reply(self, reply: Reply) -> Response:
        """Return what sends the browser to the application."""
        if reply.is_posted:
            return self._page("form_post.html", {"reply": reply})
        return RedirectResponse(reply.address, status_code=SEE_OTHER, headers=HEADERS)

    def error(self, text: str, *, status: int, heading: str = "That did not work") -> Response:
        """Return the page of an error that the application is not told of."""
        return self._page("error.html", {"heading": heading, "text": text}, status=status)

    def _people(self, visit: Visit) -> list[dict[str, object]]:
        chosen = visit.account or visit.request.given.get("login_hint", "")
        return [
            {
                "tenant": tenant.name,
                "name": user.name,
                "upn": user.user_principal_name,
                "is_chosen": user.user_principal_name.lower() == chosen.lower(),
            }
            for tenant, user in self._sign_ins.people(visit)
        ]

    def _page(self, name: str, shown: dict[str, object], *, status: int = 200) -> Response:
        text = self._templates.get_template(name).render(shown)
        return HTMLResponse(text, status_code=status, headers=HEADERS)
