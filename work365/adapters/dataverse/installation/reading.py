"""Reading an environment, as far as the solution is concerned."""

from collections.abc import Mapping
from dataclasses import replace
from uuid import UUID

from work365.adapters.dataverse.client import DataverseClient
from work365.adapters.dataverse.installation.column_plan import undeclared_columns
from work365.adapters.dataverse.installation.declarations import Declarations
from work365.adapters.dataverse.installation.definitions_reading import read_choices, read_tables
from work365.adapters.dataverse.installation.found import FoundEnvironment, FoundTable
from work365.adapters.dataverse.installation.rows_reading import ComponentRows, rows_with_a_value
from work365.adapters.dataverse.installation.target import Target, application_id
from work365.adapters.dataverse.operations import Operation
from work365.errors import Contradiction


class NotAnEnvironment(Contradiction):
    """Something answers at the address, and it is no Dataverse environment."""

    code = "not_an_environment"


def read_environment(
    client: DataverseClient, declarations: Declarations, target: Target
) -> FoundEnvironment:
    """Return what is there of the solution.

    Raises: NotAnEnvironment: what answers is no Dataverse. RowsOutOfReach: whoever asks sees
    too little of it.
    """
    _require_an_environment(client)
    tables = read_tables(client, declarations)
    components = ComponentRows(client, declarations)
    business_unit = components.root_business_unit()
    rows = components.read(tables, business_unit)
    ids = components.privilege_ids()
    found = FoundEnvironment(
        language=components.language(),
        business_unit=business_unit,
        tables=tables,
        choices=read_choices(client, [choice.name for choice in declarations.choices]),
        rows=rows,
        privileges=components.privileges([UUID(row["roleid"]) for row in rows["roles"]], ids),
        known_privileges=frozenset(ids),
        values=_values(client, declarations, tables),
    )
    return replace(found, users=components.users(application_id(target, found), ids))


def _require_an_environment(client: DataverseClient) -> None:
    # Whatever else answers with JSON at that address would be taken for an empty environment.
    found = client.send(Operation("GET", "WhoAmI"))
    try:
        UUID(found["OrganizationId"])
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise NotAnEnvironment(
            "WhoAmI was answered without an OrganizationId, so no Dataverse environment is at this"
            " address; Power Apps shows the right one under Settings, Session details"
        ) from error


def _values(
    client: DataverseClient, declarations: Declarations, tables: Mapping[str, FoundTable]
) -> dict[tuple[str, str], int]:
    declared = {table.logical_name: table for table in declarations.tables}
    counted = [(name, "") for name in tables if name not in declared]
    for name, table in declared.items():
        if name in tables:
            counted += [(name, column) for column in undeclared_columns(table, tables[name])]
    return {
        (table, column): rows_with_a_value(client, tables[table], column)
        for table, column in counted
    }
