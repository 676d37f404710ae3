from collections.abc import Iterator
from http import HTTPStatus

import httpx
import pytest

from consent.app import Feature
from consent.health import HealthDesk, create_health_app
from tests.usecases.consents import Office, ask, complete
from tests.usecases.test_check_connection import check, look, refused, works
from work365.entrypoints.serving import LocalServer


@pytest.fixture
def browser() -> Iterator[httpx.Client]:
    office = Office()
    ask(office)
    complete(office)
    desk = HealthDesk(
        look=lambda: [check(office, look("Customers", works), look("Relationships", refused))],
        path="/api/connection",
        base="/api/consent",
        features=(Feature("Users and licences", needs_delegated=True),),
    )
    with (
        LocalServer(create_health_app(desk)) as server,
        httpx.Client(base_url=server.url, trust_env=False) as client,
    ):
        yield client


class TestPage:
    def test_says_what_is_missing_and_how_to_mend_it(self, browser: httpx.Client) -> None:
        page = browser.get("/api/connection")

        assert page.status_code == HTTPStatus.OK
        assert "Microsoft: broken" in page.text
        assert "The service principal is missing: add it." in page.text
        assert "lasts 80 more days" in page.text

    def test_tells_programs_the_same(self, browser: httpx.Client) -> None:
        (told,) = browser.get("/api/connection", headers={"Accept": "application/json"}).json()

        assert (told["state"], told["days_left"]) == ("broken", 80)
        assert [one["verdict"] for one in told["seen"]] == ["works", "missing"]
