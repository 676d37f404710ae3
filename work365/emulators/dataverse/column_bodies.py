"""Reads columns from bodies: `StringAttributeMetadata` and its kin.

Source: the attribute metadata types of the Web API reference, with their ranges and defaults.
"""

from collections.abc import Callable, Mapping
from typing import Any

from work365.emulators.dataverse.choice_bodies import bound_choice, options_of
from work365.emulators.dataverse.definitions import ColumnDefinition, Kind, Schema
from work365.emulators.dataverse.errors import DataverseError, not_emulated
from work365.emulators.dataverse.metadata_bodies import Body
from work365.emulators.dataverse.metadata_documents import NO_OPTION

TEXT_LENGTH, TEXT_LENGTH_MAX = 100, 4_000
MEMO_LENGTH, MEMO_LENGTH_MAX = 2_000, 1_048_576
WHOLE_MAX = 2_147_483_647
BIG_MAX = 9_223_372_036_854_775_807
DECIMAL_MAX = 100_000_000_000
MONEY_MAX = 922_337_203_685_477
PRECISIONS = {Kind.DECIMAL: 10, Kind.DOUBLE: 5, Kind.MONEY: 4}
"""Most decimals of a kind; two where nothing is said."""

TEXT_FORMATS = ("Text", "Email", "Url", "Phone", "TickerSymbol", "TextArea", "Json", "RichText")
WHOLE_FORMATS = ("None", "Duration", "TimeZone", "Language", "Locale")
MOMENT_FORMATS = ("DateAndTime", "DateOnly")
BEHAVIORS = ("UserLocal", "DateOnly", "TimeZoneIndependent")
LEVELS = ("None", "Recommended", "ApplicationRequired")
INPUT_MODES = ("Auto", "Inactive", "Active", "Disabled")

Details = dict[str, Any]


def read_column(schema: Schema, body: Body) -> ColumnDefinition:
    """Return the column that a body defines; what is left unread is for the caller to check.

    Raises: DataverseError, for a column that Dataverse or the emulator would not make.
    """
    read = _READERS.get(body.type_name)
    if read is None:
        raise _unmakeable(body)
    details = read(schema, body)
    schema_name = body.schema_name()
    level = body.one_of("RequiredLevel", body.valued("RequiredLevel", "None"), LEVELS)
    is_required = level == "ApplicationRequired"
    return ColumnDefinition(
        name=schema_name.lower(),
        schema_name=schema_name,
        label=body.label("DisplayName"),
        description=body.label("Description"),
        required=is_required,
        required_level="" if is_required or level == "None" else level,
        input_mode=body.one_of("ImeMode", body.text("ImeMode", "Auto"), INPUT_MODES),
        custom=True,
        **details,
    )


def _unmakeable(body: Body) -> DataverseError:
    if not body.type_name.endswith("AttributeMetadata"):
        return body.invalid(
            "A column needs an '@odata.type' such as "
            f"'Microsoft.Dynamics.CRM.StringAttributeMetadata', not '{body.type_name}'."
        )
    if body.type_name == "LookupAttributeMetadata":
        return body.invalid(
            "A lookup is created by its relationship: POST to RelationshipDefinitions."
        )
    if body.type_name == "UniqueIdentifierAttributeMetadata":
        return body.invalid("Columns of the type Uniqueidentifier cannot be created.")
    return not_emulated(f"columns of the type '{body.type_name}'")


def _text(_schema: Schema, body: Body) -> Details:
    shown = body.valued("FormatName", body.text("Format", "Text"))
    body.take("Format")
    return {
        "kind": Kind.TEXT,
        "max_length": body.whole("MaxLength", TEXT_LENGTH, 1, TEXT_LENGTH_MAX),
        "autonumber": body.text("AutoNumberFormat"),
        "format": body.one_of("FormatName", shown, TEXT_FORMATS),
    }


def _memo(_schema: Schema, body: Body) -> Details:
    shown = body.text("Format", body.valued("FormatName", "TextArea"))
    body.take("FormatName")
    return {
        "kind": Kind.MEMO,
        "max_length": body.whole("MaxLength", MEMO_LENGTH, 1, MEMO_LENGTH_MAX),
        "format": body.one_of("Format", shown, TEXT_FORMATS),
    }


def _whole(_schema: Schema, body: Body) -> Details:
    return {
        "kind": Kind.WHOLE,
        "format": body.one_of("Format", body.text("Format", "None"), WHOLE_FORMATS),
        **_range(body, -WHOLE_MAX - 1, WHOLE_MAX),
    }


def _big(_schema: Schema, body: Body) -> Details:
    return {"kind": Kind.VERSION, **_range(body, -BIG_MAX - 1, BIG_MAX)}


