"""A directory to begin with: a partner, its people, its customers, and applications.

Names and ids are made up. Every password is the same, and good for nothing anywhere else.
"""

from dataclasses import dataclass

from work365.emulators.entra.applications import (
    Application,
    FederatedCredential,
    ManagedIdentity,
    Secret,
)
from work365.emulators.entra.authority import CLOUD
from work365.emulators.entra.directory import Directory
from work365.emulators.entra.resources import GRAPH, PARTNER_CENTER, PRICE_SHEETS
from work365.emulators.entra.tenants import (
    ADMIN_AGENTS,
    GLOBAL_ADMINISTRATOR,
    Tenant,
    User,
)

PASSWORD = "local-only"  # noqa: S105  opens nothing but the stand-in
DEVELOPMENT_SECRET = "local-development-secret"  # noqa: S105  opens nothing but the stand-in

PARTNER_TENANT_ID = "6d1d0c1e-52a1-4c3c-9b0e-0d6f0a7c3651"
VENDOR_TENANT_ID = "a3f5c2d8-7a44-4f8e-8f6b-5b7e6d0c3652"
APPLICATION_ID = "1b7a9c52-0f3d-4a57-a5f4-3a9a2f1c3653"
"""The application in the partner's own tenant."""

VENDOR_APPLICATION_ID = "5e0b6f3a-94d5-4f0b-8d8a-7c1f0b9e3654"
"""The application of a control panel vendor, for many partners."""

IDENTITY_CLIENT_ID = "c8e4a7b1-2c6d-4f5b-9e3f-1a2b3c4d3655"
IDENTITY_PRINCIPAL_ID = "d9f5b8c2-3d7e-4a6c-8f4a-2b3c4d5e3656"
VENDOR_IDENTITY_CLIENT_ID = "e0a6c9d3-4e8f-4b7d-9a5b-3c4d5e6f3657"
VENDOR_IDENTITY_PRINCIPAL_ID = "f1b7d0e4-5f9a-4c8e-8b6c-4d5e6f7a3658"

DOMAIN = "northstar-cloud.example"
AGENT = f"ada@{DOMAIN}"
"""Who may consent: administers everything, is an admin agent, and does MFA."""

AGENT_WITHOUT_MFA = f"ben@{DOMAIN}"
CLERK = f"cem@{DOMAIN}"
"""Who may not: does MFA, has no role."""


@dataclass(frozen=True, kw_only=True)
class SeedCustomer:
    """A customer's tenant."""

    tenant_id: str
    name: str
    domain: str


CUSTOMERS = (
    SeedCustomer(
        tenant_id="2f6b1f0e-8f0a-4d4e-9f57-6e1a4b2c3659",
        name="Harbour Bakery",
        domain="harbour-bakery.example",
    ),
    SeedCustomer(
        tenant_id="3a7c2a1f-9a1b-4e5f-8a68-7f2b5c3d3660",
        name="Linden Dental",
        domain="linden-dental.example",
    ),
)


@dataclass(frozen=True, kw_only=True)
class SeedApplication:
    """An application, and the managed identity that it proves itself by."""

    client_id: str
    name: str
    is_multi_tenant: bool
    identity_client_id: str
    identity_principal_id: str


OWN_APPLICATION = SeedApplication(
    client_id=APPLICATION_ID,
    name="Work 365",
    is_multi_tenant=False,
    identity_client_id=IDENTITY_CLIENT_ID,
    identity_principal_id=IDENTITY_PRINCIPAL_ID,
)
VENDOR_APPLICATION = SeedApplication(
    client_id=VENDOR_APPLICATION_ID,
    name="Panel for partners",
    is_multi_tenant=True,
    identity_client_id=VENDOR_IDENTITY_CLIENT_ID,
    identity_principal_id=VENDOR_IDENTITY_PRINCIPAL_ID,
)
USER_IMPERSONATION = frozenset({"user_impersonation"})
ASKED = {
    PARTNER_CENTER.application_id: USER_IMPERSONATION,
    PRICE_SHEETS.application_id: USER_IMPERSONATION,
    GRAPH.application_id: frozenset({"DelegatedAdminRelationship.ReadWrite.All", "User.Read.All"}),
}
"""What both applications ask persons for."""


