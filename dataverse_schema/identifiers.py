"""Row ids that never change: each is made from what the row is and how it is called."""

from uuid import NAMESPACE_DNS, UUID, uuid5

NAMESPACE = uuid5(NAMESPACE_DNS, "work365.w365")


def identifier(kind: str, name: str) -> UUID:
    """Return the id of the component of `kind` that is called `name`.

    An upgrade finds a form, a view or a role again by its id, so a name that was once
    delivered stays.
    """
    return uuid5(NAMESPACE, f"{kind}:{name}")
