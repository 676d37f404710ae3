from datetime import UTC, datetime

import pytest

from work365.adapters.partner_center.files import (
    FILE_CHARACTERS_MAX,
    FileRefused,
    Row,
    Unreadable,
    decoded,
    moment_of,
    opened,
    shown,
    text_of,
)
from work365.domain.findings import Finding, Severity


def whole(value: object) -> int:
    if not isinstance(value, int):
        raise Unreadable("not_whole", "it must be a whole number")
    return value


class TestRow:
    def test_a_finding_names_file_row_field_value_and_remedy(self) -> None:
        row = Row("seats.json", 3, {"quantity": "ten"})

        row.read("quantity", whole, otherwise=1)

        assert row.findings == [
            Finding(
                Severity.ERROR,
                "not_whole",
                'seats.json, row 3: quantity is "ten"; it must be a whole number.',
                "seats.json#3/quantity",
            )
        ]

    @pytest.mark.parametrize("fields", [{}, {"quantity": None}, {"quantity": " "}])
    def test_a_required_field_that_is_blank_is_missing(self, fields: dict[str, object]) -> None:
        row = Row("seats.json", 1, fields)

        row.read("quantity", whole, otherwise=1)

        assert [finding.code for finding in row.findings] == ["missing"]

    def test_a_field_that_may_be_left_out_leaves_no_finding(self) -> None:
        row = Row("seats.json", 1, {"quantity": ""})

        assert row.read_if_given("quantity", whole) is None
        assert row.findings == []

    def test_a_row_is_sound_with_warnings_and_not_with_errors(self) -> None:
        row = Row("seats.json", 1, {})

        row.warn("odd", "quantity", "look at it")
        assert row.is_sound
        row.report("wrong", "quantity", "change it")
        assert not row.is_sound


class TestDecoded:
    def test_a_byte_order_mark_is_not_text(self) -> None:
        assert decoded("Büro".encode("utf-8-sig"), file_name="a.csv") == "Büro"

    @pytest.mark.parametrize("start", [b"PK\x03\x04", b"\x1f\x8b"])
    def test_a_compressed_file_is_to_be_unpacked(self, start: bytes) -> None:
        with pytest.raises(FileRefused, match=r"prices\.zip: .*Unpack it"):
            decoded(start + b"\x00\x01", file_name="prices.zip")

    def test_bytes_that_are_no_text_are_refused(self) -> None:
        with pytest.raises(FileRefused, match=r"not text in UTF-8 \(byte 2\)"):
            decoded(b"B\xfcro", file_name="a.csv")


class TestOpened:
    @pytest.mark.parametrize("text", ["", "\ufeff", " \r\n\t ", "\ufeff\n"])
    def test_a_file_of_nothing_is_refused(self, text: str) -> None:
        with pytest.raises(FileRefused, match=r"a\.csv: The file is empty"):
            opened(text, file_name="a.csv")

    def test_a_file_that_is_far_too_large_is_refused_unread(self) -> None:
        with pytest.raises(FileRefused, match="Is it a file from Partner Center"):
            opened(" " * (FILE_CHARACTERS_MAX + 1), file_name="a.csv")

    def test_a_binary_file_is_refused(self) -> None:
        with pytest.raises(FileRefused, match="not text"):
            opened("\x7fELF\x00\x00", file_name="a.csv")

    def test_blank_lines_in_front_are_kept_for_counting_rows(self) -> None:
        assert opened("\ufeff\nProductId", file_name="a.csv") == "\nProductId"


class TestMomentOf:
    @pytest.mark.parametrize(
        ("written", "expected"),
        [
            ("2026-01-31", datetime(2026, 1, 31, tzinfo=UTC)),
            ("2026-01-31T08:05:09Z", datetime(2026, 1, 31, 8, 5, 9, tzinfo=UTC)),
            ("2026-01-31 08:05:09", datetime(2026, 1, 31, 8, 5, 9, tzinfo=UTC)),
            # Spaces around colons are in several of Microsoft's published examples.
            ("2026-01-31T08: 05 : 09Z", datetime(2026, 1, 31, 8, 5, 9, tzinfo=UTC)),
            ("2026-01-31T23:59:59.9999999Z", datetime(2026, 1, 31, 23, 59, 59, tzinfo=UTC)),
            # The day is that of UTC, whatever day it was where the clock hung.
            ("2026-02-01T01:30:00+02:00", datetime(2026, 1, 31, 23, 30, tzinfo=UTC)),
            ("2026-01-31T22:00:00-0330", datetime(2026, 2, 1, 1, 30, tzinfo=UTC)),
            ("2024-02-29T00:00:00Z", datetime(2024, 2, 29, tzinfo=UTC)),
        ],
    )
    def test_a_moment_is_read_in_utc(self, written: str, expected: datetime) -> None:
        assert moment_of(written) == expected

    @pytest.mark.parametrize(
        "written",
        [
            "31.01.2026",
            "2026-1-31",
            "20260131",
            "2026-W05-1",
            "2026-01-31T08:05Z",
            "2026-02-29",
            "2026-01-31T25:00:00Z",
            "2026-01-31T08:05:09+99:00",
            # Before the first and after the last day that there is.
            "0001-01-01T00:00:00+02:00",
            "9999-12-31T23:59:59-02:00",
            "tomorrow",
            20260131,
            None,
        ],
    )
    def test_what_is_no_moment_is_unreadable(self, written: object) -> None:
        with pytest.raises(Unreadable, match="2026-01-31T08:00:00Z"):
            moment_of(written)


@pytest.mark.parametrize("value", [5, True, ["a"], "half a smile \ud83d"])
def test_what_is_no_text_is_unreadable(value: object) -> None:
    with pytest.raises(Unreadable, match="it must be text"):
        text_of(value)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("Grüße", '"Grüße"'),
        (None, "missing"),
        ("", "missing"),
        (0, "0"),
        (False, "false"),
        ("x" * 100, '"' + "x" * 59 + "…"),
    ],
)
def test_a_message_shows_values_shortened(value: object, expected: str) -> None:
    assert shown(value) == expected
