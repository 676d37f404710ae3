"""Writes definitions of tables, columns, keys and choices as the Web API's metadata.

Source: the metadata entity types of the Web API reference, as far as clients were seen to
read them. What is not here is refused where it is asked for.
"""

from decimal import Decimal
from typing import Any

from work365.emulators.dataverse.definition_ids import (
    choice_id,
    column_id,
    key_id,
    options_id,
    table_id,
)
from work365.emulators.dataverse.definitions import (
    Bound,
    ChoiceDefinition,
    ColumnDefinition,
    KeyDefinition,
    Kind,
    TableDefinition,
)
from work365.emulators.dataverse.payloads import TYPE_PREFIX
from work365.emulators.dataverse.privileges import object_type_code

LANGUAGE = 1033
"""The one language of the environment, its base language."""

NO_OPTION = -1
Definition = dict[str, Any]

ATTRIBUTE_TYPES = {
    Kind.TEXT: ("String", "StringAttributeMetadata"),
    Kind.MEMO: ("Memo", "MemoAttributeMetadata"),
    Kind.MONEY: ("Money", "MoneyAttributeMetadata"),
    Kind.DECIMAL: ("Decimal", "DecimalAttributeMetadata"),
    Kind.DOUBLE: ("Double", "DoubleAttributeMetadata"),
    Kind.WHOLE: ("Integer", "IntegerAttributeMetadata"),
    Kind.VERSION: ("BigInt", "BigIntAttributeMetadata"),
    Kind.YES_NO: ("Boolean", "BooleanAttributeMetadata"),
    Kind.DAY: ("DateTime", "DateTimeAttributeMetadata"),
    Kind.MOMENT: ("DateTime", "DateTimeAttributeMetadata"),
    Kind.CHOICE: ("Picklist", "PicklistAttributeMetadata"),
    Kind.CHOICES: ("Virtual", "MultiSelectPicklistAttributeMetadata"),
    Kind.STATE: ("State", "StateAttributeMetadata"),
    Kind.STATUS: ("Status", "StatusAttributeMetadata"),
    Kind.UNIQUE: ("Uniqueidentifier", "UniqueIdentifierAttributeMetadata"),
    Kind.LOOKUP: ("Lookup", "LookupAttributeMetadata"),
}
TYPE_NAMES = {
    Kind.CHOICES: "MultiSelectPicklistType",
}
RANGED = (Kind.WHOLE, Kind.MONEY, Kind.DECIMAL, Kind.DOUBLE, Kind.VERSION)


def label(text: str) -> Definition:
    """Return a label, which has a text in the base language or none at all."""
    if not text:
        return {"LocalizedLabels": [], "UserLocalizedLabel": None}
    localized = {"Label": text, "LanguageCode": LANGUAGE, "IsManaged": False}
    return {"LocalizedLabels": [localized], "UserLocalizedLabel": localized}


def _managed(value: object, name: str) -> Definition:
    return {"Value": value, "CanBeChanged": True, "ManagedPropertyLogicalName": name}


def table_document(table: TableDefinition) -> Definition:
    """Return a table without what is below it."""
    return {
        "MetadataId": table_id(table),
        "LogicalName": table.name,
        "SchemaName": table.schema_name,
        "EntitySetName": table.set_name,
        "LogicalCollectionName": table.set_name,
        "CollectionSchemaName": f"{table.schema_name}s",
        "ObjectTypeCode": object_type_code(table),
        "PrimaryIdAttribute": table.primary_id,
        "PrimaryNameAttribute": table.primary_name,
        "PrimaryImageAttribute": None,
        "OwnershipType": "UserOwned" if table.user_owned else "OrganizationOwned",
        "TableType": "Standard",
        "DataProviderId": None,
        "ChangeTrackingEnabled": table.change_tracking,
        "IsCustomEntity": table.custom,
        "IsManaged": not table.custom,
        "IsPrivate": False,
        "IsIntersect": table.is_intersect,
        "IsActivity": False,
        "IsLogicalEntity": False,
        "IsOptimisticConcurrencyEnabled": True,
        "IsAuditEnabled": _managed(table.audited, "canmodifyauditsettings"),
        "IsCustomizable": _managed(True, "iscustomizable"),
        "IsRenameable": _managed(True, "isrenameable"),
        "CanCreateAttributes": _managed(not table.is_intersect, "cancreateattributes"),
        "CanChangeTrackingBeEnabled": _managed(True, "canchangetrackingbeenabled"),
        "HasActivities": table.has_activities,
        "HasNotes": table.has_notes,
        "IconVectorName": table.icon or None,
        "DisplayName": label(table.label or table.schema_name),
        "DisplayCollectionName": label(table.plural_label or table.schema_name),
        "Description": label(table.description),
    }


