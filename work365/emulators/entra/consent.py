"""Consent: what is left to be consented to, by whom, and that it was.

Source: the documented rules of user and admin consent.
"""

from dataclasses import dataclass, field

from work365.emulators.entra.authorization import AuthorizationRequest
from work365.emulators.entra.directory import Directory
from work365.emulators.entra.errors import EntraRefusal
from work365.emulators.entra.scopes import asked_consent
from work365.emulators.entra.tenants import CONSENTING_ROLES, EVERYONE, Tenant, User

ALWAYS_ASKED = ("consent", "admin_consent")


@dataclass(frozen=True, kw_only=True)
class Permission:
    """A line of the consent page."""

    resource: str
    name: str
    text: str
    needs_admin: bool


@dataclass(frozen=True, kw_only=True)
class ConsentAsked:
    """What someone is asked to consent to."""

    scopes: dict[str, frozenset[str]] = field(default_factory=dict)
    roles: dict[str, frozenset[str]] = field(default_factory=dict)
    permissions: tuple[Permission, ...] = ()
    is_needed: bool
    needs_admin: bool
    may_be_for_everyone: bool


def asked_of(
    directory: Directory, request: AuthorizationRequest, tenant: Tenant, user: User, home: Tenant
) -> ConsentAsked:
    """Return what is to be consented to for a request.

    Raises: EntraRefusal 650052 and those of scopes that there are not.
    """
    application = request.application
    scopes = dict(asked_consent(application, request.targets(directory)))
    is_static = request.is_for_everyone or (request.is_old and not request.given.get("resource"))
    if is_static and not (request.is_admin_consent and request.scopes):
        for resource_id, names in application.scopes.items():
            scopes[resource_id] = scopes.get(resource_id, frozenset()) | names
    roles = dict(application.roles) if request.is_for_everyone else {}
    for resource_id in (*scopes, *roles):
        directory.check_service_principal(tenant, directory.resources[resource_id])
    permissions = _permissions(directory, scopes, roles)
    user_roles = directory.roles_at(tenant, home, user) or frozenset()
    is_missing = any(
        not names <= tenant.consented(application.client_id, resource_id, user.object_id)
        for resource_id, names in scopes.items()
    )
    is_new = application.client_id not in tenant.service_principals
    is_asked = request.is_admin_consent or request.prompt in ALWAYS_ASKED
    return ConsentAsked(
        scopes=scopes,
        roles=roles,
        permissions=permissions,
        is_needed=is_asked or is_missing or is_new,
        needs_admin=request.is_for_everyone or any(line.needs_admin for line in permissions),
        may_be_for_everyone=not CONSENTING_ROLES.isdisjoint(user_roles),
    )


def record(tenant: Tenant, client_id: str, asked: ConsentAsked, *, user_id: str = EVERYONE) -> None:
    """Record that someone consented, for themselves or for everyone in the tenant."""
    tenant.consent(client_id, asked.scopes, user_id=user_id)
    for resource_id, names in asked.roles.items():
        key = (client_id, resource_id)
        tenant.roles[key] = tenant.roles.get(key, frozenset()) | names


def declined() -> EntraRefusal:
    """Say that someone did not consent."""
    return EntraRefusal("access_denied", 65004, "User declined to consent to access the app.")


def administrator_needed() -> EntraRefusal:
    """Say that only an administrator may consent."""
    return EntraRefusal(
        "access_denied",
        90094,
        "An administrator of your organization has to approve what the application asks for.",
    )


def _permissions(
    directory: Directory, scopes: dict[str, frozenset[str]], roles: dict[str, frozenset[str]]
) -> tuple[Permission, ...]:
    lines = []
    for resource_id, names in scopes.items():
        resource = directory.resources[resource_id]
        for name in sorted(names):
            scope = resource.scopes[name]
            lines.append(
                Permission(
                    resource=resource.name,
                    name=name,
                    text=scope.text,
                    needs_admin=scope.needs_admin,
                )
            )
    for resource_id, names in roles.items():
        resource = directory.resources[resource_id]
        for name in sorted(names):
            text = "Act by itself, without anyone signed in"
            lines.append(Permission(resource=resource.name, name=name, text=text, needs_admin=True))
    return tuple(lines)
