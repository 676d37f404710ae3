"""Price sheets as they come: plain, packed, absent."""

from collections.abc import Iterator
from decimal import Decimal
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
import respx

from tests.adapters.partner_center.asking import SHEETS, connection, errand
from work365.adapters.partner_center.connection import Tokens
from work365.adapters.partner_center.errors import AnswerImpossible, NotFound
from work365.adapters.partner_center.files import FileRefused
from work365.adapters.partner_center.price_sheet_downloads import PriceSheets
from work365.adapters.partner_center.refusals import NeedsDelegatedConnection
from work365.domain.microsoft.price_sheets import PriceSheetName, PriceSheetView, Timeline
from work365.identity.clouds import Audience

SHEET = (
    "ProductTitle,ProductId,SkuId,SkuTitle,TermDuration,BillingPlan,Market,Currency,UnitPrice,"
    "EffectiveStartDate,EffectiveEndDate,ERP Price\r\n"
    "Mail,CFQ7TTC0AAAA,0001,Mail,P1Y,Annual,DE,EUR,120,1/1/2026 12:00:00 AM,"
    "12/31/9999 11:59:59 PM,150\r\n"
)
NOW = PriceSheetName(market="DE", view=PriceSheetView.LICENCES)
NEXT = PriceSheetName(market="DE", view=PriceSheetView.LICENCES, timeline=Timeline.FUTURE)


@pytest.fixture(autouse=True)
def _answered_here() -> Iterator[None]:
    with respx.mock:
        yield


def answered(content: bytes = b"", status: int = 200) -> PriceSheets:
    respx.get(url__startswith=SHEETS).respond(status, content=content)
    return PriceSheets(errand(Audience.PRICE_SHEETS))


def archive(**files: str) -> bytes:
    packed = BytesIO()
    with ZipFile(packed, "w", ZIP_DEFLATED) as zipped:
        for name, content in files.items():
            zipped.writestr(f"{name}.csv", content)
    return packed.getvalue()


def garbled(content: bytes, *, at: int) -> bytes:
    return content[:at] + b"\xff" * 8 + content[at + 8 :]


def with_directory(content: bytes, *, at: int, value: int) -> bytes:
    place = content.rindex(b"PK\x01\x02") + at
    local = at - 2
    changed = content[:place] + bytes([value]) + content[place + 1 :]
    return changed[:local] + bytes([value]) + changed[local + 1 :]


@pytest.mark.parametrize(
    "content",
    [SHEET.encode(), SHEET.encode("utf-8-sig"), archive(sheet=SHEET)],
    ids=["plain", "with a mark", "packed"],
)
def test_prices_are_read_however_they_come(content: bytes) -> None:
    read = answered(content).prices(NOW)

    assert read.findings == ()
    [price] = read.values
    assert (price.sku.part_number, price.unit_price) == ("CFQ7TTC0AAAA:0001", Decimal(120))


def test_no_sheet_for_next_month_is_no_change() -> None:
    read = answered(status=404).prices(NEXT)

    assert (read.values, read.findings) == ((), ())


def test_no_sheet_for_this_month_is_an_error() -> None:
    with pytest.raises(NotFound):
        answered(status=404).prices(NOW)


def test_findings_name_the_sheet() -> None:
    read = answered(SHEET.replace("120", "cheap").encode()).prices(NOW)

    assert "updatedlicensebased-DE-current.csv" in read.findings[0].message


def test_another_view_can_be_kept_as_a_file() -> None:
    name = PriceSheetName(market="DE", view=PriceSheetView.AZURE_CONSUMPTION)

    with answered(b"MeterId,Price\r\n").file(name) as file:
        assert file is not None
        assert file.read() == b"MeterId,Price\r\n"


def test_another_view_has_no_prices_of_licences() -> None:
    with pytest.raises(FileRefused, match="missing"):
        answered(b"MeterId,Price\r\n").prices(NOW)


@pytest.mark.parametrize(
    "content",
    [
        archive(one="1", two="2"),
        b"PK\x03\x04broken",
        garbled(archive(sheet=SHEET * 100), at=60),
        # In the directory of the archive: a way of packing, and the mark of a password.
        with_directory(archive(sheet=SHEET), at=10, value=99),
        with_directory(archive(sheet=SHEET), at=8, value=1),
    ],
    ids=["two files", "broken", "packed wrongly", "packed strangely", "locked"],
)
def test_an_archive_that_is_not_one_sheet_is_a_contradiction(content: bytes) -> None:
    with pytest.raises(AnswerImpossible, match="archive"):
        answered(content).prices(NOW)


def test_sheets_need_the_delegated_connection() -> None:
    asked = errand(on=connection(Audience.PRICE_SHEETS, tokens=Tokens(lambda: "x")))

    with pytest.raises(NeedsDelegatedConnection, match="Price sheets from Microsoft"):
        PriceSheets(asked).prices(NOW)
