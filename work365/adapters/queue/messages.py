"""Messages of text, and what every queue can do with them.

The meaning of each verb is that of Azure Storage queues, so that what works on the local queue
works in Azure.
Source: learn.microsoft.com/rest/api/storageservices/queue-service-rest-api.
"""

import re
from dataclasses import dataclass
from typing import ClassVar, Protocol

from work365.errors import Contradiction, Refusal, Unavailable

MESSAGE_BYTES_MAX = 48 * 1024
"""What fits into a message of 64 KiB once it is base64, four characters for three bytes."""

RECEIVED_MESSAGES_MAX = 32
"""Messages a queue hands out at once."""

DELAY_SECONDS_MAX = 7 * 24 * 60 * 60
"""The longest a message can be invisible: seven days."""

QUEUE_NAME = re.compile(r"(?!.*--)[a-z0-9][a-z0-9-]{1,61}[a-z0-9]")
"""Three to 63 lower-case letters, digits and single hyphens, none at an end."""


class MessageTooLarge(Contradiction):
    """A message is longer than a queue can carry; whoever made it has to make smaller ones."""

    code: ClassVar[str] = "message_too_large"


class MessageNotHeld(Refusal):
    """A message is no longer its receiver's: held too long, and so given to another."""

    code: ClassVar[str] = "message_not_held"


class QueueUnavailable(Unavailable):
    """A queue did not answer."""

    code: ClassVar[str] = "queue_unavailable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message as its receiver holds it.

    `pop_receipt` shows that the receiver holds it; every change of its visibility renews it.
    `dequeue_count` counts this time, too: it is 1 when the message is received first.
    """

    id: str
    text: str
    dequeue_count: int
    pop_receipt: str


class MessageQueue(Protocol):
    """A queue that delivers each message at least once, in about the order they were put."""

    @property
    def name(self) -> str:
        """Return the name of the queue."""

    def put(self, text: str, *, delay_seconds: int = 0) -> None:
        """Put a message on the queue; nobody sees it before `delay_seconds` are over.

        Raises: MessageTooLarge; QueueUnavailable.
        """

    def receive(self, *, count: int = 1, visibility_timeout_seconds: int) -> list[Message]:
        """Take up to `count` messages, oldest first; nobody else sees them for the timeout.

        Raises: QueueUnavailable.
        """

    def keep(self, message: Message, *, visibility_timeout_seconds: int) -> Message:
        """Hold `message` for the timeout from now; return it with its new receipt.

        Raises: MessageNotHeld; QueueUnavailable.
        """

    def release(self, message: Message, *, delay_seconds: int = 0) -> None:
        """Give `message` back, so that it is received again once `delay_seconds` are over.

        Raises: MessageNotHeld; QueueUnavailable.
        """

    def delete(self, message: Message) -> None:
        """Take `message` off the queue for good.

        Raises: MessageNotHeld; QueueUnavailable.
        """

    def move_to_poison(self, message: Message) -> None:
        """Move `message` to the queue for those that cannot be done, as a new message there.

        Raises: MessageNotHeld; QueueUnavailable.
        """

    def size(self) -> int:
        """Return how many messages there are: waiting, delayed and held.

        Raises: QueueUnavailable.
        """

    def close(self) -> None:
        """Let go of files and connections."""


def poison_name(queue_name: str) -> str:
    """Return the name of the queue that takes what `queue_name` gives up on.

    Source: the Azure Functions host names it so.
    """
    return f"{queue_name}-poison"


def require_name(name: str) -> str:
    """Return `name`, which Azure accepts as the name of a queue."""
    assert QUEUE_NAME.fullmatch(name), f"{name!r} cannot be the name of a queue"
    return name


def require_size(text: str, queue_name: str) -> str:
    """Return `text`, which fits into a message.

    Raises: MessageTooLarge.
    """
    size = len(text.encode())
    if size > MESSAGE_BYTES_MAX:
        raise MessageTooLarge(
            f"a message for the queue {queue_name} has {size:,} bytes,"
            f" and {MESSAGE_BYTES_MAX:,} are the most that a queue carries"
        )
    return text
