"""A client whose waiting takes no time, and a server that misbehaves."""

import socket
import struct
from collections.abc import Callable, Iterator
from itertools import count
from threading import Thread

import httpx
import pytest

from tests.adapters.dataverse.partner import Partner, served
from work365.adapters.dataverse.client import DataverseClient
from work365.http import Retries, http_client

RESET = b""


@pytest.fixture
def sleeps() -> list[float]:
    """Every sleep so far, in seconds. Time passes in sleep only, for all threads alike."""
    return []


@pytest.fixture
def connect(sleeps: list[float]) -> Iterator[Callable[[str], DataverseClient]]:
    """Return clients of an address, each request with a token of its own number."""
    numbers = count(1)
    retries = Retries(sleep=sleeps.append, elapsed_seconds=lambda: sum(sleeps))
    with http_client() as http:
        yield lambda url: DataverseClient(
            url=url, token=lambda: f"token-{next(numbers)}", http=http, retries=retries
        )


@pytest.fixture
def client(connect: Callable[[str], DataverseClient]) -> DataverseClient:
    return connect("https://org.example")


@pytest.fixture(scope="session")
def emulator_url() -> Iterator[str]:
    with served() as url:
        yield url


@pytest.fixture(scope="session")
def two_clients() -> Iterator[tuple[httpx.Client, httpx.Client]]:
    """Made once: to load the certificates of the world takes longer than most tests."""
    with http_client() as one, http_client() as other:
        yield one, other


@pytest.fixture
def partner(
    emulator_url: str, two_clients: tuple[httpx.Client, httpx.Client], sleeps: list[float]
) -> Partner:
    """An environment with one customer and nothing else in it."""
    return Partner(emulator_url, *two_clients, sleeps)


@pytest.fixture
def misbehaving() -> Iterator[Callable[..., tuple[str, list[bytes]]]]:
    """Start a server that answers each request with the next of its answers, word for word.

    It gives back its address and the requests it has had. `RESET` breaks the connection off.
    """
    listener = socket.create_server(("127.0.0.1", 0))
    threads: list[Thread] = []

    def start(*answers: bytes) -> tuple[str, list[bytes]]:
        requests: list[bytes] = []
        # A daemon, so that a test that fails before it has asked for all answers can end.
        thread = Thread(target=_serve, args=(listener, answers, requests), daemon=True)
        thread.start()
        threads.append(thread)
        return f"http://127.0.0.1:{listener.getsockname()[1]}", requests

    yield start
    for thread in threads:
        thread.join(timeout=5)
    listener.close()
    assert not [thread for thread in threads if thread.is_alive()], "an answer nobody asked for"


def _serve(listener: socket.socket, answers: tuple[bytes, ...], requests: list[bytes]) -> None:
    for answer in answers:
        connection, _ = listener.accept()
        with connection:
            requests.append(connection.recv(65_536))
            if answer == RESET:
                # No lingering: the client sees a reset, not an orderly end.
                now = struct.pack("ii", 1, 0)
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, now)
            connection.sendall(answer)
