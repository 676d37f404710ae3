"""Keeping to what a partner may ask in a minute."""

from concurrent.futures import ThreadPoolExecutor
from threading import Lock

import pytest

from tests.adapters.partner_center.asking import Hourglass
from work365.adapters.partner_center.pace import AT_ONCE_MAX, LOOK_AGAIN_SECONDS, MinutePace


def asked(pace: MinutePace, hourglass: Hourglass, *, seconds: float = 0) -> float:
    """Ask once, with an answer after `seconds`, or return how long to wait."""
    with pace.turn():
        pause = pace.pause_seconds()
        if not pause:
            hourglass.sleep(seconds)
    return pause


def test_as_many_as_are_allowed_go_at_once_and_the_next_waits() -> None:
    hourglass = Hourglass()
    pace = MinutePace(requests_per_minute=3, elapsed_seconds=hourglass.elapsed)

    first = [asked(pace, hourglass) for _ in range(3)]
    hourglass.sleep(20)

    assert first == [0.0, 0.0, 0.0]
    assert asked(pace, hourglass) == pytest.approx(40)


def test_a_place_is_free_again_a_minute_after_the_answer() -> None:
    hourglass = Hourglass()
    pace = MinutePace(requests_per_minute=1, elapsed_seconds=hourglass.elapsed)
    asked(pace, hourglass, seconds=7)

    hourglass.sleep(59.9)
    early = asked(pace, hourglass)
    hourglass.sleep(0.1)

    assert early == pytest.approx(0.1)
    assert asked(pace, hourglass) == 0.0


def test_a_place_is_taken_while_the_request_is_on_its_way() -> None:
    hourglass = Hourglass()
    pace = MinutePace(requests_per_minute=1, elapsed_seconds=hourglass.elapsed)

    with pace.turn(), ThreadPoolExecutor(1) as pool:
        pace.pause_seconds()
        hourglass.sleep(1_000)
        beside = pool.submit(asked, pace, hourglass).result()

    assert beside == LOOK_AGAIN_SECONDS


def test_who_gave_up_waiting_takes_no_place() -> None:
    hourglass = Hourglass()
    pace = MinutePace(requests_per_minute=1, elapsed_seconds=hourglass.elapsed)
    asked(pace, hourglass)
    asked(pace, hourglass)

    hourglass.sleep(60)

    assert asked(pace, hourglass) == 0.0


def test_no_minute_has_more_than_are_allowed() -> None:
    hourglass = Hourglass()
    pace = MinutePace(requests_per_minute=5, elapsed_seconds=hourglass.elapsed)
    sent: list[float] = []

    while len(sent) < 40:
        seconds = asked(pace, hourglass)
        if seconds:
            hourglass.sleep(seconds)
        else:
            sent.append(hourglass.now)

    assert all(later - earlier >= 60 for earlier, later in zip(sent, sent[5:], strict=False))
    # And no slower than it has to be: 40 requests are eight minutes' worth.
    assert sent[-1] == pytest.approx(7 * 60)


def test_threads_share_it_and_only_so_many_are_on_their_way() -> None:
    pace = MinutePace(requests_per_minute=100)
    lock, running, most, passed = Lock(), 0, 0, 0

    def ask(_: int) -> None:
        nonlocal running, most, passed
        with pace.turn():
            with lock:
                running += 1
                most = max(most, running)
                passed += pace.pause_seconds() == 0
            with lock:
                running -= 1

    with ThreadPoolExecutor(32) as pool:
        list(pool.map(ask, range(150)))

    assert passed == 100
    assert most <= AT_ONCE_MAX
