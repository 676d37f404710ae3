"""Columns as the Web API defines them, rendered from the declared ones.

Source: Microsoft Learn, "Create and update column definitions using the Web API".
"""

from collections.abc import Callable
from typing import Any

from dataverse_schema.definitions import ColumnDefinition, ColumnType
from work365.adapters.dataverse.installation.labels import label
from work365.adapters.dataverse.installation.requests import NAMESPACE, Named, Reference

OWN_PRECISION = 0
"""Of a money column: as many decimals as the column says, whatever its currency has."""

YES, NO = 1, 0
REQUIRED = "ApplicationRequired"
"""Level of a column that forms insist on."""

NO_OPTION = -1
"""How Dataverse says that no option is chosen to begin with."""

Definition = dict[str, Any]


def column_as_created(column: ColumnDefinition, language: int) -> Definition:
    """Return the column as it is created; a lookup as its relationship creates it."""
    return {
        **RENDERED[column.type](column, language),
        "SchemaName": column.schema_name,
        "DisplayName": label(column.label, language),
        "Description": label(column.description, language),
        "RequiredLevel": {"Value": REQUIRED if column.required else "None"},
    }


def _typed(name: str) -> Definition:
    return {
        "@odata.type": f"{NAMESPACE}.{name}AttributeMetadata",
        "AttributeType": name,
        "AttributeTypeName": {"Value": f"{name}Type"},
    }


def _text(column: ColumnDefinition, _language: int) -> Definition:
    return {
        **_typed("String"),
        "MaxLength": column.max_length,
        "FormatName": {"Value": "Text"},
        "AutoNumberFormat": column.autonumber or "",
    }


def _memo(column: ColumnDefinition, _language: int) -> Definition:
    return {**_typed("Memo"), "MaxLength": column.max_length, "Format": "TextArea"}


def _money(column: ColumnDefinition, _language: int) -> Definition:
    return {**_typed("Money"), "PrecisionSource": OWN_PRECISION, **_precise(column)}


def _decimal(column: ColumnDefinition, _language: int) -> Definition:
    return {**_typed("Decimal"), **_precise(column)}


def _precise(column: ColumnDefinition) -> Definition:
    return {"Precision": column.precision, **_between(column)}


def _whole(column: ColumnDefinition, _language: int) -> Definition:
    return {**_typed("Integer"), "Format": "None", **_between(column)}


def _between(column: ColumnDefinition) -> Definition:
    return {"MinValue": column.minimum, "MaxValue": column.maximum}


def _yes_no(column: ColumnDefinition, language: int) -> Definition:
    return {
        **_typed("Boolean"),
        "DefaultValue": bool(column.default),
        "OptionSet": {
            "@odata.type": f"{NAMESPACE}.BooleanOptionSetMetadata",
            "TrueOption": {"Value": YES, "Label": label("Yes", language)},
            "FalseOption": {"Value": NO, "Label": label("No", language)},
        },
    }


def _date_time(column: ColumnDefinition, _language: int) -> Definition:
    shown, behavior = ("DateOnly", "DateOnly") if column.date_only else ("DateAndTime", "UserLocal")
    return {**_typed("DateTime"), "Format": shown, "DateTimeBehavior": {"Value": behavior}}


def _choice(column: ColumnDefinition, _language: int) -> Definition:
    assert column.choice is not None, f"{column.logical_name}: a choice without options"
    # By its id: bound by name, some environments are reported to refuse it.
    bound = Reference(Named.CHOICE, column.choice, "/GlobalOptionSetDefinitions({})")
    return {
        **_typed("Picklist"),
        "SourceTypeMask": 0,
        "GlobalOptionSet@odata.bind": bound,
        "DefaultFormValue": NO_OPTION if column.default is None else column.default,
    }


def _lookup(_column: ColumnDefinition, _language: int) -> Definition:
    return _typed("Lookup")


RENDERED: dict[ColumnType, Callable[[ColumnDefinition, int], Definition]] = {
    ColumnType.TEXT: _text,
    ColumnType.MEMO: _memo,
    ColumnType.MONEY: _money,
    ColumnType.DECIMAL: _decimal,
    ColumnType.WHOLE: _whole,
    ColumnType.YES_NO: _yes_no,
    ColumnType.DATE_TIME: _date_time,
    ColumnType.CHOICE: _choice,
    ColumnType.LOOKUP: _lookup,
}
