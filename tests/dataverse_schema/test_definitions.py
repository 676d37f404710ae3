from decimal import Decimal
from typing import Annotated, ClassVar
from uuid import UUID

import pytest

from dataverse_schema.columns import Unique
from dataverse_schema.definitions import (
    ColumnDefinition,
    ColumnType,
    KeyDefinition,
    column_definition,
    table_definitions,
)
from dataverse_schema.table import Table
from dataverse_schema.tables.billing import BillingContract, Invoice

TABLES = {table.logical_name: table for table in table_definitions()}


class Parcel(Table):
    """A table with a column that no table of ours has."""

    keys: ClassVar = (("key", "sent_from"),)

    label: Annotated[UUID | None, Unique()] = None


def test_a_table_of_ours_is_wholly_described() -> None:
    found = TABLES["w365_billingcontract"]

    assert found.schema_name == "w365_BillingContract"
    assert found.entity_set == "w365_billingcontracts"
    assert found.primary_name == "w365_name"
    assert found.user_owned
    assert found.change_tracking
    assert len(found.columns) == len(BillingContract.columns())
    assert found.keys == (
        KeyDefinition(schema_name="w365_BillingContractKey", label="By Key", columns=("w365_key",)),
    )


def test_a_table_of_microsofts_has_what_we_add_and_nothing_else() -> None:
    found = TABLES["uom"]

    assert found.schema_name == "UoM"
    assert [column.logical_name for column in found.columns] == ["w365_key"]
    assert found.entity_set == ""
    assert "systemuser" not in TABLES


def test_what_dataverse_adds_is_no_column_of_ours() -> None:
    names = [column.logical_name for column in TABLES["w365_invoice"].columns]

    assert "transactioncurrencyid" in {Invoice.column_name(field) for field in Invoice.columns()}
    assert "transactioncurrencyid" not in names


def test_an_amount_has_its_range_and_decimals() -> None:
    found = column_definition(Invoice, "net_amount")

    assert found == ColumnDefinition(
        logical_name="w365_netamount",
        schema_name="w365_NetAmount",
        label="Net amount",
        description="Sum of the lines, before tax.",
        type=ColumnType.MONEY,
        required=False,
        minimum=Decimal("-922337203685477"),
        maximum=Decimal("922337203685477"),
        precision=4,
    )


def test_a_choice_has_its_name_and_default() -> None:
    found = column_definition(BillingContract, "timing")

    assert (found.choice, found.default) == ("w365_billingtiming", 365_000_000)


def test_a_kind_that_we_do_not_make_is_refused() -> None:
    with pytest.raises(TypeError, match=r"Parcel\.label: no column of ours is a Unique"):
        column_definition(Parcel, "label")


def test_a_key_of_several_fields_is_named_by_their_parts() -> None:
    (fields,) = Parcel.keys

    assert Parcel.key_name(fields) == "w365_ParcelKeySentFrom"
