"""Requests as a client without a library writes them."""

from base64 import urlsafe_b64encode
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

import httpx

from tests.emulators.entra.person import Person
from tests.emulators.entra.running import REDIRECT, RunningEntra
from work365.emulators.entra import seeds
from work365.emulators.entra.access_tokens import Claims, read_access_token

PARTNER_CENTER = "https://api.partnercenter.microsoft.com"
PRICE_SHEETS = "https://api.partner.microsoft.com"
GRAPH = "https://graph.microsoft.com"
SCOPE = f"openid offline_access {PARTNER_CENTER}/user_impersonation"
VERIFIER = "a-verifier-of-at-least-forty-three-characters"
CHALLENGE = urlsafe_b64encode(sha256(VERIFIER.encode()).digest()).decode().rstrip("=")


def ask(
    entra: RunningEntra,
    tenant: str = seeds.PARTNER_TENANT_ID,
    *,
    version: str = "oauth2/v2.0",
    **form: str,
) -> httpx.Response:
    """Ask for a token, as the partner's application with its secret where nothing else is said."""
    given = {
        "client_id": seeds.APPLICATION_ID,
        "client_secret": seeds.DEVELOPMENT_SECRET,
        "grant_type": "client_credentials",
        **form,
    }
    return entra.http.post(
        f"{entra.url}/{tenant}/{version}/token",
        data={name: value for name, value in given.items() if value},
    )


def address(
    entra: RunningEntra, path: str = "organizations/oauth2/v2.0/authorize", **query: str
) -> str:
    """Return where a browser is sent, as the vendor's application where nothing else is said."""
    given = {
        "client_id": seeds.VENDOR_APPLICATION_ID,
        "redirect_uri": REDIRECT,
        "response_type": "code",
        "scope": SCOPE,
        "state": "a state",
        **query,
    }
    return f"{entra.url}/{path}?{urlencode({key: value for key, value in given.items() if value})}"


def signed_in(entra: RunningEntra, person: Person | None = None, /, **query: str) -> dict[str, str]:
    """Sign in; return what the application is told."""
    return (person or Person(entra.http)).visits(address(entra, **query))


def redeem(entra: RunningEntra, code: str, **form: str) -> httpx.Response:
    """Redeem a code as the vendor's application."""
    return ask(
        entra,
        "organizations",
        **{
            "client_id": seeds.VENDOR_APPLICATION_ID,
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": REDIRECT,
            **form,
        },
    )


def refresh(
    entra: RunningEntra, token: str, tenant: str = "organizations", **form: str
) -> httpx.Response:
    """Redeem a refresh token as the vendor's application."""
    return ask(
        entra,
        tenant,
        **{
            "client_id": seeds.VENDOR_APPLICATION_ID,
            "grant_type": "refresh_token",
            "refresh_token": token,
            "scope": SCOPE,
            **form,
        },
    )


def refresh_token(entra: RunningEntra, person: Person | None = None, /, **query: str) -> str:
    """Sign in, and return a refresh token."""
    told = signed_in(entra, person, **query)
    return str(redeem(entra, told["code"]).json()["refresh_token"])


def said(entra: RunningEntra, answer: httpx.Response) -> Claims:
    """Return what the access token of an answer says."""
    assert answer.status_code == 200, answer.text
    return read_access_token(
        answer.json()["access_token"], entra.authority.keys.key_set(), entra.clock.now
    )


def refusal(answer: httpx.Response) -> tuple[int, str, list[int]]:
    """Return status, error and codes of a refusal."""
    body: dict[str, Any] = answer.json()
    assert body["error_description"].startswith(f"AADSTS{body['error_codes'][0]}: "), body
    return answer.status_code, body["error"], body["error_codes"]
