"""The parts that speak to Microsoft, put together as the app has them."""

from datetime import UTC, datetime

import httpx
import respx

from work365.adapters.partner_center.customers import Customers
from work365.microsoft import Microsoft
from work365.ports.secrets import Secret
from work365.settings import Settings

NOW = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
PARTNER = "11111111-2222-4333-8444-555555555555"
AUTHORITY = f"https://login.microsoftonline.com/{PARTNER}"
SETTINGS = Settings(
    dataverse_url="http://127.0.0.1:1",
    client_id="aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee",
    partner_tenant=PARTNER,
    development_secret=Secret("of-this-test"),
    is_development=True,
)


@respx.mock
def test_a_token_that_microsoft_refuses_is_not_sent_again() -> None:
    discovery = {
        "issuer": f"{AUTHORITY}/v2.0",
        "authorization_endpoint": f"{AUTHORITY}/oauth2/v2.0/authorize",
        "token_endpoint": f"{AUTHORITY}/oauth2/v2.0/token",
    }
    respx.get(url__startswith=AUTHORITY).respond(json=discovery)
    tokens = respx.post(f"{AUTHORITY}/oauth2/v2.0/token")
    tokens.side_effect = [
        httpx.Response(200, json={"access_token": name, "expires_in": 3600, "token_type": "Bearer"})
        for name in ("revoked", "fresh")
    ]
    refused = respx.get(headers={"Authorization": "Bearer revoked"}).respond(401)
    taken = respx.get(headers={"Authorization": "Bearer fresh"}).respond(json={"items": []})

    Customers(Microsoft(SETTINGS, lambda: NOW).partner_center("a test")).all()

    assert (refused.call_count, taken.call_count) == (1, 1)
