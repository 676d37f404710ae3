"""Doing something for many at once, where one that is refused must not stop the others."""

from collections.abc import Callable, Sequence
from typing import Generic, NamedTuple, TypeVar

from work365.errors import Refusal

ThingT = TypeVar("ThingT")
ResultT = TypeVar("ResultT")


class Halved(NamedTuple, Generic[ThingT, ResultT]):
    """What came of it: a result for each part that went through, and what did not go through."""

    results: tuple[ResultT, ...]
    refused: tuple[tuple[ThingT, Refusal], ...]
    """Each thing that was refused by itself, with the reason."""


def halving(
    things: Sequence[ThingT], act: Callable[[Sequence[ThingT]], ResultT]
) -> Halved[ThingT, ResultT]:
    """Do `act` for all of `things`, and find by halves what it refuses.

    `act` must do all of what it is given or none of it. One refused thing among n costs about
    two calls for each halving of n. Other failures than a `Refusal` are not caught.
    """
    if not things:
        return Halved((), ())
    try:
        return Halved((act(things),), ())
    except Refusal as refusal:
        if len(things) == 1:
            return Halved((), ((things[0], refusal),))
    middle = len(things) // 2
    first, second = halving(things[:middle], act), halving(things[middle:], act)
    return Halved(first.results + second.results, first.refused + second.refused)
