"""Files of exports: downloaded without giving their key away, and read row by row."""

import gzip
import logging
from collections.abc import Iterator
from decimal import Decimal
from io import BytesIO
from typing import IO

import httpx
import pytest
import respx

from tests.adapters.partner_center.asking import Hourglass
from work365.adapters.partner_center import blobs
from work365.adapters.partner_center.blobs import (
    BlobFolder,
    BlobKeyExpired,
    ExportUnreadable,
    export_rows,
)
from work365.adapters.partner_center.errors import LedElsewhere, PartnerCenterError
from work365.http import Retries, http_client

FOLDER = "https://account.blob.core.windows.net/exports/one"
KEY = "sv=2021&sig=SECRETSIGNATURE"


@pytest.fixture(autouse=True)
def _answered_here() -> Iterator[None]:
    with respx.mock:
        yield


def folder() -> BlobFolder:
    hourglass = Hourglass()
    retries = Retries(sleep=hourglass.sleep, elapsed_seconds=hourglass.elapsed)
    return BlobFolder(http=http_client(), retries=retries)


def packed(*members: str) -> IO[bytes]:
    return BytesIO(b"".join(gzip.compress(member.encode()) for member in members))


class TestDownloading:
    def test_a_file_is_kept_as_it_comes(self) -> None:
        content = packed('{"a":1}\n').read()
        respx.get(url__startswith=FOLDER).respond(
            content=content, headers={"Content-Encoding": "gzip"}
        )
        into = BytesIO()

        folder().download(FOLDER, KEY, name="part 1.gz", into=into)

        assert into.read() == content

    def test_a_download_that_broke_off_is_begun_again(self) -> None:
        route = respx.get(url__startswith=FOLDER).mock(
            side_effect=[httpx.ReadError("reset"), httpx.Response(200, content=b"whole")]
        )
        into = BytesIO()

        folder().download(FOLDER, KEY, name="x", into=into)

        assert into.read() == b"whole"
        assert len(route.calls) == 2

    def test_a_key_that_ran_out_is_told(self) -> None:
        respx.get(url__startswith=FOLDER).respond(403)

        with pytest.raises(BlobKeyExpired):
            folder().download(FOLDER, KEY, name="x", into=BytesIO())

    @pytest.mark.parametrize(
        "elsewhere",
        [
            "https://example.org/exports",
            "http://account.blob.core.windows.net/exports",
            "https://blob.core.windows.net.example.org/exports",
            "https://account.blob.core.windows.net/exports?x=1",
            "",
        ],
    )
    def test_only_blob_hosts_are_asked(self, elsewhere: str) -> None:
        with pytest.raises(LedElsewhere):
            folder().download(elsewhere, KEY, name="x", into=BytesIO())

    @pytest.mark.parametrize(
        "fault",
        [
            httpx.Response(403),
            httpx.Response(404),
            httpx.Response(500),
            httpx.Response(302, headers={"Location": "https://example.org"}),
            httpx.ConnectError(f"cannot reach {FOLDER}?{KEY}"),
            httpx.ReadTimeout(f"{FOLDER}?{KEY}"),
        ],
        ids=["403", "404", "500", "302", "connect", "timeout"],
    )
    def test_no_error_and_no_log_has_the_key(
        self, fault: httpx.Response | Exception, caplog: pytest.LogCaptureFixture
    ) -> None:
        respx.get(url__startswith=FOLDER).mock(side_effect=[fault] * 20)

        with (
            caplog.at_level(logging.DEBUG, logger="work365"),
            pytest.raises(PartnerCenterError) as error,
        ):
            folder().download(FOLDER, KEY, name="x", into=BytesIO())

        shown = [record.getMessage() for record in caplog.records if "work365" in record.name]
        assert shown
        assert "SECRETSIGNATURE" not in "".join(shown)
        assert "SECRETSIGNATURE" not in str(error.value)
        assert error.value.__cause__ is None


class TestReading:
    def test_rows_of_several_members_follow_each_other(self) -> None:
        file = packed('\ufeff{"Total":1.10}\r\n{"Total":2}\r\n', '{"Total":"3"}')

        rows = list(export_rows(file, name="x"))

        assert rows == [{"Total": Decimal("1.10")}, {"Total": 2}, {"Total": "3"}]
        assert str(rows[0]["Total"]) == "1.10"

    def test_a_list_is_read_like_lines(self) -> None:
        assert list(export_rows(packed('[{"a":1},{"a":2}]'), name="x")) == [{"a": 1}, {"a": 2}]

    def test_a_mark_between_members_is_read_over(self) -> None:
        assert len(list(export_rows(packed('{"a":1}\n', '\ufeff{"a":2}\n'), name="x"))) == 2

    def test_nothing_in_it_is_no_row(self) -> None:
        assert list(export_rows(packed("\n\n"), name="x")) == []

    @pytest.mark.parametrize(
        "content",
        [
            gzip.compress(b'{"a":1}\n' * 1000)[:-9],
            b"not packed at all",
            gzip.compress(b"{}")[:10] + b"\xff" * 40,
            gzip.compress(b'{"a":'),
            gzip.compress(b"3"),
            gzip.compress(b"\xff\xfe"),
        ],
        ids=["cut", "not packed", "packed wrongly", "half a row", "no object", "not text"],
    )
    def test_what_cannot_be_read_is_told_and_not_left_out(self, content: bytes) -> None:
        with pytest.raises(ExportUnreadable, match="download of part-1"):
            list(export_rows(BytesIO(content), name="part-1"))

    def test_a_line_without_end_is_refused(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(blobs, "LINE_CHARACTERS_MAX", 1_000)

        with pytest.raises(ExportUnreadable, match="line 2 has 1,000 characters"):
            list(export_rows(packed('{"a":1}\n', " " * 5_000), name="x"))


def test_a_file_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blobs, "FILE_BYTES_MAX", 1_000)
    respx.get(url__startswith=FOLDER).respond(content=b"x" * 5_000)

    with pytest.raises(ExportUnreadable, match="more than 1,000 bytes"):
        folder().download(FOLDER, KEY, name="x", into=BytesIO())
