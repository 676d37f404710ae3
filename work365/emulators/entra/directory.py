"""The directory of directories: which tenants, applications, identities and services there are.

Whoever changes it while the emulator answers does so by these methods, which take its lock.
"""

from collections.abc import Mapping
from datetime import datetime
from threading import RLock

from work365.emulators.entra.applications import Application, ManagedIdentity
from work365.emulators.entra.errors import (
    no_service_principal,
    unknown_application,
    unknown_resource,
    unknown_tenant,
)
from work365.emulators.entra.resources import WELL_KNOWN, Resource
from work365.emulators.entra.tenants import EVERYONE, MEMBER, DelegatedAdmin, Tenant, User

MANY_TENANTS = ("common", "organizations")
"""In an address in place of a tenant: the tenant is that of whoever signs in."""


class Directory:
    """What there is. `lock` is held while a request is answered."""

    def __init__(self, resources: tuple[Resource, ...] = WELL_KNOWN) -> None:
        self.lock = RLock()
        self.tenants: dict[str, Tenant] = {}
        self.applications: dict[str, Application] = {}
        self.managed_identities: dict[str, ManagedIdentity] = {}
        self.resources = {resource.application_id: resource for resource in resources}

    def add_tenant(self, tenant: Tenant) -> Tenant:
        """Add a tenant, with the service principals that each has from the start."""
        with self.lock:
            self.tenants[tenant.tenant_id] = tenant
            for resource in self.resources.values():
                if resource.is_everywhere:
                    tenant.principal_id(resource.application_id)
        return tenant

    def add_user(self, tenant_id: str, user: User) -> User:
        """Add a person to a tenant."""
        with self.lock:
            self.tenants[tenant_id].users[user.object_id] = user
        return user

    def register(self, application: Application) -> Application:
        """Add an app registration, and its service principal in its own tenant."""
        with self.lock:
            self.applications[application.client_id] = application
            self.tenants[application.home_tenant_id].principal_id(application.client_id)
        return application

    def add_managed_identity(self, identity: ManagedIdentity) -> ManagedIdentity:
        """Add a managed identity."""
        with self.lock:
            self.managed_identities[identity.client_id] = identity
            principals = self.tenants[identity.tenant_id].service_principals
            principals[identity.client_id] = identity.principal_id
        return identity

    def provision(self, tenant_id: str, application_id: str) -> str:
        """Give a tenant the service principal of an application; return its object id."""
        with self.lock:
            return self.tenants[tenant_id].principal_id(application_id)

    def remove_service_principal(self, tenant_id: str, application_id: str) -> None:
        """Take an application's service principal out of a tenant, with its consents."""
        with self.lock:
            tenant = self.tenants[tenant_id]
            tenant.service_principals.pop(application_id, None)
            tenant.withdraw(application_id)

    def consent(
        self,
        tenant_id: str,
        client_id: str,
        scopes: Mapping[str, frozenset[str]],
        *,
        user_id: str = EVERYONE,
    ) -> None:
        """Record scopes by the resource's application id, as an approved consent does.

        Raises: EntraRefusal 650052: the tenant lacks a resource's service principal.
        """
        with self.lock:
            tenant = self.tenants[tenant_id]
            for resource_id in scopes:
                self.check_service_principal(tenant, self.resources[resource_id])
            tenant.consent(client_id, scopes, user_id=user_id)

    def withdraw_consent(self, tenant_id: str, client_id: str, *, resource_id: str = "") -> int:
        """Forget an application's consents at a tenant; return how many there were."""
        with self.lock:
            return self.tenants[tenant_id].withdraw(client_id, resource_id=resource_id)

    def grant_roles(
        self, tenant_id: str, client_id: str, roles: Mapping[str, frozenset[str]]
    ) -> None:
        """Let an application itself do something, by the resource's application id."""
        with self.lock:
            tenant = self.tenants[tenant_id]
            tenant.principal_id(client_id)
            for resource_id, names in roles.items():
                key = (client_id, resource_id)
                tenant.roles[key] = tenant.roles.get(key, frozenset()) | names

    def begin_delegated_admin(
        self, customer_tenant_id: str, relationship_id: str, relationship: DelegatedAdmin
    ) -> None:
        """Let a partner's group act at a customer."""
        with self.lock:
            admins = self.tenants[customer_tenant_id].delegated_admins
            admins[relationship_id] = relationship

    def end_delegated_admin(self, customer_tenant_id: str, relationship_id: str) -> None:
        """End a relationship; one that is not there is ended."""
        with self.lock:
            self.tenants[customer_tenant_id].delegated_admins.pop(relationship_id, None)

    def revoke_sign_ins(self, user_id: str, *, through: int, now: datetime) -> User:
        """Revoke a person's grants, up to the one of the number `through`."""
        with self.lock:
            _, user = self.person(user_id)
            user.revoked_through = through
            user.revoked_at = now
            return user

    def person(self, name: str) -> tuple[Tenant, User]:
        """Return someone by object id or user principal name, and their own tenant.

        Raises: KeyError.
        """
        with self.lock:
            for tenant in self.tenants.values():
                for user in tenant.users.values():
                    if name in (user.object_id, user.user_principal_name):
                        return tenant, user
        raise KeyError(name)

    def tenant(self, name: str) -> Tenant:
        """Return a tenant by id or domain.

        Raises: EntraRefusal 90002.
        """
        with self.lock:
            for tenant in self.tenants.values():
                if name.lower() in (tenant.tenant_id, tenant.domain.lower()):
                    return tenant
        raise unknown_tenant(name)

    def application(self, client_id: str, tenant: str) -> Application:
        """Return an app registration.

        Raises: EntraRefusal 700016.
        """
        found = self.applications.get(client_id.lower())
        if found is None:
            raise unknown_application(client_id, tenant)
        return found

    def resource(self, name: str, tenant: str) -> Resource:
        """Return a service by one of its names.

        Raises: EntraRefusal 500011.
        """
        for resource in self.resources.values():
            if resource.is_named(name):
                return resource
        raise unknown_resource(name, tenant)

    @staticmethod
    def check_service_principal(tenant: Tenant, resource: Resource) -> None:
        """See that a tenant has a service.

        Raises: EntraRefusal 650052.
        """
        if resource.application_id not in tenant.service_principals:
            raise no_service_principal(resource.application_id, resource.name, tenant.tenant_id)

    def roles_at(self, tenant: Tenant, home: Tenant, user: User) -> frozenset[str] | None:
        """Return the directory roles of a person at a tenant, or nothing where they are nobody."""
        if tenant.tenant_id == home.tenant_id:
            return frozenset(user.roles | {MEMBER})
        found = [
            admin.roles
            for admin in tenant.delegated_admins.values()
            if admin.partner_tenant_id == home.tenant_id and admin.group in user.groups
        ]
        return frozenset().union(*found) if found else None