def _money(_schema: Schema, body: Body) -> Details:
    return {
        "kind": Kind.MONEY,
        "precision_source": body.whole("PrecisionSource", 2, 0, 2),
        **_precise(body, Kind.MONEY, MONEY_MAX),
    }


def _decimal(_schema: Schema, body: Body) -> Details:
    return {"kind": Kind.DECIMAL, **_precise(body, Kind.DECIMAL, DECIMAL_MAX)}


def _double(_schema: Schema, body: Body) -> Details:
    return {"kind": Kind.DOUBLE, **_precise(body, Kind.DOUBLE, DECIMAL_MAX)}


def _precise(body: Body, kind: Kind, limit: int) -> Details:
    precision = body.whole("Precision", 2, 0, PRECISIONS[kind])
    return {"precision": precision, **_range(body, -limit, limit)}


def _range(body: Body, low: int, high: int) -> Details:
    minimum = body.bound("MinValue", low, low, high)
    maximum = body.bound("MaxValue", high, low, high)
    if minimum > maximum:
        raise body.invalid(f"MinValue {minimum} is greater than MaxValue {maximum}.")
    return {"minimum": minimum, "maximum": maximum}


def _moment(_schema: Schema, body: Body) -> Details:
    behavior = body.one_of(
        "DateTimeBehavior", body.valued("DateTimeBehavior", "UserLocal"), BEHAVIORS
    )
    default = "DateOnly" if behavior == "DateOnly" else "DateAndTime"
    shown = body.one_of("Format", body.text("Format", default), MOMENT_FORMATS)
    if behavior == "DateOnly":
        if shown != "DateOnly":
            raise body.invalid("The behavior DateOnly needs the format DateOnly.")
        return {"kind": Kind.DAY, "format": shown}
    return {"kind": Kind.MOMENT, "format": shown, "behavior": behavior}


def _yes_no(_schema: Schema, body: Body) -> Details:
    options = {0: "No", 1: "Yes"}
    if body.has("OptionSet"):
        inside = Body(body.take("OptionSet"), what=f"{body.what}.OptionSet")
        for value, name in ((0, "FalseOption"), (1, "TrueOption")):
            (found,) = options_of([inside.required(name)], what=inside.what).items()
            if found[0] != value:
                raise inside.invalid(f"The value of '{name}' is {value}, not {found[0]}.")
            options[value] = found[1]
        _expect_local(inside)
    default = int(body.flag("DefaultValue"))
    return {"kind": Kind.YES_NO, "options": options, "default": default}


def _expect_local(options: Body) -> None:
    if options.flag("IsGlobal"):
        raise not_emulated(f"a global yes-or-no ({options.what})")


def _choice(schema: Schema, body: Body) -> Details:
    return {"kind": Kind.CHOICE, **_chosen(schema, body)}


def _choices(schema: Schema, body: Body) -> Details:
    found = _chosen(schema, body)
    if found["default"] is not None:
        raise not_emulated(f"a default of several choices ({body.what})")
    return {"kind": Kind.CHOICES, **found}


def _chosen(schema: Schema, body: Body) -> Details:
    choice = bound_choice(schema, body)
    if choice is not None:
        body.take("OptionSet")
        options, name = choice.options, choice.name
    else:
        inside = Body(body.required("OptionSet"), what=f"{body.what}.OptionSet")
        if inside.flag("IsGlobal"):
            name = inside.text("Name")
            if name not in schema.choices:
                raise inside.invalid(f"There is no global choice '{name}'.")
            options = schema.choices[name].options
        else:
            name = ""
            options = options_of(inside.listed("Options"), what=inside.what)
    default = body.whole("DefaultFormValue", NO_OPTION, -WHOLE_MAX - 1, WHOLE_MAX)
    if default != NO_OPTION and default not in options:
        raise body.invalid(f"The default {default} is none of the options.")
    return {
        "options": options,
        "choice": name,
        "default": None if default == NO_OPTION else default,
    }


_READERS: Mapping[str, Callable[[Schema, Body], Details]] = {
    "StringAttributeMetadata": _text,
    "MemoAttributeMetadata": _memo,
    "IntegerAttributeMetadata": _whole,
    "BigIntAttributeMetadata": _big,
    "MoneyAttributeMetadata": _money,
    "DecimalAttributeMetadata": _decimal,
    "DoubleAttributeMetadata": _double,
    "DateTimeAttributeMetadata": _moment,
    "BooleanAttributeMetadata": _yes_no,
    "PicklistAttributeMetadata": _choice,
    "MultiSelectPicklistAttributeMetadata": _choices,
}
