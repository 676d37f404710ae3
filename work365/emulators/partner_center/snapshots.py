"""The world as JSON and back: to keep it, and to try things on a copy.

Every record is a dataclass of texts, numbers, dates, lists and other records; its fields' types
say how each value is written and read. A decimal is a text with its own digits, but within the
bodies of the history, which are JSON as they are.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from work365.emulators.partner_center.payloads import json_text, read_json
from work365.emulators.partner_center.world import World

VERSION = 1


@dataclass(frozen=True)
class _Form:
    """How values of a type become JSON, and are made of it again."""

    write: Callable[[Any], Any]
    read: Callable[[Any], Any]


def snapshot(world: World) -> str:
    """Return all of a world as JSON."""
    return json_text({"version": VERSION, "world": _form(World).write(world)})


def restore(text: str) -> World:
    """Return the world that a snapshot holds.

    Raises: ValueError, for what is no snapshot of this version.
    """
    found = read_json(text)
    if not isinstance(found, dict) or found.get("version") != VERSION:
        raise ValueError(f"not a snapshot of version {VERSION}")
    world = _form(World).read(found["world"])
    assert isinstance(world, World)
    world.look_ahead()
    return world


def copy_of(world: World) -> World:
    """Return a world that is the same and has nothing in common with this one."""
    return restore(snapshot(world))


def _same(value: Any) -> Any:
    return value


_PLAIN: dict[Any, _Form] = {
    Decimal: _Form(lambda value: f"{value:f}", Decimal),
    datetime: _Form(datetime.isoformat, datetime.fromisoformat),
    date: _Form(date.isoformat, date.fromisoformat),
    timedelta: _Form(
        lambda value: [value.days, value.seconds, value.microseconds],
        lambda value: timedelta(*value),
    ),
}


@cache
def _form(kind: Any) -> _Form:
    """Return the form of a type."""
    if kind in _PLAIN:
        return _PLAIN[kind]
    if isinstance(kind, type) and is_dataclass(kind):
        return _record(kind)
    origin, parts = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        return _optional(_form(next(part for part in parts if part is not NoneType)))
    if origin in (list, tuple, dict):
        return _container(origin, tuple(_form(part) for part in parts if part is not Ellipsis))
    return _Form(_same, _same)


def _record(kind: type) -> _Form:
    hints = get_type_hints(kind)
    forms = {field.name: _form(hints[field.name]) for field in fields(kind)}

    def write(value: Any) -> Any:
        return {name: form.write(getattr(value, name)) for name, form in forms.items()}

    def read(value: Any) -> Any:
        return kind(**{name: forms[name].read(part) for name, part in value.items()})

    return _Form(write, read)


def _optional(form: _Form) -> _Form:
    return _Form(
        lambda value: None if value is None else form.write(value),
        lambda value: None if value is None else form.read(value),
    )


def _container(origin: type, forms: tuple[_Form, ...]) -> _Form:
    if origin is dict:
        inner = forms[1]
        return _Form(
            lambda value: {key: inner.write(part) for key, part in value.items()},
            lambda value: {key: inner.read(part) for key, part in value.items()},
        )
    if origin is list:
        return _Form(
            lambda value: [forms[0].write(part) for part in value],
            lambda value: [forms[0].read(part) for part in value],
        )
    return _Form(
        lambda value: [form.write(part) for form, part in zip(forms, value, strict=True)],
        lambda value: tuple(form.read(part) for form, part in zip(forms, value, strict=True)),
    )
