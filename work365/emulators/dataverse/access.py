"""Decides whether a caller may do something, and which rows are in sight.

A privilege is asked for first, then whether it reaches the row: by the row's owner, by the
owner's business unit, or because the row was shared. Who acts on another's behalf needs both
to be allowed. An administrator is never asked.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from sqlite3 import Connection

from work365.emulators.dataverse.definitions import TableDefinition
from work365.emulators.dataverse.errors import DataverseError
from work365.emulators.dataverse.privileges import (
    Right,
    object_type_code,
    privilege_id,
    privilege_name,
)
from work365.emulators.dataverse.rights import Rights
from work365.emulators.dataverse.sql import quoted, sql
from work365.emulators.dataverse.values import SqlValue
from work365.emulators.dataverse.viewpoints import Bind

FORBIDDEN = 403
PRIVILEGE_DENIED = "0x80040220"
UNMANAGED_DENIED = -2_147_187_962
"""The result code that Dataverse names where a privilege does not reach the row."""

USER_TYPE, TEAM_TYPE = 8, 9
INTERACTIVE, NON_INTERACTIVE = 0, 4

Row = Mapping[str, SqlValue]


@dataclass(frozen=True, kw_only=True)
class Scope:
    """The columns that say whose a row is; empty where nobody's."""

    owner: str
    unit: str


_SCOPES = {
    "systemuser": Scope(owner="systemuserid", unit="businessunitid"),
    "team": Scope(owner="teamid", unit="businessunitid"),
    "role": Scope(owner="", unit="businessunitid"),
    "businessunit": Scope(owner="", unit="businessunitid"),
}


def scope_of(table: TableDefinition) -> Scope | None:
    """Return which columns say whose the table's rows are; nothing for the organization's."""
    if table.user_owned:
        return Scope(owner="ownerid", unit="owningbusinessunit")
    return _SCOPES.get(table.name)


def privilege_missing(
    rights: Rights, name: str, table: TableDefinition | None = None
) -> DataverseError:
    """Return the refusal of somebody who does not hold a privilege."""
    kind = TEAM_TYPE if rights.is_team else USER_TYPE
    mode = NON_INTERACTIVE if rights.is_application else INTERACTIVE
    where = ""
    if table is not None:
        where = (
            f" on OTC={object_type_code(table)} for entity '{table.name}' "
            f"(LocalizedName='{table.schema_name}')"
        )
    return DataverseError(
        FORBIDDEN,
        PRIVILEGE_DENIED,
        f"Principal user (Id={rights.principal_id}, type={kind}, "
        f"roleCount={len(rights.roles)}, privilegeCount={len(rights.reaches)}, "
        f"accessMode={mode}), is missing {name} privilege (Id={privilege_id(name)}){where}. "
        f"context.Caller={rights.principal_id}",
    )


class Access:
    """What a caller may do: the user, and whoever acts for them."""

    def __init__(self, *principals: Rights) -> None:
        self.principals = principals
        self._restricted = tuple(each for each in principals if not each.is_administrator)

    @property
    def is_unlimited(self) -> bool:
        """Whether everything is allowed."""
        return not self._restricted

    def require_privilege(self, name: str) -> None:
        """Raise unless a privilege is held."""
        for rights in self._restricted:
            if not rights.holds(name):
                raise privilege_missing(rights, name)

    def require(self, table: TableDefinition, right: Right) -> None:
        """Raise unless the right is held to any rows of the table."""
        for rights in self._restricted:
            name = privilege_name(table, right)
            if not rights.holds(name):
                raise privilege_missing(rights, name, table)

    def condition(self, table: TableDefinition, alias: str, bind: Bind) -> str:
        """Return the SQL that holds for the rows in sight; nothing where all of them are.

        Raises: DataverseError, where none of the table's rows may be read.
        """
        return self.within_reach(table, Right.READ, alias, bind)

    def within_reach(self, table: TableDefinition, right: Right, alias: str, bind: Bind) -> str:
        """Return the SQL that holds for rows within the right's reach; nothing for all rows.

        Raises: DataverseError, where the right is not held at all.
        """
        self.require(table, right)
        return " AND ".join(
            condition
            for rights in self._restricted
            if (condition := _condition(rights, table, right, alias, bind))
        )

    def check_row(
        self, connection: Connection, table: TableDefinition, row_id: str, right: Right
    ) -> None:
        """Raise unless the right reaches this row; a row that is not there is no concern."""
        if self.is_unlimited:
            return
        for rights in self._restricted:
            if not _reaches_row(rights, connection, table, row_id, right):
                raise _out_of_reach(rights, connection, table, row_id, right)

    def check_new_row(self, table: TableDefinition, row: Row) -> None:
        """Raise unless a row with this owner may be created."""
        scope = scope_of(table)
        for rights in self._restricted:
            reach = rights.reaches[privilege_name(table, Right.CREATE).lower()]
            if scope is None or reach.is_everywhere or _is_own(rights, scope, row):
                continue
            if row[scope.unit] not in reach.units:
                raise _denied(rights, table, row, Right.CREATE)


