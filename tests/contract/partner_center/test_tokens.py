"""Tokens: documented answers of Microsoft Entra, read through msal as those of today are.

The samples are of the older endpoint, which the service does not ask. It names numbers as texts,
and says more than is needed; today's says the same under the same names.
"""

from collections.abc import Iterator
from datetime import timedelta

import httpx
import pytest
import respx

from tests.contract.partner_center.documented import body
from tests.identity.answers import Entra
from tests.identity.tokens import CLIENT, NOW, TENANT
from work365.identity.application import Application
from work365.identity.clouds import GLOBAL, Audience
from work365.identity.credentials import DevelopmentSecret
from work365.ports.secrets import Secret


@pytest.fixture
def entra() -> Iterator[Entra]:
    with respx.mock(assert_all_called=False) as router:
        yield Entra(router)


@pytest.fixture
def application(entra: Entra) -> Iterator[Application]:
    with httpx.Client() as http:
        yield Application(
            client_id=CLIENT,
            credential=DevelopmentSecret(Secret("secret-of-the-application")),
            cloud=GLOBAL,
            http=http,
            clock=lambda: NOW,
        )


def test_a_token_of_the_application_alone_is_read(application: Application, entra: Entra) -> None:
    documented = body("oauth_app_only_token_response")
    entra.answer(httpx.Response(200, json=documented))

    grant = application.token_of_its_own(TENANT, GLOBAL.scope(Audience.PARTNER_CENTER))

    assert grant.access_token.reveal() == documented["access_token"]
    assert grant.expires_at == NOW + timedelta(seconds=3600)
    assert grant.refresh_token is None


@pytest.mark.parametrize(
    ("name", "seconds"),
    [("oauth_refresh_token_response", 3600), ("oauth_authcode_graph_token_response", 4549)],
)
def test_tokens_on_behalf_of_a_user_are_read(
    application: Application, entra: Entra, name: str, seconds: int
) -> None:
    # What stands for the id token in the samples is none.
    documented = {key: each for key, each in body(name).items() if key != "id_token"}
    entra.answer(httpx.Response(200, json=documented))

    grant = application.redeem_refresh_token(
        Secret("refresh-1"), tenant=TENANT, scope=GLOBAL.scope(Audience.PARTNER_CENTER)
    )

    renewed = documented.get("refresh_token")
    assert grant.access_token.reveal() == documented["access_token"]
    assert grant.expires_at == NOW + timedelta(seconds=seconds)
    assert (grant.refresh_token and grant.refresh_token.reveal()) == renewed
    [form] = entra.forms()
    assert (form["grant_type"], form["refresh_token"]) == ("refresh_token", "refresh-1")
