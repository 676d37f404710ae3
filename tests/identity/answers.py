"""Answers of Microsoft Entra as it documents them, sound or broken."""

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

import httpx
import respx

from tests.identity.tokens import (
    AUTHORITY,
    KEY_NAME,
    SIGNING_KEY,
    id_claims,
    published_keys,
    signed,
)

CORRELATION = "2d0f1b3c-5e4d-4a6b-8c7d-9e0f1a2b3c4d"


def refusal(number: int, error: str = "invalid_grant", *, status: int = 400) -> httpx.Response:
    """Entra's refusal, in the form of its documentation."""
    return httpx.Response(
        status,
        json={
            "error": error,
            "error_description": (
                f"AADSTS{number}: What it is about. Trace ID: 0000\r\nCorrelation ID:"
                f" {CORRELATION}\r\nTimestamp: 2026-05-04 09:30:00Z"
            ),
            "error_codes": [number],
            "timestamp": "2026-05-04 09:30:00Z",
            "trace_id": "0000",
            "correlation_id": CORRELATION,
        },
    )


def tokens(**changes: Any) -> httpx.Response:
    """Tokens as the answer to a redemption, with `changes`; one that is None is left out."""
    body = {
        "token_type": "Bearer",
        "scope": "https://api.partnercenter.microsoft.com/user_impersonation",
        "expires_in": 3599,
        "access_token": "access-1",
        "refresh_token": "refresh-2",
        "id_token": signed(id_claims()).reveal(),
        **changes,
    }
    return httpx.Response(200, json={name: each for name, each in body.items() if each is not None})


class Entra:
    """Microsoft Entra, of which a test says what its token endpoint answers."""

    def __init__(self, router: respx.MockRouter) -> None:
        self._router = router
        self.discovery = router.get(url__regex=rf"{AUTHORITY}/[^/]+/v2\.0/\.well-known/.*").mock(
            side_effect=self._publish
        )
        self.keys = router.get(f"{AUTHORITY}/keys").respond(
            json=published_keys(**{KEY_NAME: SIGNING_KEY})
        )
        self.token = router.post(url__regex=rf"{AUTHORITY}/[^/]+/oauth2/v2\.0/token")
        self.published: dict[str, Any] = {}

    def answer(self, *answers: httpx.Response | httpx.TransportError) -> None:
        """Answer the next redemptions with `answers`, one after another."""
        self.token.mock(side_effect=list(answers))

    def always(self, answer: Callable[[], httpx.Response]) -> None:
        """Answer every redemption with a new `answer`."""
        self.token.mock(side_effect=lambda request: answer())

    def forms(self) -> list[dict[str, str]]:
        """What was sent to the token endpoint, one form after another."""
        return [
            {name: values[0] for name, values in parse_qs(call.request.content.decode()).items()}
            for call in self.token.calls
        ]

    def tenants(self) -> list[str]:
        """Whose token endpoint was asked, one tenant after another."""
        return [call.request.url.path.split("/")[1] for call in self.token.calls]

    def _publish(self, request: httpx.Request) -> httpx.Response:
        tenant = request.url.path.split("/")[1]
        return httpx.Response(
            200,
            json={
                "issuer": f"{AUTHORITY}/{tenant}/v2.0",
                "authorization_endpoint": f"{AUTHORITY}/{tenant}/oauth2/v2.0/authorize",
                "token_endpoint": f"{AUTHORITY}/{tenant}/oauth2/v2.0/token",
                "jwks_uri": f"{AUTHORITY}/keys",
                **self.published,
            },
        )
