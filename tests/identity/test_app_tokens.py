import pytest

from tests.identity.answers import Entra, tokens
from tests.identity.tokens import OTHER_TENANT, TENANT, Clock
from work365.identity.app_tokens import AppTokens
from work365.identity.application import Application
from work365.identity.clouds import Audience


@pytest.fixture
def numbered(entra: Entra) -> Entra:
    """Entra, which numbers the tokens that it gives out."""
    entra.always(lambda: tokens(access_token=f"access-{entra.token.call_count}"))
    return entra


def test_each_interface_and_tenant_has_its_own_token(
    application: Application, numbered: Entra
) -> None:
    app_tokens = AppTokens(application)
    wanted = [
        (Audience.PARTNER_CENTER, TENANT),
        (Audience.GRAPH, TENANT),
        (Audience.GRAPH, OTHER_TENANT),
        (Audience.PARTNER_CENTER, TENANT),
    ]

    given = [app_tokens.token(audience, tenant=tenant) for audience, tenant in wanted]

    assert given[0] == given[3]
    assert len(set(given)) == 3
    assert [form["scope"] for form in numbered.forms()] == [
        "https://api.partnercenter.microsoft.com/.default",
        "https://graph.microsoft.com/.default",
        "https://graph.microsoft.com/.default",
    ]
    assert numbered.tenants() == [TENANT, TENANT, OTHER_TENANT]


def test_a_source_is_asked_for_each_request_and_renews_in_time(
    application: Application, numbered: Entra, clock: Clock
) -> None:
    source = AppTokens(application).source(Audience.PRICE_SHEETS, tenant=TENANT)

    first, second = source(), source()
    clock.pass_by(hours=1)
    third = source()

    assert first == second
    assert third != first


def test_a_token_that_microsoft_refuses_is_forgotten(
    application: Application, numbered: Entra
) -> None:
    app_tokens = AppTokens(application)
    first = app_tokens.token(Audience.GRAPH, tenant=TENANT)

    app_tokens.forget()

    assert app_tokens.token(Audience.GRAPH, tenant=TENANT) != first
