"""Columns of ours, as elements of a solution file and back."""

from decimal import Decimal
from xml.etree.ElementTree import Element, SubElement

from dataverse_schema.definitions import ColumnDefinition, ColumnType
from dataverse_schema.solution.attributes import (
    FOR_PEOPLE,
    REQUIRED,
    add_common,
    add_lookup_style,
    add_words,
    attribute,
)
from dataverse_schema.solution.markup import add, add_all, add_text, localized, text_of

NO_DEFAULT = -1
INPUT_MODES = {
    ColumnType.MONEY: "disabled",
    ColumnType.DECIMAL: "disabled",
    ColumnType.WHOLE: "disabled",
    ColumnType.DATE_TIME: "inactive",
}
"""Whether an input method editor, as for Japanese, is offered."""

YES_NO_LABELS = {1: "Yes", 0: "No"}
USER_LOCAL = 1
DATE_ONLY = 2
PRECISION_OF_COLUMN = 0
"""An amount has the column's own decimals, and not those of the organization or currency."""


def column_element(
    column: ColumnDefinition, *, table: str, is_primary_name: bool, numbering: bool
) -> Element:
    """Return the element of one column of ours.

    `numbering` adds the format by which rows are numbered. Exports have it, and the published
    schema does not know it.
    """
    level = REQUIRED if column.required else "none"
    element = attribute(column.schema_name, column.type, required_level=level)
    add_all(
        element,
        {
            "DisplayMask": _display_mask(column, is_primary_name=is_primary_name),
            "ImeMode": INPUT_MODES.get(column.type, "auto"),
            "ValidForUpdateApi": True,
            "ValidForReadApi": True,
            "ValidForCreateApi": True,
            "IsCustomField": True,
        },
    )
    add_common(element, audited=True)
    if numbering and column.autonumber:
        add(element, "AutoNumberFormat", column.autonumber)
    _details(element, column, table)
    add_words(element, column.label, column.description)
    return element


def _display_mask(column: ColumnDefinition, *, is_primary_name: bool) -> str:
    first = "PrimaryName|" if is_primary_name else ""
    last = "|RequiredForForm" if column.required else ""
    return f"{first}{FOR_PEOPLE}{last}"


def _details(element: Element, column: ColumnDefinition, table: str) -> None:
    match column.type:
        case ColumnType.TEXT | ColumnType.MEMO:
            _text(element, column)
        case ColumnType.MONEY | ColumnType.DECIMAL | ColumnType.WHOLE:
            _number(element, column)
        case ColumnType.DATE_TIME:
            _date_time(element, column)
        case ColumnType.LOOKUP:
            add_lookup_style(element)
        case ColumnType.CHOICE:
            default = NO_DEFAULT if column.default is None else column.default
            add_all(element, {"AppDefaultValue": default, "OptionSetName": column.choice})
        case ColumnType.YES_NO:
            _yes_no(element, column, table)


def _text(element: Element, column: ColumnDefinition) -> None:
    assert column.max_length is not None
    if column.type is ColumnType.MEMO:
        add_all(element, {"Format": "textarea", "MaxLength": column.max_length})
        return
    # Length is in bytes of the stored text, two to a character.
    length = 2 * column.max_length
    add_all(element, {"Format": "text", "MaxLength": column.max_length, "Length": length})


def _number(element: Element, column: ColumnDefinition) -> None:
    if column.type is ColumnType.WHOLE:
        add(element, "Format", "")
    add_all(element, {"MinValue": str(column.minimum), "MaxValue": str(column.maximum)})
    if column.precision is not None:
        add(element, "Accuracy", column.precision)
    if column.type is ColumnType.MONEY:
        add(element, "AccuracySource", PRECISION_OF_COLUMN)


def _date_time(element: Element, column: ColumnDefinition) -> None:
    add_all(
        element,
        {
            "Format": "date" if column.date_only else "datetime",
            "CanChangeDateTimeBehavior": True,
            "Behavior": DATE_ONLY if column.date_only else USER_LOCAL,
        },
    )


def _yes_no(element: Element, column: ColumnDefinition, table: str) -> None:
    add(element, "AppDefaultValue", column.default)
    options = SubElement(element, "optionset", Name=f"{table}_{column.logical_name}")
    add_all(
        options,
        {"OptionSetType": "bit", "IntroducedVersion": "1.0.0.0", "IsCustomizable": True},
    )
    add_words(options, column.label, column.description)
    holder = add(options, "options")
    for value, label in YES_NO_LABELS.items():
        option = SubElement(holder, "option", value=str(value))
        add_text(option, "labels", "label", label)


def read_column(element: Element) -> ColumnDefinition:
    """Return what the element of a column of ours says.

    Raises: ValueError: a part of it is missing, or its type is none of ours.
    """
    column_type = ColumnType(text_of(element, "Type"))
    default = _whole(element, "AppDefaultValue")
    return ColumnDefinition(
        logical_name=text_of(element, "LogicalName"),
        schema_name=element.get("PhysicalName", ""),
        label=localized(element, "displaynames/displayname"),
        description=localized(element, "Descriptions/Description"),
        type=column_type,
        required=text_of(element, "RequiredLevel") == REQUIRED,
        max_length=_whole(element, "MaxLength"),
        autonumber=element.findtext("AutoNumberFormat"),
        minimum=_decimal(element, "MinValue"),
        maximum=_decimal(element, "MaxValue"),
        precision=_whole(element, "Accuracy"),
        date_only=_whole(element, "Behavior") == DATE_ONLY,
        choice=element.findtext("OptionSetName"),
        default=None if default == NO_DEFAULT else default,
    )


def _whole(element: Element, tag: str) -> int | None:
    text = element.findtext(tag)
    return None if text is None else int(text)


def _decimal(element: Element, tag: str) -> Decimal | None:
    text = element.findtext(tag)
    return None if text is None else Decimal(text)
