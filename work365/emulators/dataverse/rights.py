"""What users may do, by their roles and by those of their teams.

A role that is held through a team reaches rows from the team's business unit, as if it were
held there. A role is not copied to the business units below its own, as a real environment
does: it can be held in any of them, and reaches from the unit of whoever holds it.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from sqlite3 import Connection
from threading import Lock

from work365.emulators.dataverse import seeds
from work365.emulators.dataverse.database import Database
from work365.emulators.dataverse.privileges import BASIC, DEEP, GLOBAL, LOCAL
from work365.emulators.dataverse.sql import sql

_USER = (
    "SELECT systemuserid, coalesce(businessunitid, ?), azureactivedirectoryobjectid, "
    "applicationid FROM systemuser WHERE"
)
_ROLES = """
    SELECT roleid, :unit FROM systemuserroles WHERE systemuserid = :user
    UNION
    SELECT tr.roleid, coalesce(t.businessunitid, :unit) FROM teammembership tm
    JOIN teamroles tr ON tr.teamid = tm.teamid JOIN team t ON t.teamid = tm.teamid
    WHERE tm.systemuserid = :user
"""
_TEAM_ROLES = """
    SELECT tr.roleid, coalesce(t.businessunitid, :unit) FROM teamroles tr
    JOIN team t ON t.teamid = tr.teamid WHERE tr.teamid = :team
"""
_PRIVILEGES = """
    SELECT p.name, rp.privilegedepthmask FROM roleprivileges rp
    JOIN privilege p ON p.privilegeid = rp.privilegeid WHERE rp.roleid = ?
"""


@dataclass(frozen=True, kw_only=True)
class Reach:
    """How far a privilege goes; at least to one's own rows."""

    depth: int
    """The greatest depth mask that any role gives."""

    units: frozenset[str] = frozenset()
    """Business units whose rows are within reach."""

    @property
    def is_everywhere(self) -> bool:
        """Whether every row is within reach."""
        return self.depth == GLOBAL


@dataclass(frozen=True, kw_only=True)
class Rights:
    """One user, or one team, with all that their roles allow."""

    principal_id: str
    business_unit_id: str
    object_id: str | None = None
    """The user's id in Entra."""

    is_team: bool = False
    is_application: bool = False
    teams: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()
    is_administrator: bool = False
    reaches: Mapping[str, Reach] = field(default_factory=dict)
    """By the privilege's name in small letters."""

    @property
    def owners(self) -> tuple[str, ...]:
        """Ids of those whose rows are one's own: oneself and one's teams."""
        return (self.principal_id, *sorted(self.teams))

    def holds(self, privilege: str) -> bool:
        """Return whether a privilege is held, however far it reaches."""
        return self.is_administrator or privilege.lower() in self.reaches


class RightsBook:
    """Remembers the rights of users until something changes that decides them."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = Lock()
        self._edition = 0
        self._users: dict[tuple[str, str], Rights] = {}

    def forget(self) -> None:
        """Read everybody's rights anew when they are next asked for."""
        with self._lock:
            self._edition += 1
            self._users = {}

    def of_user(self, column: str, value: str) -> Rights | None:
        """Return the rights of the enabled user with this id in a column, if there is one."""
        known = self._users.get((column, value))
        if known is not None:
            return known
        with self._lock:
            edition = self._edition
        with self._database.reading() as connection:
            found = user_rights(connection, column, value)
        if found is not None:
            with self._lock:
                if edition == self._edition:
                    self._users[column, value] = found
        return found


def user_rights(connection: Connection, column: str, value: str) -> Rights | None:
    """Return the rights of the enabled user with this id in a column, if there is one."""
    found = connection.execute(
        sql(_USER, f"{column} = ? AND coalesce(isdisabled, 0) = 0"),
        (seeds.BUSINESS_UNIT_ID, value.lower()),
    ).fetchone()
    if found is None:
        return None
    user_id, unit_id, object_id, application_id = found
    held = connection.execute(_ROLES, {"user": user_id, "unit": unit_id}).fetchall()
    teams = connection.execute(
        "SELECT teamid FROM teammembership WHERE systemuserid = ?", (user_id,)
    )
    return Rights(
        principal_id=user_id,
        business_unit_id=unit_id,
        object_id=object_id,
        is_application=application_id is not None,
        teams=frozenset(row[0] for row in teams),
        roles=frozenset(role_id for role_id, _ in held),
        is_administrator=_has_administrator(connection, held),
        reaches=_reaches(connection, held),
    )


def team_rights(connection: Connection, team_id: str) -> Rights | None:
    """Return what a team's own roles allow, if there is such a team."""
    found = connection.execute(
        "SELECT coalesce(businessunitid, ?) FROM team WHERE teamid = ?",
        (seeds.BUSINESS_UNIT_ID, team_id),
    ).fetchone()
    if found is None:
        return None
    held = connection.execute(_TEAM_ROLES, {"team": team_id, "unit": found[0]}).fetchall()
    return Rights(
        principal_id=team_id,
        business_unit_id=found[0],
        is_team=True,
        roles=frozenset(role_id for role_id, _ in held),
        is_administrator=_has_administrator(connection, held),
        reaches=_reaches(connection, held),
    )


def _has_administrator(connection: Connection, held: Iterable[tuple[str, str]]) -> bool:
    found = connection.execute(
        "SELECT roleid FROM role WHERE roletemplateid = ?", (seeds.ADMINISTRATOR_TEMPLATE_ID,)
    )
    administrators = {row[0] for row in found}
    return any(role_id in administrators for role_id, _ in held)


def _reaches(connection: Connection, held: Iterable[tuple[str, str]]) -> dict[str, Reach]:
    depths: defaultdict[str, int] = defaultdict(lambda: BASIC)
    units: defaultdict[str, set[str]] = defaultdict(set)
    below = _units_below(connection)
    for role_id, unit_id in held:
        for name, mask in connection.execute(_PRIVILEGES, (role_id,)):
            privilege = name.lower()
            depths[privilege] = max(depths[privilege], mask)
            if mask == LOCAL:
                units[privilege].add(unit_id)
            elif mask == DEEP:
                units[privilege] |= below.get(unit_id, {unit_id})
    return {
        name: Reach(depth=depth, units=frozenset(units[name])) for name, depth in depths.items()
    }


def _units_below(connection: Connection) -> dict[str, set[str]]:
    """Return by business unit the unit itself and all those below it."""
    parents = dict(
        connection.execute("SELECT businessunitid, parentbusinessunitid FROM businessunit")
    )
    below: defaultdict[str, set[str]] = defaultdict(set)
    for unit_id in parents:
        above: str | None = unit_id
        while above is not None and unit_id not in below[above]:
            below[above].add(unit_id)
            above = parents.get(above)
    return below
