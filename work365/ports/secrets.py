"""Text that opens something: whoever holds it may use it, and nobody may show it."""

from hmac import compare_digest
from typing import NoReturn

HIDDEN = "(hidden)"


class Secret:
    """A token, code, password or key.

    Printed, formatted or logged it says that something is hidden. It can be neither pickled nor
    copied into another structure by accident; `reveal` is the one way out, and is easy to find.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        """Hide `text`.

        Raises: ValueError: it is empty, and so opens nothing.
        """
        if not text:
            raise ValueError("a secret is empty; use None where there is none")
        self._text = text

    def reveal(self) -> str:
        """Return the text itself, for a request that needs it and for nothing else."""
        return self._text

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return compare_digest(self._text.encode(), other._text.encode())

    __hash__ = None  # type: ignore[assignment]  # a key of a dictionary would be compared in plain

    def __repr__(self) -> str:
        return f"Secret{HIDDEN}"

    def __str__(self) -> str:
        return HIDDEN

    def __format__(self, format_spec: str) -> str:
        return HIDDEN

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("a secret is not copied or written down; reveal() it where it is used")