def _is_own(rights: Rights, scope: Scope, row: Row) -> bool:
    return bool(scope.owner) and row[scope.owner] in rights.owners


def _condition(rights: Rights, table: TableDefinition, right: Right, alias: str, bind: Bind) -> str:
    reach = rights.reaches[privilege_name(table, right).lower()]
    scope = scope_of(table)
    if scope is None or reach.is_everywhere:
        return ""
    prefix = f"{alias}." if alias else ""
    owners = ", ".join(bind(owner) for owner in rights.owners)
    shared = sql(
        "(SELECT objectid FROM principalobjectaccess WHERE principalid IN",
        f"({owners}) AND accessrightsmask & {bind(int(right))})",
    )
    terms = [f"{prefix}{quoted(table.primary_id)} IN {shared}"]
    if scope.owner:
        terms.append(f"{prefix}{quoted(scope.owner)} IN ({owners})")
    if reach.units:
        units = ", ".join(bind(unit) for unit in sorted(reach.units))
        terms.append(f"{prefix}{quoted(scope.unit)} IN ({units})")
    return f"({' OR '.join(terms)})"


def _reaches_row(
    rights: Rights,
    connection: Connection,
    table: TableDefinition,
    row_id: str,
    right: Right,
) -> bool:
    parameters: dict[str, SqlValue] = {"row": row_id}

    def bind(value: SqlValue) -> str:
        name = f"p{len(parameters)}"
        parameters[name] = value
        return f":{name}"

    condition = _condition(rights, table, right, "", bind)
    if not condition:
        return True
    statement = sql(
        "SELECT", condition, "FROM", quoted(table.name), f"WHERE {quoted(table.primary_id)} = :row"
    )
    found = connection.execute(statement, parameters).fetchone()
    return found is None or bool(found[0])


def _out_of_reach(
    rights: Rights,
    connection: Connection,
    table: TableDefinition,
    row_id: str,
    right: Right,
) -> DataverseError:
    scope = scope_of(table)
    assert scope is not None, "rows of the organization are within every reach"
    columns = [name for name in (scope.owner, scope.unit) if name]
    found = connection.execute(
        sql(
            "SELECT",
            ", ".join(map(quoted, columns)),
            "FROM",
            quoted(table.name),
            f"WHERE {quoted(table.primary_id)} = ?",
        ),
        (row_id,),
    ).fetchone()
    row = {**dict(zip(columns, found, strict=True)), table.primary_id: row_id}
    return _denied(rights, table, row, right)


def _denied(rights: Rights, table: TableDefinition, row: Row, right: Right) -> DataverseError:
    """Return the refusal where a privilege does not reach a row.

    The code is one that was seen with this text; whether every message has it was not
    verified.
    """
    scope = scope_of(table)
    assert scope is not None, "rows of the organization are within every reach"
    owner = row.get("owningteam") or row.get(scope.owner)
    kind = TEAM_TYPE if row.get("owningteam") else USER_TYPE
    return DataverseError(
        FORBIDDEN,
        PRIVILEGE_DENIED,
        f"SecLib::AccessCheckEx failed. Returned hr = {UNMANAGED_DENIED}, ObjectID: "
        f"{row[table.primary_id]}, OwnerId: {owner},  OwnerIdType: {kind} and CallingUser: "
        f"{rights.principal_id}. ObjectTypeCode: {object_type_code(table)}, "
        f"objectBusinessUnitId: {row[scope.unit]}, AccessRights: {right.verb}Access",
    )
