"""What a provider is asked for: its lists, as they are at the moment.

A list is taken whole: what of it cannot be read is in the findings of the reading.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Protocol

from work365.domain.catalog import ListPrice
from work365.domain.findings import Reading
from work365.domain.microsoft.audit import AuditRecord
from work365.domain.microsoft.azure import AzureEntitlement
from work365.domain.microsoft.catalogue import OfferedProduct, OfferedSku, ProductView
from work365.domain.microsoft.customers import SeenCustomer, SignedAgreement
from work365.domain.microsoft.price_sheets import PriceSheetName
from work365.domain.microsoft.promotions import Promotion
from work365.domain.microsoft.provider_invoices import ProviderInvoice
from work365.domain.microsoft.relationships import OtherPartner, PartnerRole
from work365.domain.microsoft.subscriptions import SeenSubscription


class CustomerList(Protocol):
    """The partner's customers at the provider."""

    def all(self) -> Reading[SeenCustomer]:
        """Return every customer.

        Raises: Refusal, Unavailable, Contradiction.
        """


class CustomersOfResellers(Protocol):
    """The partner's customers, by indirect reseller."""

    def of_reseller(self, reseller: str) -> Reading[SeenCustomer]:
        """Return the customers of the indirect reseller with the tenant id `reseller`.

        Raises: Refusal, Unavailable, Contradiction.
        """


class PartnerList(Protocol):
    """The partners that this one works with."""

    def partners(self, role: PartnerRole) -> Reading[OtherPartner]:
        """Return those in a role.

        Raises: Refusal: there is no delegated connection; Unavailable, Contradiction.
        """


class IndirectCustomerList(CustomerList, CustomersOfResellers, Protocol):
    """The partner's customers, all of them and those of an indirect reseller."""


class SubscriptionList(Protocol):
    """Customers' subscriptions at the provider. Several threads may ask at once."""

    def of_customer(self, tenant: str) -> Reading[SeenSubscription]:
        """Return every subscription of a customer.

        Raises: Refusal: not of this customer; Unavailable, Contradiction.
        """


class EntitlementList(Protocol):
    """Azure subscriptions at the provider. Several threads may ask at once."""

    def of_plan(self, tenant: str, plan: str) -> Reading[AzureEntitlement]:
        """Return the Azure subscriptions under the plan with the id `plan`.

        Raises: Refusal, Unavailable, Contradiction.
        """


class AgreementList(Protocol):
    """Agreements that customers accepted. Several threads may ask at once."""

    def of_customer(self, tenant: str) -> Reading[SignedAgreement]:
        """Return what a customer accepted.

        Raises: Refusal: not of this customer, or not without the delegated connection;
        Unavailable, Contradiction.
        """


class AuditTrail(Protocol):
    """Who changed what at the provider."""

    def between(self, first_day: date, last_day: date) -> Reading[AuditRecord]:
        """Return the records of the days from `first_day` to `last_day`, both included, in UTC.

        Raises: Refusal, Unavailable, Contradiction.
        """


class PriceSheetShelf(Protocol):
    """The price sheets that the provider publishes."""

    def prices(self, name: PriceSheetName) -> Reading[ListPrice]:
        """Return the prices of a sheet of licences; none where next month changes nothing.

        Raises: Refusal: not without the delegated connection, or there is no such sheet;
        Unavailable, Contradiction.
        """


class OfferList(Protocol):
    """What the provider sells just now."""

    def products(self, *, market: str, view: ProductView) -> Reading[OfferedProduct]:
        """Return the products of a part of its catalogue.

        Raises: Refusal, Unavailable, Contradiction.
        """

    def skus(self, product: str, *, market: str) -> Reading[OfferedSku]:
        """Return the SKUs of a product. Several threads may ask at once.

        Raises: Refusal, Unavailable, Contradiction.
        """


class PromotionList(Protocol):
    """The provider's promotions."""

    def all(self, *, market: str, segment: str) -> Reading[Promotion]:
        """Return those of a market and a segment.

        Raises: Refusal, Unavailable, Contradiction.
        """


class InvoiceList(Protocol):
    """The invoices that the provider wrote for the partner."""

    def all(self) -> Reading[ProviderInvoice]:
        """Return every invoice, credit note and adjustment, each once.

        Raises: Refusal, Unavailable, Contradiction.
        """


class ReadingMarks(Protocol):
    """How far lists were read that can be asked for since a moment."""

    def marks(self) -> Mapping[str, datetime]:
        """Return until when was read, in UTC, by the name of the list."""

    def keep(self, name: str, *, until: datetime) -> None:
        """Remember that the list called `name` was read until then."""
