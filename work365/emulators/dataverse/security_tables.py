"""The tables of who may do what: business units, teams, roles, privileges, shares, audit."""

from dataclasses import replace

from work365.emulators.dataverse.definitions import ColumnDefinition, ManyToManyDefinition
from work365.emulators.dataverse.system_columns import (
    choice,
    lookup,
    of_system,
    table,
    text,
    unique,
    whole,
    yes_no,
)

OPERATIONS = {1: "Create", 2: "Update", 3: "Delete", 4: "Access"}
ACTIONS = {
    1: "Create",
    2: "Update",
    3: "Delete",
    4: "Activate",
    5: "Deactivate",
    13: "Assign",
    14: "Share",
    33: "Associate Entities",
    34: "Disassociate Entities",
    48: "Modify Share",
    49: "Unshare",
}
"""Source: documented options of `audit.action`, as far as the emulator has them."""


def _object_id() -> ColumnDefinition:
    """Return a lookup that can refer to any table; which one, another column says."""
    return replace(unique("objectid"), read_as="_objectid_value")


SECURITY_TABLES = (
    table(
        "businessunit",
        text("name", 160),
        lookup(
            "parentbusinessunitid",
            "businessunit",
            relationship="business_unit_parent_business_unit",
        ),
        yes_no("isdisabled", read_only=True),
        schema_name="BusinessUnit",
    ),
    table(
        "team",
        text("name", 160),
        text("description", 2_000),
        choice(
            "teamtype",
            {0: "Owner", 1: "Access", 2: "Security Group", 3: "Office Group"},
            default=0,
        ),
        yes_no("isdefault", read_only=True),
        lookup("businessunitid", "businessunit", relationship="business_unit_teams"),
        lookup("administratorid", "systemuser", relationship="lk_teambase_administratorid"),
        schema_name="Team",
    ),
    table(
        "role",
        text("name", 100),
        text("description", 2_000),
        lookup("businessunitid", "businessunit", relationship="business_unit_roles"),
        of_system(unique("roletemplateid")),
        choice("isinherited", {0: "Team privileges only", 1: "Direct User and Team"}, default=1),
        schema_name="Role",
    ),
    table(
        "privilege",
        text("name", 100),
        whole("accessright"),
        yes_no("canbebasic"),
        yes_no("canbelocal"),
        yes_no("canbedeep"),
        yes_no("canbeglobal"),
        schema_name="Privilege",
        read_only=True,
    ),
    table(
        "roleprivileges",
        unique("roleid"),
        unique("privilegeid"),
        whole("privilegedepthmask"),
        set_name="roleprivilegescollection",
        primary_id="roleprivilegeid",
        primary_name="roleprivilegeid",
        read_only=True,
    ),
    table(
        "systemuserroles",
        unique("systemuserid"),
        unique("roleid"),
        set_name="systemuserrolescollection",
        primary_id="systemuserroleid",
        primary_name="systemuserroleid",
        read_only=True,
    ),
    table(
        "teamroles",
        unique("teamid"),
        unique("roleid"),
        set_name="teamrolescollection",
        primary_id="teamroleid",
        primary_name="teamroleid",
        read_only=True,
    ),
    table(
        "teammembership",
        unique("teamid"),
        unique("systemuserid"),
        primary_name="teammembershipid",
        read_only=True,
    ),
    table(
        "principalobjectaccess",
        unique("principalid"),
        text("principaltypecode", 64),
        _object_id(),
        text("objecttypecode", 64),
        whole("accessrightsmask"),
        set_name="principalobjectaccessset",
        primary_name="principalobjectaccessid",
        read_only=True,
    ),
    table(
        "audit",
        choice("operation", OPERATIONS),
        choice("action", ACTIONS),
        lookup("userid", "systemuser"),
        lookup("callinguserid", "systemuser"),
        _object_id(),
        text("objecttypecode", 64),
        text("attributemask", 100_000),
        text("changedata", 1_000_000),
        unique("transactionid"),
        primary_name="auditid",
        read_only=True,
    ),
)
"""Teams of Entra groups are stored as any team; nobody becomes their member by signing in."""

SECURITY_LINKS = (
    ManyToManyDefinition(
        name="systemuserroles_association",
        intersect="systemuserroles",
        first="systemuser",
        second="role",
        first_column="systemuserid",
        second_column="roleid",
    ),
    ManyToManyDefinition(
        name="teamroles_association",
        intersect="teamroles",
        first="team",
        second="role",
        first_column="teamid",
        second_column="roleid",
    ),
    ManyToManyDefinition(
        name="teammembership_association",
        intersect="teammembership",
        first="team",
        second="systemuser",
        first_column="teamid",
        second_column="systemuserid",
    ),
    ManyToManyDefinition(
        name="roleprivileges_association",
        intersect="roleprivileges",
        first="role",
        second="privilege",
        first_column="roleid",
        second_column="privilegeid",
        closed=True,
    ),
)
"""A role's privileges change by `AddPrivilegesRole` and its kin, which give the depths."""

WRITTEN_RIGHTS = frozenset(
    (
        "businessunit",
        "systemuser",
        "team",
        "role",
        "privilege",
        "roleprivileges",
        "systemuserroles",
        "teamroles",
        "teammembership",
    )
)
"""Tables that decide who may do what: whoever remembers rights forgets them when one changes."""
