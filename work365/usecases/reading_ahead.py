"""Asking a provider about many customers at once, so that its limit is used and kept."""

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from typing import Generic, TypeVar

from work365.domain.findings import Finding, Severity
from work365.errors import Contradiction, Refusal, Unavailable, Work365Error

READERS = 16
"""Threads that ask. 500 requests a minute are used up by them as long as an answer takes less
than 1.9 seconds; what is asked too fast waits for its turn in the connection's pace."""
AHEAD_MAX = 4 * READERS
"""Answers that wait in the memory to be written."""
UNANSWERED_MAX = 3
"""Customers without an answer after which the provider itself is taken to be out of reach."""

AskedT = TypeVar("AskedT")
AnswerT = TypeVar("AnswerT")


@dataclass(frozen=True, slots=True)
class Asked(Generic[AskedT, AnswerT]):
    """What was asked about, and the answer or why there is none."""

    about: AskedT
    answer: AnswerT | None
    finding: Finding | None = None


def read_ahead(
    things: Iterable[AskedT], ask: Callable[[AskedT], AnswerT], *, path: Callable[[AskedT], str]
) -> Generator[Asked[AskedT, AnswerT], None, None]:
    """Yield what `ask` returns for each of `things`, in their order, many of them ahead.

    One that is refused, or whose answer cannot be true, comes with a finding at `path`.

    Raises: Unavailable: more than a few were not answered.
    """
    unanswered = 0
    for thing, future in _futures(things, ask):
        try:
            yield Asked(thing, future.result())
        except (Refusal, Contradiction) as error:
            yield Asked(thing, None, _finding(error, path(thing)))
        except Unavailable as error:
            unanswered += 1
            if unanswered > UNANSWERED_MAX:
                raise
            yield Asked(thing, None, _finding(error, path(thing)))


def _futures(
    things: Iterable[AskedT], ask: Callable[[AskedT], AnswerT]
) -> Iterator[tuple[AskedT, Future[AnswerT]]]:
    rest = iter(things)
    pool = ThreadPoolExecutor(READERS)
    try:
        waiting = deque((each, pool.submit(ask, each)) for each in islice(rest, AHEAD_MAX))
        while waiting:
            yield waiting.popleft()
            waiting.extend((each, pool.submit(ask, each)) for each in islice(rest, 1))
    finally:
        # Whoever stops reading does not wait for what nobody wants any more.
        pool.shutdown(cancel_futures=True)


def _finding(error: Work365Error, path: str) -> Finding:
    return Finding(Severity.ERROR, error.code, f"{path}: {error}", path)
