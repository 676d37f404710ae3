from dataclasses import fields, replace

import pytest

from dataverse_schema.solution.archive import packed, solution_files
from dataverse_schema.solution.contents import Contents, declared_contents
from dataverse_schema.solution.reading import read_solution

PARTS = [field.name for field in fields(Contents)]


@pytest.fixture(scope="module")
def read() -> Contents:
    return read_solution(packed(solution_files(declared_contents(), numbering=True)))


@pytest.mark.parametrize("part", PARTS)
def test_what_is_read_is_what_was_declared(read: Contents, part: str) -> None:
    assert getattr(read, part) == getattr(declared_contents(), part)


def test_a_file_without_numbering_formats_lacks_them_and_nothing_else() -> None:
    declared = declared_contents()
    without = replace(
        declared,
        tables=tuple(
            replace(
                table,
                columns=tuple(replace(column, autonumber=None) for column in table.columns),
            )
            for table in declared.tables
        ),
    )

    read = read_solution(packed(solution_files(declared)))

    assert read == without
    assert read != declared


def test_letters_that_mean_something_in_xml_come_back() -> None:
    declared = declared_contents()
    awkward = replace(declared.choices[0], description="<5 & >3 \"quoted\" 'text' é €")

    read = read_solution(packed(solution_files(replace(declared, choices=(awkward,)))))

    assert read.choices == (awkward,)


def test_a_missing_file_is_named() -> None:
    files = solution_files(declared_contents())
    del files["solution.xml"]

    with pytest.raises(KeyError, match=r"solution\.xml"):
        read_solution(packed(files))


def test_a_missing_part_is_named() -> None:
    files = solution_files(declared_contents())
    files["solution.xml"] = b"<ImportExportXml />"

    with pytest.raises(ValueError, match="has no <SolutionManifest>"):
        read_solution(packed(files))


def test_a_type_of_column_that_is_none_of_ours_is_refused() -> None:
    files = solution_files(declared_contents())
    files["customizations.xml"] = files["customizations.xml"].replace(
        b"<Type>bit</Type>", b"<Type>float</Type>"
    )

    with pytest.raises(ValueError, match="'float' is not a valid ColumnType"):
        read_solution(packed(files))
