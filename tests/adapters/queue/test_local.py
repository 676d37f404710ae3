import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from work365.adapters.queue import local
from work365.adapters.queue.local import LocalQueue, QueueFileDamaged
from work365.adapters.queue.messages import QueueUnavailable

START = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Clock:
    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "made when needed" / "queue.db"


def real_time() -> datetime:
    """The same in every process of this machine."""
    return START + timedelta(seconds=time.monotonic())


def run(source: str, path: Path) -> "subprocess.Popen[str]":
    """Another process that works on the file."""
    start = f"""
import os, signal, sys, time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from work365.adapters.queue.local import LocalQueue
START = datetime(2026, 3, 1, 12, tzinfo=UTC)
queue = LocalQueue(
    Path(sys.argv[1]), clock=lambda: START + timedelta(seconds=time.monotonic())
)
{textwrap.dedent(source)}
"""
    return subprocess.Popen(  # this interpreter, and no outside input
        [sys.executable, "-c", start, str(path)], text=True, stdout=subprocess.PIPE
    )


class TestLocalQueue:
    def test_goes_by_the_clock_it_is_given(self, path: Path, clock: Clock) -> None:
        with LocalQueue(path, clock=clock) as queue:
            queue.put("in a day", delay_seconds=86_400)
            clock.now += timedelta(days=1, milliseconds=-1)
            too_early = queue.receive(visibility_timeout_seconds=1)
            clock.now += timedelta(milliseconds=1)
            on_time = queue.receive(visibility_timeout_seconds=1)

        assert (len(too_early), len(on_time)) == (0, 1)

    def test_keeps_messages_when_it_is_closed(self, path: Path, clock: Clock) -> None:
        with LocalQueue(path, clock=clock) as queue:
            queue.put("kept")

        with LocalQueue(path, clock=clock) as queue:
            assert [m.text for m in queue.receive(visibility_timeout_seconds=1)] == ["kept"]

    def test_tells_queues_of_one_file_apart(self, path: Path, clock: Clock) -> None:
        with (
            LocalQueue(path, "jobs", clock=clock) as jobs,
            LocalQueue(path, "mails", clock=clock) as mails,
        ):
            jobs.put("job")

            assert (jobs.size(), mails.size()) == (1, 0)

    def test_gives_back_what_is_held_but_not_what_is_delayed(
        self, path: Path, clock: Clock
    ) -> None:
        with LocalQueue(path, clock=clock) as queue:
            queue.put("held")
            queue.receive(visibility_timeout_seconds=600)
            queue.put("delayed", delay_seconds=600)

            released = queue.release_all()

            again = queue.receive(count=32, visibility_timeout_seconds=600)
        assert released == 1
        assert [(m.text, m.dequeue_count) for m in again] == [("held", 2)]

    def test_is_unavailable_while_another_process_writes_for_too_long(
        self, path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(local, "BUSY_SECONDS_MAX", 0)
        with LocalQueue(path, clock=clock) as queue:
            other = sqlite3.connect(path, isolation_level=None)
            other.execute("BEGIN IMMEDIATE")

            with pytest.raises(QueueUnavailable, match="locked"):
                queue.put("job")

            other.close()
            queue.put("job")
            assert queue.size() == 1

    def test_says_that_its_file_is_not_one(self, path: Path, clock: Clock) -> None:
        path.parent.mkdir()
        path.write_text("This is a letter to my grandmother. " * 100)

        with pytest.raises(QueueFileDamaged, match="not a database"):
            LocalQueue(path, clock=clock)


class TestSeveralProcesses:
    def test_lose_nothing_and_do_nothing_twice(self, path: Path) -> None:
        putters = [
            run(f"[queue.put(f'{name} {{n}}') for n in range(50)]", path) for name in ("a", "b")
        ]
        takers = [
            run(
                """
                taken = 0
                while taken < 50:
                    for message in queue.receive(visibility_timeout_seconds=600):
                        print(message.text)
                        queue.delete(message)
                        taken += 1
                """,
                path,
            )
            for _ in range(2)
        ]

        printed = "".join(process.communicate(timeout=60)[0] for process in putters + takers)

        assert [process.returncode for process in putters + takers] == [0, 0, 0, 0]
        assert sorted(printed.splitlines()) == sorted(f"{p} {n}" for p in "ab" for n in range(50))

    def test_find_again_what_a_killed_one_held(self, path: Path) -> None:
        killed = run(
            """
            queue.put("job")
            queue.receive(visibility_timeout_seconds=60)
            os.kill(os.getpid(), signal.SIGKILL)
            """,
            path,
        )
        killed.communicate(timeout=60)
        in_two_minutes = real_time() + timedelta(minutes=2)

        with LocalQueue(path, clock=real_time) as queue:
            while_it_is_held = queue.receive(visibility_timeout_seconds=60)
        with LocalQueue(path, clock=lambda: in_two_minutes) as queue:
            after_its_timeout = queue.receive(visibility_timeout_seconds=60)

        assert killed.returncode == -signal.SIGKILL
        assert while_it_is_held == []
        assert [(m.text, m.dequeue_count) for m in after_its_timeout] == [("job", 2)]

    def test_are_sure_of_a_message_once_it_is_put(self, path: Path) -> None:
        killed = run(
            """
            for number in range(10_000):
                queue.put(str(number))
                print(number, flush=True)
            """,
            path,
        )
        assert killed.stdout is not None
        for _ in range(20):
            killed.stdout.readline()

        os.kill(killed.pid, signal.SIGKILL)

        last_said_to_be_put = 19 + len(killed.communicate(timeout=60)[0].splitlines())
        with LocalQueue(path, clock=real_time) as queue:
            assert queue.size() in (last_said_to_be_put + 1, last_said_to_be_put + 2)
