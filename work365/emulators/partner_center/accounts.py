"""Partners, their customers, and what customers have signed."""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass
class Partner:
    """A partner's tenant: direct bill, indirect provider or indirect reseller."""

    tenant: str
    name: str
    domain: str
    partner_id: str
    """The number in Microsoft's partner network (formerly MPN)."""
    country: str = "DE"
    currency: str = "EUR"
    kind: str = "direct"
    """`direct`, `indirect_provider` or `indirect_reseller`."""
    resellers: list[str] = field(default_factory=list)
    """Tenants of the indirect resellers of an indirect provider."""
    has_partner_agreement: bool = True


@dataclass
class Address:
    """A postal address in the shape of Partner Center."""

    country: str
    city: str = ""
    state: str = ""
    region: str = ""
    line_1: str = ""
    line_2: str = ""
    postal_code: str = ""
    first_name: str = ""
    last_name: str = ""
    phone: str = ""


@dataclass
class Agreement:
    """A partner's word that the customer accepted an agreement."""

    template: str
    kind: str
    agreed_at: str
    """As it was sent; the sources show both dates and times."""
    first_name: str
    last_name: str
    email: str
    phone: str = ""
    user: str = ""


@dataclass
class Customer:
    """A customer's tenant as a partner sees it."""

    tenant: str
    commerce_id: str
    partner: str
    name: str
    domain: str
    email: str
    address: Address
    billing_profile_id: str
    created_at: datetime
    culture: str = "en-US"
    language: str = "en"
    billing_first_name: str = ""
    billing_last_name: str = ""
    registration_number: str = ""
    relationship: str = "reseller"
    reseller: str = ""
    """Tenant of the indirect reseller, or empty."""
    enables_gdap: bool = False
    allows_delegated_access: bool = False
    agreements: list[Agreement] = field(default_factory=list)
    has_signed_directly: bool = False
    """Whether the customer accepted the agreement in Microsoft's own admin centre."""
    validation_status: str = "Allowed"
    """`Allowed`, `Denied`, `UnderReview`, or empty where Microsoft has no status."""
    is_blocked: bool = False
    segment: str = "commercial"
    version: int = 1
    """Of the billing profile: its etag is made of it."""

    @property
    def country(self) -> str:
        """Two letters."""
        return self.address.country

    @property
    def has_agreement(self) -> bool:
        """Whether the customer may buy."""
        return self.has_signed_directly or any(
            agreement.kind == "MicrosoftCustomerAgreement" for agreement in self.agreements
        )
