"""A queue in a SQLite file: durable, and safe for several processes and sudden ends."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Lock
from typing import Self
from uuid import uuid4

from work365.adapters.queue.messages import (
    RECEIVED_MESSAGES_MAX,
    Message,
    MessageNotHeld,
    QueueUnavailable,
    poison_name,
    require_name,
    require_size,
)
from work365.errors import Contradiction

BUSY_SECONDS_MAX = 30
"""How long to wait for another process that is writing."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

SCHEMA = """
CREATE TABLE IF NOT EXISTS message (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    queue TEXT NOT NULL,
    text TEXT NOT NULL,
    dequeue_count INTEGER NOT NULL DEFAULT 0,
    visible_at_milliseconds INTEGER NOT NULL,
    pop_receipt TEXT
);
CREATE INDEX IF NOT EXISTS message_by_visibility ON message (queue, visible_at_milliseconds);
"""


class QueueFileDamaged(Contradiction):
    """The file of a queue is not one, or not a whole one."""

    code = "queue_file_damaged"


class LocalQueue:
    """A `MessageQueue` on this machine. One file keeps many queues, told apart by name.

    `clock` says when a delay or a timeout is over. It should tell the real time even where
    the service's own clock is moved: a message is held for as long as work really takes.
    """

    def __init__(self, path: Path, name: str = "jobs", *, clock: Callable[[], datetime]) -> None:
        self._name = require_name(name)
        self._clock = clock
        self._lock = Lock()
        path.parent.mkdir(parents=True, exist_ok=True)
        with _translated(name), ExitStack() as opened:
            self._connection = sqlite3.connect(
                path, timeout=BUSY_SECONDS_MAX, isolation_level=None, check_same_thread=False
            )
            opened.callback(self._connection.close)
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.executescript(SCHEMA)
            opened.pop_all()

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
        with self._lock:
            self._connection.close()

    def put(self, text: str, *, delay_seconds: int = 0) -> None:
        """See `MessageQueue`."""
        require_size(text, self._name)
        with self._transaction() as connection:
            self._insert(connection, self._name, text, self._after(delay_seconds))

    def receive(self, *, count: int = 1, visibility_timeout_seconds: int) -> list[Message]:
        """See `MessageQueue`."""
        assert 1 <= count <= RECEIVED_MESSAGES_MAX, count
        assert visibility_timeout_seconds > 0, visibility_timeout_seconds
        if not self._anything_visible():
            # Most looks find nothing, and a look must not stand in the way of a writer.
            return []
        with self._transaction() as connection:
            rows = connection.execute(
                "SELECT sequence, id, text, dequeue_count FROM message"
                " WHERE queue = ? AND visible_at_milliseconds <= ?"
                " ORDER BY visible_at_milliseconds, sequence LIMIT ?",
                (self._name, self._after(0), count),
            ).fetchall()
            visible_at = self._after(visibility_timeout_seconds)
            return [self._take(connection, row, visible_at) for row in rows]

    def keep(self, message: Message, *, visibility_timeout_seconds: int) -> Message:
        """See `MessageQueue`."""
        kept = Message(
            id=message.id,
            text=message.text,
            dequeue_count=message.dequeue_count,
            pop_receipt=uuid4().hex,
        )
        self._change_held(
            message,
            "UPDATE message SET pop_receipt = ?, visible_at_milliseconds = ?",
            (kept.pop_receipt, self._after(visibility_timeout_seconds)),
        )
        return kept

    def release(self, message: Message, *, delay_seconds: int = 0) -> None:
        """See `MessageQueue`."""
        self._change_held(
            message,
            "UPDATE message SET pop_receipt = NULL, visible_at_milliseconds = ?",
            (self._after(delay_seconds),),
        )

    def delete(self, message: Message) -> None:
        """See `MessageQueue`."""
        self._change_held(message, "DELETE FROM message", ())

    def move_to_poison(self, message: Message) -> None:
        """See `MessageQueue`."""
        with self._transaction() as connection:
            self._change(connection, message, "DELETE FROM message", ())
            self._insert(connection, poison_name(self._name), message.text, self._after(0))

    def size(self) -> int:
        """See `MessageQueue`."""
        with self._lock, _translated(self._name):
            (count,) = self._connection.execute(
                "SELECT COUNT(*) FROM message WHERE queue = ?", (self._name,)
            ).fetchone()
        return int(count)

    def release_all(self) -> int:
        """Give back every message that is held; return how many.

        Right only where nobody works on the queue: a host that owns it calls this when it
        starts, and need not wait for the timeouts of messages that its last life left behind.

        Raises: QueueUnavailable.
        """
        with self._transaction() as connection:
            return connection.execute(
                "UPDATE message SET pop_receipt = NULL, visible_at_milliseconds = ?"
                " WHERE queue = ? AND pop_receipt IS NOT NULL",
                (self._after(0), self._name),
            ).rowcount

    def _anything_visible(self) -> bool:
        with self._lock, _translated(self._name):
            found = self._connection.execute(
                "SELECT 1 FROM message WHERE queue = ? AND visible_at_milliseconds <= ? LIMIT 1",
                (self._name, self._after(0)),
            ).fetchone()
        return found is not None

    def _take(
        self, connection: sqlite3.Connection, row: tuple[int, str, str, int], visible_at: int
    ) -> Message:
        sequence, message_id, text, dequeue_count = row
        taken = Message(
            id=message_id, text=text, dequeue_count=dequeue_count + 1, pop_receipt=uuid4().hex
        )
        connection.execute(
            "UPDATE message SET dequeue_count = ?, pop_receipt = ?, visible_at_milliseconds = ?"
            " WHERE sequence = ?",
            (taken.dequeue_count, taken.pop_receipt, visible_at, sequence),
        )
        return taken

    def _insert(
        self, connection: sqlite3.Connection, queue_name: str, text: str, visible_at: int
    ) -> None:
        connection.execute(
            "INSERT INTO message (id, queue, text, visible_at_milliseconds) VALUES (?, ?, ?, ?)",
            (str(uuid4()), queue_name, text, visible_at),
        )

    def _change_held(self, message: Message, statement: str, values: tuple[object, ...]) -> None:
        with self._transaction() as connection:
            self._change(connection, message, statement, values)

    def _change(
        self,
        connection: sqlite3.Connection,
        message: Message,
        statement: str,
        values: tuple[object, ...],
    ) -> None:
        changed = connection.execute(
            f"{statement} WHERE queue = ? AND id = ? AND pop_receipt = ?",
            (*values, self._name, message.id, message.pop_receipt),
        ).rowcount
        if changed == 0:
            raise MessageNotHeld(f"{message.id} of the queue {self._name} was held too long")

    def _after(self, seconds: int) -> int:
        assert seconds >= 0, seconds
        now = (self._clock() - EPOCH) // timedelta(milliseconds=1)
        return now + seconds * 1000

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._lock, _translated(self._name):
            # Writers queue here. A transaction that read first would be refused the lock later.
            self._connection.execute("BEGIN IMMEDIATE")
            with self._connection:
                yield self._connection


@contextmanager
def _translated(queue_name: str) -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as error:
        # Locked for too long by another process, or the disk is full.
        raise QueueUnavailable(f"the file of the queue {queue_name}: {error}") from error
    except sqlite3.DatabaseError as error:
        raise QueueFileDamaged(f"the file of the queue {queue_name}: {error}") from error
