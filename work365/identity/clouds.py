"""Microsoft's clouds: where each has what, and what it has not.

Source: "Partner Center REST URLs"; "National clouds" of Microsoft Graph and Microsoft Entra;
"Configure an application to trust a managed identity" for the exchange audiences. All of it was
read, none of it tried. Addresses of price sheets are published for the global cloud only, so
21Vianet has none here; that the US government's partners use the global ones is inferred from
their Partner Center being the global one. Where invitations of resellers lead is documented for
the global cloud; for the others it is inferred from where their admin centers are.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from work365.errors import Refusal


class Audience(Enum):
    """Whom a token is for."""

    PARTNER_CENTER = "Partner Center"
    PRICE_SHEETS = "price sheets"
    GRAPH = "Microsoft Graph"
    AZURE = "Azure Resource Manager"


class CloudUnknown(Refusal):
    """There is no cloud of that name."""

    code = "cloud_unknown"


class CloudLacks(Refusal):
    """Microsoft does not offer something in the partner's cloud."""

    code = "cloud_lacks"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cloud:
    """One of Microsoft's clouds. Addresses have a scheme and a host, and no path."""

    name: str
    """As the setting has it."""
    title: str
    authority: str
    """Microsoft Entra of this cloud."""
    exchange_scope: str
    """What a managed identity asks for, to prove that it is the application."""
    addresses: Mapping[Audience, str]
    """Where each interface is; one that the cloud does not have is left out."""
    audiences: Mapping[Audience, str]
    """Whom a token for an interface names: the address, unless something stands in for it."""
    invitation_hosts: tuple[str, ...]
    """Admin centers that customers accept a reseller in, the usual one in front."""
    lacks_relationships: str | None = None
    """Why there is no granular delegated administration (GDAP), or None where there is."""
    lacks_billing_exports: str | None = None
    """Why there are no billing exports of Microsoft Graph, or None where there are."""

    def address(self, audience: Audience) -> str:
        """Return where the interface is.

        Raises: CloudLacks: this cloud has no such interface.
        """
        self._require(audience)
        return self.addresses[audience]

    def scope(self, audience: Audience) -> str:
        """Return what a token for the interface is asked for by: all that was consented to.

        Raises: CloudLacks: this cloud has no such interface.
        """
        self._require(audience)
        return f"{self.audiences[audience]}/.default"

    def _require(self, audience: Audience) -> None:
        if audience not in self.addresses:
            raise CloudLacks(
                f"Microsoft publishes no address of {audience.value} for the cloud {self.title}."
                " What needs it does not work there; enter it by hand or import it from a file"
            )


_WORLDWIDE = {
    Audience.PARTNER_CENTER: "https://api.partnercenter.microsoft.com",
    Audience.PRICE_SHEETS: "https://api.partner.microsoft.com",
}

_GLOBAL = {
    **_WORLDWIDE,
    Audience.GRAPH: "https://graph.microsoft.com",
    Audience.AZURE: "https://management.azure.com",
}

_US_GOVERNMENT = {
    **_WORLDWIDE,
    Audience.GRAPH: "https://graph.microsoft.us",
    Audience.AZURE: "https://management.usgovcloudapi.net",
}

_CHINA = {
    Audience.PARTNER_CENTER: "https://partner.partnercenterapi.microsoftonline.cn",
    Audience.GRAPH: "https://microsoftgraph.chinacloudapi.cn",
    Audience.AZURE: "https://management.chinacloudapi.cn",
}

_ADMIN_CENTER = "admin.microsoft.com"

_NO_EXPORTS = (
    "Microsoft Graph exports billing data in the global cloud only; line items are read from"
    " Partner Center instead"
)

GLOBAL = Cloud(
    name="global",
    title="global",
    authority="https://login.microsoftonline.com",
    exchange_scope="api://AzureADTokenExchange/.default",
    addresses=_GLOBAL,
    audiences=_GLOBAL,
    invitation_hosts=(_ADMIN_CENTER,),
)

US_GOVERNMENT = Cloud(
    name="us-government",
    title="US government",
    authority="https://login.microsoftonline.us",
    exchange_scope="api://AzureADTokenExchangeUSGov/.default",
    addresses=_US_GOVERNMENT,
    audiences=_US_GOVERNMENT,
    invitation_hosts=("portal.office365.us", _ADMIN_CENTER),
    lacks_billing_exports=_NO_EXPORTS,
)

CHINA = Cloud(
    name="21vianet",
    title="21Vianet (China)",
    authority="https://login.partner.microsoftonline.cn",
    exchange_scope="api://AzureADTokenExchangeChina/.default",
    addresses=_CHINA,
    audiences=_CHINA,
    invitation_hosts=("portal.partner.microsoftonline.cn",),
    lacks_relationships=(
        "Microsoft Graph has no granular delegated administration (GDAP) in China;"
        " relationships are made in Partner Center by hand"
    ),
    lacks_billing_exports=_NO_EXPORTS,
)

CLOUDS = {cloud.name: cloud for cloud in (GLOBAL, US_GOVERNMENT, CHINA)}


def cloud_named(name: str) -> Cloud:
    """Return the cloud of that name.

    Raises: CloudUnknown: there is none.
    """
    try:
        return CLOUDS[name]
    except KeyError:
        raise CloudUnknown(
            f"the cloud is {name!r}, which there is not; use {', '.join(CLOUDS)}"
        ) from None
