import pytest

from dataverse_schema import options
from dataverse_schema.descriptions import (
    choice_description,
    column_description,
    table_description,
)
from dataverse_schema.table import Table
from dataverse_schema.tables import TABLES
from dataverse_schema.tables.billing import (
    BillingContract,
    BillingSettings,
    Invoice,
    Subscription,
    SubscriptionChange,
)

DESCRIPTION_LENGTH_MAX = 2_000


def test_a_column_is_described_by_the_text_below_it() -> None:
    said = column_description(BillingContract, "end_on")

    assert said == "First day that is not under contract any more."


def test_a_text_of_several_lines_becomes_one() -> None:
    said = column_description(BillingSettings, "offset_days")

    assert said.endswith("to the invoice date; negative where the invoice is made before.")


def test_a_column_without_a_text_has_that_of_its_annotation() -> None:
    own = column_description(Subscription, "settled_as")

    assert own == column_description(BillingContract, "settled_as")
    assert own.startswith("The facts of the row")


def test_an_annotation_of_another_module_is_found_too() -> None:
    said = column_description(Invoice, "key")

    assert said.startswith("Contract and sequence number")
    assert column_description(Subscription, "name") == ""


def test_a_field_that_is_named_is_called_as_on_the_form() -> None:
    said = column_description(SubscriptionChange, "unit_price")

    assert said.startswith("New price of one unit for price for (months) months")


def test_a_choice_is_described_by_its_docstring() -> None:
    assert choice_description(options.Severity) == "How much a finding matters."


@pytest.mark.parametrize("declared", TABLES, ids=lambda declared: declared.__name__)
def test_every_description_fits_and_has_no_marks_of_code(declared: type[Table]) -> None:
    said = [column_description(declared, field) for field in declared.columns()]

    assert table_description(declared)
    assert [text for text in said if "`" in text or len(text) > DESCRIPTION_LENGTH_MAX] == []
