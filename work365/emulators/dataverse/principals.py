"""Rules of users, teams and business units that their tables alone do not tell.

Source: documented behaviour of business units, which have a default team with every user of
the unit in it, and of users who move to another unit: they lose their roles and take their
rows along. A real environment knows an application's name and its service principal from
Entra; here both follow from the application's id.
"""

from uuid import UUID, uuid4, uuid5

from work365.emulators.dataverse import seeds
from work365.emulators.dataverse.definitions import TableDefinition
from work365.emulators.dataverse.errors import DataverseError, row_present
from work365.emulators.dataverse.sql import quoted, sql
from work365.emulators.dataverse.system_rows import insert_row
from work365.emulators.dataverse.transactions import Transaction
from work365.emulators.dataverse.values import SqlValue

USER, TEAM, UNIT, ROLE = "systemuser", "team", "businessunit", "role"
TABLES = frozenset((USER, TEAM, UNIT, ROLE))
BUSINESS_UNIT = "businessunitid"
PARENT = "parentbusinessunitid"

Row = dict[str, SqlValue]


def complete(transaction: Transaction, table: TableDefinition, row: Row) -> None:
    """Give a row what Dataverse would, before it is written.

    Raises: DataverseError, for a user or a unit that cannot be.
    """
    if table.name == UNIT:
        _check_parent(transaction, row)
        return
    row[BUSINESS_UNIT] = row[BUSINESS_UNIT] or transaction.caller.business_unit_id
    if table.name == USER:
        _complete_user(transaction, row)
    elif table.name == ROLE:
        _check_role(transaction, row)


def _complete_user(transaction: Transaction, row: Row) -> None:
    application_id = row["applicationid"]
    if application_id is None:
        return
    other = transaction.connection.execute(
        "SELECT 1 FROM systemuser WHERE applicationid = ? AND systemuserid <> ?",
        (application_id, row["systemuserid"]),
    ).fetchone()
    if other:
        raise row_present()
    row["azureactivedirectoryobjectid"] = row["azureactivedirectoryobjectid"] or str(
        uuid5(UUID(str(application_id)), "service principal")
    )
    row["fullname"] = row["fullname"] or f"# {application_id}"


def _check_role(transaction: Transaction, row: Row) -> None:
    other = transaction.connection.execute(
        "SELECT 1 FROM role WHERE name = ? AND businessunitid = ? AND roleid <> ?",
        (row["name"], row[BUSINESS_UNIT], row["roleid"]),
    ).fetchone()
    if other:
        raise DataverseError(
            400,
            "0x80041403",
            f"The business unit {row[BUSINESS_UNIT]} has a role '{row['name']}' already.",
        )


def _check_parent(transaction: Transaction, row: Row) -> None:
    """Raise unless the units above a unit lead to the root without passing the unit itself."""
    if row[BUSINESS_UNIT] == seeds.BUSINESS_UNIT_ID and row[PARENT] is None:
        return
    above = row[PARENT]
    while above is not None and above != row[BUSINESS_UNIT]:
        found = transaction.connection.execute(
            "SELECT parentbusinessunitid FROM businessunit WHERE businessunitid = ?", (above,)
        ).fetchone()
        above = found[0] if found else None
    if row[PARENT] is None or above is not None:
        raise DataverseError(
            400,
            "0x80040203",
            "A business unit needs a 'parentbusinessunitid' that is not below the unit itself.",
        )


def settle(transaction: Transaction, table: TableDefinition, row: Row) -> None:
    """Make what comes with a row that was created."""
    if table.name == UNIT:
        add_default_team(transaction, str(row[BUSINESS_UNIT]), str(row["name"]), str(uuid4()))
    elif table.name == USER:
        join_default_team(transaction, str(row["systemuserid"]), str(row[BUSINESS_UNIT]))


def add_default_team(
    transaction: Transaction, business_unit_id: str, name: str, team_id: str
) -> None:
    """Insert the default team of a business unit."""
    insert_row(
        transaction,
        TEAM,
        teamid=team_id,
        name=name,
        businessunitid=business_unit_id,
        isdefault=1,
        teamtype=0,
    )


def join_default_team(transaction: Transaction, user_id: str, business_unit_id: str) -> None:
    """Make a user a member of the default team of the unit, if it has one."""
    found = transaction.connection.execute(
        "SELECT teamid FROM team WHERE businessunitid = ? AND isdefault = 1", (business_unit_id,)
    ).fetchone()
    if found:
        insert_row(
            transaction,
            "teammembership",
            teammembershipid=str(uuid4()),
            teamid=found[0],
            systemuserid=user_id,
        )


def move(transaction: Transaction, table: TableDefinition, before: Row, after: Row) -> None:
    """Do what follows where a user has gone to another business unit."""
    if table.name != USER or before[BUSINESS_UNIT] == after[BUSINESS_UNIT]:
        return
    user_id, unit_id = str(after["systemuserid"]), str(after[BUSINESS_UNIT])
    connection = transaction.connection
    connection.execute("DELETE FROM systemuserroles WHERE systemuserid = ?", (user_id,))
    connection.execute(
        "DELETE FROM teammembership WHERE systemuserid = ? AND teamid IN "
        "(SELECT teamid FROM team WHERE isdefault = 1)",
        (user_id,),
    )
    join_default_team(transaction, user_id, unit_id)
    for owned in transaction.schema.tables.values():
        if owned.user_owned:
            connection.execute(
                sql(
                    "UPDATE",
                    quoted(owned.name),
                    'SET "owningbusinessunit" = ? WHERE "owninguser" = ?',
                ),
                (unit_id, user_id),
            )
