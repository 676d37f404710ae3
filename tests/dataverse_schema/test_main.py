from pathlib import Path

from typer.testing import CliRunner

from dataverse_schema.__main__ import app
from dataverse_schema.documentation import tables_page
from dataverse_schema.solution.archive import packed, solution_files
from dataverse_schema.solution.contents import declared_contents
from dataverse_schema.solution.unpacked import unpacked_files


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, list(arguments))
    return result.exit_code, result.output


def test_build_writes_the_zip_file_and_the_folder(tmp_path: Path) -> None:
    status, said = run("build", "--out", str(tmp_path))

    assert status == 0
    assert "26 tables" in said
    assert (tmp_path / "solution.zip").read_bytes() == packed(solution_files(declared_contents()))
    written = {
        path.relative_to(tmp_path / "unpacked").as_posix()
        for path in (tmp_path / "unpacked").rglob("*")
        if path.is_file()
    }
    assert written == unpacked_files(declared_contents()).keys()


def test_building_again_takes_away_what_is_no_more(tmp_path: Path) -> None:
    run("build", "--out", str(tmp_path))
    left_over = tmp_path / "unpacked" / "Entities" / "w365_Gone" / "Entity.xml"
    left_over.parent.mkdir()
    left_over.write_text("<Entity />")

    status, _ = run("build", "--out", str(tmp_path))

    assert status == 0
    assert not left_over.exists()


def test_a_folder_of_somebody_elses_is_not_written_over(tmp_path: Path) -> None:
    theirs = tmp_path / "unpacked" / "letter.txt"
    theirs.parent.mkdir()
    theirs.write_text("Dear customer")

    status, said = run("build", "--out", str(tmp_path))

    assert status == 1
    assert "letter.txt" in said
    assert "--out" in said
    assert theirs.read_text() == "Dear customer"
    assert not (tmp_path / "solution.zip").exists()


def test_what_the_file_leaves_out_is_said(tmp_path: Path) -> None:
    _, plain = run("build", "--out", str(tmp_path))
    _, numbered = run("build", "--numbering", "--out", str(tmp_path))

    assert "numbering formats" in plain
    assert "numbering formats" not in numbered


def test_docs_writes_the_page(tmp_path: Path) -> None:
    status, _ = run("docs", "--out", str(tmp_path / "tables.md"))

    assert status == 0
    assert (tmp_path / "tables.md").read_text(encoding="utf-8") == tables_page()
