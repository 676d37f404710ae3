"""A host for an app, on a clock that stands still, and a queue in a file."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import azure.functions as func
import pytest

from work365.adapters.queue.local import LocalQueue
from work365.entrypoints.localhost import LocalHost, timer_triggers

START = datetime(2026, 3, 1, 12, tzinfo=UTC)


def real_time() -> datetime:
    return START + timedelta(seconds=time.monotonic())


@pytest.fixture
def app() -> func.FunctionApp:
    return func.FunctionApp(http_auth_level=func.AuthLevel.FUNCTION)


@pytest.fixture
def open_queue(tmp_path: Path) -> Iterator[Callable[[str], LocalQueue]]:
    """Opens a queue of the file that the host works on."""
    with ExitStack() as opened:
        yield lambda name: opened.enter_context(
            LocalQueue(tmp_path / "queue.db", name, clock=real_time)
        )


@pytest.fixture
def start_host(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., LocalHost]]:
    """Starts a host for an app; it is stopped when the test is over."""
    # Looked at beside a tick, a clock that stands still would seem to be set back.
    monkeypatch.setattr(timer_triggers, "LOOK_SECONDS", 3600)
    with ExitStack() as started:

        def start(app: func.FunctionRegister, **options: Any) -> LocalHost:
            open_queue = partial(LocalQueue, tmp_path / "queue.db", clock=real_time)
            return started.enter_context(
                LocalHost(app, **{"queue": open_queue, "clock": lambda: START, **options})
            )

        yield start
