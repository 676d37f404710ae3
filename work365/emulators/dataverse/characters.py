"""Characters that no row can keep."""

import re

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_ESCAPED_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")


def unpaired_surrogate(text: str) -> str:
    """Return half a surrogate pair in a text, which no encoding can keep, or nothing."""
    found = _SURROGATE.search(text)
    return found.group() if found else ""


def may_have_surrogates(body: bytes) -> bool:
    """Return whether JSON has an escape of a surrogate, paired or not."""
    return _ESCAPED_SURROGATE.search(body) is not None


def invalid_character_of(text: str) -> str:
    """Return a control character or half a surrogate pair in a text, or nothing."""
    found = _CONTROL.search(text)
    return found.group() if found else unpaired_surrogate(text)
