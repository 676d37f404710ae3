"""Files in a storage account, had by a signature that nobody else may see.

Microsoft's exports are in accounts of its own choosing. A file is only fetched from a host that
is one of Azure's blob hosts, over https, and never from where an answer redirects.
"""

import gzip
import logging
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from io import TextIOWrapper
from typing import IO, Any
from urllib.parse import quote, urlsplit

import httpx

from work365.adapters.partner_center.errors import (
    AnswerImpossible,
    AnswerUnreadable,
    Fault,
    LedElsewhere,
    NothingDone,
    PartnerCenterError,
    PartnerCenterUnavailable,
    RequestRefused,
)
from work365.adapters.partner_center.response_text import NotJson, read_response
from work365.errors import Work365Error
from work365.http import Retries, retry_after_seconds

BLOB_HOSTS = (".blob.core.windows.net",)
PIECE_BYTES = 64 * 1024
FILE_BYTES_MAX = 4 * 1024**3
LINE_CHARACTERS_MAX = 128 * 1024**2
"""A list can stand on one line, a part of an export with it."""

logger = logging.getLogger(__name__)


class BlobKeyExpired(RequestRefused):
    """The signature is not valid any more; a fresh one comes with the manifest."""

    code = "blob_key_expired"


class ExportUnreadable(AnswerImpossible):
    """A file of an export is cut off, or is not what it is called."""

    code = "export_unreadable"


@dataclass(frozen=True, slots=True, kw_only=True)
class BlobFolder:
    """Folders of storage accounts whose host ends with one of `hosts`."""

    http: httpx.Client
    hosts: tuple[str, ...] = BLOB_HOSTS
    schemes: tuple[str, ...] = ("https",)
    retries: Retries = field(default_factory=Retries)

    def download(self, folder: str, key: str, *, name: str, into: IO[bytes]) -> None:
        """Write the file `name` of `folder` into `into`, and go to its start.

        Raises: BlobKeyExpired, LedElsewhere and other PartnerCenterErrors, none with `key`.
        """
        self._check(folder)
        address = f"{folder.rstrip('/')}/{quote(name)}?{key.lstrip('?')}"

        def attempt() -> None:
            into.seek(0)
            into.truncate()
            self._fetch(address, name, into)
            into.seek(0)

        self.retries.run(attempt, may_repeat=_may_repeat)

    def _check(self, folder: str) -> None:
        parts = urlsplit(folder)
        host = (parts.hostname or "").lower()
        if parts.scheme not in self.schemes or not host.endswith(self.hosts) or parts.query:
            why = f"its files are said to be at {parts.scheme}://{host}, where none is fetched"
            raise LedElsewhere(Fault(operation="download an export", description=why))

    def _fetch(self, address: str, name: str, into: IO[bytes]) -> None:
        status = None
        try:
            # As it is: packed files are kept packed.
            headers = {"Accept-Encoding": "identity"}
            with self.http.stream("GET", address, headers=headers) as response:
                status = response.status_code
                if not response.is_success:
                    raise _refused(name, response)
                for piece in response.iter_raw(PIECE_BYTES):
                    into.write(piece)
                    if into.tell() > FILE_BYTES_MAX:
                        raise ExportUnreadable(
                            _fault(name, None, f"a file of more than {FILE_BYTES_MAX:,} bytes")
                        )
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise NothingDone(_fault(name, None, f"no answer: {type(error).__name__}")) from None
        except httpx.TransportError as error:
            # Its text could have the address, and with it the signature.
            raise PartnerCenterUnavailable(
                _fault(name, None, f"no answer: {type(error).__name__}")
            ) from None
        finally:
            logger.info("download of %s: %s", name, status or "no answer")


def export_rows(packed: IO[bytes], *, name: str) -> Iterator[Mapping[str, Any]]:
    """Yield the rows of a file of an export, numbers exact, without unpacking it all at once.

    A file is packed in one or several members, and has an object on each line or a list of
    them.

    Raises: ExportUnreadable: it is cut off, or a row is not an object.
    """
    try:
        with TextIOWrapper(gzip.open(packed), encoding="utf-8-sig") as lines:
            read = partial(lines.readline, LINE_CHARACTERS_MAX)
            for number, line in enumerate(iter(read, ""), start=1):
                if len(line) >= LINE_CHARACTERS_MAX:
                    why = f"line {number} has {LINE_CHARACTERS_MAX:,} characters or more"
                    raise ExportUnreadable(_fault(name, None, why))
                yield from _rows(line, name, number)
    except (EOFError, OSError, UnicodeDecodeError, zlib.error) as error:
        raise ExportUnreadable(_fault(name, None, f"it is cut off: {error}")) from error


def _rows(line: str, name: str, number: int) -> Iterator[Mapping[str, Any]]:
    if not line.strip("\ufeff \t\r\n"):
        return
    try:
        told = read_response(line)
    except NotJson as error:
        raise ExportUnreadable(_fault(name, None, f"line {number} is {error}")) from error
    for row in told if isinstance(told, list) else [told]:
        if not isinstance(row, Mapping):
            raise ExportUnreadable(_fault(name, None, f"line {number} is not an object"))
        yield row


def _refused(name: str, response: httpx.Response) -> PartnerCenterError:
    fault = _fault(name, response.status_code, "an answer of the storage account")
    if response.status_code in (httpx.codes.FORBIDDEN, httpx.codes.UNAUTHORIZED):
        return BlobKeyExpired(fault)
    if response.status_code == httpx.codes.TOO_MANY_REQUESTS or response.is_server_error:
        return PartnerCenterUnavailable(fault, retry_after_seconds(response.headers))
    return RequestRefused(fault) if response.is_client_error else AnswerUnreadable(fault)


def _may_repeat(error: Work365Error) -> bool:
    return isinstance(error, PartnerCenterError) and error.transient


def _fault(name: str, status: int | None, description: str) -> Fault:
    return Fault(operation=f"download of {name}", description=description, status=status)
