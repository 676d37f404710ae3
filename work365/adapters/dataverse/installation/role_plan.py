"""Planning security roles, their privileges, and the application user that has one of them."""

from uuid import UUID

from dataverse_schema.roles import Depth, Role, named_privileges
from dataverse_schema.table import PREFIX
from work365.adapters.dataverse.installation.component_rows import role_row
from work365.adapters.dataverse.installation.declarations import Declarations
from work365.adapters.dataverse.installation.found import FoundEnvironment, FoundUser
from work365.adapters.dataverse.installation.planned import Planned
from work365.adapters.dataverse.installation.requests import (
    NAMESPACE,
    Named,
    Reference,
    Request,
)
from work365.adapters.dataverse.installation.row_plan import id_of, plan_rows
from work365.adapters.dataverse.installation.target import Target, application_id

PRIVILEGES = "privileges"
APPLICATION_USER = "application user"
DEPTHS = tuple(Depth)
"""From one's own rows to everybody's."""

SHOWN_MAX = 3


def plan_roles(declarations: Declarations, found: FoundEnvironment) -> Planned:
    """Return what makes the roles be there with their privileges.

    A privilege that somebody added, or made deeper, stays.
    """
    planned = plan_rows([role_row(role, found) for role in declarations.roles], found)
    for role in declarations.roles:
        _plan_privileges(role, found, planned)
    return planned


def plan_application_user(
    declarations: Declarations, found: FoundEnvironment, target: Target
) -> Planned:
    """Return what makes the service's application user be there with its role."""
    planned = Planned()
    role = id_of(role_row(declarations.application_role, found), found)
    application = application_id(target, found)
    users = service_users(declarations, found, target)
    for user in users:
        if user.is_disabled:
            planned.refuse(
                "application_user_disabled",
                user.name,
                f"the application user {user.name} is disabled, so the service cannot sign in;"
                " enable it in the Power Platform admin center",
            )
    if application is None and not users:
        planned.warn(
            "application_user_missing",
            "systemusers",
            f"no application user has the role {declarations.application_role.name}, so the"
            " service cannot sign in; run `work365 install` with --application-id and the client"
            " id of the service's identity, or add the user in the Power Platform admin center",
        )
    if application is not None and not users:
        _plan_user(application, found, planned)
    if application is not None and not any(role in user.roles for user in users):
        address = f"{target.web_api}roles({role})"
        _plan_assignment(application, address, declarations.application_role.name, planned)
    return planned


def service_users(
    declarations: Declarations, found: FoundEnvironment, target: Target
) -> list[FoundUser]:
    """Return the application users that the service can sign in as."""
    application = application_id(target, found)
    if application is not None:
        return [user for user in found.users if user.application_id == application]
    role = id_of(role_row(declarations.application_role, found), found)
    return [user for user in found.users if role in user.roles]


def is_deep_enough(found: str | None, wanted: Depth) -> bool:
    """Return whether a privilege that was found reaches as far as is wanted."""
    return found is not None and DEPTHS.index(Depth(found)) >= DEPTHS.index(wanted)


def _plan_privileges(role: Role, found: FoundEnvironment, planned: Planned) -> None:
    row = role_row(role, found)
    role_id = id_of(row, found)
    has = found.privileges.get(role_id, {})
    missing = {
        name: depth
        for name, depth in named_privileges(role).items()
        if not is_deep_enough(has.get(name), depth)
    }
    unknown = {name for name in missing if not _will_be_known(name, found)}
    for name in sorted(unknown):
        planned.warn(
            "privilege_unknown",
            f"{role.name}.{name}",
            f"this environment has no privilege {name}; the role {role.name} was left without it",
        )
    given = {name: depth for name, depth in missing.items() if name not in unknown}
    if given:
        body = {
            "Privileges": [
                {
                    "PrivilegeId": Reference(Named.PRIVILEGE, name),
                    "Depth": depth.value,
                    "BusinessUnitId": str(found.business_unit),
                }
                for name, depth in given.items()
            ]
        }
        path = f"roles({role_id})/{NAMESPACE}.AddPrivilegesRole"
        planned.act(
            PRIVILEGES,
            role.name,
            f"Give the role {role.name} {_listed(sorted(given))}",
            Request("POST", path, body, repeatable=True),
        )


def _will_be_known(name: str, found: FoundEnvironment) -> bool:
    # The privileges of a table come with the table, which this plan creates before the roles.
    return name in found.known_privileges or PREFIX in name


def _listed(names: list[str]) -> str:
    shown = ", ".join(names[:SHOWN_MAX])
    more = len(names) - SHOWN_MAX
    return f"{shown} and {more} more" if more > 0 else shown


def _plan_user(application: UUID, found: FoundEnvironment, planned: Planned) -> None:
    body = {
        "applicationid": str(application),
        "businessunitid@odata.bind": f"/businessunits({found.business_unit})",
    }
    planned.act(
        APPLICATION_USER,
        str(application),
        f"Create the application user of {application} in the root business unit",
        # An application has one user, so that a second one is refused.
        Request("POST", "systemusers", body),
    )


def _plan_assignment(application: UUID, role: str, name: str, planned: Planned) -> None:
    path = "systemusers({})/systemuserroles_association/$ref"
    planned.act(
        APPLICATION_USER,
        str(application),
        f"Give the application user of {application} the role {name}",
        Request(
            "POST",
            Reference(Named.APPLICATION_USER, str(application), path),
            {"@odata.id": role},
            repeatable=True,
        ),
    )


def missing_privileges(user: FoundUser, role: Role) -> list[str]:
    """Return the privileges of `role` that the user lacks, or has less deep, by name."""
    return sorted(
        name
        for name, depth in named_privileges(role).items()
        if not is_deep_enough(user.privileges.get(name), depth)
    )
