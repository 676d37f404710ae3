"""Reads global choices and options from bodies."""

import re
from collections.abc import Iterable, Mapping

from work365.emulators.dataverse.definition_ids import choice_id
from work365.emulators.dataverse.definitions import ChoiceDefinition, Schema
from work365.emulators.dataverse.errors import DataverseError, not_emulated
from work365.emulators.dataverse.metadata_bodies import Body

WHOLE_MAX = 2_147_483_647
DUPLICATE_OPTION = "0x80048403"
BOUND = "GlobalOptionSet@odata.bind"
_ADDRESS = re.compile(r".*GlobalOptionSetDefinitions\((?:Name=)?'?([^()']+)'?\)")


def options_of(values: Iterable[object], *, what: str) -> dict[int, str]:
    """Return the labels of options by value.

    Raises: DataverseError, for options that are none, or two of one value.
    """
    found: dict[int, str] = {}
    for each in values:
        option = Body(each, what=f"an option of {what}")
        value = option.take("Value")
        if not isinstance(value, int) or isinstance(value, bool) or abs(value) > WHOLE_MAX:
            raise option.invalid(f"The value {value!r} of an option is not a whole number.")
        if value in found:
            raise DataverseError(
                400, DUPLICATE_OPTION, f"The option value {value} is there twice ({what})."
            )
        found[value] = option.label("Label")
        option.expect_read(
            {"IsManaged": False, "IsHidden": False, "DefaultStatus": None, "State": None}
        )
    return found


def read_choice(body: Body) -> ChoiceDefinition:
    """Return the global choice that a body defines.

    Raises: DataverseError, for a choice that Dataverse or the emulator would not make.
    """
    if body.type_name != "OptionSetMetadata":
        raise not_emulated(f"global choices of the type '{body.type_name}'")
    kind = body.text("OptionSetType", "Picklist")
    body.one_of("OptionSetType", kind, ("Picklist",))
    if not body.flag("IsGlobal", default=True):
        raise body.invalid("A choice of its own is created with its column.")
    return ChoiceDefinition(
        name=body.schema_name("Name"),
        label=body.label("DisplayName"),
        description=body.label("Description"),
        options=options_of(body.listed("Options"), what=body.what),
    )


def bound_choice(schema: Schema, body: Body) -> ChoiceDefinition | None:
    """Return the global choice that a column is bound to; nothing where it has its own.

    Raises: DataverseError, where there is no such choice.
    """
    address = body.take(BOUND)
    nested = body.take("GlobalOptionSet")
    if address is None and isinstance(nested, Mapping):
        address = f"GlobalOptionSetDefinitions({nested.get('MetadataId', nested.get('Name'))})"
    if address is None:
        return None
    match = _ADDRESS.fullmatch(str(address))
    wanted = match.group(1).lower() if match else ""
    for choice in schema.choices.values():
        if wanted in (choice.name.lower(), choice_id(choice)):
            return choice
    raise body.invalid(f"There is no global choice at '{address}'.")
