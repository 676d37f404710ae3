from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pytest
import typst
from pypdf import PdfReader

from work365.adapters.documents.typesetting import typeset

NOON = datetime(2026, 4, 1, 12, tzinfo=UTC)
DRAW_THE_TEXT = """
#let values = json(bytes(sys.inputs.values))
#values.text
#if json(bytes(sys.inputs.boxed)) [boxed]
"""


@pytest.fixture
def template(tmp_path: Path) -> Path:
    path = tmp_path / "text.typ"
    path.write_text(DRAW_THE_TEXT)
    return path


def drawn(template: Path, text: str) -> list[str]:
    pdf = typeset(template, values={"text": text}, image=None, created_at=NOON)
    return PdfReader(BytesIO(pdf)).pages[0].extract_text().split()


@pytest.mark.parametrize(
    "text",
    ["Zürich", "Łódź", "Ελλάδα", "Київ", "Đặng", "₹€₪"],
)
def test_what_the_fonts_cover_is_drawn(template: Path, text: str) -> None:
    assert drawn(template, text) == [text]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Contoso 株式会社 AG", ["Contoso", "□□□□", "AG", "boxed"]),
        ("mixed東word", ["mixed□word", "boxed"]),
        ("nul\x00", ["nul□", "boxed"]),
        # Half of an emoji, cut off by somebody's column length.
        ("half \ud83d", ["half", "□", "boxed"]),
        # A Latin letter with an Arabic vowel sign: no font has both.
        ("a\u064b", ["a□", "boxed"]),
    ],
)
def test_what_they_do_not_cover_is_a_box_and_is_reported(
    template: Path, text: str, expected: list[str]
) -> None:
    assert drawn(template, text) == expected


def test_white_space_is_one_space(template: Path) -> None:
    assert drawn(template, "  a\n\tb\u2028c ") == ["a", "b", "c"]


def test_a_template_that_fails_says_why(tmp_path: Path) -> None:
    path = tmp_path / "broken.typ"
    path.write_text("#sys.inputs.unknown")

    with pytest.raises(typst.TypstError, match="unknown"):
        typeset(path, values={"text": "Zürich"}, image=None, created_at=NOON)


def test_a_time_without_a_zone_is_no_time(template: Path) -> None:
    naive = NOON.replace(tzinfo=None)

    with pytest.raises(AssertionError, match="no time zone"):
        typeset(template, values={"text": "a"}, image=None, created_at=naive)