def column_document(table: TableDefinition, column: ColumnDefinition) -> Definition:
    """Return a column, with its options."""
    kind, type_name = ATTRIBUTE_TYPES[column.kind]
    if column.kind is Kind.LOOKUP and column.name == "ownerid":
        kind = "Owner"
    is_key = column.name == table.primary_id
    found: Definition = {
        "@odata.type": f"#{TYPE_PREFIX}{type_name}",
        "MetadataId": column_id(table, column),
        "LogicalName": column.name,
        "SchemaName": column.schema_name,
        "EntityLogicalName": table.name,
        "AttributeType": kind,
        "AttributeTypeName": {"Value": TYPE_NAMES.get(column.kind, f"{kind}Type")},
        "AttributeOf": None,
        "ColumnNumber": list(table.columns).index(column.name) + 1,
        "IsPrimaryId": is_key,
        "IsPrimaryName": column.name == table.primary_name,
        "IsCustomAttribute": column.custom,
        "IsManaged": not column.custom,
        "IsLogical": False,
        "IsValidForCreate": not column.read_only,
        "IsValidForUpdate": not column.read_only and not is_key,
        "IsValidForRead": not column.write_only,
        "IsValidODataAttribute": True,
        "IsCustomizable": _managed(True, "iscustomizable"),
        "IsRenameable": _managed(True, "isrenameable"),
        "IsAuditEnabled": _managed(table.audited, "canmodifyauditsettings"),
        "RequiredLevel": _managed(_level(table, column), "canmodifyrequirementlevelsettings"),
        "DisplayName": label(column.label or column.schema_name),
        "Description": label(column.description),
    }
    return {**found, **_details(table, column)}


def _level(table: TableDefinition, column: ColumnDefinition) -> str:
    if column.name == table.primary_id:
        return "SystemRequired"
    return column.required_level or ("ApplicationRequired" if column.required else "None")


def _details(table: TableDefinition, column: ColumnDefinition) -> Definition:
    """Return what only columns of this kind have."""
    found = {**_limits(column), **_shown(column)}
    if column.kind is Kind.TEXT:
        found["AutoNumberFormat"] = column.autonumber
    elif column.kind is Kind.LOOKUP:
        found["Targets"] = list(column.targets)
    elif column.kind is Kind.YES_NO:
        found["DefaultValue"] = bool(column.default)
    elif column.kind in (Kind.CHOICE, Kind.CHOICES):
        found["DefaultFormValue"] = NO_OPTION if column.default is None else column.default
        found["SourceTypeMask"] = 0
    if column.options:
        found["OptionSet"] = _own_options(table, column)
    return found


def _limits(column: ColumnDefinition) -> Definition:
    """Return how long or how great values may be, and how exact."""
    found: Definition = {}
    if column.is_text:
        found["MaxLength"] = column.max_length
    if column.kind in RANGED:
        found["MinValue"], found["MaxValue"] = _bound(column.minimum), _bound(column.maximum)
    if column.is_number:
        found["Precision"] = column.precision
    if column.kind is Kind.MONEY:
        found["PrecisionSource"] = column.precision_source
        found["CalculationOf"] = column.name.removesuffix("_base") if column.read_only else None
    return found


FORMATS = {
    Kind.TEXT: "Text",
    Kind.MEMO: "TextArea",
    Kind.WHOLE: "None",
    Kind.DAY: "DateOnly",
    Kind.MOMENT: "DateAndTime",
}
"""How values are shown and entered where nothing is said."""


