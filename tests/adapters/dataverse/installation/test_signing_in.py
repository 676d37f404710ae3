"""Installations whose token ends in the middle, or was never good for anything."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from tests.adapters.dataverse.installation.conftest import NEW_YEAR, WRITES, Administrator
from work365.adapters.dataverse import operations
from work365.adapters.dataverse.client import DataverseClient
from work365.adapters.dataverse.errors import PrivilegeDenied, SignInRejected
from work365.adapters.dataverse.operations import Operation
from work365.adapters.dataverse.origin import Origin
from work365.errors import Unavailable
from work365.http import http_client

TENANT = "7e2a0000-0000-4000-8000-000000000001"


class SignedIn:
    """An application of the emulator, which asks for a new token whenever one is wanted."""

    def __init__(self, blank: Administrator, tokens: httpx.Client) -> None:
        self._blank = blank
        self._tokens = tokens
        self._application = uuid4()
        self.user = _application_user(blank, self._application)

    def client(self) -> DataverseClient:
        """Return a client of this application."""
        return DataverseClient(
            url=self._blank.url, token=self._token, http=self._blank.http, origin=Origin(tag=None)
        )

    def _token(self) -> str:
        answer = self._tokens.post(
            f"{self._blank.url}/{TENANT}/oauth2/v2.0/token",
            data={
                "grant_type": "client_credentials",
                "client_id": str(self._application),
                "client_secret": "any",
                "scope": f"{self._blank.url}/.default",
            },
        )
        return str(answer.raise_for_status().json()["access_token"])


@pytest.fixture
def signed_in(blank: Administrator) -> Iterator[SignedIn]:
    with http_client() as tokens:
        yield SignedIn(blank, tokens)


class Clock:
    """Moves an hour on just before some write is sent, with its token in it."""

    def __init__(self, blank: Administrator, at: int) -> None:
        self._blank = blank
        self._at = at
        self._writes = 0

    def see(self, request: httpx.Request) -> None:
        """Count a request."""
        if request.method in WRITES:
            self._writes += 1
            if self._writes == self._at:
                later = NEW_YEAR + timedelta(hours=1, seconds=self._at)
                self._blank.control("PUT", "clock", {"now": later.isoformat()})


def _application_user(blank: Administrator, application: UUID) -> Any:
    [unit] = blank.client.rows(operations.query("businessunits", select=["businessunitid"]))
    return blank.client.send(
        operations.create(
            "systemusers",
            {
                "applicationid": str(application),
                "businessunitid@odata.bind": f"/businessunits({unit['businessunitid']})",
            },
        )
    )


def _make_administrator(blank: Administrator, user: UUID) -> None:
    is_administrator = operations.equals("name", "System Administrator")
    [role] = blank.client.rows(
        operations.query("roles", select=["roleid"], filter=is_administrator)
    )
    reference = {"@odata.id": f"{blank.url}/api/data/v9.2/roles({role['roleid']})"}
    blank.client.send(
        Operation("POST", f"systemusers({user})/systemuserroles_association/$ref", reference)
    )


def test_a_token_that_expires_in_the_middle_is_renewed(
    blank: Administrator, signed_in: SignedIn
) -> None:
    _make_administrator(blank, signed_in.user)
    blank.client = signed_in.client()
    blank.http.event_hooks = {"request": [Clock(blank, at=40).see]}

    installed = blank.install()

    blank.http.event_hooks = {}
    assert installed.findings == ()
    statuses = [each["status"] for each in blank.control("GET", "trace")["requests"]]
    assert statuses.count(401) == 1
    assert blank.plan().actions == ()


def test_a_token_that_is_refused_once_in_several_places_stops_nothing(
    blank: Administrator,
) -> None:
    paths = ["/EntityDefinitions", "/Attributes", "/roles", "/solutions"]
    once = [{"kind": "status", "status": 401, "path": path} for path in paths]
    blank.control("POST", "faults", {"requests": once})

    installed = blank.install()

    assert installed.findings == ()
    statuses = [each["status"] for each in blank.control("GET", "trace")["requests"]]
    assert statuses.count(401) == len(paths)


def test_a_token_that_is_refused_for_good_ends_the_run_and_the_next_one_goes_on(
    blank: Administrator,
) -> None:
    for_good = {"kind": "status", "status": 401, "method": "POST", "path": "/Keys", "count": 99}
    blank.control("POST", "faults", {"requests": [for_good]})

    with pytest.raises(Unavailable, match="HTTP 401") as ended:
        blank.install()

    assert isinstance(ended.value, SignInRejected)
    blank.control("POST", "faults", {"requests": []})
    assert 0 < len(blank.plan().actions) < 300
    assert blank.install().findings == ()


def test_a_user_without_a_role_is_told_so_before_anything_is_done(
    blank: Administrator, signed_in: SignedIn
) -> None:
    blank.client = signed_in.client()

    with pytest.raises(PrivilegeDenied, match="has not been assigned any roles"):
        blank.plan()
