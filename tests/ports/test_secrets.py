import copy
import json
import pickle
from dataclasses import asdict, dataclass

import pytest

from work365.ports.secrets import Secret

TEXT = "what-nobody-may-see"


@dataclass(frozen=True)
class Holder:
    secret: Secret


def test_it_is_revealed_when_somebody_asks_for_it() -> None:
    assert Secret(TEXT).reveal() == TEXT


@pytest.mark.parametrize(
    "printed",
    [
        repr(Secret(TEXT)),
        str(Secret(TEXT)),
        f"{Secret(TEXT)}",
        f"{Secret(TEXT):>40}",
        f"{Secret(TEXT)!r}",
        "%s and %r" % (Secret(TEXT), Secret(TEXT)),  # noqa: UP031  as logging formats
        repr([Secret(TEXT)]),
        repr(Holder(Secret(TEXT))),
    ],
)
def test_however_it_is_printed_it_is_hidden(printed: str) -> None:
    assert TEXT not in printed
    assert "(hidden)" in printed


@pytest.mark.parametrize(
    "write_down",
    [pickle.dumps, copy.copy, copy.deepcopy, json.dumps, lambda secret: asdict(Holder(secret))],
)
def test_it_cannot_be_written_down_by_accident(write_down: object) -> None:
    assert callable(write_down)

    with pytest.raises(TypeError) as refused:
        write_down(Secret(TEXT))

    assert TEXT not in str(refused.value)


def test_it_has_no_attributes_that_a_debugger_would_list() -> None:
    assert not hasattr(Secret(TEXT), "__dict__")


def test_two_are_equal_when_their_texts_are() -> None:
    assert Secret(TEXT) == Secret(TEXT)
    assert Secret(TEXT) != Secret("another")


def test_it_is_never_equal_to_a_text() -> None:
    assert Secret(TEXT) != TEXT


def test_it_is_no_key_of_a_dictionary() -> None:
    with pytest.raises(TypeError, match="unhashable"):
        hash(Secret(TEXT))


def test_an_empty_text_opens_nothing() -> None:
    with pytest.raises(ValueError, match="use None where there is none"):
        Secret("")
