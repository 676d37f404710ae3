"""Columns that Dataverse gives to every table of ours, as exports list them.

Source: columns of user-owned and organization-owned tables in exported solutions.
"""

from dataclasses import dataclass, field
from xml.etree.ElementTree import Element, SubElement

from dataverse_schema.definitions import ColumnType, TableDefinition
from dataverse_schema.solution.attributes import (
    FOR_PEOPLE,
    REQUIRED,
    add_common,
    add_lookup_style,
    add_words,
    attribute,
)
from dataverse_schema.solution.markup import add, add_all, add_text

STATES = {0: "Active", 1: "Inactive"}
STATUS_OF_STATE = {0: 1, 1: 2}
OWNER_TYPES = (8, 9)
"""Object type codes of what can own a row: user and team."""


@dataclass(frozen=True, kw_only=True)
class SystemColumn:
    """One column that nobody declares."""

    schema_name: str
    type: str
    label: str
    description: str
    required_level: str = "none"
    display_mask: str = FOR_PEOPLE
    input_mode: str = "auto"
    create: bool = False
    update: bool = False
    details: dict[str, str | int | bool | None] = field(default_factory=dict)


def _reference(schema_name: str, label: str, description: str) -> SystemColumn:
    return SystemColumn(
        schema_name=schema_name, type=ColumnType.LOOKUP, label=label, description=description
    )


def _owning(schema_name: str, label: str, description: str) -> SystemColumn:
    return SystemColumn(
        schema_name=schema_name,
        type=ColumnType.LOOKUP,
        label=label,
        description=description,
        display_mask="",
        details={"IsLogical": True},
    )


def _moment(schema_name: str, label: str, description: str) -> SystemColumn:
    return SystemColumn(
        schema_name=schema_name,
        type=ColumnType.DATE_TIME,
        label=label,
        description=description,
        input_mode="inactive",
        details={"Format": "datetime", "CanChangeDateTimeBehavior": False, "Behavior": 1},
    )


def _zone(schema_name: str, label: str) -> SystemColumn:
    return SystemColumn(
        schema_name=schema_name,
        type=ColumnType.WHOLE,
        label=label,
        description="For the platform's own use.",
        display_mask="",
        create=True,
        update=True,
        details={"Format": "", "MinValue": -1, "MaxValue": 2_147_483_647},
    )


EVERYWHERE = (
    _reference("CreatedBy", "Created By", "Who created the row."),
    _moment("CreatedOn", "Created On", "When the row was created."),
    _reference("CreatedOnBehalfBy", "Created By (Delegate)", "Who created it for that user."),
    SystemColumn(
        schema_name="ImportSequenceNumber",
        type=ColumnType.WHOLE,
        label="Import Sequence Number",
        description="Number of the import that created the row.",
        display_mask="ValidForAdvancedFind",
        input_mode="disabled",
        create=True,
        details={"Format": "", "MinValue": -2_147_483_648, "MaxValue": 2_147_483_647},
    ),
    _reference("ModifiedBy", "Modified By", "Who changed the row last."),
    _moment("ModifiedOn", "Modified On", "When the row was changed last."),
    _reference("ModifiedOnBehalfBy", "Modified By (Delegate)", "Who changed it for that user."),
    SystemColumn(
        schema_name="OverriddenCreatedOn",
        type=ColumnType.DATE_TIME,
        label="Record Created On",
        description="When the row was taken over from another system.",
        display_mask="ValidForAdvancedFind|ValidForGrid",
        input_mode="inactive",
        create=True,
        details={"Format": "date", "CanChangeDateTimeBehavior": False, "Behavior": 1},
    ),
    _zone("TimeZoneRuleVersionNumber", "Time Zone Rule Version Number"),
    _zone("UTCConversionTimeZoneCode", "UTC Conversion Time Zone Code"),
)

OF_USERS = (
    SystemColumn(
        schema_name="OwnerId",
        type="owner",
        label="Owner",
        description="Whose row it is: a user or a team.",
        required_level="systemrequired",
        display_mask=f"{FOR_PEOPLE}|RequiredForForm",
        create=True,
        update=True,
    ),
    _reference("OwningBusinessUnit", "Owning Business Unit", "The owner's business unit."),
    _owning("OwningTeam", "Owning Team", "The team that owns the row."),
    _owning("OwningUser", "Owning User", "The user who owns the row."),
)

OF_THE_ORGANIZATION = (
    _reference("OrganizationId", "Organization", "The organization that owns the row."),
)

EXCHANGE_RATE = SystemColumn(
    schema_name="ExchangeRate",
    type=ColumnType.DECIMAL,
    label="Exchange Rate",
    description="Units of the row's currency for one unit of the base currency.",
    input_mode="disabled",
    details={"MinValue": "0.000000000001", "MaxValue": 100_000_000_000, "Accuracy": 12},
)