def small_directory(
    *,
    redirect_uris: tuple[str, ...] = (),
    partner_tenant_id: str = PARTNER_TENANT_ID,
    customers: tuple[SeedCustomer, ...] = CUSTOMERS,
    cloud: str = CLOUD,
) -> Directory:
    """Return a directory of a partner, of a vendor and of customers.

    Both applications prove themselves by a managed identity, or by `DEVELOPMENT_SECRET`. The
    partner's own one may read partner billing by itself; nobody has consented to anything.
    """
    directory = Directory()
    directory.add_tenant(Tenant(tenant_id=partner_tenant_id, name="Northstar Cloud", domain=DOMAIN))
    for resource in (PARTNER_CENTER, PRICE_SHEETS):
        directory.provision(partner_tenant_id, resource.application_id)
    for user in _people():
        directory.add_user(partner_tenant_id, user)
    directory.add_tenant(
        Tenant(tenant_id=VENDOR_TENANT_ID, name="Panel Vendor", domain="panel-vendor.example")
    )
    for customer in customers:
        directory.add_tenant(
            Tenant(tenant_id=customer.tenant_id, name=customer.name, domain=customer.domain)
        )
    homes = ((OWN_APPLICATION, partner_tenant_id), (VENDOR_APPLICATION, VENDOR_TENANT_ID))
    for seed, home in homes:
        _register(directory, seed, home, redirect_uris=redirect_uris, cloud=cloud)
    billing = frozenset({"PartnerBilling.Read.All", "DelegatedAdminRelationship.ReadWrite.All"})
    directory.grant_roles(partner_tenant_id, APPLICATION_ID, {GRAPH.application_id: billing})
    return directory


def _register(
    directory: Directory,
    seed: SeedApplication,
    home: str,
    *,
    redirect_uris: tuple[str, ...],
    cloud: str,
) -> None:
    directory.add_managed_identity(
        ManagedIdentity(
            client_id=seed.identity_client_id,
            principal_id=seed.identity_principal_id,
            tenant_id=home,
            name=f"identity of {seed.name}",
        )
    )
    trusted = FederatedCredential(issuer=f"{cloud}/{home}/v2.0", subject=seed.identity_principal_id)
    directory.register(
        Application(
            client_id=seed.client_id,
            name=seed.name,
            home_tenant_id=home,
            is_multi_tenant=seed.is_multi_tenant,
            redirect_uris=redirect_uris,
            secrets=(Secret(value=DEVELOPMENT_SECRET),),
            federated_credentials=(trusted,),
            scopes=ASKED,
            gives_id_tokens=True,
            tells_groups=True,
        )
    )


def _people() -> tuple[User, ...]:
    return (
        User(
            object_id="0a6c9d1e-1b2c-4d3e-8f4a-5b6c7d8e3661",
            user_principal_name=AGENT,
            name="Ada Agent",
            password=PASSWORD,
            roles={GLOBAL_ADMINISTRATOR},
            groups={ADMIN_AGENTS},
        ),
        User(
            object_id="1b7d0e2f-2c3d-4e4f-9a5b-6c7d8e9f3662",
            user_principal_name=AGENT_WITHOUT_MFA,
            name="Ben Agent",
            password=PASSWORD,
            does_mfa=False,
            roles={GLOBAL_ADMINISTRATOR},
            groups={ADMIN_AGENTS},
        ),
        User(
            object_id="2c8e1f3a-3d4e-4f5a-8b6c-7d8e9f0a3663",
            user_principal_name=CLERK,
            name="Cem Clerk",
            password=PASSWORD,
        ),
    )
