"""GUIDs: whether a text is one."""

from uuid import UUID


def is_guid(text: str) -> bool:
    """Return whether a text is a GUID."""
    try:
        UUID(text)
    except ValueError:
        return False
    return True
