"""Answers read into values of the domain: whole ones, and findings for the others.

One row that cannot be read never stops the rows beside it; where a single thing was asked
for, it stops whoever asked.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from work365.adapters.partner_center.answers import impossible
from work365.adapters.partner_center.calls import Call
from work365.adapters.partner_center.files import Row, is_blank
from work365.domain.findings import Reading

ValueT = TypeVar("ValueT")

Parse = Callable[[Row], ValueT | None]
"""Makes the value of a row, or None after it reported what is wrong with the row."""


def read_rows(rows: Sequence[Any], parse: Parse[ValueT], *, call: Call) -> Reading[ValueT]:
    """Return the values that `rows` of the answer to `call` are, and what is wrong with others."""
    values: list[ValueT] = []
    findings = []
    for number, fields in enumerate(rows, start=1):
        row, value = _read(fields, parse, call=call, number=number)
        if value is not None:
            values.append(value)
        findings += row.findings
    return Reading(tuple(values), tuple(findings))


def read_one(body: Any, parse: Parse[ValueT], *, call: Call) -> ValueT:
    """Return the value that `body`, the answer to `call`, is.

    Raises: AnswerImpossible: it is not what was asked for; the message names each field.
    """
    row, value = _read(body, parse, call=call, number=1)
    if value is None:
        why = " ".join(finding.message for finding in row.findings)
        raise impossible(call, why or "the answer has nothing in it")
    return value


def nested(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return `fields` with those of objects within by names such as `companyProfile.domain`.

    Names start with a small letter, because Partner Center writes both `Events` and `events`.
    """
    found: dict[str, Any] = {}
    for name, value in fields.items():
        small = name[:1].lower() + name[1:]
        found.setdefault(small, value)
        if isinstance(value, Mapping):
            for inner, below in nested(value).items():
                found[f"{small}.{inner}"] = below
    return found


def each_of(row: Row, name: str, *, may_be_left_out: bool = False) -> list[Row]:
    """Return the objects in the list called `name`, each to be read like a row.

    `may_be_left_out` as for `Row.within`.
    """
    value = row.fields.get(name)
    if is_blank(value):
        return []
    if not isinstance(value, list):
        row.report("not_a_list", name, "it must be a list")
        return []
    found = []
    for number, each in enumerate(value, start=1):
        fields = nested(each) if isinstance(each, Mapping) else {}
        inner = row.within(f"{name}[{number}]", fields, may_be_left_out=may_be_left_out)
        if isinstance(each, Mapping):
            found.append(inner)
        else:
            inner.report("not_an_object", "row", "it must be an object with fields")
    return found


def part_of(row: Row, name: str) -> Row | None:
    """Return the object in the field called `name`, to be read like a row; None without one."""
    value = row.fields.get(name)
    if is_blank(value):
        return None
    if not isinstance(value, Mapping):
        row.report("not_an_object", name, "it must be an object with fields")
        return None
    return row.within(name, nested(value))


def _read(
    fields: Any, parse: Parse[ValueT], *, call: Call, number: int
) -> tuple[Row, ValueT | None]:
    known = nested(fields) if isinstance(fields, Mapping) else {}
    row = Row(str(call), number, known)
    if not isinstance(fields, Mapping):
        row.report("not_an_object", "row", "it must be an object with fields")
        return row, None
    value = parse(row)
    return row, value if row.is_sound else None
