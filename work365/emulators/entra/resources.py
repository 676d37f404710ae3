"""What tokens are asked for: the services, by the names that a token can be asked for with.

Source: the well-known application ids and audiences of Microsoft's services; which scope an
administrator has to consent to is from the reference of each permission.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

DEFAULT = ".default"
OPENID_SCOPES = ("openid", "profile", "email", "offline_access")


@dataclass(frozen=True, kw_only=True)
class Scope:
    """What an application may do in the name of a person."""

    text: str
    """What the consent page says."""

    needs_admin: bool = False


@dataclass(frozen=True, kw_only=True)
class Resource:
    """A service that takes tokens."""

    application_id: str
    name: str
    identifiers: tuple[str, ...]
    """Its addresses, without a slash at the end."""

    scopes: Mapping[str, Scope] = field(default_factory=dict)
    roles: frozenset[str] = frozenset()
    is_everywhere: bool = True
    """Whether each tenant has its service principal from the start."""

    address: re.Pattern[str] | None = None
    """For a service of many addresses: what one looks like."""

    def is_named(self, name: str) -> bool:
        """Tell whether a client may call the service so."""
        bare = name.rstrip("/")
        if bare.lower() == self.application_id or bare in self.identifiers:
            return True
        return self.address is not None and self.address.fullmatch(bare) is not None


PARTNER_CENTER = Resource(
    application_id="fa3d9a0c-3fb0-42cc-9193-47c7ecd2edbd",
    name="Microsoft Partner Center",
    identifiers=("https://api.partnercenter.microsoft.com",),
    scopes={"user_impersonation": Scope(text="Access Partner Center in your name")},
    is_everywhere=False,
)
PRICE_SHEETS = Resource(
    application_id="4990cffe-04e8-4e8b-808a-1175604b879f",
    name="Microsoft Partner",
    identifiers=("https://api.partner.microsoft.com",),
    scopes={"user_impersonation": Scope(text="Access partner pricing in your name")},
    is_everywhere=False,
)
GRAPH = Resource(
    application_id="00000003-0000-0000-c000-000000000000",
    name="Microsoft Graph",
    identifiers=("https://graph.microsoft.com",),
    scopes={
        "User.Read": Scope(text="Sign you in and read your profile"),
        "User.Read.All": Scope(text="Read the full profiles of all users", needs_admin=True),
        "Directory.Read.All": Scope(text="Read directory data", needs_admin=True),
        "DelegatedAdminRelationship.Read.All": Scope(
            text="Read delegated admin relationships with customers", needs_admin=True
        ),
        "DelegatedAdminRelationship.ReadWrite.All": Scope(
            text="Manage delegated admin relationships with customers", needs_admin=True
        ),
        "PartnerBilling.Read.All": Scope(text="Read partner billing data", needs_admin=True),
    },
    roles=frozenset(
        {
            "User.Read.All",
            "Directory.Read.All",
            "DelegatedAdminRelationship.Read.All",
            "DelegatedAdminRelationship.ReadWrite.All",
            "PartnerBilling.Read.All",
        }
    ),
)
RESOURCE_MANAGER = Resource(
    application_id="797f4846-ba00-4fd7-ba43-dac1f8f63013",
    name="Azure Resource Manager",
    identifiers=("https://management.azure.com", "https://management.core.windows.net"),
    scopes={"user_impersonation": Scope(text="Access Azure in your name")},
)
KEY_VAULT = Resource(
    application_id="cfa8b339-82a2-471a-a3c9-0fc0be7a4093",
    name="Azure Key Vault",
    identifiers=("https://vault.azure.net",),
    scopes={"user_impersonation": Scope(text="Access key vaults in your name")},
)
DATAVERSE = Resource(
    application_id="00000007-0000-0000-c000-000000000000",
    name="Dataverse",
    identifiers=(),
    scopes={"user_impersonation": Scope(text="Access Dataverse in your name")},
    # An environment, or the emulator of one on this machine.
    address=re.compile(
        r"https://[a-z0-9-]+(\.api)?\.crm\d*\.dynamics\.com"
        r"|https?://(localhost|127\.0\.0\.1)(:\d+)?"
    ),
)
OLD_GRAPH = Resource(
    application_id="00000002-0000-0000-c000-000000000000",
    name="Windows Azure Active Directory",
    identifiers=("https://graph.windows.net",),
    scopes={"User.Read": Scope(text="Sign you in and read your profile")},
)
TOKEN_EXCHANGE = Resource(
    application_id="fb60f99c-7a34-4190-8149-302f77469936",
    name="AAD Token Exchange",
    identifiers=("api://AzureADTokenExchange",),
)
WELL_KNOWN = (
    PARTNER_CENTER,
    PRICE_SHEETS,
    GRAPH,
    RESOURCE_MANAGER,
    KEY_VAULT,
    DATAVERSE,
    OLD_GRAPH,
    TOKEN_EXCHANGE,
)
