"""What an application is told at its redirect address."""

from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlencode, urlsplit
from uuid import uuid4

from work365.emulators.entra.authorization import FORM_POST, AuthorizationRequest
from work365.emulators.entra.errors import EntraRefusal


@dataclass(frozen=True, kw_only=True)
class Reply:
    """Parameters for the application. Their representation is left out: a code is among them."""

    request: AuthorizationRequest
    parameters: dict[str, str] = field(repr=False)

    @property
    def is_posted(self) -> bool:
        """Tell whether the browser posts them instead of asking by an address."""
        return self.request.response_mode == FORM_POST and not self.request.is_admin_consent

    @property
    def address(self) -> str:
        """Return the redirect address with the parameters."""
        uri = self.request.redirect_uri
        joint = "&" if urlsplit(uri).query else "?"
        return f"{uri}{joint}{urlencode(self.parameters)}"


def told(
    request: AuthorizationRequest, refusal: EntraRefusal, now: datetime, *, subcode: str = ""
) -> Reply:
    """Return the reply that says why a request is refused."""
    parameters = {
        "error": refusal.error,
        "error_description": refusal.description(
            now, trace_id=str(uuid4()), correlation_id=str(uuid4())
        ),
        "error_uri": f"{request.root}/error?code={refusal.code}",
    }
    if subcode:
        parameters["error_subcode"] = subcode
    if "state" in request.given:
        parameters["state"] = request.state
    return Reply(request=request, parameters=parameters)
