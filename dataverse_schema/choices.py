"""Global choices: the enumerations of options.py, as Dataverse keeps them."""

from dataclasses import dataclass
from enum import IntEnum
from functools import cache

from dataverse_schema import options
from dataverse_schema.descriptions import choice_description
from dataverse_schema.labels import choice_label, option_label
from dataverse_schema.table import PREFIX


@dataclass(frozen=True, kw_only=True)
class Option:
    """One of a choice's options."""

    value: int
    label: str


@dataclass(frozen=True, kw_only=True)
class GlobalChoice:
    """A list of options that columns of several tables can share."""

    name: str
    display_name: str
    description: str
    options: tuple[Option, ...]


@cache
def global_choices() -> tuple[GlobalChoice, ...]:
    """Return every choice of the solution, in the order of their names."""
    found = [
        value
        for value in vars(options).values()
        if isinstance(value, type) and issubclass(value, IntEnum) and value is not IntEnum
    ]
    return tuple(_choice(enumeration) for enumeration in sorted(found, key=choice_name))


def choice_name(enumeration: type[IntEnum]) -> str:
    """Return the name that the choice has in Dataverse."""
    return PREFIX + enumeration.__name__.lower()


def _choice(enumeration: type[IntEnum]) -> GlobalChoice:
    return GlobalChoice(
        name=choice_name(enumeration),
        display_name=choice_label(enumeration),
        description=choice_description(enumeration),
        options=tuple(
            Option(value=int(option), label=option_label(option)) for option in enumeration
        ),
    )
