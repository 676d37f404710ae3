"""Reading the definitions of tables and choices.

Source: Microsoft Learn, "Query schema definitions using the Web API".
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import httpx

from dataverse_schema.table import PREFIX
from work365.adapters.dataverse.answers import unreadable
from work365.adapters.dataverse.client import DataverseClient
from work365.adapters.dataverse.errors import RequestRefused
from work365.adapters.dataverse.installation.declarations import Declarations
from work365.adapters.dataverse.installation.found import Definition, FoundTable
from work365.adapters.dataverse.installation.requests import NAMESPACE, STRONGLY
from work365.adapters.dataverse.operations import Operation

CHOICES = f"{NAMESPACE}.PicklistAttributeMetadata"
CHOICES_OF_COLUMNS = f"{CHOICES}?$select=LogicalName&$expand=GlobalOptionSet($select=Name)"


def read_tables(client: DataverseClient, declarations: Declarations) -> dict[str, FoundTable]:
    """Return those of the declared tables that are there, and others that have our prefix."""
    declared = {table.logical_name for table in declarations.tables}
    ours = sorted(name for name in _names(client) if name in declared or name.startswith(PREFIX))
    return dict(zip(ours, client.each(lambda name: _table(client, name), ours), strict=True))


def read_keys(
    client: DataverseClient, declarations: Declarations
) -> dict[str, Sequence[Definition]]:
    """Return the alternate keys of those of the declared tables that are there."""
    every = _names(client)
    wanted = [table.logical_name for table in declarations.tables if table.logical_name in every]
    found = client.each(lambda name: definitions(client, f"{_address(name)}/Keys"), wanted)
    return dict(zip(wanted, found, strict=True))


def read_choices(client: DataverseClient, names: Iterable[str]) -> dict[str, Definition]:
    """Return those of the global choices that are there."""
    wanted = list(names)
    found = client.each(lambda name: find_choice(client, name), wanted)
    return {name: each for name, each in zip(wanted, found, strict=True) if each is not None}


def find_choice(client: DataverseClient, name: str) -> Definition | None:
    """Return the global choice with this name, if there is one."""
    try:
        return definition(client, f"GlobalOptionSetDefinitions(Name='{name}')")
    except RequestRefused as refused:
        if refused.fault.status == httpx.codes.NOT_FOUND:
            return None
        raise


def definitions(client: DataverseClient, path: str) -> list[Definition]:
    """Return the definitions at `path`, which Dataverse never splits into pages.

    Raises: AnswerUnreadable: the answer is no list.
    """
    operation = Operation("GET", path, headers=STRONGLY)
    answer = client.ask(operation)
    listed = (answer.body or {}).get("value")
    if not isinstance(listed, list):
        raise unreadable(str(operation), answer.status, answer.headers, "no list of definitions")
    return listed


def definition(client: DataverseClient, path: str) -> Definition:
    """Return the definition at `path`, without what is said about the answer itself.

    Raises: AnswerUnreadable: there is none in the answer.
    """
    operation = Operation("GET", path, headers=STRONGLY)
    answer = client.ask(operation)
    if answer.body is None:
        raise unreadable(str(operation), answer.status, answer.headers, "no definition")
    return {name: value for name, value in answer.body.items() if name != "@odata.context"}


def _names(client: DataverseClient) -> set[str]:
    every = definitions(client, "EntityDefinitions?$select=LogicalName")
    return {each["LogicalName"] for each in every}


def _address(name: str) -> str:
    return f"EntityDefinitions(LogicalName='{name}')"


def _table(client: DataverseClient, name: str) -> FoundTable:
    address = _address(name)
    columns = definitions(client, f"{address}/Attributes")
    relationships = definitions(client, f"{address}/ManyToOneRelationships")
    return FoundTable(
        definition=definition(client, address),
        columns={column["LogicalName"]: column for column in columns},
        keys=definitions(client, f"{address}/Keys"),
        relationships={each["SchemaName"]: each for each in relationships},
        choices=_choices(client, address, columns),
    )


def _choices(
    client: DataverseClient, address: str, columns: Iterable[Definition]
) -> Mapping[str, str]:
    if not any(str(each.get("@odata.type", "")).endswith(CHOICES) for each in columns):
        return {}
    found = definitions(client, f"{address}/Attributes/{CHOICES_OF_COLUMNS}")
    return {each["LogicalName"]: _name(each) for each in found if _name(each)}


def _name(column: Mapping[str, Any]) -> str:
    return str((column.get("GlobalOptionSet") or {}).get("Name") or "")
