"""Collections, whole and in pages.

The next page is asked for by following `links.next` and sending the headers that it lists,
`MS-ContinuationToken` among them. Its `uri` leaves out `/v1`, as the documented ones do.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from typing import Any, TypeVar
from urllib.parse import parse_qsl, urlencode

from work365.emulators.partner_center.calls import Answer, Call
from work365.emulators.partner_center.errors import bad_request, invalid_input

CONTINUATION = "ms-continuationtoken"
Value = TypeVar("Value")


def link(uri: str, method: str = "GET", headers: Sequence[Any] = ()) -> dict[str, Any]:
    """Return a link in the shape of Partner Center."""
    return {"uri": uri, "method": method, "headers": list(headers)}


def collection(values: Sequence[Any], self_uri: str = "", kind: str = "Collection") -> Answer:
    """Return all values as a collection."""
    body: dict[str, Any] = {"totalCount": len(values), "items": list(values)}
    if self_uri:
        body["links"] = {"self": link(self_uri)}
    body["attributes"] = {"objectType": kind}
    return Answer(body)


def page(
    call: Call, values: Sequence[Value], size: int, show: Callable[[Value], dict[str, Any]]
) -> Answer:
    """Return the page that the call asks for; `totalCount` is of this page, as documented.

    Raises: PartnerCenterError, for a token that is none.
    """
    start = _position(call)
    shown = [show(value) for value in values[start : start + size]]
    links: dict[str, Any] = {"self": link(_uri(call, {}))}
    if start + size < len(values):
        token = urlsafe_b64encode(f"{start + size}:{size}".encode("ascii")).decode("ascii")
        links["next"] = link(
            _uri(call, {"seekOperation": "Next"}),
            headers=[{"key": "MS-ContinuationToken", "value": token}],
        )
    return Answer(
        {
            "totalCount": len(shown),
            "items": shown,
            "links": links,
            "attributes": {"objectType": "Collection"},
        }
    )


def page_size(call: Call, default: int, maximum: int) -> int:
    """Return how many the call asks for; 0 is the default, as in the documented samples.

    Raises: PartnerCenterError.
    """
    text = call.query.get("size", "") or "0"
    if not text.isascii() or not text.isdigit():
        raise invalid_input("'size' is not a whole number.")
    size = int(text) or default
    if size > maximum:
        raise invalid_input(f"'size' is above {maximum}.")
    return size


def _position(call: Call) -> int:
    token = call.headers.get(CONTINUATION, "")
    if not token:
        if call.query.get("seekoperation", "").casefold() == "next":
            raise bad_request(3000, "Invalid property. MS-ContinuationToken is missing.")
        return 0
    try:
        start, _, _ = urlsafe_b64decode(token).decode("ascii").partition(":")
        return int(start)
    except ValueError:
        raise bad_request(3000, "Invalid property. MS-ContinuationToken cannot be read.") from None


def _uri(call: Call, more: dict[str, str]) -> str:
    if not more:
        return call.uri
    path, _, query = call.uri.partition("?")
    kept = [(key, value) for key, value in parse_qsl(query) if key.casefold() != "seekoperation"]
    return f"{path}?{urlencode([*kept, *more.items()])}"
