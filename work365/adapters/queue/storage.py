"""A queue in Azure Storage, as the Azure Functions host reads it."""

import binascii
from base64 import b64decode, b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Self

from azure.core.exceptions import (
    AzureError,
    HttpResponseError,
    ResourceExistsError,
    ResourceNotFoundError,
)
from azure.identity import DefaultAzureCredential
from azure.storage.queue import (
    ExponentialRetry,
    QueueClient,
    QueueMessage,
    QueueServiceClient,
    StorageErrorCode,
)

from work365.adapters.queue.messages import (
    DELAY_SECONDS_MAX,
    RECEIVED_MESSAGES_MAX,
    Message,
    MessageNotHeld,
    QueueUnavailable,
    poison_name,
    require_name,
    require_size,
)
from work365.errors import Contradiction

NEVER = -1
"""The time to live of a message that must not vanish unseen (Azure's own default is a week)."""

CONNECT_SECONDS_MAX = 5
ANSWER_SECONDS_MAX = 30
RETRIES = 3

NOT_HELD_CODES = {StorageErrorCode.MESSAGE_NOT_FOUND, StorageErrorCode.POP_RECEIPT_MISMATCH}
TRANSIENT_STATUSES = {
    HTTPStatus.REQUEST_TIMEOUT,
    HTTPStatus.CONFLICT,
    HTTPStatus.TOO_MANY_REQUESTS,
}
"""Besides 5xx; a conflict is a queue of that name being deleted."""


class QueueRefused(Contradiction):
    """The storage account answered what asking again does not put right."""

    code = "queue_refused"


def connect(connection_string: str, *, retries: int = RETRIES) -> QueueServiceClient:
    """Return the storage account of a connection string; Azurite has one, Azure should not."""
    return QueueServiceClient.from_connection_string(
        connection_string,
        retry_policy=_retry_policy(retries),
        connection_timeout=CONNECT_SECONDS_MAX,
        read_timeout=ANSWER_SECONDS_MAX,
    )


def connect_with_identity(
    account_url: str, *, client_id: str | None = None, retries: int = RETRIES
) -> QueueServiceClient:
    """Return a storage account, reached as the managed identity `client_id` or whoever runs this.

    `account_url` is like `https://account.queue.core.windows.net`.
    """
    return QueueServiceClient(
        account_url,
        credential=DefaultAzureCredential(managed_identity_client_id=client_id),
        retry_policy=_retry_policy(retries),
        connection_timeout=CONNECT_SECONDS_MAX,
        read_timeout=ANSWER_SECONDS_MAX,
    )


