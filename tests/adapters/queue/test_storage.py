"""What Azure's storage answers when something is wrong, and what is sent to it."""

import re
import socket
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator

import pytest
from azure.identity import DefaultAzureCredential
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from work365.adapters.queue.messages import Message, MessageNotHeld, QueueUnavailable
from work365.adapters.queue.storage import (
    QueueRefused,
    StorageQueue,
    connect,
    connect_with_identity,
)
from work365.entrypoints.serving import LocalServer

HELD = Message(id="1", text="job", dequeue_count=1, pop_receipt="receipt")

RECEIVED = """<?xml version="1.0" encoding="utf-8"?><QueueMessagesList><QueueMessage>
<MessageId>1</MessageId><InsertionTime>Fri, 09 Oct 2026 21:04:30 GMT</InsertionTime>
<ExpirationTime>Fri, 31 Dec 9999 23:59:59 GMT</ExpirationTime><PopReceipt>receipt</PopReceipt>
<TimeNextVisible>Fri, 09 Oct 2026 23:29:20 GMT</TimeNextVisible><DequeueCount>2</DequeueCount>
<MessageText>{text}</MessageText></QueueMessage></QueueMessagesList>"""


class Account:
    """A storage account that says what a test wants it to say, and remembers what it was told."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, str, str]] = []
        self.answer: Callable[[Request], Response] = lambda request: Response(status_code=201)

    async def __call__(self, request: Request) -> Response:
        body = (await request.body()).decode()
        self.requests.append((request.method, str(request.url).split("/", 4)[-1], body))
        return self.answer(request)


def connection_string(url: str) -> str:
    key = b64encode(b"any").decode()
    return (
        "DefaultEndpointsProtocol=http;AccountName=local;"
        f"AccountKey={key};QueueEndpoint={url}/local;"
    )


def refusal(status: int, code: str) -> Response:
    return Response(
        f'<?xml version="1.0"?><Error><Code>{code}</Code><Message>No.</Message></Error>',
        status_code=status,
        media_type="application/xml",
        headers={"x-ms-error-code": code},
    )


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[Account, str]]:
    account = Account()
    methods = ["GET", "POST", "PUT", "DELETE"]
    app = Starlette(routes=[Route("/{path:path}", account.__call__, methods=methods)])
    with LocalServer(app) as server:
        yield account, server.url


@pytest.fixture
def account(served: tuple[Account, str]) -> Account:
    account, _ = served
    account.requests.clear()
    return account


@pytest.fixture
def queue(served: tuple[Account, str]) -> Iterator[StorageQueue]:
    _, url = served
    with (
        connect(connection_string(url), retries=0) as service,
        StorageQueue("jobs", service=service) as opened,
    ):
        yield opened


class TestWhatIsSent:
    def test_is_base64_and_never_expires(self, account: Account, queue: StorageQueue) -> None:
        account.answer = lambda request: Response(
            RECEIVED.format(text=""), status_code=201, media_type="application/xml"
        )
        queue.put("a job", delay_seconds=7)

        ((method, address, body),) = account.requests
        assert (method, address.split("?")[0]) == ("POST", "jobs/messages")
        assert "visibilitytimeout=7" in address
        assert "messagettl=-1" in address
        sent = re.search("<MessageText>(.*)</MessageText>", body)
        assert sent is not None
        assert b64decode(sent[1]) == b"a job"

    def test_asks_once_for_a_page_of_messages(self, account: Account, queue: StorageQueue) -> None:
        account.answer = lambda request: Response(
            RECEIVED.format(text=b64encode(b"a job").decode()), media_type="application/xml"
        )
        (message,) = queue.receive(count=32, visibility_timeout_seconds=9)

        assert (message.text, message.dequeue_count, message.pop_receipt) == ("a job", 2, "receipt")
        assert len(account.requests) == 1
        assert "numofmessages=32" in account.requests[0][1]
        assert "visibilitytimeout=9" in account.requests[0][1]


class TestAQueueThatIsNotThere:
    def test_is_created_by_the_first_message(self, account: Account, queue: StorageQueue) -> None:
        created: list[str] = []

        def answer(request: Request) -> Response:
            if request.method == "PUT":
                created.append(request.url.path)
                return Response(status_code=201)
            if not created:
                return refusal(404, "QueueNotFound")
            return Response(RECEIVED.format(text=""), status_code=201, media_type="application/xml")

        account.answer = answer
        queue.put("a job")

        assert created == ["/local/jobs"]
        assert [method for method, *_ in account.requests] == ["POST", "PUT", "POST"]

    def test_may_have_been_created_by_another_process_meanwhile(
        self, account: Account, queue: StorageQueue
    ) -> None:
        account.answer = lambda request: (
            refusal(409, "QueueAlreadyExists")
            if request.method == "PUT"
            else refusal(404, "QueueNotFound")
        )
        assert queue.receive(visibility_timeout_seconds=9) == []

    def test_is_unavailable_while_it_is_being_deleted(
        self, account: Account, queue: StorageQueue
    ) -> None:
        account.answer = lambda request: (
            refusal(409, "QueueBeingDeleted")
            if request.method == "PUT"
            else refusal(404, "QueueNotFound")
        )
        with pytest.raises(QueueUnavailable, match="jobs"):
            queue.put("a job")

    def test_holds_nothing(self, account: Account, queue: StorageQueue) -> None:
        account.answer = lambda request: refusal(404, "QueueNotFound")
        assert queue.size() == 0


class TestAnErrorOfTheAccount:
    @pytest.mark.parametrize("status", [408, 429, 500, 503])
    def test_that_may_pass_is_unavailable(
        self, account: Account, queue: StorageQueue, status: int
    ) -> None:
        account.answer = lambda request: refusal(status, "ServerBusy")
        with pytest.raises(QueueUnavailable, match="jobs"):
            queue.put("a job")

    @pytest.mark.parametrize(
        ("status", "code"), [(403, "AuthorizationPermissionMismatch"), (400, "InvalidQueryString")]
    )
    def test_that_stays_is_for_a_person(
        self, account: Account, queue: StorageQueue, status: int, code: str
    ) -> None:
        account.answer = lambda request: refusal(status, code)
        with pytest.raises(QueueRefused, match="jobs"):
            queue.put("a job")

    @pytest.mark.parametrize(
        ("status", "code"), [(404, "MessageNotFound"), (400, "PopReceiptMismatch")]
    )
    def test_about_a_receipt_is_a_message_not_held(
        self, account: Account, queue: StorageQueue, status: int, code: str
    ) -> None:
        account.answer = lambda request: refusal(status, code)
        for change in (queue.delete, queue.release):
            with pytest.raises(MessageNotHeld):
                change(HELD)
        with pytest.raises(MessageNotHeld):
            queue.keep(HELD, visibility_timeout_seconds=9)

    @pytest.mark.parametrize("content", ["no base64!", b64encode(b"\xff").decode()])
    def test_a_message_that_is_not_text_in_base64_is_for_a_person(
        self, account: Account, queue: StorageQueue, content: str
    ) -> None:
        account.answer = lambda request: Response(
            RECEIVED.format(text=content), media_type="application/xml"
        )
        with pytest.raises(QueueRefused, match="1 of jobs"):
            queue.receive(visibility_timeout_seconds=9)

    def test_no_answer_at_all_is_unavailable(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        with (
            connect(connection_string(f"http://127.0.0.1:{port}"), retries=0) as service,
            StorageQueue("jobs", service=service) as queue,
            pytest.raises(QueueUnavailable, match="jobs"),
        ):
            queue.put("a job")


class TestConnectWithIdentity:
    def test_asks_for_tokens_and_holds_no_key(self) -> None:
        with connect_with_identity("https://account.queue.core.windows.net") as service:
            assert isinstance(service.credential, DefaultAzureCredential)
            assert service.get_queue_client("jobs").url == (
                "https://account.queue.core.windows.net/jobs"
            )
