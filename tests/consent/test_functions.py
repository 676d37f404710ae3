"""The pages as functions of the app, called as Azure's host calls them."""

import asyncio
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import azure.functions as func
import pytest

from consent import functions
from work365.bootstrap import Services
from work365.entrypoints.localhost.host_settings import HostSettings
from work365.entrypoints.localhost.registrations import HttpFunction, read_registrations
from work365.settings import Settings

CONSENT = "https://partner.example/api/consent"
GUID = "00000000-0000-0000-0000-000000000001"


@pytest.fixture(autouse=True)
def nothing_kept() -> Iterator[None]:
    yield
    functions.consent_pages.cache_clear()
    functions.health_page.cache_clear()


@pytest.fixture
def registered() -> dict[str, HttpFunction]:
    app = func.FunctionApp(http_auth_level=func.AuthLevel.FUNCTION)
    app.register_functions(functions.bp)
    found = read_registrations(app, HostSettings()).http
    return {each.function.name: each for each in found}


def call(function: HttpFunction, path: str) -> func.HttpResponse:
    request = func.HttpRequest(
        method="GET",
        url=f"https://partner.example{path}",
        headers={},
        params={},
        route_params={},
        body=b"",
    )
    context: Any = SimpleNamespace(
        function_directory="/",
        function_name="f",
        invocation_id="1",
        thread_local_storage=None,
        trace_context=None,
        retry_context=None,
    )
    answered: func.HttpResponse = asyncio.run(function.function.call(req=request, context=context))
    return answered


def use(monkeypatch: pytest.MonkeyPatch, **settings: Any) -> None:
    services = Services(Settings(dataverse_url="https://a.example", **settings))
    monkeypatch.setattr(functions, "services", lambda: services)


def test_the_pages_are_for_everybody_and_the_health_for_staff(
    registered: dict[str, HttpFunction],
) -> None:
    consent, health = registered["show_consent"], registered["show_connection"]

    assert (consent.needs_key, set(consent.methods)) == (False, {"GET", "POST"})
    assert consent.route.match("/api/consent/links/abc") == {"page": "links/abc"}
    assert (health.needs_key, set(health.methods)) == (True, {"GET"})
    assert health.route.match("/api/connection") == {}


def test_what_is_missing_is_said_where_nothing_is_set_up(
    monkeypatch: pytest.MonkeyPatch, registered: dict[str, HttpFunction]
) -> None:
    use(monkeypatch)

    answers = [call(each, "/api/consent/links/abc") for each in registered.values()]

    assert [answer.status_code for answer in answers] == [503, 503]
    assert all(b"WORK365_CONSENT_URL is not set" in answer.get_body() for answer in answers)


def test_once_it_is_set_up_the_pages_are_there_without_a_new_start(
    monkeypatch: pytest.MonkeyPatch, registered: dict[str, HttpFunction]
) -> None:
    use(monkeypatch)
    before = call(registered["show_consent"], "/api/consent/consent.css")
    use(monkeypatch, consent_url=CONSENT, client_id=GUID, partner_tenant=GUID)

    after = call(registered["show_consent"], "/api/consent/consent.css")

    assert (before.status_code, after.status_code) == (503, 200)
    assert after.headers["content-type"].startswith("text/css")
    assert after.headers["x-content-type-options"] == "nosniff"
