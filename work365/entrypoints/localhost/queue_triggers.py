"""Queue triggers: messages to functions, on a few threads for each queue."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import Event, Lock, Thread

from azure.functions.queue import QueueMessage

from work365.adapters.queue.messages import Message, MessageNotHeld, MessageQueue
from work365.entrypoints.localhost.host_settings import HostSettings
from work365.entrypoints.localhost.invocations import FunctionFailed, Invocations
from work365.entrypoints.localhost.registrations import RegisteredFunction
from work365.errors import Work365Error

LOOK_SECONDS = 0.1
"""How long a thread waits before it looks again at a queue that was empty or unavailable."""

logger = logging.getLogger(__name__)


class HeldMessage:
    """A message that is being worked on, and kept from everybody else meanwhile."""

    def __init__(self, queue: MessageQueue, message: Message) -> None:
        self._queue = queue
        self._message = message
        self._is_done = False
        self._lock = Lock()

    def keep(self, visibility_timeout_seconds: int) -> None:
        """Hold the message for the timeout from now, unless the work is done."""
        with self._lock:
            if not self._is_done:
                self._message = self._queue.keep(
                    self._message, visibility_timeout_seconds=visibility_timeout_seconds
                )

    def delete(self) -> None:
        """Take the message off its queue: the work succeeded."""
        with self._finished() as message:
            self._queue.delete(message)

    def give_up_or_retry(self, settings: HostSettings) -> None:
        """Give the message back, or up, if it has been tried often enough: the work failed."""
        with self._finished() as message:
            if message.dequeue_count < settings.dequeue_count_max:
                self._queue.release(message, delay_seconds=settings.retry_delay_seconds)
                return
            logger.error(
                "message %s of %s has failed %d times and is moved to the poison queue",
                message.id,
                self._queue.name,
                message.dequeue_count,
            )
            self._queue.move_to_poison(message)

    @contextmanager
    def _finished(self) -> Iterator[Message]:
        with self._lock:
            self._is_done = True
            yield self._message


class QueueTriggers:
    """The threads that work on the messages of an app's queues."""

    def __init__(
        self,
        functions: Sequence[tuple[RegisteredFunction, MessageQueue]],
        *,
        invocations: Invocations,
        settings: HostSettings,
    ) -> None:
        self._invocations = invocations
        self._settings = settings
        self._is_stopping = Event()
        self._is_stopped = Event()
        self._held: set[HeldMessage] = set()
        self._held_lock = Lock()
        self._workers = [
            Thread(target=self._work, args=(function, queue), name=queue.name, daemon=True)
            for function, queue in functions
            for _ in range(settings.workers)
        ]
        self._keeper = Thread(target=self._keep_held, name="keeper of messages", daemon=True)

    def open(self) -> None:
        """Begin to work."""
        self._keeper.start()
        for worker in self._workers:
            worker.start()

    def close(self) -> None:
        """Take no more messages, and finish those that are being worked on."""
        self._is_stopping.set()
        for worker in self._workers:
            worker.join()
        self._is_stopped.set()
        self._keeper.join()

    def _work(self, function: RegisteredFunction, queue: MessageQueue) -> None:
        while not self._is_stopping.is_set():
            if not self._work_once(function, queue):
                self._is_stopping.wait(LOOK_SECONDS)

    def _work_once(self, function: RegisteredFunction, queue: MessageQueue) -> bool:
        try:
            messages = queue.receive(
                visibility_timeout_seconds=self._settings.visibility_timeout_seconds
            )
            for message in messages:
                self._do(function, queue, message)
            return bool(messages)
        except MessageNotHeld as error:
            logger.warning("%s; whoever has it now does it again", error)
        except Work365Error:
            # The message, if there was one, comes back when its timeout is over.
            logger.exception("the queue %s could not be used", queue.name)
        return False

    def _do(self, function: RegisteredFunction, queue: MessageQueue, message: Message) -> None:
        held = HeldMessage(queue, message)
        if message.dequeue_count > self._settings.dequeue_count_max:
            # It never came to an end, not even to a failure: the process died each time.
            held.give_up_or_retry(self._settings)
            return
        try:
            with self._keeping(held):
                self._invocations.call(function, _to_azure(message))
        except FunctionFailed:
            held.give_up_or_retry(self._settings)
        else:
            held.delete()

    @contextmanager
    def _keeping(self, held: HeldMessage) -> Iterator[None]:
        with self._held_lock:
            self._held.add(held)
        try:
            yield
        finally:
            with self._held_lock:
                self._held.remove(held)

    def _keep_held(self) -> None:
        # Half of the timeout leaves time for one look that fails.
        timeout = self._settings.visibility_timeout_seconds
        while not self._is_stopped.wait(timeout / 2):
            with self._held_lock:
                held_now = list(self._held)
            for held in held_now:
                try:
                    held.keep(timeout)
                except Work365Error:
                    logger.exception("a message could not be kept, and may be done twice")


def _to_azure(message: Message) -> QueueMessage:
    return QueueMessage(
        id=message.id,
        body=message.text,
        dequeue_count=message.dequeue_count,
        pop_receipt=message.pop_receipt,
    )