def _shown(column: ColumnDefinition) -> Definition:
    """Return how values are shown and entered."""
    found: Definition = {}
    if column.kind in FORMATS:
        found["Format"] = column.format or FORMATS[column.kind]
    if column.is_text:
        found["FormatName"] = {"Value": found["Format"]}
    if column.kind is Kind.DAY:
        found["DateTimeBehavior"] = {"Value": "DateOnly"}
    elif column.kind is Kind.MOMENT:
        found["DateTimeBehavior"] = {"Value": column.behavior or "UserLocal"}
    if column.kind is not Kind.WHOLE and (column.kind in FORMATS or column.is_number):
        found["ImeMode"] = column.input_mode
    return found


def _bound(value: Bound) -> int | float:
    if isinstance(value, Decimal) and value != value.to_integral_value():
        return float(value)
    return int(value)


def _own_options(table: TableDefinition, column: ColumnDefinition) -> Definition:
    """Return the options of a column: its own, or those of a global choice."""
    found: Definition = {
        "@odata.type": f"#{TYPE_PREFIX}OptionSetMetadata",
        "MetadataId": options_id(table, column),
        "Name": column.choice or f"{table.name}_{column.name}",
        "IsGlobal": bool(column.choice),
        "IsCustomOptionSet": column.custom,
        "OptionSetType": _options_type(column),
    }
    options = option_documents(column.options)
    if column.kind is Kind.YES_NO:
        by_value = {option["Value"]: option for option in options}
        return {
            **found,
            "@odata.type": f"#{TYPE_PREFIX}BooleanOptionSetMetadata",
            "FalseOption": by_value[0],
            "TrueOption": by_value[1],
        }
    if column.choice:
        found["MetadataId"] = choice_id(ChoiceDefinition(name=column.choice))
    if column.kind is Kind.STATE:
        options = [_state_option(table, option) for option in options]
    elif column.kind is Kind.STATUS:
        options = [_status_option(table, option) for option in options]
    return {**found, "Options": options}


def _options_type(column: ColumnDefinition) -> str:
    return {Kind.YES_NO: "Boolean", Kind.STATE: "State", Kind.STATUS: "Status"}.get(
        column.kind, "Picklist"
    )


def _state_option(table: TableDefinition, option: Definition) -> Definition:
    state = table.state(option["Value"])
    assert state is not None, "options of a state column are the table's states"
    return {
        **option,
        "@odata.type": f"#{TYPE_PREFIX}StateOptionMetadata",
        "DefaultStatus": next(iter(state.statuses)),
        "InvariantName": state.label,
    }


def _status_option(table: TableDefinition, option: Definition) -> Definition:
    state = next(state for state in table.states if option["Value"] in state.statuses)
    return {
        **option,
        "@odata.type": f"#{TYPE_PREFIX}StatusOptionMetadata",
        "State": state.value,
    }


def option_documents(options: Any) -> list[Definition]:
    """Return options, which are labels by value."""
    return [
        {
            "Value": value,
            "Label": label(text),
            "Description": label(""),
            "Color": None,
            "IsManaged": False,
            "ExternalValue": "",
        }
        for value, text in options.items()
    ]


def key_document(table: TableDefinition, key: KeyDefinition) -> Definition:
    """Return an alternate key."""
    return {
        "MetadataId": key_id(table, key),
        "LogicalName": key.name.lower(),
        "SchemaName": key.name,
        "EntityLogicalName": table.name,
        "KeyAttributes": list(key.columns),
        "EntityKeyIndexStatus": key.status.value,
        "IsManaged": False,
        "DisplayName": label(key.label or key.name),
    }


def choice_document(choice: ChoiceDefinition) -> Definition:
    """Return a global choice."""
    return {
        "@odata.type": f"#{TYPE_PREFIX}OptionSetMetadata",
        "MetadataId": choice_id(choice),
        "Name": choice.name,
        "IsGlobal": True,
        "IsCustomOptionSet": choice.custom,
        "IsManaged": not choice.custom,
        "OptionSetType": "Picklist",
        "DisplayName": label(choice.label or choice.name),
        "Description": label(choice.description),
        "Options": option_documents(choice.options),
    }
