"""Pages of rows: asked for, read strictly, and never taken for all there is."""

from collections.abc import Mapping
from typing import Any

from work365.adapters.dataverse.answers import Answer, unreadable
from work365.adapters.dataverse.errors import AnswerImpossible, Fault, RowsLeftOut
from work365.adapters.dataverse.operations import ROWS_PER_PAGE_MAX, Operation

API_PATH = "/api/data/v9.2/"
NEXT_LINK = "@odata.nextLink"
MORE_RECORDS = "@Microsoft.Dynamics.CRM.morerecords"


def in_pages(operation: Operation, page_size: int = ROWS_PER_PAGE_MAX) -> Operation:
    """Return the reading of the first page of `operation`.

    With a page size Dataverse would ignore `$top`, so that a query has one or the other.
    """
    if operation.is_limited:
        return operation
    return operation.preferring(f"odata.maxpagesize={page_size}")


def page_of(operation: Operation, answer: Answer) -> dict[str, Any]:
    """Return the page in `answer`.

    Raises: `AnswerUnreadable` if there is none; `RowsLeftOut` if it lacks rows for which
    there is no page to follow.
    """
    body = answer.body
    if body is None or not isinstance(body.get("value"), list):
        raise unreadable(str(operation), answer.status, answer.headers, "no rows in the page")
    if "$expand=" in operation.path:
        _refuse_cut_expansions(operation, body["value"])
    return body


def following(operation: Operation, page: Mapping[str, Any]) -> Operation:
    """Return the reading of the page after `page` of the query `operation`.

    Raises: `AnswerImpossible` for a link out of the Web API.
    """
    return Operation("GET", below_root(str(page[NEXT_LINK])), headers=operation.headers)


def refuse_more_pages(operation: Operation, answer: Answer) -> None:
    """Raise `RowsLeftOut` if `answer` is a page that others follow, which nobody will read."""
    body = answer.body or {}
    if NEXT_LINK in body or body.get(MORE_RECORDS) is True:
        raise _left_out(operation, "a first page only; ask for its rows, which reads every page")


def below_root(link: str) -> str:
    """Return the part of `link` below the root of the Web API.

    Only the path is taken, so that no answer can send our token to another host.

    Raises: `AnswerImpossible` for a link out of the Web API.
    """
    _, root, path = link.partition(API_PATH)
    if not root:
        raise AnswerImpossible(Fault("GET", None, None, "a link outside the Web API", None))
    return path


def _refuse_cut_expansions(operation: Operation, rows: list[Any]) -> None:
    # Dataverse adds such a link even to a whole collection; only a full one can lack rows.
    for row in rows:
        for name in filter(lambda name: name.endswith(NEXT_LINK), row):
            collection = name.removesuffix(NEXT_LINK)
            if len(row.get(collection, ())) >= ROWS_PER_PAGE_MAX:
                raise _left_out(operation, f"{collection}: not all rows; query them by themselves")


def _left_out(operation: Operation, why: str) -> RowsLeftOut:
    return RowsLeftOut(Fault(str(operation), None, None, why, None))