class StorageQueue:
    """A `MessageQueue` in a storage account, created when it is first needed.

    Messages are base64, which is what the Functions host reads unless host.json says otherwise.
    """

    def __init__(self, name: str, *, service: QueueServiceClient) -> None:
        self._name = require_name(name)
        self._client = service.get_queue_client(name)
        self._poison_client = service.get_queue_client(poison_name(name))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def name(self) -> str:
        """See `MessageQueue`."""
        return self._name

    def close(self) -> None:
        """See `MessageQueue`."""
        self._client.close()
        self._poison_client.close()

    def put(self, text: str, *, delay_seconds: int = 0) -> None:
        """See `MessageQueue`."""
        assert 0 <= delay_seconds < DELAY_SECONDS_MAX, delay_seconds
        require_size(text, self._name)
        with _translated(self._name):
            _send(self._client, text, delay_seconds)

    def receive(self, *, count: int = 1, visibility_timeout_seconds: int) -> list[Message]:
        """See `MessageQueue`."""
        assert 1 <= count <= RECEIVED_MESSAGES_MAX, count
        assert 0 < visibility_timeout_seconds <= DELAY_SECONDS_MAX, visibility_timeout_seconds
        with _translated(self._name):
            try:
                # One page is one request; the pager itself would ask for the missing rest.
                page = next(
                    self._client.receive_messages(
                        messages_per_page=count, visibility_timeout=visibility_timeout_seconds
                    ).by_page(),
                    (),
                )
            except ResourceNotFoundError:
                # Nobody has put anything yet.
                _create(self._client)
                return []
        return [self._from_azure(found) for found in page]

    def keep(self, message: Message, *, visibility_timeout_seconds: int) -> Message:
        """See `MessageQueue`."""
        with _translated(self._name):
            kept = self._client.update_message(
                message.id,
                message.pop_receipt,
                visibility_timeout=visibility_timeout_seconds,
            )
        return Message(
            id=message.id,
            text=message.text,
            dequeue_count=message.dequeue_count,
            pop_receipt=_present(kept.pop_receipt),
        )

    def release(self, message: Message, *, delay_seconds: int = 0) -> None:
        """See `MessageQueue`."""
        with _translated(self._name):
            self._client.update_message(
                message.id, message.pop_receipt, visibility_timeout=delay_seconds
            )

    def delete(self, message: Message) -> None:
        """See `MessageQueue`."""
        with _translated(self._name):
            self._client.delete_message(message.id, message.pop_receipt)

    def move_to_poison(self, message: Message) -> None:
        """See `MessageQueue`.

        The copy is made first: a crash in between leaves two, which is better than none.
        """
        with _translated(self._name):
            _send(self._poison_client, message.text, 0)
        self.delete(message)

    def size(self) -> int:
        """See `MessageQueue`. Azure calls its own count approximate."""
        with _translated(self._name):
            try:
                count = self._client.get_queue_properties().approximate_message_count
            except ResourceNotFoundError:
                return 0
        assert count is not None, "the properties of a queue hold its count"
        return count

    def _from_azure(self, found: QueueMessage) -> Message:
        assert found.dequeue_count is not None, "a received message was dequeued"
        try:
            # Not the library's own decoding, which trips over its error.
            text = b64decode(found.content, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError) as error:
            raise QueueRefused(f"{found.id} of {self._name} is not text in base64") from error
        return Message(
            id=found.id,
            text=text,
            dequeue_count=found.dequeue_count,
            pop_receipt=_present(found.pop_receipt),
        )


def _retry_policy(retries: int) -> ExponentialRetry:
    # The library's own first wait is 15 seconds, more than a webhook's caller gives us.
    return ExponentialRetry(
        initial_backoff=1, increment_base=2, random_jitter_range=1, retry_total=retries
    )


def _send(client: QueueClient, text: str, delay_seconds: int) -> None:
    content = b64encode(text.encode()).decode()
    try:
        client.send_message(content, visibility_timeout=delay_seconds, time_to_live=NEVER)
    except ResourceNotFoundError:
        _create(client)
        client.send_message(content, visibility_timeout=delay_seconds, time_to_live=NEVER)


def _create(client: QueueClient) -> None:
    try:
        client.create_queue()
    except ResourceExistsError as error:
        # Another process came first, or a queue of that name is still being deleted.
        if _code(error) != StorageErrorCode.QUEUE_ALREADY_EXISTS:
            raise


def _present(pop_receipt: str | None) -> str:
    assert pop_receipt is not None, "a held message has a receipt"
    return pop_receipt


def _code(error: HttpResponseError) -> object:
    # The library sets it where it reads an error, but does not declare it.
    return getattr(error, "error_code", None)


def _is_transient(status: int | None) -> bool:
    # Without a status the request never got an answer, or the identity no token.
    return (
        status is None or status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in TRANSIENT_STATUSES
    )


@contextmanager
def _translated(queue_name: str) -> Iterator[None]:
    try:
        yield
    except HttpResponseError as error:
        if _code(error) in NOT_HELD_CODES:
            raise MessageNotHeld(f"a message of {queue_name} was held too long") from error
        if _is_transient(error.status_code):
            raise QueueUnavailable(f"the queue {queue_name}: {error.message}") from error
        raise QueueRefused(f"the queue {queue_name}: {error.message}") from error
    except AzureError as error:
        raise QueueUnavailable(f"the queue {queue_name}: {error.message}") from error
