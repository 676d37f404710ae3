"""Reads what a function or an action is called with: parameters, and references to rows."""

import json
from sqlite3 import Connection
from typing import Any

from work365.emulators.dataverse.addresses import split_segment
from work365.emulators.dataverse.calls import Call
from work365.emulators.dataverse.definitions import Schema, TableDefinition
from work365.emulators.dataverse.errors import query_error
from work365.emulators.dataverse.payloads import TYPE_PREFIX
from work365.emulators.dataverse.references import referred_row
from work365.emulators.dataverse.values import GUID

Reference = tuple[TableDefinition, str]


def parameters_of(call: Call, segment: str) -> dict[str, str]:
    """Return a function's parameters by name, aliases such as `@p1` followed.

    Raises: DataverseError, for something that is no `name=value`, and for an alias without a
        value.
    """
    name, inside = split_segment(segment)
    aliases = dict(call.parameters)
    found = {}
    for part in _parts(inside or ""):
        parameter, equals, value = part.partition("=")
        if not equals:
            raise query_error(f"'{part}' is not a parameter of the function '{name}'.")
        value = value.strip()
        if value.startswith("@") and value not in aliases:
            raise query_error(f"The parameter alias '{value}' has no value.")
        found[parameter.strip()] = aliases.get(value, value)
    return found


def _parts(text: str) -> list[str]:
    parts, depth = [""], 0
    for letter in text:
        depth += (letter in "([{") - (letter in ")]}")
        if letter == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += letter
    return [part for part in parts if part.strip()]


def refuse_other_parameters(given: dict[str, Any], known: frozenset[str], name: str) -> None:
    """Raise if there is a parameter that the function or action does not have."""
    for other in sorted(set(given) - known):
        raise query_error(f"'{other}' is not a parameter of '{name}'.")


def reference_in(schema: Schema, connection: Connection, text: str | None, name: str) -> Reference:
    """Return the row of a parameter that is a JSON object in a query, quotes of any kind."""
    if text is None:
        raise query_error(f"The parameter '{name}' is required.")
    return reference_of(schema, connection, json_parameter(text, name), name)


def json_parameter(text: str, name: str) -> Any:
    """Return the value of a parameter that is JSON, with quotes of either kind.

    Raises: DataverseError, where it is none.
    """
    try:
        return json.loads(text if '"' in text else text.replace("'", '"'))
    except (ValueError, RecursionError) as error:
        raise query_error(f"Invalid JSON in '{name}'. {error}") from error


def reference_of(schema: Schema, connection: Connection, value: object, name: str) -> Reference:
    """Return the row that an object refers to: by address, or by type and primary key.

    Raises: DataverseError, where it refers to none.
    """
    if not isinstance(value, dict):
        raise query_error(f"The parameter '{name}' is not a reference to a row.")
    url = value.get("@odata.id")
    if isinstance(url, str):
        return referred_row(schema, connection, url, {})
    kind = str(value.get("@odata.type", "")).removeprefix("#").removeprefix(TYPE_PREFIX)
    table = schema.tables.get(kind)
    row_id = value.get(table.primary_id) if table is not None else None
    if table is None or not isinstance(row_id, str) or not GUID.fullmatch(row_id):
        raise query_error(
            f"The parameter '{name}' needs '@odata.id', or '@odata.type' and the primary key."
        )
    return table, row_id.lower()
