"""Price sheets from Microsoft: another host, another audience, and files of many megabytes.

Source: "Get a price sheet". A sheet comes packed if it is asked for with `Accept-Encoding:
deflate`; that it is a ZIP archive then is said there, and not which header tells it, so that
its first bytes decide.
"""

import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from tempfile import TemporaryFile
from typing import IO
from zipfile import BadZipFile, ZipFile

from work365.adapters.partner_center.answers import impossible
from work365.adapters.partner_center.calls import Call
from work365.adapters.partner_center.endpoints import GET_PRICE_SHEET
from work365.adapters.partner_center.errands import Errand
from work365.adapters.partner_center.errors import NotFound
from work365.adapters.partner_center.files import FILE_CHARACTERS_MAX, decoded
from work365.adapters.partner_center.price_sheet import read_price_sheet
from work365.domain.catalog import ListPrice
from work365.domain.findings import Reading
from work365.domain.microsoft.price_sheets import PriceSheetName, Timeline

ZIP = b"PK\x03\x04"
HEADERS = {"Accept": "*/*", "Accept-Encoding": "deflate"}


@dataclass(frozen=True, slots=True)
class PriceSheets:
    """Price sheets, asked for on an errand. They need the delegated connection."""

    errand: Errand

    def prices(self, name: PriceSheetName) -> Reading[ListPrice]:
        """Return the prices of a sheet of licences; none where next month changes nothing.

        Raises: PartnerCenterError; NeedsDelegatedConnection; FileRefused: the view is not of
        licences.
        """
        with self.file(name) as file:
            if file is None:
                return Reading((), ())
            # A character more than is read, so that a larger file is refused and not cut.
            content = file.read(FILE_CHARACTERS_MAX * 4 + 1)
        return read_price_sheet(decoded(content, file_name=str(name)), file_name=str(name))

    @contextmanager
    def file(self, name: PriceSheetName) -> Iterator[IO[bytes] | None]:
        """Yield a sheet as CSV, unpacked; None where Microsoft has none for next month.

        Raises: PartnerCenterError; NeedsDelegatedConnection.
        """
        query = {"timeline": name.timeline.value}
        if name.month is not None:
            query["month"] = name.month
        ids = {"market": name.market, "view": name.view.value}
        call = Call(GET_PRICE_SHEET, ids, query=query, headers=HEADERS)
        with TemporaryFile() as packed:
            try:
                self.errand.download(call, packed)
            except NotFound:
                if name.timeline is not Timeline.FUTURE:
                    raise
                yield None
                return
            with _unpacked(packed, call) as file:
                yield file


@contextmanager
def _unpacked(file: IO[bytes], call: Call) -> Iterator[IO[bytes]]:
    start = file.read(len(ZIP))
    file.seek(0)
    if start != ZIP:
        yield file
        return
    try:
        with ZipFile(file) as archive:
            names = [each for each in archive.namelist() if not each.endswith("/")]
            if len(names) != 1:
                raise impossible(call, f"an archive of {len(names)} files, and not of one")
            with _opened(archive, names[0], call) as member:
                yield member
    except (BadZipFile, EOFError, zlib.error) as error:
        raise impossible(call, f"an archive that cannot be unpacked: {error}") from error


def _opened(archive: ZipFile, name: str, call: Call) -> IO[bytes]:
    try:
        return archive.open(name)
    except (RuntimeError, NotImplementedError) as error:
        raise impossible(call, "an archive that is locked or packed in an unknown way") from error
