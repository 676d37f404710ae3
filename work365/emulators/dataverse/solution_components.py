"""What belongs to which solution: rows of `solutioncomponent`.

A request names a solution in the header `MSCRM.SolutionUniqueName`. Which code and text a real
environment has for a solution that is not there was not verified.
"""

from uuid import uuid4

from work365.emulators.dataverse.calls import Call
from work365.emulators.dataverse.definition_ids import column_id, key_id, table_id
from work365.emulators.dataverse.definitions import TableDefinition
from work365.emulators.dataverse.errors import DataverseError
from work365.emulators.dataverse.system_rows import insert_row
from work365.emulators.dataverse.transactions import Transaction

HEADER = "mscrm.solutionuniquename"
ENTITY, ATTRIBUTE, CHOICE, RELATIONSHIP, ENTITY_KEY = 1, 2, 9, 10, 14
ROW_COMPONENTS = {
    "role": 20,
    "savedquery": 26,
    "systemform": 60,
    "webresource": 61,
    "sdkmessageprocessingstep": 92,
    "sdkmessageprocessingstepimage": 93,
    "serviceendpoint": 95,
    "environmentvariabledefinition": 380,
    "environmentvariablevalue": 381,
}
"""Component types of rows, by table."""


def join_solution(
    transaction: Transaction, call: Call, component_type: int, object_id: str
) -> None:
    """Make something a component of the solution that a request names, if it names one.

    Raises: DataverseError, where there is no such solution.
    """
    name = call.headers.get(HEADER)
    if name:
        add_component(transaction, name, component_type, object_id)


def join_row(transaction: Transaction, call: Call, table: TableDefinition, row_id: str) -> None:
    """Make a row that was written a component of the solution that a request names.

    Raises: DataverseError, where there is no such solution.
    """
    name = call.headers.get(HEADER)
    if not name:
        return
    component_type = ROW_COMPONENTS.get(table.name)
    if component_type is None:
        solution_id(transaction, name)
        return
    add_component(transaction, name, component_type, row_id)


def add_component(
    transaction: Transaction, solution: str, component_type: int, object_id: str
) -> None:
    """Make something a component of a solution; once is enough.

    Raises: DataverseError, where there is no such solution.
    """
    found = solution_id(transaction, solution)
    present = transaction.connection.execute(
        "SELECT 1 FROM solutioncomponent WHERE solutionid = ? AND objectid = ?",
        (found, object_id),
    ).fetchone()
    if present:
        return
    insert_row(
        transaction,
        "solutioncomponent",
        solutioncomponentid=str(uuid4()),
        solutionid=found,
        componenttype=component_type,
        objectid=object_id,
        rootcomponentbehavior=0 if component_type == ENTITY else None,
        ismetadata=int(component_type <= ENTITY_KEY),
    )


def solution_id(transaction: Transaction, name: str) -> str:
    """Return the id of a solution by its unique name.

    Raises: DataverseError, where there is none.
    """
    found = transaction.connection.execute(
        "SELECT solutionid FROM solution WHERE fold(uniquename) = fold(?)", (name,)
    ).fetchone()
    if found is None:
        raise DataverseError(
            400, "0x8004f002", f"A solution with the unique name '{name}' does not exist."
        )
    return str(found[0])


def forget_component(transaction: Transaction, object_id: str) -> None:
    """Take something that is deleted out of every solution."""
    transaction.connection.execute("DELETE FROM solutioncomponent WHERE objectid = ?", (object_id,))


def forget_components(transaction: Transaction, table: TableDefinition) -> None:
    """Take a table that is deleted, and what is below it, out of every solution."""
    forget_component(transaction, table_id(table))
    for column in table.columns.values():
        forget_component(transaction, column_id(table, column))
    for key in table.keys:
        forget_component(transaction, key_id(table, key))
