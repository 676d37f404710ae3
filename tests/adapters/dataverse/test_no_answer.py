"""What a person reads when an environment does not answer."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from work365.adapters.dataverse.client import DataverseClient
from work365.adapters.dataverse.errors import (
    CertificateRejected,
    DataverseUnavailable,
    NothingDone,
    SignInRejected,
)
from work365.adapters.dataverse.no_answer import error_without_answer
from work365.adapters.dataverse.operations import query
from work365.emulators.dataverse.app import create_app
from work365.emulators.dataverse.certificates import server_certificate
from work365.entrypoints.local_environment import free_port
from work365.entrypoints.serving import LocalServer
from work365.http import Retries, http_client

ACCOUNTS = query("accounts", select=["name"])


class Asking:
    """Somebody who reads accounts at some address, and waits for nothing."""

    def __init__(self, http: httpx.Client) -> None:
        self._http = http
        self.sleeps: list[float] = []

    def at(self, url: str, token: str = "any") -> None:  # noqa: S107  no secret
        """Read."""
        retries = Retries(sleep=self.sleeps.append)
        DataverseClient(url=url, token=lambda: token, http=self._http, retries=retries).send(
            ACCOUNTS
        )


@pytest.fixture
def asking() -> Iterator[Asking]:
    with http_client() as http:
        yield Asking(http)


@pytest.fixture
def secure(tmp_path: Path) -> Iterator[LocalServer]:
    certificate = server_certificate(tmp_path).certificate
    with LocalServer(create_app(state=None), certificate=certificate) as server:
        yield server


def test_a_certificate_nobody_vouches_for_is_said_at_once(
    asking: Asking, secure: LocalServer
) -> None:
    with pytest.raises(CertificateRejected, match=r"does not trust .*SSL_CERT_FILE"):
        asking.at(secure.url)

    assert asking.sleeps == []


def test_https_where_http_is_spoken_names_the_address(asking: Asking) -> None:
    with LocalServer(create_app(state=None)) as server:
        url = server.url.replace("http:", "https:")

        with pytest.raises(NothingDone, match=f"{url} does not speak https"):
            asking.at(url)


def test_a_name_that_is_not_known_names_the_address(asking: Asking) -> None:
    with pytest.raises(NothingDone, match=r"name in https://contoso\.invalid is not known"):
        asking.at("https://contoso.invalid")


def test_where_nothing_listens_the_port_is_a_thing_to_look_at(asking: Asking) -> None:
    url = f"http://127.0.0.1:{free_port()}"

    with pytest.raises(NothingDone, match=f"nothing takes a connection at {url} .* port"):
        asking.at(url)


def test_an_answer_that_did_not_come_says_what_happened() -> None:
    error = error_without_answer("GET x", "https://contoso.example", httpx.ReadTimeout(""))

    assert type(error) is DataverseUnavailable
    assert str(error) == (
        "GET x: no answer: https://contoso.example gave none that is whole (ReadTimeout)"
    )


def test_a_token_that_no_header_takes_is_not_repeated(asking: Asking) -> None:
    token = "né"  # noqa: S105  no secret

    with pytest.raises(SignInRejected, match="look at the token's source") as refused:
        asking.at("http://127.0.0.1:1", token)

    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__
    assert token not in str(refused.value)
