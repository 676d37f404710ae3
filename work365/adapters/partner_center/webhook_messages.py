"""Microsoft's messages as they are posted: what of them is taken.

Source: "Partner Center webhooks"; "Partner Center webhook events". Addresses in them are written
in several ways, so that the path alone is taken and no host is ever asked for it.
"""

from datetime import UTC, datetime
from urllib.parse import urlsplit

from work365.http import read_json
from work365.ports.provider_events import ProviderEvent

NAME_LENGTH_MAX = 100
PATH_LENGTH_MAX = 1_000


class NotAMessage(ValueError):
    """A body that is none of Microsoft's messages, in words that go on from `it`."""


def read_message(body: bytes) -> ProviderEvent:
    """Return what the message in `body` says: its name, the path of its resource, its moment.

    Names of fields are taken in any case. A message about nothing in particular, as those about
    old delegated administration are, has an empty path.

    Raises: NotAMessage: it is not JSON, or lacks what would make it one.
    """
    fields = _fields(body)
    name = fields.get("eventname")
    if not isinstance(name, str) or not name.strip() or len(name) > NAME_LENGTH_MAX:
        raise NotAMessage(f"its EventName is not one of up to {NAME_LENGTH_MAX} characters")
    return ProviderEvent(
        name=name.strip(),
        path=_path(fields.get("resourceuri")),
        changed_at=_moment(fields.get("resourcechangeutcdate")),
    )


def _fields(body: bytes) -> dict[str, object]:
    try:
        given = read_json(body.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise NotAMessage("it is not JSON") from error
    if not isinstance(given, dict):
        raise NotAMessage("it is not a JSON object")
    return {str(name).lower(): value for name, value in given.items()}


def _path(address: object) -> str:
    if address is None:
        return ""
    if not isinstance(address, str):
        raise NotAMessage("its ResourceUri is not an address")
    try:
        parts = urlsplit(address.strip())
    except ValueError as error:
        raise NotAMessage("its ResourceUri is not an address") from error
    # The query is part of what a fraud event is about; nothing else of the address is.
    path = f"{parts.path}?{parts.query}" if parts.query else parts.path
    if len(path) > PATH_LENGTH_MAX:
        raise NotAMessage(f"its ResourceUri has more than {PATH_LENGTH_MAX:,} characters")
    return path


def _moment(text: object) -> datetime:
    if not isinstance(text, str):
        raise NotAMessage("its ResourceChangeUtcDate is missing")
    try:
        # To the microsecond: two changes within a second are two messages.
        moment = datetime.fromisoformat(text.strip())
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise NotAMessage("its ResourceChangeUtcDate is not a moment") from error