def has_money(table: TableDefinition) -> bool:
    """Return whether the table has an amount, and with it a currency and a rate."""
    return any(column.type is ColumnType.MONEY for column in table.columns)


def system_columns(table: TableDefinition) -> list[Element]:
    """Return the elements of the columns that Dataverse gives to the table."""
    found = EVERYWHERE + (OF_USERS if table.user_owned else OF_THE_ORGANIZATION)
    if has_money(table):
        found += (EXCHANGE_RATE, _currency(table))
    elements = [_element(column) for column in found]
    elements += [_primary_key(table), _state(table), _status(table)]
    elements += [_base(column.schema_name, column.label) for column in _amounts(table)]
    return elements


def _currency(table: TableDefinition) -> SystemColumn:
    return SystemColumn(
        schema_name="TransactionCurrencyId",
        type=ColumnType.LOOKUP,
        label="Currency",
        description="The currency of the row's amounts.",
        required_level=REQUIRED if table.currency_required else "none",
        create=True,
        update=True,
    )


def _amounts(table: TableDefinition) -> list[SystemColumn]:
    return [
        SystemColumn(
            schema_name=column.schema_name,
            type=column.type,
            label=column.label,
            description="",
        )
        for column in table.columns
        if column.type is ColumnType.MONEY
    ]


def _element(column: SystemColumn) -> Element:
    element = attribute(column.schema_name, column.type, required_level=column.required_level)
    if column.display_mask:
        add(element, "DisplayMask", column.display_mask)
    add_all(
        element,
        {
            "ImeMode": column.input_mode,
            "ValidForUpdateApi": column.update,
            "ValidForReadApi": True,
            "ValidForCreateApi": column.create,
            "IsCustomField": False,
        },
    )
    add_common(element)
    add_all(element, column.details)
    if column.type in (ColumnType.LOOKUP, "owner"):
        add_lookup_style(element, OWNER_TYPES if column.type == "owner" else ())
    add_words(element, column.label, column.description)
    return element


def _primary_key(table: TableDefinition) -> Element:
    return _element(
        SystemColumn(
            schema_name=f"{table.schema_name}Id",
            type="primarykey",
            label=table.label,
            description="Unique identifier of the row.",
            required_level="systemrequired",
            display_mask="ValidForAdvancedFind|RequiredForGrid",
            create=True,
        )
    )


def _base(schema_name: str, label: str) -> Element:
    element = attribute(f"{schema_name}_Base", ColumnType.MONEY, required_level="none")
    add(element, "DisplayMask", "ValidForAdvancedFind")
    add_all(
        element,
        {
            "ImeMode": "disabled",
            "ValidForUpdateApi": False,
            "ValidForReadApi": True,
            "ValidForCreateApi": False,
            "IsCustomField": True,
        },
    )
    add_common(element)
    add_all(
        element,
        {
            "CalculationOf": schema_name.lower(),
            "MinValue": -922_337_203_685_477,
            "MaxValue": 922_337_203_685_477,
            "Accuracy": 4,
            "AccuracySource": 2,
        },
    )
    add_words(element, f"{label} (Base)", "The amount in the organization's base currency.")
    return element


def _state(table: TableDefinition) -> Element:
    element = attribute("statecode", "state", required_level="systemrequired")
    _state_flags(element, create=False)
    options = _options(element, table, "statecode", "state", "Status")
    holder = add(options, "states")
    for value, label in STATES.items():
        state = SubElement(
            holder,
            "state",
            value=str(value),
            defaultstatus=str(STATUS_OF_STATE[value]),
            invariantname=label,
        )
        add_text(state, "labels", "label", label)
    add_words(element, "Status", "Whether the row is in use.")
    return element


def _status(table: TableDefinition) -> Element:
    element = attribute("statuscode", "status", required_level="none")
    _state_flags(element, create=True)
    options = _options(element, table, "statuscode", "status", "Status Reason")
    holder = add(options, "statuses")
    for state, label in STATES.items():
        status = SubElement(holder, "status", value=str(STATUS_OF_STATE[state]), state=str(state))
        add_text(status, "labels", "label", label)
    add_words(element, "Status Reason", "Why the row is in use, or not.")
    return element


def _state_flags(element: Element, *, create: bool) -> None:
    add_all(
        element,
        {
            "DisplayMask": FOR_PEOPLE,
            "ImeMode": "auto",
            "ValidForUpdateApi": True,
            "ValidForReadApi": True,
            "ValidForCreateApi": create,
            "IsCustomField": False,
        },
    )
    add_common(element)


def _options(
    element: Element, table: TableDefinition, column: str, kind: str, label: str
) -> Element:
    options = SubElement(element, "optionset", Name=f"{table.logical_name}_{column}")
    add_all(
        options,
        {"OptionSetType": kind, "IntroducedVersion": "1.0.0.0", "IsCustomizable": True},
    )
    add_words(options, label, "")
    return options
