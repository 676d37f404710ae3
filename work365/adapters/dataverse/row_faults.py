"""What a row of people's can lack, or say wrongly, so that its contract cannot be billed."""

from typing import TypeVar

from work365.errors import Refusal

T = TypeVar("T")


class FieldMissing(Refusal):
    """A row lacks a value that billing cannot do without."""

    code = "field_missing"


class FieldWrong(Refusal):
    """A row has a value, or two together, that billing cannot go by."""

    code = "field_wrong"


def given(value: T | None, where: str, field: str, remedy: str) -> T:
    """Return `value`, which the row at `where` has to have.

    Raises: FieldMissing: it has none.
    """
    if value is None:
        raise FieldMissing(f"{where}: the {field} is empty; {remedy}")
    return value
