"""Answers that break off, over a real socket: what no stand-in for the network would show."""

import socket
from collections.abc import Iterator
from threading import Thread

import pytest

from tests.adapters.partner_center.asking import APPLICATION, PURPOSE, Hourglass
from work365.adapters.partner_center.calls import Call
from work365.adapters.partner_center.connection import Connection, Patience, Tokens
from work365.adapters.partner_center.endpoints import CREATE_TRANSITION, GET_CUSTOMER
from work365.adapters.partner_center.errands import Errand
from work365.adapters.partner_center.errors import PartnerCenterUnavailable
from work365.http import Retries, http_client
from work365.identity.clouds import Audience

FINE = b'HTTP/1.1 200 OK\r\nContent-Length: 12\r\nConnection: close\r\n\r\n{"id": "c1"}'
CUT = b'HTTP/1.1 200 OK\r\nContent-Length: 99\r\nConnection: close\r\n\r\n{"id": "c'
CHUNKED = b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"id"\r\n'
GARBLED = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnope"
NOTHING = b""


class Server:
    """Answers one connection after the other with the next of some bytes."""

    def __init__(self) -> None:
        self.answers: list[bytes] = []
        self.requests: list[bytes] = []
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._thread = Thread(target=self._serve, daemon=True)
        self._thread.start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    def close(self) -> None:
        self._socket.close()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            with connection:
                self.requests.append(connection.recv(65536))
                connection.sendall(self.answers.pop(0))


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.close()


@pytest.fixture
def errand(server: Server) -> Iterator[Errand]:
    hourglass = Hourglass()
    with http_client() as http:
        yield Errand(
            Connection(
                audience=Audience.PARTNER_CENTER,
                address=server.address,
                tokens=Tokens(lambda: APPLICATION),
                http=http,
                patience=Patience(
                    retries=Retries(sleep=hourglass.sleep, elapsed_seconds=hourglass.elapsed)
                ),
            ),
            PURPOSE,
        )


@pytest.mark.parametrize("broken", [CUT, CHUNKED, GARBLED, NOTHING])
def test_reading_is_begun_again_under_the_same_id(
    server: Server, errand: Errand, broken: bytes
) -> None:
    server.answers += [broken, FINE]

    answer = errand.ask(Call(GET_CUSTOMER, {"customer": "c1"}))

    assert answer.body == {"id": "c1"}
    ids = {
        line
        for request in server.requests
        for line in request.lower().split(b"\r\n")
        if line.startswith(b"ms-requestid")
    }
    assert (len(server.requests), len(ids)) == (2, 1)


@pytest.mark.parametrize("broken", [CUT, NOTHING])
def test_a_transition_is_not_begun_again(server: Server, errand: Errand, broken: bytes) -> None:
    server.answers += [broken]
    call = Call(CREATE_TRANSITION, {"customer": "c1", "subscription": "s1"}, body={"quantity": 1})

    with pytest.raises(PartnerCenterUnavailable) as error:
        errand.ask(call)

    assert error.value.maybe_done
    assert len(server.requests) == 1
