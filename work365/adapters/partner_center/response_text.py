"""The JSON of Partner Center, in an answer or saved to a file, with numbers exact."""

import json
from decimal import Decimal, InvalidOperation
from typing import Any

BYTE_ORDER_MARK = "\ufeff"


class NotJson(ValueError):
    """A text is no JSON that could be an answer; the message says why, in a part of a sentence."""


def read_response(text: str) -> Any:
    """Return the JSON value in `text`, its numbers exact.

    A byte order mark is read over, and so is the question mark that is left of one where it
    could not be written.

    Raises: NotJson: the text is not JSON, or names a field of an object twice.
    """
    try:
        return json.loads(
            text.lstrip(BYTE_ORDER_MARK).lstrip().removeprefix("?"),
            parse_float=Decimal,
            parse_constant=_no_constant,
            object_pairs_hook=_object,
        )
    except json.JSONDecodeError as error:
        raise NotJson(f"not JSON: {error.msg}, line {error.lineno}") from error
    except NotJson:
        raise
    except (ValueError, InvalidOperation, RecursionError) as error:
        # Numbers of thousands of digits, and brackets in brackets without end.
        raise NotJson("JSON that cannot be a response") from error


def _no_constant(name: str) -> None:
    raise ValueError(name)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise NotJson(f'not a response: "{twice}" is in one object twice')
    return found
