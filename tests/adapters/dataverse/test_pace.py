"""How many requests go out at once, and how fast, by what Dataverse said last."""

from threading import Event, Thread

import pytest

from work365.adapters.dataverse.pace import (
    ANSWERS_TO_RECOVER,
    DEGREE_HINT,
    DEGREE_OF_PARALLELISM,
    DEGREE_OF_PARALLELISM_MAX,
    LATENCY_SECONDS,
    PROBES_PER_WINDOW,
    REQUESTS_LEFT,
    SECONDS_LEFT,
    WINDOW_SECONDS,
    Pace,
)

LIMIT = 6_000
TOO_MANY_REQUESTS, TOO_MUCH_TIME, TOO_MANY_AT_ONCE = "0x80072322", "0x80072321", "0x80072326"


class Server:
    """Lets in so many requests in a sliding window, and says what is left; time is told it."""

    def __init__(self, limit: int = LIMIT) -> None:
        self.now = 0.0
        self.limit = limit
        self.arrived: list[float] = []
        self.ours = 0
        self.refused = 0
        self.pace = Pace(elapsed_seconds=lambda: self.now)

    def in_window(self) -> int:
        return sum(1 for moment in self.arrived if moment > self.now - WINDOW_SECONDS)

    def take(self, count: int) -> None:
        """Take in requests of another worker of the same user."""
        self.arrived += [self.now] * count

    def ask(self) -> None:
        """Send a request as soon as the pace allows, and again if it is refused."""
        with self.pace.turn():
            while (pause := self.pace.pause_seconds()) > 0:
                self.now += pause
            if self.in_window() < self.limit:
                self.arrived.append(self.now)
                self.ours += 1
                tell(self.pace, requests=self.limit - self.in_window())
                return
            self.pace.refused(TOO_MANY_REQUESTS)
            self.refused += 1
            self.now = self.arrived[-self.limit] + WINDOW_SECONDS
        self.ask()


def tell(pace: Pace, took: float = 0.01, **headers: object) -> None:
    names = {"hint": DEGREE_HINT, "requests": REQUESTS_LEFT, "seconds": SECONDS_LEFT}
    pace.note({names[name]: str(value) for name, value in headers.items()}, took)


def test_nothing_is_slowed_down_before_dataverse_says_what_is_left() -> None:
    pace = Pace(elapsed_seconds=lambda: 0.0)

    assert [pace.pause_seconds() for _ in range(2 * LIMIT)] == [0.0] * 2 * LIMIT


def test_no_limit_is_met_and_nearly_all_of_it_is_used() -> None:
    server = Server(limit=600)

    while server.now < 4 * WINDOW_SECONDS:
        server.ask()

    assert server.refused == 0
    assert server.ours >= 4 * 600 * 95 // 100


def test_the_last_part_of_the_allowance_is_spent_slowly() -> None:
    server = Server(limit=600)
    for _ in range(450):
        server.ask()
    fast = server.now

    for _ in range(20):
        server.ask()

    assert fast == 0
    assert server.now > 5


def test_what_others_use_is_seen_in_what_is_left() -> None:
    server = Server(limit=600)
    server.take(500)

    for _ in range(99):
        server.ask()

    assert server.refused == 0
    assert server.now > 0, "the last of 600 go slowly, though they are our first 100"


def test_who_is_shut_out_by_others_asks_once_and_waits_as_told() -> None:
    server = Server(limit=600)
    server.ask()
    server.take(590)

    for _ in range(12):
        server.ask()

    assert server.refused == 1
    assert server.now == pytest.approx(WINDOW_SECONDS, abs=1)


def test_one_request_finds_out_when_nothing_else_can_tell() -> None:
    server = Server()
    tell(server.pace, requests=LIMIT)
    server.pace.refused(TOO_MANY_REQUESTS)

    first, second = server.pace.pause_seconds(), server.pace.pause_seconds()

    assert first == 0
    assert second == WINDOW_SECONDS / PROBES_PER_WINDOW


def test_where_all_of_it_was_ours_the_oldest_has_to_leave_the_window_first() -> None:
    pace = Pace(elapsed_seconds=lambda: 0.0)
    tell(pace, requests=1)
    pace.pause_seconds()

    assert pace.pause_seconds() == WINDOW_SECONDS + LATENCY_SECONDS


def test_little_time_left_slows_down_as_little_requests_left_do() -> None:
    pace = Pace(elapsed_seconds=lambda: 100.0)
    tell(pace, seconds="1,200.00")
    for _ in range(100):
        tell(pace, 4.0, seconds="12.50")

    assert pace.pause_seconds() == 0
    assert pace.pause_seconds() > 1


@pytest.mark.parametrize("text", ["", "plenty", "-1", "1e3", "nan", ","])
def test_what_is_not_a_number_says_nothing(text: str) -> None:
    pace = Pace(elapsed_seconds=lambda: 0.0)

    tell(pace, hint=text, requests=text, seconds=text)

    assert pace.degree_of_parallelism == DEGREE_OF_PARALLELISM
    assert [pace.pause_seconds() for _ in range(3)] == [0, 0, 0]


@pytest.mark.parametrize("code", [TOO_MUCH_TIME, TOO_MANY_AT_ONCE])
def test_fewer_go_out_at_once_when_that_is_what_was_too_much(code: str) -> None:
    pace = Pace()
    tell(pace, hint=8)

    pace.refused(code)
    narrowed = pace.degree_of_parallelism
    for _ in range(ANSWERS_TO_RECOVER):
        tell(pace, hint=8)

    assert (narrowed, pace.degree_of_parallelism) == (4, 5)


def test_there_is_always_one_that_may_go_out() -> None:
    pace = Pace()

    for _ in range(9):
        pace.refused(TOO_MANY_AT_ONCE)

    assert pace.degree_of_parallelism == 1


def test_too_many_requests_is_no_reason_to_send_fewer_at_once() -> None:
    pace = Pace()

    pace.refused(TOO_MANY_REQUESTS)

    assert pace.degree_of_parallelism == DEGREE_OF_PARALLELISM


def test_as_many_are_on_their_way_as_dataverse_recommends_at_the_moment() -> None:
    pace = Pace()
    entered, leave = [Event() for _ in range(3)], Event()

    def hold(place: int) -> None:
        with pace.turn():
            entered[place].set()
            leave.wait(timeout=5)

    tell(pace, hint=1)
    threads = [Thread(target=hold, args=(place,)) for place in range(3)]
    for thread in threads:
        thread.start()
    alone = [event.wait(timeout=0.2) for event in entered]
    tell(pace, hint=2 * DEGREE_OF_PARALLELISM_MAX)
    together = [event.wait(timeout=5) for event in entered]
    leave.set()
    for thread in threads:
        thread.join(timeout=5)

    assert sum(alone) == 1
    assert together == [True] * 3
