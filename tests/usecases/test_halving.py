from collections.abc import Sequence

import pytest

from work365.errors import Refusal, Unavailable
from work365.usecases.halving import halving


class Acted:
    """Adds up numbers, and refuses the odd ones."""

    def __init__(self) -> None:
        self.calls: list[list[int]] = []

    def __call__(self, numbers: Sequence[int]) -> int:
        self.calls.append(list(numbers))
        odd = [number for number in numbers if number % 2]
        if odd:
            raise Refusal(f"{odd[0]} is odd")
        return sum(numbers)


def test_what_is_accepted_is_done_at_once() -> None:
    act = Acted()

    halved = halving([2, 4, 6], act)

    assert halved.results == (12,)
    assert halved.refused == ()
    assert act.calls == [[2, 4, 6]]


def test_what_is_refused_is_found_and_the_rest_is_done() -> None:
    halved = halving([2, 4, 5, 6, 8, 9], Acted())

    assert sum(halved.results) == 20
    assert [(number, str(refusal)) for number, refusal in halved.refused] == [
        (5, "5 is odd"),
        (9, "9 is odd"),
    ]


def test_finding_one_among_many_takes_few_calls() -> None:
    act = Acted()

    halving([2] * 511 + [1], act)

    assert len(act.calls) <= 2 * 9 + 1


def test_nothing_is_done_for_nothing() -> None:
    act = Acted()

    assert halving([], act) == ((), ())
    assert act.calls == []


def test_other_failures_are_not_caught() -> None:
    def act(numbers: Sequence[int]) -> int:
        raise Unavailable("nobody answers")

    with pytest.raises(Unavailable, match="nobody answers"):
        halving([1, 2], act)
