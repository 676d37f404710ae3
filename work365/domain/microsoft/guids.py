"""Ids as Microsoft writes them: of tenants, users, applications, roles and rows."""

import re

GUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
"""A pattern without groups, of the lower case; to be compiled with `re.ASCII`."""

_GUID = re.compile(GUID, re.ASCII)


def is_guid(text: str) -> bool:
    """Return whether `text` is an id and nothing else, in either case."""
    return _GUID.fullmatch(text.lower()) is not None
