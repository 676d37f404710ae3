"""Planning alternate keys. Dataverse builds the index of one later than it takes it in."""

from collections.abc import Sequence

from dataverse_schema.definitions import KeyDefinition
from work365.adapters.dataverse.installation.declarations import Declarations
from work365.adapters.dataverse.installation.definitions import key_as_created
from work365.adapters.dataverse.installation.found import Definition, FoundEnvironment, FoundTable
from work365.adapters.dataverse.installation.planned import Planned
from work365.adapters.dataverse.installation.requests import IN_SOLUTION, Request

KEY = "alternate key"
FAILED = "Failed"


def plan_keys(declarations: Declarations, found: FoundEnvironment) -> Planned:
    """Return what makes the alternate keys be there as declared.

    A key whose index failed is tried again: the rows that were in its way may be gone.
    """
    planned = Planned()
    for table in declarations.tables:
        there = found.tables.get(table.logical_name)
        if there is not None or table.is_ours:
            for key in table.keys:
                _plan(table.logical_name, key, there, found.language, planned)
    return planned


def key_found(keys: Sequence[Definition], key: KeyDefinition) -> Definition:
    """Return the key over the same columns, whatever it is called; or an empty definition."""
    wanted = set(key.columns)
    return next((each for each in keys if set(each["KeyAttributes"]) == wanted), {})


def _plan(
    table: str, key: KeyDefinition, there: FoundTable | None, language: int, planned: Planned
) -> None:
    name = key.schema_name
    columns = ", ".join(key.columns)
    found = {} if there is None else key_found(there.keys, key)
    if found.get("EntityKeyIndexStatus") == FAILED:
        body = {"EntityLogicalName": table, "EntityKeyLogicalName": found["LogicalName"]}
        planned.act(
            KEY,
            f"{table}.{found['SchemaName']}",
            f"Build the index of the key {found['SchemaName']} of {table} again",
            Request("POST", "ReactivateEntityKey", body, repeatable=True),
        )
    elif found:
        return
    elif there is not None and any(each["SchemaName"] == name for each in there.keys):
        planned.refuse(
            "key_not_changeable",
            f"{table}.{name}",
            f"the key is there over other columns than {columns}, and Dataverse cannot change"
            " that. Delete the key in Power Apps, and run this again",
        )
    else:
        planned.act(
            KEY,
            f"{table}.{name}",
            f"Create the key {name} of {table} over {columns}",
            Request(
                "POST",
                f"EntityDefinitions(LogicalName='{table}')/Keys",
                key_as_created(key, language),
                IN_SOLUTION,
            ),
        )
