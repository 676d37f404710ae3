import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from work365.bootstrap import Services
from work365.entrypoints import clock
from work365.entrypoints.clock import ClockUnavailable
from work365.entrypoints.local_environment import free_port
from work365.entrypoints.serving import LocalServer
from work365.errors import Unavailable
from work365.settings import Settings

URL = "https://contoso.crm4.dynamics.com"


class Teller:
    """An address that says what it is told to say."""

    def __init__(self) -> None:
        self.url = ""
        self.answer = Response()

    async def __call__(self, request: Request) -> Response:
        return self.answer


@pytest.fixture(scope="module")
def teller() -> Iterator[Teller]:
    telling = Teller()
    with LocalServer(Starlette(routes=[Route("/clock", telling.__call__)])) as server:
        telling.url = f"{server.url}/clock"
        yield telling


@contextmanager
def going_by(url: str | None, *, zone: str = "UTC") -> Iterator[Services]:
    services = Services(Settings(dataverse_url=URL, clock_url=url, time_zone=ZoneInfo(zone)))
    yield services
    services.close()


def says(now: str) -> Response:
    return Response(json.dumps({"now": now}), media_type="application/json")


def test_without_an_emulator_it_is_the_time_of_this_machine() -> None:
    before = datetime.now(UTC)  # noqa: TID251  the time that is to be told

    with going_by(None) as services:
        now = clock.now(services)

    assert before <= now <= datetime.now(UTC)  # noqa: TID251  as above
    assert now.tzinfo is UTC


def test_the_clock_of_the_emulator_is_asked(teller: Teller) -> None:
    teller.answer = says("2026-01-11T06:30:00+01:00")

    with going_by(teller.url) as services:
        now = clock.now(services)

    assert now == datetime(2026, 1, 11, 5, 30, tzinfo=UTC)
    assert now.tzinfo is UTC


@pytest.mark.parametrize(
    ("zone", "day"),
    [
        ("UTC", date(2026, 1, 31)),
        ("Europe/Berlin", date(2026, 2, 1)),
        ("America/Los_Angeles", date(2026, 1, 31)),
    ],
)
def test_the_day_is_that_of_the_partners_calendar(teller: Teller, zone: str, day: date) -> None:
    teller.answer = says("2026-01-31T23:30:00Z")

    with going_by(teller.url, zone=zone) as services:
        assert clock.today(services) == day


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (404, b"no such page"),
        (200, b"not JSON"),
        (200, b"\xff"),
        (200, b"{}"),
        (200, b"[]"),
        (200, b"5"),
        (200, b'{"now": 5}'),
        (200, b'{"now": null}'),
        (200, b'{"now": "soon"}'),
    ],
)
def test_what_is_no_time_is_a_failure_that_names_the_address(
    teller: Teller, status: int, body: bytes
) -> None:
    teller.answer = Response(body, status_code=status)

    with going_by(teller.url) as services, pytest.raises(ClockUnavailable) as raised:
        clock.now(services)

    assert isinstance(raised.value, Unavailable)
    assert f"no time from {teller.url}" in str(raised.value)


def test_where_nothing_answers_there_is_no_time() -> None:
    url = f"http://127.0.0.1:{free_port()}/clock"

    with going_by(url) as services, pytest.raises(ClockUnavailable, match="ConnectError"):
        clock.now(services)
