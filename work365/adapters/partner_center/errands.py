"""A connection used for one purpose: asking, reading every page, waiting for what takes long."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import IO, Any

import httpx

from work365.adapters.partner_center.answers import (
    Answer,
    Sent,
    check_success,
    impossible,
    received,
    unreadable,
)
from work365.adapters.partner_center.calls import Call
from work365.adapters.partner_center.connection import Connection
from work365.adapters.partner_center.errors import (
    Fault,
    PartnerCenterError,
    StillRunning,
)
from work365.adapters.partner_center.pages import Pages
from work365.adapters.partner_center.same_host import path_on
from work365.http import PATIENCE_SECONDS, retry_after_seconds

LOOK_AGAIN_SECONDS = 5.0
"""How often is looked at what takes long, where Microsoft does not say."""
FILE_BYTES_MAX = 4 * 1024**3
PIECE_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Errand:
    """A connection, and what for.

    `purpose` is in words that the partner can read, such as `nightly sync of subscriptions`.
    """

    connection: Connection
    purpose: str

    def __post_init__(self) -> None:
        assert self.purpose.strip(), "a request without a purpose"

    def ask(self, call: Call) -> Answer:
        """Return the answer to `call`.

        Raises: PartnerCenterError: it is not a success.
        """
        return self.connection.ask(call, self.purpose)

    def pages(self, call: Call) -> Iterator[Mapping[str, Any]]:
        """Yield every page of a list, each as Microsoft answered it.

        Raises: PartnerCenterError; RowsLeftOut: at the end, fewer or more came than announced.
        """
        pages = Pages(call, host=self.connection.host)
        while pages.next_call is not None:
            yield pages.take(self.ask(pages.next_call).body)
        pages.check_total()

    def rows(self, call: Call) -> list[Any]:
        """Return every row of a list, after all of it was read.

        Raises: as `pages`.
        """
        return [row for page in self.pages(call) for row in page["items"]]

    def finish(self, call: Call) -> Answer:
        """Return the answer to `call`, and where Microsoft does it later, what came of it.

        Raises: PartnerCenterError; StillRunning: it took longer than we waited.
        """
        answer = self.ask(call)
        location = answer.headers.get("Location")
        if not answer.is_accepted_only or not location:
            return answer
        try:
            watch = call.looking_at(path_on(self.connection.host, location, call=call))
            return self.wait_for(watch, answer, until=lambda seen: not seen.is_accepted_only)
        except PartnerCenterError as error:
            # Whatever is wrong with looking, what was asked for was taken on.
            error.maybe_done = call.endpoint.writes
            raise

    def wait_for(self, watch: Call, first: Answer, *, until: Callable[[Answer], bool]) -> Answer:
        """Return the first answer to `watch` that is `until`, asked again at Microsoft's pace.

        Raises: PartnerCenterError; StillRunning: it took longer than we waited.
        """
        patience = self.connection.patience
        deadline = patience.retries.elapsed_seconds() + PATIENCE_SECONDS
        seen = first
        while True:
            seconds = retry_after_seconds(seen.headers) or LOOK_AGAIN_SECONDS
            if patience.retries.elapsed_seconds() + seconds > deadline:
                raise _still_running(watch, seconds)
            patience.sleep(seconds)
            seen = self.ask(watch)
            if until(seen):
                return seen

    def download(self, call: Call, into: IO[bytes]) -> httpx.Headers:
        """Write the answer to `call` into a file as it comes, unpacked by nobody.

        Raises: PartnerCenterError; AnswerImpossible: it is larger than any that is sent.
        """

        def read(sent: Sent, response: httpx.Response) -> httpx.Headers:
            if not response.is_success:
                check_success(call, sent, received(call, response))
            into.seek(0)
            into.truncate()
            for piece in response.iter_raw(PIECE_BYTES):
                into.write(piece)
                if into.tell() > FILE_BYTES_MAX:
                    raise impossible(call, f"a file of more than {FILE_BYTES_MAX:,} bytes")
            if into.tell() == 0:
                raise unreadable(call, sent, response, "a file without content")
            into.seek(0)
            return response.headers

        return self.connection.exchange(call, self.purpose, read)


def _still_running(watch: Call, seconds: float) -> StillRunning:
    error = StillRunning(
        Fault(operation=str(watch), description="it is not done yet"), retry_after_seconds=seconds
    )
    error.maybe_done = True
    return error
