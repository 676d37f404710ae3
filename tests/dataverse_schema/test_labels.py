from collections import Counter

import pytest

from dataverse_schema import options
from dataverse_schema.labels import (
    choice_label,
    column_label,
    key_label,
    option_label,
    table_label,
    table_plural_label,
)
from dataverse_schema.table import Table
from dataverse_schema.tables import TABLES
from dataverse_schema.tables.billing import BillingContract, BillingSettings, OneTimeCharge
from dataverse_schema.tables.standard import Product, TransactionCurrency


@pytest.mark.parametrize(
    ("declared", "one", "many"),
    [
        (BillingContract, "Billing contract", "Billing contracts"),
        (BillingSettings, "Billing settings", "Billing settings"),
        (OneTimeCharge, "One-time charge", "One-time charges"),
        (TransactionCurrency, "Currency", "Currencies"),
    ],
)
def test_a_table_is_called_by_its_name(declared: type[Table], one: str, many: str) -> None:
    assert (table_label(declared), table_plural_label(declared)) == (one, many)


def test_a_column_is_called_by_its_field() -> None:
    assert column_label(BillingContract, "contract_type") == "Contract type"
    assert column_label(BillingContract, "start_on") == "Start date"


def test_our_key_on_a_table_of_microsofts_says_that_it_is_ours() -> None:
    assert column_label(Product, "key") == "Work 365 key"
    assert key_label(Product, ("key",)) == "By Work 365 key"


def test_a_choice_and_its_options_are_called_by_their_names() -> None:
    assert choice_label(options.OwnYesNo) == "Own yes no"
    assert option_label(options.ChangeLines.CREDIT_AND_CHARGE) == "Credit and charge"
    assert option_label(options.ProviderKind.PARTNER_CENTER) == "Partner Center"


@pytest.mark.parametrize("declared", TABLES, ids=lambda declared: declared.__name__)
def test_no_two_columns_of_a_table_are_called_alike(declared: type[Table]) -> None:
    labels = Counter(column_label(declared, field) for field in declared.columns())

    assert [label for label, count in labels.items() if count > 1] == []
