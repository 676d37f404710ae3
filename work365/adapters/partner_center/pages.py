"""Lists in pages: each page names the next by a link and headers, and both are followed.

Microsoft Graph's lists are spelled otherwise, and are read into the same form.
"""

import re
from collections.abc import Mapping
from typing import Any

from work365.adapters.partner_center.answers import impossible
from work365.adapters.partner_center.calls import Call
from work365.adapters.partner_center.errors import AnswerImpossible, Fault, RowsLeftOut
from work365.adapters.partner_center.same_host import path_on

PAGES_MAX = 20_000
"""Of 500 rows, as most lists have, that is ten million."""

_NAME = re.compile(r"[A-Za-z0-9-]{1,100}", re.ASCII)
_VALUE = re.compile(r"[ -~]*", re.ASCII)
_OF_THE_WAY = frozenset({"connection", "content-length", "cookie", "host", "transfer-encoding"})


class Pages:
    """A list while it is read, page after page.

    Invariant: no page is read twice, and none leads to another host.
    """

    def __init__(self, call: Call, *, host: str) -> None:
        self.next_call: Call | None = call
        self._first = call
        self._host = host
        self._seen: set[tuple[str, tuple[tuple[str, str], ...]]] = set()
        self._counts: list[tuple[int, int | None]] = []

    def take(self, body: Any) -> Mapping[str, Any]:
        """Return `body`, a page, and find out which is the next.

        Raises: AnswerImpossible: it is no page, or leads back to one that was read.
        """
        # An empty list can come as an answer without a body.
        page = _spelled_alike(body)
        if not isinstance(page, dict) or not isinstance(page.get("items"), list):
            raise self._impossible("not a page: it has no items")
        total = page.get("totalCount")
        self._counts.append((len(page["items"]), total if isinstance(total, int) else None))
        self.next_call = self._following(page)
        return page

    def check_total(self) -> None:
        """Compare what came with what was announced.

        Some lists announce what is on the page, others what is on all pages. More than was
        announced is a list that grew while it was read.

        Raises: RowsLeftOut: less came.
        """
        came = sum(count for count, _ in self._counts)
        told = [(count, total) for count, total in self._counts if total is not None]
        if all(total <= count for count, total in told):
            return
        totals = {total for _, total in told}
        if len(totals) == 1 and max(totals) <= came:
            return
        why = f"{max(totals)} row(s) were announced, and {came} came"
        raise RowsLeftOut(Fault(operation=str(self._first), description=why))

    def _following(self, page: Mapping[str, Any]) -> Call | None:
        links = page.get("links")
        link = links.get("next") if isinstance(links, dict) else None
        if link is None:
            return None
        if not isinstance(link, dict) or not isinstance(link.get("uri"), str):
            raise self._impossible("a link to the next page without an address")
        if str(link.get("method", "GET")).upper() != "GET":
            raise self._impossible("a link to the next page that is not to be read")
        target = path_on(self._host, link["uri"], call=self._first)
        headers = self._headers(link.get("headers") or [])
        place = (target, tuple(sorted(headers.items())))
        if place in self._seen:
            raise self._impossible("a page that points back to one already read")
        if len(self._seen) >= PAGES_MAX:
            raise self._impossible(f"a list of more than {PAGES_MAX:,} pages")
        self._seen.add(place)
        return self._first.following(target, headers)

    def _headers(self, listed: Any) -> dict[str, str]:
        try:
            headers = {str(each["key"]): str(each["value"]) for each in listed}
        except (TypeError, KeyError) as error:
            raise self._impossible("headers of the next page that are no headers") from error
        if any(name.lower() == "authorization" for name in headers):
            raise self._impossible("a link to the next page that brings a sign-in")
        if not all(_NAME.fullmatch(name) and _VALUE.fullmatch(headers[name]) for name in headers):
            raise self._impossible("headers of the next page that cannot be sent")
        if not _OF_THE_WAY.isdisjoint(name.lower() for name in headers):
            raise self._impossible("a link to the next page that changes how it is sent")
        return headers

    def _impossible(self, why: str) -> AnswerImpossible:
        return impossible(self._first, why)


def _spelled_alike(body: Any) -> Any:
    if body is None:
        return {"items": []}
    if not isinstance(body, dict) or not isinstance(body.get("value"), list):
        return body
    address = body.get("@odata.nextLink")
    links = {} if address is None else {"next": {"uri": address, "headers": []}}
    return {**body, "items": body["value"], "links": links}
