"""What every queue does; the same cases run against each of them."""

import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from work365.adapters.queue.local import LocalQueue
from work365.adapters.queue.messages import (
    MESSAGE_BYTES_MAX,
    MessageNotHeld,
    MessageQueue,
    MessageTooLarge,
    poison_name,
    require_name,
)
from work365.adapters.queue.storage import StorageQueue, connect

START = datetime(2026, 3, 1, tzinfo=UTC)


class LocalPlace:
    """Queues of a file, on a clock that a test moves."""

    def __init__(self, path: Path, opened: ExitStack) -> None:
        self.path = path
        self.opened = opened
        self.now = START

    def open(self, name: str) -> MessageQueue:
        queue = LocalQueue(self.path, name, clock=lambda: self.now)
        return self.opened.enter_context(queue)

    def let_pass(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


class StoragePlace:
    """Queues of a storage account, which has a clock of its own."""

    def __init__(self, connection_string: str, opened: ExitStack) -> None:
        self.service = opened.enter_context(connect(connection_string, retries=0))
        self.opened = opened

    def open(self, name: str) -> MessageQueue:
        return self.opened.enter_context(StorageQueue(name, service=self.service))

    def let_pass(self, seconds: float) -> None:
        time.sleep(seconds)


Place = LocalPlace | StoragePlace


@pytest.fixture(params=["local", "storage"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    with ExitStack() as opened:
        if request.param == "local":
            yield LocalPlace(tmp_path / "queue.db", opened)
        else:
            yield StoragePlace(request.getfixturevalue("azurite"), opened)


@pytest.fixture
def queue(place: Place) -> MessageQueue:
    return place.open(f"jobs-{uuid.uuid4().hex[:8]}")


class TestAMessage:
    def test_is_received_as_it_was_put(self, queue: MessageQueue) -> None:
        text = '{"customer": "Ångström & Söhne <GmbH>", "amount": 12345678901234567.89}\n'

        queue.put(text)

        (message,) = queue.receive(visibility_timeout_seconds=30)
        assert (message.text, message.dequeue_count) == (text, 1)

    def test_is_seen_by_one_receiver_only(self, queue: MessageQueue) -> None:
        queue.put("job")

        first = queue.receive(visibility_timeout_seconds=30)
        second = queue.receive(visibility_timeout_seconds=30)

        assert (len(first), len(second)) == (1, 0)

    def test_comes_back_when_its_timeout_is_over(self, queue: MessageQueue, place: Place) -> None:
        queue.put("job")
        queue.receive(visibility_timeout_seconds=1)

        place.let_pass(1.2)

        (again,) = queue.receive(visibility_timeout_seconds=30)
        assert again.dequeue_count == 2

    def test_waits_for_its_delay(self, queue: MessageQueue, place: Place) -> None:
        queue.put("later", delay_seconds=1)

        at_once = queue.receive(visibility_timeout_seconds=30)
        place.let_pass(1.2)
        after_the_delay = queue.receive(visibility_timeout_seconds=30)

        assert (len(at_once), len(after_the_delay)) == (0, 1)

    def test_is_gone_once_deleted(self, queue: MessageQueue) -> None:
        queue.put("job")
        (message,) = queue.receive(visibility_timeout_seconds=30)

        queue.delete(message)

        assert queue.size() == 0

    def test_is_received_again_once_released(self, queue: MessageQueue) -> None:
        queue.put("job")
        (message,) = queue.receive(visibility_timeout_seconds=30)

        queue.release(message)

        (again,) = queue.receive(visibility_timeout_seconds=30)
        assert (again.id, again.text, again.dequeue_count) == (message.id, "job", 2)

    def test_that_is_kept_is_held_by_its_new_receipt(
        self, queue: MessageQueue, place: Place
    ) -> None:
        queue.put("job")
        (message,) = queue.receive(visibility_timeout_seconds=1)

        kept = queue.keep(message, visibility_timeout_seconds=30)
        place.let_pass(1.2)

        assert queue.receive(visibility_timeout_seconds=30) == []
        queue.delete(kept)
        assert queue.size() == 0

    def test_that_was_held_too_long_is_not_its_receivers(
        self, queue: MessageQueue, place: Place
    ) -> None:
        queue.put("job")
        (late,) = queue.receive(visibility_timeout_seconds=1)
        place.let_pass(1.2)
        (again,) = queue.receive(visibility_timeout_seconds=30)

        with pytest.raises(MessageNotHeld):
            queue.delete(late)

        assert queue.size() == 1
        queue.delete(again)

    def test_that_is_gone_cannot_be_deleted_again(self, queue: MessageQueue) -> None:
        queue.put("job")
        (message,) = queue.receive(visibility_timeout_seconds=30)
        queue.delete(message)

        with pytest.raises(MessageNotHeld):
            queue.delete(message)

    def test_goes_to_the_poison_queue_as_a_new_one(self, queue: MessageQueue, place: Place) -> None:
        queue.put("bad job")
        (message,) = queue.receive(visibility_timeout_seconds=30)

        queue.move_to_poison(message)

        poison = place.open(poison_name(queue.name))
        assert (queue.size(), poison.size()) == (0, 1)
        (poisoned,) = poison.receive(visibility_timeout_seconds=30)
        assert (poisoned.text, poisoned.dequeue_count) == ("bad job", 1)

    def test_of_the_greatest_size_fits(self, queue: MessageQueue) -> None:
        text = "é" * (MESSAGE_BYTES_MAX // 2)

        queue.put(text)

        (message,) = queue.receive(visibility_timeout_seconds=30)
        assert message.text == text

    def test_that_is_a_byte_too_long_is_refused(self, queue: MessageQueue) -> None:
        with pytest.raises(MessageTooLarge, match="49,153 bytes, and 49,152"):
            queue.put("x" * (MESSAGE_BYTES_MAX + 1))

        assert queue.size() == 0


class TestAQueue:
    def test_nobody_has_used_is_empty(self, queue: MessageQueue) -> None:
        assert (queue.size(), queue.receive(visibility_timeout_seconds=30)) == (0, [])

    def test_hands_out_no_more_than_asked_for(self, queue: MessageQueue) -> None:
        for number in range(5):
            queue.put(f"job {number}")

        three = queue.receive(count=3, visibility_timeout_seconds=30)
        rest = queue.receive(count=3, visibility_timeout_seconds=30)

        assert [m.text for m in three + rest] == [f"job {number}" for number in range(5)]
        assert len(three) == 3

    def test_counts_what_waits_what_is_delayed_and_what_is_held(self, queue: MessageQueue) -> None:
        queue.put("held")
        queue.receive(visibility_timeout_seconds=30)
        queue.put("delayed", delay_seconds=30)
        queue.put("waiting")

        assert queue.size() == 3

    @pytest.mark.parametrize("name", ["Jobs", "jo", "-jobs", "jobs-", "jobs--two", "x" * 64])
    def test_has_a_name_that_azure_accepts(self, name: str) -> None:
        with pytest.raises(AssertionError, match="cannot be the name of a queue"):
            require_name(name)
