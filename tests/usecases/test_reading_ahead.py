from collections.abc import Sequence
from itertools import islice
from threading import Event, Lock

import pytest

from tests.usecases.provider_ends import OutOfReach, RefusedHere
from work365.errors import Contradiction, Work365Error
from work365.usecases.reading_ahead import AHEAD_MAX, UNANSWERED_MAX, Asked, read_ahead


def read(things: Sequence[int], errors: dict[int, Work365Error]) -> list[Asked[int, int]]:
    def ask(thing: int) -> int:
        if thing in errors:
            raise errors[thing]
        return thing * 10

    return list(read_ahead(things, ask, path=lambda thing: f"customer {thing}"))


def test_answers_come_in_the_order_of_the_questions() -> None:
    answers = read(range(200), {})

    assert [asked.answer for asked in answers] == [number * 10 for number in range(200)]


@pytest.mark.parametrize(
    "error", [RefusedHere("no"), OutOfReach("later"), Contradiction("cannot be")]
)
def test_one_without_an_answer_is_a_finding_and_the_others_have_theirs(
    error: Work365Error,
) -> None:
    first, second, third = read([1, 2, 3], {2: error})

    assert (first.answer, second.answer, third.answer) == (10, None, 30)
    assert second.finding is not None
    assert (second.finding.code, second.finding.path) == (error.code, "customer 2")


def test_where_many_have_no_answer_the_provider_is_out_of_reach() -> None:
    errors: dict[int, Work365Error] = {
        number: OutOfReach("later") for number in range(UNANSWERED_MAX + 1)
    }

    with pytest.raises(OutOfReach):
        read(range(100), errors)


def test_no_more_is_asked_ahead_than_fits_the_memory() -> None:
    asked, lock, may_end = [], Lock(), Event()

    def ask(thing: int) -> int:
        with lock:
            asked.append(thing)
        may_end.wait(timeout=10)
        return thing

    answers = read_ahead(range(10_000), ask, path=str)
    may_end.set()
    first = list(islice(answers, 10))
    answers.close()

    assert [each.answer for each in first] == list(range(10))
    assert len(asked) <= AHEAD_MAX + 10
