from pathlib import Path

from dataverse_schema.documentation import tables_page
from dataverse_schema.tables import TABLES

PAGE = Path(__file__).parents[2] / "docs" / "tables.md"


def test_the_page_is_what_the_declarations_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == tables_page(), (
        "docs/tables.md is stale; run `python -m dataverse_schema docs`"
    )


def test_every_column_of_ours_is_on_the_page() -> None:
    page = tables_page()

    for declared in TABLES:
        for field in declared.columns():
            name = declared.column_name(field)
            assert not name.startswith("w365_") or f"| `{name}` |" in page
