"""The Dataverse Web API, spoken so that money stays exact and nothing is lost or doubled.

Owns sending: the token, the pace, retries, and the reading of every page. What to send is an
`Operation`, and on whose behalf an `Origin`; which rows mean what is for the store to know.
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any, TypeVar
from uuid import UUID

import httpx

from work365.adapters.dataverse.answers import Answer, read_answer, refused, request_id, unreadable
from work365.adapters.dataverse.batch import NotMultipart, match_answers, read_batch
from work365.adapters.dataverse.delta import Delta, delta_of, joined
from work365.adapters.dataverse.errors import (
    AnswerImpossible,
    DataverseError,
    DuplicateKey,
    Fault,
    RowNotFound,
    SignInRejected,
    Throttled,
)
from work365.adapters.dataverse.no_answer import error_without_answer
from work365.adapters.dataverse.operations import ROWS_PER_PAGE_MAX, Operation, equals, query
from work365.adapters.dataverse.origin import Origin
from work365.adapters.dataverse.pace import DEGREE_OF_PARALLELISM_MAX, Pace
from work365.adapters.dataverse.pages import (
    API_PATH,
    NEXT_LINK,
    below_root,
    following,
    in_pages,
    page_of,
    refuse_more_pages,
)
from work365.adapters.dataverse.request import Request, request_of, request_of_all
from work365.errors import Work365Error
from work365.http import Retries

UPSERT_RACES_MAX = 3
"""How often an upsert may lose against another that creates the same row first."""

HEADERS = {"Accept": "application/json", "OData-MaxVersion": "4.0", "OData-Version": "4.0"}

T = TypeVar("T")
R = TypeVar("R")

logger = logging.getLogger(__name__)


class DataverseClient:
    """One Dataverse environment. Safe to share between threads.

    Clients of one user of one environment share a `pace`, as those of `on_behalf_of` do.
    """

    def __init__(
        self,
        *,
        url: str,
        token: Callable[[], str],
        http: httpx.Client,
        origin: Origin | None = None,
        retries: Retries | None = None,
        pace: Pace | None = None,
    ) -> None:
        self._host = url.rstrip("/")
        self._token = token
        self._http = http
        self._origin = origin or Origin()
        self._retries = retries or Retries()
        self._pace = pace or Pace(elapsed_seconds=self._retries.elapsed_seconds)

    @property
    def degree_of_parallelism(self) -> int:
        """How many requests at once Dataverse last recommended."""
        return self._pace.degree_of_parallelism

    def on_behalf_of(self, caller: UUID) -> "DataverseClient":
        """Return a client that asks as the user with the Entra object id `caller`."""
        return DataverseClient(
            url=self._host,
            token=self._token,
            http=self._http,
            origin=replace(self._origin, caller=caller),
            retries=self._retries,
            pace=self._pace,
        )

    def send(self, operation: Operation) -> Any:
        """Return the body of the answer, or else the id of the row written, or else None."""
        answer = self.ask(operation)
        return answer.row if answer.body is None else answer.body

    def ask(self, operation: Operation) -> Answer:
        """Return the answer to `operation`.

        Raises: `RowsLeftOut` if it is a page that others follow: that is for `rows`.
        """
        try:
            answer = self._exchange(request_of(operation, self._origin), _read_one)
        except (DuplicateKey, RowNotFound) as error:
            if error.maybe_done and self._was_done(operation, error):
                return self._done(operation)
            raise
        refuse_more_pages(operation, answer)
        return answer

    def rows(
        self, operation: Operation, page_size: int = ROWS_PER_PAGE_MAX
    ) -> Iterator[dict[str, Any]]:
        """Yield every row of a query, page after page, none left out.

        Raises: `AnswerImpossible` if a page points back to one already read.
        """
        for page in self._pages(in_pages(operation, page_size)):
            yield from page["value"]

    def rows_of_each(self, queries: Sequence[Operation]) -> list[list[dict[str, Any]]]:
        """Return every row of each of `queries`, whose first pages are read in one request."""
        asked = [in_pages(query) for query in queries]
        found = []
        answers = self._send_together(asked, atomic=False, repeatable=False)
        for each, answer in zip(asked, answers, strict=True):
            page = page_of(each, answer)
            rows = list(page["value"])
            if NEXT_LINK in page:
                others = self._pages(following(each, page))
                rows += [row for other in others for row in other["value"]]
            found.append(rows)
        return found

    def batch(self, operations: Iterable[Operation]) -> list[Answer]:
        """Return the answers to `operations`, sent in one request and done one by one.

        Raises: the error of the first that failed, with its index. Those before it are done,
        those after it are not. `RowsLeftOut` as `ask`.
        """
        asked = list(operations)
        answers = self._send_together(asked, atomic=False, repeatable=False)
        for operation, answer in zip(asked, answers, strict=True):
            refuse_more_pages(operation, answer)
        return answers

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
        path = below_root(delta_link) if delta_link else f"{entity_set}?$select={','.join(select)}"
        # A link out of the middle of a first reading has no delta token yet.
        wishes = [] if "$deltatoken=" in path else ["odata.track-changes"]
        first = in_pages(Operation("GET", path).preferring(*wishes))
        return (_delta(first, page) for page in self._pages(first))

    def each(self, function: Callable[[T], R], things: Iterable[T]) -> list[R]:
        """Return `function` of each of `things`, several at once, in their order.

        Threads are cheap: how many requests are on their way is for the pace to say.

        Raises: the first error in that order, after all have ended.
        """
        with ThreadPoolExecutor(max_workers=DEGREE_OF_PARALLELISM_MAX) as pool:
            futures = [pool.submit(function, thing) for thing in things]
        return [future.result() for future in futures]

    def _pages(self, first: Operation) -> Iterator[dict[str, Any]]:
        seen = {first.path}
        operation = first
        while True:
            page = self._page(operation)
            yield page
            if NEXT_LINK not in page:
                return
            operation = following(first, page)
            if operation.path in seen:
                raise _impossible(operation, "a page that points back to one already read")
            seen.add(operation.path)

    def _page(self, operation: Operation) -> dict[str, Any]:
        def read(name: str, response: httpx.Response) -> dict[str, Any]:
            return page_of(operation, _read_one(name, response))

        return self._exchange(request_of(operation, self._origin), read)

    def _send_together(
        self, operations: list[Operation], *, atomic: bool, repeatable: bool
    ) -> list[Answer]:
        if not operations:
            return []
        request = request_of_all(operations, self._origin, atomic=atomic, repeatable=repeatable)

        def read(name: str, response: httpx.Response) -> list[Answer]:
            return _read_many(name, response, operations, atomic=atomic)

        return self._exchange(request, read)

    def _exchange(self, request: Request, read: Callable[[str, httpx.Response], T]) -> T:
        maybe_done = False
        races = 0

        def attempt() -> T:
            nonlocal maybe_done, races
            try:
                return read(request.name, self._answer(request))
            except DataverseError as error:
                maybe_done |= request.writes and not request.is_undone(error)
                error.maybe_done = maybe_done
                races += isinstance(error, DuplicateKey)
                if isinstance(error, Throttled):
                    self._pace.refused(error.fault.code)
                raise

        def may_repeat(error: Work365Error) -> bool:
            if isinstance(error, DuplicateKey):
                # The next sending finds the row of whoever was faster, and updates it.
                return request.may_lose_a_race and races <= UPSERT_RACES_MAX
            return (
                isinstance(error, DataverseError)
                and error.transient
                and (request.may_be_repeated or request.is_undone(error))
            )

        return self._retries.run(attempt, may_repeat=may_repeat, pace=self._pace)

    def _was_done(self, operation: Operation, error: DataverseError) -> bool:
        """Return whether an earlier sending, whose answer was lost, did what was asked."""
        if isinstance(error, RowNotFound):
            return operation.method == "DELETE"
        if operation.own_id is None:
            return False
        column, chosen = operation.own_id
        asked = query(operation.path, select=[column], filter=equals(column, chosen))
        return any(self.rows(asked))

    def _done(self, operation: Operation) -> Answer:
        logger.info("%s: done by an earlier sending, whose answer was lost", operation)
        headers = httpx.Headers()
        if operation.own_id is not None:
            row = f"{operation.path}({operation.own_id[1]})"
            headers["OData-EntityId"] = f"{self._host}{API_PATH}{row}"
        return Answer(httpx.codes.NO_CONTENT, headers, None)

    def _answer(self, request: Request) -> httpx.Response:
        response = self._transmit(request)
        if response.status_code == httpx.codes.UNAUTHORIZED:
            response = self._transmit(request)
        return response

    def _transmit(self, request: Request) -> httpx.Response:
        headers = {**HEADERS, "Authorization": f"Bearer {self._token()}", **request.headers}
        url = self._host + API_PATH + request.path
        try:
            response = self._http.request(
                request.method, url, headers=headers, content=request.content
            )
        except UnicodeEncodeError:
            raise _header_not_sent(request) from None
        except (httpx.TransportError, httpx.DecodingError) as error:
            if isinstance(error, httpx.LocalProtocolError) and "header" in str(error):
                raise _header_not_sent(request) from None
            raise error_without_answer(request.name, self._host, error) from error
        self._note(request, response)
        return response

    def _note(self, request: Request, response: httpx.Response) -> None:
        seconds = response.elapsed.total_seconds()
        self._pace.note(response.headers, seconds)
        logger.info(
            "%s: HTTP %d in %.3f s [request %s]",
            request.name,
            response.status_code,
            seconds,
            request_id(response.headers),
        )


def _read_one(name: str, response: httpx.Response) -> Answer:
    return read_answer(name, response.status_code, response.headers, response.content)


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


def _delta(operation: Operation, page: Mapping[str, Any]) -> Delta:
    try:
        return delta_of(page)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise _impossible(operation, f"not a page of changes: {error!r}") from error


def _header_not_sent(request: Request) -> SignInRejected:
    # The library's text, and its cause's, has the header that is malformed: perhaps the token.
    why = "a header that cannot be sent; look at the token's source"
    return SignInRejected(Fault(request.name, None, None, why, None))


def _impossible(operation: Operation, why: str) -> AnswerImpossible:
    return AnswerImpossible(Fault(str(operation), None, None, why, None))
