"""The Dataverse Web API, spoken so that money stays exact and nothing is lost or doubled.

Owns sending: the token, the tag that marks our own writes, retries, and the reading of every
page. What to send is an `Operation`; which rows mean what is for the store to know.
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import uuid4

import httpx

from work365.adapters.dataverse.answers import Answer, read_answer, refused, request_id, unreadable
from work365.adapters.dataverse.batch import NotMultipart, match_answers, read_batch, write_batch
from work365.adapters.dataverse.delta import Delta, delta_of, joined
from work365.adapters.dataverse.errors import (
    AnswerImpossible,
    AnswerUnreadable,
    DataverseError,
    DataverseUnavailable,
    Fault,
    NothingDone,
)
from work365.adapters.dataverse.operations import ROWS_PER_PAGE_MAX, Operation
from work365.errors import Work365Error
from work365.http import Retries, write_json

API_PATH = "/api/data/v9.2/"
DEGREE_OF_PARALLELISM = 4
DEGREE_OF_PARALLELISM_MAX = 16
"""Far below the 52 requests at once that Dataverse allows a user, who may have more workers."""

NEXT_LINK = "@odata.nextLink"
HEADERS = {"Accept": "application/json", "OData-MaxVersion": "4.0", "OData-Version": "4.0"}

T = TypeVar("T")
R = TypeVar("R")

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Request:
    """One HTTP request, and what may be done when it fails."""

    name: str
    method: str
    path: str
    headers: Mapping[str, str]
    content: str | bytes | None
    writes: bool
    may_be_repeated: bool
    atomic: bool = True


class DataverseClient:
    """One Dataverse environment. Safe to share between threads."""

    def __init__(
        self,
        *,
        url: str,
        token: Callable[[], str],
        http: httpx.Client,
        tag: str | None = "work365",
        retries: Retries | None = None,
    ) -> None:
        self._origin = url.rstrip("/")
        self._token = token
        self._http = http
        self._tag = tag
        self._retries = retries or Retries()
        self._degree_of_parallelism = DEGREE_OF_PARALLELISM

    @property
    def degree_of_parallelism(self) -> int:
        """How many requests at once Dataverse last recommended."""
        return self._degree_of_parallelism

    def send(self, operation: Operation) -> Any:
        """Return the body of the answer, or else the id of the row written, or else None."""
        answer = self.ask(operation)
        return answer.row if answer.body is None else answer.body

    def ask(self, operation: Operation) -> Answer:
        """Return the answer to `operation`."""
        return self._exchange(self._request(operation), _read_one)

    def rows(
        self, operation: Operation, page_size: int = ROWS_PER_PAGE_MAX
    ) -> Iterator[dict[str, Any]]:
        """Yield every row of a query, page after page, none left out.

        Raises: `AnswerImpossible` if a page points back to one already read.
        """
        # With a page size Dataverse would ignore $top.
        limited = "$top=" in operation.path
        first = operation if limited else operation.preferring(f"odata.maxpagesize={page_size}")
        for page in self._pages(first):
            yield from page["value"]

    def rows_of_each(self, queries: Sequence[Operation]) -> list[list[dict[str, Any]]]:
        """Return every row of each of `queries`, whose first pages are read in one request."""
        preference = f"odata.maxpagesize={ROWS_PER_PAGE_MAX}"
        asked = [query.preferring(preference) for query in queries]
        found = []
        for query, answer in zip(asked, self.batch(asked), strict=True):
            page = _page(str(query), answer)
            rows = list(page["value"])
            if NEXT_LINK in page:
                following = self._pages(_following(query, page))
                rows += [row for each in following for row in each["value"]]
            found.append(rows)
        return found

    def batch(self, operations: Iterable[Operation]) -> list[Answer]:
        """Return the answers to `operations`, sent in one request and done one by one.

        Raises: the error of the first that failed, with its index. Those before it are done,
        those after it are not.
        """
        return self._send_together(list(operations), atomic=False, repeatable=False)

    def change_set(
        self, operations: Iterable[Operation], *, repeatable: bool = False
    ) -> list[Answer]:
        """Return the answers to `operations`, of which all are done or none.

        `repeatable` when a second sending would change nothing more, or be refused as
        `DuplicateKey`.

        Raises: the error of the one that failed, with its index if Dataverse tells.
        """
        return self._send_together(list(operations), atomic=True, repeatable=repeatable)

    def changes(
        self, entity_set: str, select: Sequence[str], delta_link: str | None = None
    ) -> Delta:
        """Return what changed since `delta_link`, or every row without one.

        Raises: `DeltaExpired` if `delta_link` is too old; then read every row again.
        """
        return joined(self.change_pages(entity_set, select, delta_link))

    def change_pages(
        self, entity_set: str, select: Sequence[str], delta_link: str | None = None
    ) -> Iterator[Delta]:
        """Yield what changed page by page, each with the link to read on from.

        Raises: as `changes`.
        """
        path = _below_root(delta_link) if delta_link else f"{entity_set}?$select={','.join(select)}"
        # A link out of the middle of a first reading has no delta token yet.
        wishes = [] if "$deltatoken=" in path else ["odata.track-changes"]
        first = Operation("GET", path).preferring(*wishes, f"odata.maxpagesize={ROWS_PER_PAGE_MAX}")
        return (_delta(first, page) for page in self._pages(first))

    def each(self, function: Callable[[T], R], things: Iterable[T]) -> list[R]:
        """Return `function` of each of `things`, several at once, in their order.

        Raises: the first error in that order, after all have ended.
        """
        with ThreadPoolExecutor(max_workers=self._degree_of_parallelism) as pool:
            futures = [pool.submit(function, thing) for thing in things]
        return [future.result() for future in futures]

    def _pages(self, first: Operation) -> Iterator[dict[str, Any]]:
        seen = {first.path}
        operation = first
        while True:
            page = self._exchange(self._request(operation), _read_page)
            yield page
            if NEXT_LINK not in page:
                return
            operation = _following(first, page)
            if operation.path in seen:
                raise _impossible(operation, "a page that points back to one already read")
            seen.add(operation.path)

    def _send_together(
        self, operations: list[Operation], *, atomic: bool, repeatable: bool
    ) -> list[Answer]:
        if not operations:
            return []
        boundary = f"batch_{uuid4()}"
        tagged = [operation.tagged(self._tag) for operation in operations]
        request = _Request(
            name=f"{'change set' if atomic else 'batch'} of {len(operations)}",
            method="POST",
            path="$batch",
            headers={"Content-Type": f'multipart/mixed; boundary="{boundary}"'},
            content=write_batch(tagged, root=API_PATH, boundary=boundary, atomic=atomic),
            writes=any(operation.writes for operation in operations),
            may_be_repeated=repeatable or all(each.may_be_repeated for each in operations),
            atomic=atomic,
        )

        def read(name: str, response: httpx.Response) -> list[Answer]:
            return _read_many(name, response, operations, atomic=atomic)

        return self._exchange(request, read)

    def _request(self, operation: Operation) -> _Request:
        content = None if operation.body is None else write_json(operation.body)
        kind = {} if content is None else {"Content-Type": "application/json; charset=utf-8"}
        return _Request(
            name=str(operation),
            method=operation.method,
            path=operation.tagged(self._tag).path,
            headers={**kind, **operation.headers},
            content=content,
            writes=operation.writes,
            may_be_repeated=operation.may_be_repeated,
        )

    def _exchange(self, request: _Request, read: Callable[[str, httpx.Response], T]) -> T:
        maybe_done = False

        def attempt() -> T:
            nonlocal maybe_done
            try:
                return read(request.name, self._answer(request))
            except DataverseError as error:
                maybe_done |= request.writes and not _is_undone(error, request)
                error.maybe_done = maybe_done
                raise

        def may_repeat(error: Work365Error) -> bool:
            return (
                isinstance(error, DataverseError)
                and error.transient
                and (request.may_be_repeated or _is_undone(error, request))
            )

        return self._retries.run(attempt, may_repeat=may_repeat)

    def _answer(self, request: _Request) -> httpx.Response:
        response = self._transmit(request)
        if response.status_code == httpx.codes.UNAUTHORIZED:
            response = self._transmit(request)
        return response

    def _transmit(self, request: _Request) -> httpx.Response:
        headers = {**HEADERS, "Authorization": f"Bearer {self._token()}", **request.headers}
        url = self._origin + API_PATH + request.path
        try:
            response = self._http.request(
                request.method, url, headers=headers, content=request.content
            )
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise NothingDone(_without_answer(request, error)) from error
        except httpx.DecodingError as error:
            raise AnswerUnreadable(_without_answer(request, error)) from error
        except httpx.TransportError as error:
            raise DataverseUnavailable(_without_answer(request, error)) from error
        self._note(request, response)
        return response

    def _note(self, request: _Request, response: httpx.Response) -> None:
        hint = response.headers.get("x-ms-dop-hint", "")
        if hint.isdecimal():
            self._degree_of_parallelism = min(max(int(hint), 1), DEGREE_OF_PARALLELISM_MAX)
        logger.info(
            "%s: HTTP %d in %.3f s [request %s]",
            request.name,
            response.status_code,
            response.elapsed.total_seconds(),
            request_id(response.headers),
        )


def _read_one(name: str, response: httpx.Response) -> Answer:
    return read_answer(name, response.status_code, response.headers, response.content)


def _read_page(name: str, response: httpx.Response) -> dict[str, Any]:
    return _page(name, _read_one(name, response))


def _page(name: str, answer: Answer) -> dict[str, Any]:
    if answer.body is None or not isinstance(answer.body.get("value"), list):
        raise unreadable(name, answer.status, answer.headers, "no rows in the page")
    return answer.body


def _following(operation: Operation, page: Mapping[str, Any]) -> Operation:
    """Return the reading of the page after `page` of the query `operation`."""
    return Operation("GET", _below_root(str(page[NEXT_LINK])), headers=operation.headers)


def _read_many(
    name: str, response: httpx.Response, operations: Sequence[Operation], *, atomic: bool
) -> list[Answer]:
    status, headers = response.status_code, response.headers
    kind = headers.get("Content-Type", "")
    if not response.is_success and not kind.startswith("multipart/"):
        raise refused(name, status, headers, response.content)
    try:
        answers = match_answers(operations, read_batch(kind, response.content), atomic=atomic)
    except NotMultipart as error:
        raise unreadable(name, status, headers, str(error)) from error
    if not response.is_success:
        raise unreadable(name, status, headers, "a failure without a part that failed")
    return answers


def _is_undone(error: DataverseError, request: _Request) -> bool:
    # What came before the failing part of a batch is done, unless it was a change set.
    return error.undone and (request.atomic or error.fault.index in {None, 0})


def _delta(operation: Operation, page: Mapping[str, Any]) -> Delta:
    try:
        return delta_of(page)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise _impossible(operation, f"not a page of changes: {error!r}") from error


def _below_root(link: str) -> str:
    # Only the path is taken, so that no answer can send our token to another host.
    _, root, path = link.partition(API_PATH)
    if not root:
        raise AnswerImpossible(Fault("GET", None, None, "a link outside the Web API", None))
    return path


def _without_answer(request: _Request, error: Exception) -> Fault:
    return Fault(request.name, None, None, repr(error), None)


def _impossible(operation: Operation, why: str) -> AnswerImpossible:
    return AnswerImpossible(Fault(str(operation), None, None, why, None))
