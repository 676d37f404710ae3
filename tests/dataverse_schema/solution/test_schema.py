from pathlib import Path

import pytest
import xmlschema

from dataverse_schema.solution.contents import declared_contents
from dataverse_schema.solution.customizations import customizations
from dataverse_schema.solution.markup import document

PUBLISHED = (
    Path(__file__).parents[4] / "shared/fixtures/xsd/9.0.0.2090-patched/CustomizationsSolution.xsd"
)
FIELD_COUNT_WITH_NUMBERS = 5

pytestmark = pytest.mark.skipif(
    not PUBLISHED.is_file(), reason=f"Microsoft's published schema is not at {PUBLISHED}"
)


@pytest.fixture(scope="module")
def published() -> xmlschema.XMLSchema:
    return xmlschema.XMLSchema(PUBLISHED)


def test_the_published_schema_finds_no_error(published: xmlschema.XMLSchema) -> None:
    text = document(customizations(declared_contents())).decode()

    assert [error.reason for error in published.iter_errors(text)] == []


def test_the_published_schema_finds_what_is_wrong(published: xmlschema.XMLSchema) -> None:
    text = document(customizations(declared_contents())).decode()
    broken = text.replace("<Type>nvarchar</Type>", "<Type>varietext</Type>", 1)

    assert len(list(published.iter_errors(broken))) == 1


def test_of_a_file_with_numbering_it_finds_the_formats_and_nothing_else(
    published: xmlschema.XMLSchema,
) -> None:
    text = document(customizations(declared_contents(), numbering=True)).decode()

    reasons = [error.reason or "" for error in published.iter_errors(text)]

    assert len(reasons) == FIELD_COUNT_WITH_NUMBERS
    assert all("AutoNumberFormat" in reason for reason in reasons)
