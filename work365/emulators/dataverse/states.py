"""The state of a row, and the status that gives its reason: a pair that must fit."""

from work365.emulators.dataverse.definitions import State, TableDefinition
from work365.emulators.dataverse.errors import DataverseError
from work365.emulators.dataverse.values import SqlValue

STATE = "statecode"
STATUS = "statuscode"


def set_first_state(table: TableDefinition, row: dict[str, SqlValue]) -> None:
    """Give a new row its state and status; raises if the given ones are not a new row's."""
    first = table.states[0]
    given = row[STATE]
    state = first if given is None else table.state(int(given))
    assert state is not None, "values of the column are the table's states"
    if state is not first:
        raise _misfit(table, first, int(given or 0))
    _set_pair(table, row, first, row[STATUS])


def set_state(table: TableDefinition, row: dict[str, SqlValue], given: dict[str, SqlValue]) -> None:
    """Set the pair of a row that is updated; a state alone brings its first status."""
    value = row[STATE] if given.get(STATE) is None else given[STATE]
    state = table.state(int(value or 0))
    assert state is not None, "values of the column are the table's states"
    _set_pair(table, row, state, given.get(STATUS))


def _set_pair(
    table: TableDefinition, row: dict[str, SqlValue], state: State, status: SqlValue
) -> None:
    if status is not None and status not in state.statuses:
        raise _misfit(table, state, int(status))
    row[STATE] = state.value
    row[STATUS] = next(iter(state.statuses)) if status is None else status


def _misfit(table: TableDefinition, state: State, status: int) -> DataverseError:
    return DataverseError(
        400,
        "0x80048408",
        f"{status} is not a valid status code for state code {table.schema_name}State."
        f"{state.label.replace(' ', '')} on {table.name}.",
    )
