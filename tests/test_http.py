"""Outgoing HTTP: what holds for every outside system."""

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import IntEnum, StrEnum
from typing import Any
from uuid import UUID

import httpx
import pytest
import respx
from hypothesis import given
from hypothesis import strategies as st

from work365.errors import Contradiction, Refusal, Unavailable, Work365Error
from work365.http import (
    ATTEMPTS_AT_A_CONTRADICTION_MAX,
    ATTEMPTS_MAX,
    Paused,
    Retries,
    http_client,
    read_json,
    retry_after_seconds,
    write_json,
)

SENT = "Wed, 21 Oct 2026 07:28:00 GMT"


class Waiting:
    """Time that passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.elapsed = 0.0
        self.sleeps: list[float] = []
        self.meanwhile: list[Callable[[], None]] = []

    def sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)
        self.elapsed += seconds
        if self.meanwhile:
            self.meanwhile.pop()()

    def retries(self, patience_seconds: float = 1_000) -> Retries:
        return Retries(
            patience_seconds=patience_seconds,
            sleep=self.sleep,
            elapsed_seconds=lambda: self.elapsed,
        )


class Attempts:
    """A piece of work that fails with each of `errors` in turn, and then succeeds."""

    def __init__(self, errors: Iterable[Work365Error]) -> None:
        self.errors = list(errors)
        self.count = 0

    def __call__(self) -> str:
        self.count += 1
        if self.errors:
            raise self.errors.pop(0)
        return "done"


def always(error: Work365Error) -> bool:
    return True


finite = st.decimals(allow_nan=False, allow_infinity=False)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(finite)
def test_a_number_comes_back_with_every_digit_it_had(number: Decimal) -> None:
    again = read_json(write_json(number))

    assert Decimal(again).as_tuple() == Decimal(format(number, "f")).as_tuple() or again == 0
    assert again == number


@given(values)
def test_text_without_decimals_is_what_the_standard_library_reads(value: Any) -> None:
    assert json.loads(write_json(value)) == value


def test_money_keeps_nineteen_digits_and_its_trailing_zeros() -> None:
    text = write_json({"total": Decimal("922337203685477.5800")})

    assert text == '{"total":922337203685477.5800}'
    assert str(read_json(text)["total"]) == "922337203685477.5800"


def test_days_times_ids_and_choices_are_written_as_dataverse_reads_them() -> None:
    class Status(IntEnum):
        ACTIVE = 922680001

    class Kind(StrEnum):
        SEAT = "seat"

    row = {
        "status": Status.ACTIVE,
        "kind": Kind.SEAT,
        "start": date(2026, 3, 1),
        "at": datetime(2026, 3, 1, 1, 30, tzinfo=timezone(timedelta(hours=2))),
        "id": UUID(int=7),
        "list": (1, True, None),
        "empty": [{}, []],
    }

    assert json.loads(write_json(row)) == {
        "status": 922680001,
        "kind": "seat",
        "start": "2026-03-01",
        "at": "2026-02-28T23:30:00Z",
        "id": "00000000-0000-0000-0000-000000000007",
        "list": [1, True, None],
        "empty": [{}, []],
    }


@pytest.mark.parametrize(
    "value",
    [0.1, Decimal("NaN"), Decimal("Infinity"), datetime(2026, 3, 1), {1: "x"}, b"x", {1, 2}],  # noqa: DTZ001 - a time without a zone is the point
    ids=repr,
)
def test_what_has_no_exact_form_is_not_written(value: object) -> None:
    with pytest.raises(TypeError):
        write_json({"column": value})


@pytest.mark.parametrize("text", ["NaN", "[Infinity]", '{"a": -Infinity}', '{"value":[{"na', ""])
def test_what_is_not_json_is_not_read(text: str) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        read_json(text)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "17"}, 17),
        ({"Retry-After": "0"}, 0),
        ({"Retry-After": "Wed, 21 Oct 2026 07:29:30 GMT", "Date": SENT}, 90),
        ({"Retry-After": "Wed, 21 Oct 2026 07:29:30 -0000", "Date": SENT}, 90),
        ({"Retry-After": "Wed, 21 Oct 2026 07:27:00 GMT", "Date": SENT}, 0),
        ({"Retry-After": "Wed, 21 Oct 2026 07:29:30 GMT"}, None),
        ({"Retry-After": "soon", "Date": SENT}, None),
        ({"Retry-After": "-5", "Date": SENT}, None),
        ({}, None),
    ],
)
def test_the_pause_a_server_asks_for_is_read(
    headers: dict[str, str], seconds: float | None
) -> None:
    assert retry_after_seconds(httpx.Headers(headers)) == seconds


def test_a_pause_that_was_asked_for_is_kept_to_the_second() -> None:
    waiting = Waiting()
    attempts = Attempts([Unavailable("throttled", 17), Unavailable("throttled", 3)])

    assert waiting.retries().run(attempts, may_repeat=always) == "done"
    assert waiting.sleeps == [17, 3]


def test_pauses_nobody_asked_for_grow() -> None:
    waiting = Waiting()
    attempts = Attempts(Unavailable("gateway") for _ in range(4))

    waiting.retries().run(attempts, may_repeat=always)

    assert [1 <= s <= 2 for s in waiting.sleeps[:1]] == [True]
    assert waiting.sleeps == sorted(waiting.sleeps)
    assert waiting.sleeps[3] >= 8


def test_the_last_error_is_raised_when_the_attempts_are_used_up() -> None:
    attempts = Attempts(Unavailable(str(number)) for number in range(100))

    with pytest.raises(Unavailable, match=f"^{ATTEMPTS_MAX - 1}$"):
        Waiting().retries().run(attempts, may_repeat=always)

    assert attempts.count == ATTEMPTS_MAX


def test_a_contradiction_is_looked_at_three_times() -> None:
    attempts = Attempts(Contradiction("half a body") for _ in range(100))

    with pytest.raises(Contradiction):
        Waiting().retries().run(attempts, may_repeat=always)

    assert attempts.count == ATTEMPTS_AT_A_CONTRADICTION_MAX == 3


def test_what_may_not_be_repeated_is_tried_once() -> None:
    attempts = Attempts([Refusal("no")])

    with pytest.raises(Refusal):
        Waiting().retries().run(attempts, may_repeat=lambda error: isinstance(error, Unavailable))

    assert attempts.count == 1


def test_an_error_of_our_own_making_is_never_tried_again() -> None:
    def broken() -> None:
        raise ZeroDivisionError

    waiting = Waiting()

    with pytest.raises(ZeroDivisionError):
        waiting.retries().run(broken, may_repeat=always)

    assert waiting.sleeps == []


def test_a_pause_longer_than_our_patience_is_handed_to_the_caller_at_once() -> None:
    waiting = Waiting()
    attempts = Attempts([Unavailable("throttled", 61)])

    with pytest.raises(Unavailable) as caught:
        waiting.retries(patience_seconds=60).run(attempts, may_repeat=always)

    assert caught.value.retry_after_seconds == 61
    assert waiting.sleeps == []


def test_a_pause_asked_of_one_request_holds_all_others_back() -> None:
    waiting = Waiting()
    retries = waiting.retries()

    with pytest.raises(Unavailable):
        retries.run(Attempts([Unavailable("throttled", 20)]), may_repeat=lambda _: False)
    arrived = retries.run(lambda: waiting.elapsed, may_repeat=always)

    assert arrived == 20


def test_others_give_up_at_once_when_the_pause_is_longer_than_their_patience() -> None:
    retries = Waiting().retries(patience_seconds=10)
    attempts = Attempts([])

    with pytest.raises(Unavailable):
        retries.run(Attempts([Unavailable("throttled", 20)]), may_repeat=always)
    with pytest.raises(Paused) as caught:
        retries.run(attempts, may_repeat=always)

    assert caught.value.retry_after_seconds == 20
    assert attempts.count == 0


def test_a_shorter_pause_does_not_cut_a_longer_one_short() -> None:
    waiting = Waiting()
    retries = waiting.retries()

    def throttled_last_but_briefly() -> None:
        with pytest.raises(Unavailable):
            retries.run(Attempts([Unavailable("throttled", 20)]), may_repeat=lambda _: False)
        raise Unavailable("throttled", 1)

    with pytest.raises(Unavailable):
        retries.run(throttled_last_but_briefly, may_repeat=lambda _: False)
    arrived = retries.run(lambda: waiting.elapsed, may_repeat=always)

    assert arrived == 20


def test_a_pause_that_grows_while_a_thread_sleeps_is_slept_to_its_end() -> None:
    waiting = Waiting()
    retries = waiting.retries()

    def throttle(seconds: float) -> None:
        with pytest.raises(Unavailable):
            retries.run(Attempts([Unavailable("throttled", seconds)]), may_repeat=lambda _: False)

    throttle(20)
    waiting.meanwhile.append(lambda: throttle(15))
    arrived = retries.run(lambda: waiting.elapsed, may_repeat=always)

    assert arrived == 35


@respx.mock
def test_the_cookie_of_a_load_balancer_is_not_sent_back() -> None:
    cookie = {"Set-Cookie": "ARRAffinity=server7; Path=/"}
    route = respx.get("http://127.0.0.1/").respond(headers=cookie)

    with http_client() as http:
        http.get("http://127.0.0.1/")
        http.get("http://127.0.0.1/")

    assert "Cookie" not in route.calls.last.request.headers


def test_no_request_waits_for_ever() -> None:
    with http_client() as http:
        limits = http.timeout.as_dict()

    assert all(seconds is not None for seconds in limits.values())


def test_a_time_in_another_zone_is_written_in_utc() -> None:
    at = datetime(2026, 10, 25, 2, 30, tzinfo=UTC)

    assert write_json(at) == '"2026-10-25T02:30:00Z"'


def test_a_number_beyond_all_reason_is_no_json() -> None:
    with pytest.raises(ValueError, match="larger than any that could be meant"):
        read_json('{"amount": 1e99999999999999999999}')


class Slow:
    """A pace that has everyone wait for so long in all, and counts the turns."""

    def __init__(self, waiting: Waiting, seconds: float) -> None:
        self.opens_at = waiting.elapsed + seconds
        self.waiting = waiting
        self.turns = 0

    @contextmanager
    def turn(self) -> Iterator[None]:
        self.turns += 1
        yield

    def pause_seconds(self) -> float:
        return max(0.0, self.opens_at - self.waiting.elapsed)


def test_every_attempt_is_a_turn_and_waits_until_the_pace_allows_it() -> None:
    waiting = Waiting()
    pace = Slow(waiting, seconds=2.5)
    attempts = Attempts([Unavailable("busy", 7)])

    waiting.retries().run(attempts, may_repeat=lambda _: True, pace=pace)

    assert waiting.sleeps == [1, 1, 0.5, 7]
    assert pace.turns == 2


def test_a_pace_slower_than_our_patience_hands_the_work_back_at_once() -> None:
    waiting = Waiting()

    with pytest.raises(Paused) as caught:
        waiting.retries(patience_seconds=10).run(
            Attempts([]), may_repeat=lambda _: True, pace=Slow(waiting, seconds=11)
        )

    assert caught.value.retry_after_seconds == 11
    assert waiting.sleeps == []
