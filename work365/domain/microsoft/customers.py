"""A customer as Partner Center lists it, and the agreement that it has signed."""

from dataclasses import dataclass
from datetime import date
from enum import Enum


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenCustomer:
    """A tenant that the partner has a reseller relationship with."""

    tenant: str
    """Entra tenant id, in lower case."""
    name: str
    domain: str | None = None
    relationship: str | None = None
    """Partner Center's own word, such as `reseller`."""
    reseller: str | None = None
    """Tenant of the indirect reseller that it belongs to, where the partner is a provider."""


class AgreementType(Enum):
    """What a customer signs before anything can be bought for it."""

    CUSTOMER_AGREEMENT = "MicrosoftCustomerAgreement"
    CLOUD_AGREEMENT = "MicrosoftCloudAgreement"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedAgreement:
    """An agreement that a customer accepted."""

    tenant: str
    type: AgreementType
    template: str
    agreed_on: date
    contact: str
    """First name, last name and e-mail address of who signed."""
