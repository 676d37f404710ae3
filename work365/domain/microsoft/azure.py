"""Azure under a plan: the subscriptions in it, which Partner Center calls entitlements."""

from dataclasses import dataclass
from enum import Enum


@dataclass(frozen=True, slots=True, kw_only=True)
class AzureEntitlement:
    """An Azure subscription under an Azure plan."""

    id: str
    """Id of the Azure subscription."""
    name: str
    status: str
    """Partner Center's own word, such as `active`. It lags by about ten minutes."""
    plan: str
    """Id of the subscription that is the Azure plan."""


class Registration(Enum):
    """Whether reservations can be bought for an Azure subscription."""

    NOT_REGISTERED = "notregistered"
    REGISTERING = "registering"
    REGISTERED = "registered"
