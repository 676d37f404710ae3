from pathlib import Path

import pytest

from tests.entrypoints.examples.stories import kept
from work365.entrypoints.examples.markdown import NotUnderstood, Row, sections_of
from work365.entrypoints.examples.words import Meaningless, number
from work365.errors import Refusal

TABLE = "| a | b |\n| --- | --- |\n| 1 | 2 |\n| 3 | 4 |\n"


class SaysNo(Refusal):
    code = "says_no"


def refuse(written: str) -> str:
    raise SaysNo(f"{written} is refused")


def test_a_section_has_its_heading_its_columns_and_its_rows(tmp_path: Path) -> None:
    file = kept(tmp_path, f"# Title\n\nWords.\n\n## First\n\nMore words.\n\n{TABLE}\n## Second\n")

    sections = sections_of(file)

    assert list(sections) == ["First", "Second"]
    assert sections["First"].columns == ("a", "b")
    assert [row.cells for row in sections["First"].rows] == [
        {"a": "1", "b": "2"},
        {"a": "3", "b": "4"},
    ]
    assert (sections["Second"].columns, sections["Second"].rows) == ((), ())


def test_a_row_knows_where_it_is(tmp_path: Path) -> None:
    file = kept(tmp_path, f"# Title\n\n## First\n\n{TABLE}")

    rows = sections_of(file)["First"].rows

    assert [row.where for row in rows] == [
        "story.md, section 'First', row 1 (line 7)",
        "story.md, section 'First', row 2 (line 8)",
    ]


def test_an_empty_cell_is_a_cell(tmp_path: Path) -> None:
    file = kept(tmp_path, "## First\n\n| a | b | c |\n| --- | --- | --- |\n| 1 |  | |\n")

    (row,) = sections_of(file)["First"].rows

    assert row.cells == {"a": "1", "b": "", "c": ""}


def test_a_row_with_too_few_cells_is_refused_with_its_place(tmp_path: Path) -> None:
    file = kept(tmp_path, f"## First\n\n{TABLE}| 5 |\n")

    with pytest.raises(NotUnderstood, match=r"row 3 \(line 7\): it has 1 cells .* 2 columns"):
        sections_of(file)


def test_a_heading_that_comes_twice_is_refused(tmp_path: Path) -> None:
    file = kept(tmp_path, f"## First\n\n{TABLE}\n## First\n\n{TABLE}")

    with pytest.raises(NotUnderstood, match="section 'First': it is there twice; make it one"):
        sections_of(file)


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "story.md"
    file.write_bytes(b"\xff\xfe\x00")

    with pytest.raises(NotUnderstood, match="no text in UTF-8"):
        sections_of(file)


class TestRead:
    ROW = Row("here", {"a": "1", "b": "x"})

    def test_what_the_reader_makes_of_the_cell_is_returned(self) -> None:
        assert self.ROW.read("a", number) == 1

    def test_a_column_that_is_not_there_is_its_default(self) -> None:
        assert self.ROW.read("c", number, default="5") == 5

    @pytest.mark.parametrize("reader", [number, refuse])
    def test_what_means_nothing_and_what_is_refused_is_said_with_its_place(
        self, reader: object
    ) -> None:
        assert callable(reader)
        with pytest.raises(NotUnderstood, match="here, column 'b': 'x': "):
            self.ROW.read("b", reader)

    def test_a_place_is_said_once(self) -> None:
        def within(written: str) -> object:
            return Row("within", {"z": written}).read("z", number)

        with pytest.raises(NotUnderstood) as refused:
            self.ROW.read("b", within)

        assert str(refused.value).startswith("within, column 'z': 'x'")


class TestSection:
    def test_columns_are_checked(self, tmp_path: Path) -> None:
        section = sections_of(kept(tmp_path, f"## First\n\n{TABLE}"))["First"]

        section.check_columns(("a", "b"))
        section.check_columns(("a",), ("b", "c"))
        with pytest.raises(NotUnderstood, match=r"'b' means nothing; the table has the columns a$"):
            section.check_columns(("a",))
        with pytest.raises(NotUnderstood, match=r"missing; .* columns a, b, c, and may have d$"):
            section.check_columns(("a", "b", "c"), ("d",))

    def test_what_all_of_it_cannot_be_is_said_with_its_place(self, tmp_path: Path) -> None:
        section = sections_of(kept(tmp_path, "## First\n"))["First"]

        def nonsense() -> None:
            raise Meaningless("it cannot be")

        assert section.make(lambda: 7) == 7
        with pytest.raises(NotUnderstood, match=r"story.md, section 'First': it cannot be"):
            section.make(nonsense)
