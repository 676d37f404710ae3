"""What a provider is asked to do for one change: looked at, bought, changed, and upgraded.

Whoever asks knows from the error what became of it. A Refusal: nothing was done. Unavailable
or a Contradiction: it may have been done all the same, so look before asking again; after
ProviderOutOfReach that is of use only when a person mended the connection. A request that is
repeated with the same id is done once.
"""

from dataclasses import dataclass
from datetime import date
from typing import Protocol
from uuid import UUID

from work365.domain.catalog import BillingPlan, Term
from work365.domain.findings import Reading
from work365.domain.microsoft.azure import AzureEntitlement, Registration
from work365.domain.microsoft.catalogue import Availability
from work365.domain.microsoft.licences import AssignedLicence, LicenceUpdate
from work365.domain.microsoft.orders import Cart, Checkout, Order, Purchase
from work365.domain.microsoft.promotions import PromotionEligibility
from work365.domain.microsoft.relationships import OtherPartner
from work365.domain.microsoft.subscription_edits import SubscriptionEdit
from work365.domain.microsoft.subscriptions import SeenSubscription
from work365.domain.microsoft.transitions import Transition, TransitionOffer, TransitionOrder
from work365.errors import Refusal, Unavailable


class OfferReissued(Refusal):
    """What the cart names is sold under another id by now: look it up, and make a new cart."""

    code = "offer_reissued"


class CartGone(Refusal):
    """The cart is not kept any more; what was bought with it shows by now."""

    code = "cart_gone"


class OrderNotThere(Refusal):
    """There is no such order, or not yet."""

    code = "order_not_there"


class ChangedMeanwhile(Refusal):
    """Somebody changed it since it was looked at."""

    code = "changed_meanwhile"


class Unsure(Unavailable):
    """It was refused or not to be understood, and yet it may have been carried out."""

    code = "unsure"


class ProviderOutOfReach(Unavailable):
    """Nothing can be asked before a person mends the connection to the provider."""

    code = "provider_not_connected"


class ResellersNotShown(Refusal):
    """Indirect resellers cannot be looked at without the delegated connection."""

    code = "resellers_not_shown"


@dataclass(frozen=True, slots=True)
class SeatLimits:
    """How many seats of something can be had, both ends included."""

    least: int
    most: int


class SubscriptionDesk(Protocol):
    """Where subscriptions are looked at and changed."""

    def subscription(self, tenant: str, subscription: str) -> SeenSubscription:
        """Return a subscription as it is now."""

    def subscriptions(self, tenant: str) -> Reading[SeenSubscription]:
        """Return all subscriptions of a customer."""

    def change(
        self,
        tenant: str,
        subscription: str,
        edit: SubscriptionEdit,
        *,
        request_id: UUID,
        seen_etag: str | None,
    ) -> SeenSubscription:
        """Make `edit`, and return the subscription as it is afterwards.

        Raises: ChangedMeanwhile: it is another version than `seen_etag`; nothing was sent.
        """

    def availability(
        self,
        tenant: str,
        part_number: str,
        *,
        term: Term | None,
        plan: BillingPlan,
        segment: str | None = None,
    ) -> Availability:
        """Return what is sold under `part_number` just now."""

    def seat_limits(self, tenant: str, part_number: str) -> SeatLimits | None:
        """Return how many seats can be had of it; None where that is not said."""


class PurchaseDesk(SubscriptionDesk, Protocol):
    """Where something is bought."""

    def has_agreement(self, tenant: str) -> bool | None:
        """Return whether the customer accepted the agreement; None where that cannot be seen."""

    def resellers_of(self, tenant: str) -> Reading[OtherPartner]:
        """Return the indirect resellers of a customer.

        Raises: ResellersNotShown.
        """

    def partner_agreement_is_signed(self, *, mpn: str) -> bool:
        """Return whether a reseller, by its number, signed the Microsoft Partner Agreement.

        Raises: ResellersNotShown.
        """

    def promotions_for(
        self, tenant: str, purchase: Purchase, availability: Availability
    ) -> Reading[PromotionEligibility]:
        """Return whether the customer may have the promotion that `purchase` names."""

    def first_term_ends(self, tenant: str, term: Term) -> frozenset[date]:
        """Return the days on which a first term of this length may end."""

    def create_cart(
        self, tenant: str, purchase: Purchase, availability: Availability, *, request_id: UUID
    ) -> Cart:
        """Put a purchase into a cart; nothing is bought yet.

        Raises: OfferReissued.
        """

    def check_out(self, tenant: str, cart: str, *, request_id: UUID) -> Checkout:
        """Buy what is in the cart. The same cart is bought once, however often it is asked.

        Raises: OfferReissued, CartGone.
        """

    def order(self, tenant: str, order: str) -> Order:
        """Return an order.

        Raises: OrderNotThere.
        """

    def registration(self, tenant: str, subscription: str) -> Registration:
        """Return whether reservations can be bought for an Azure subscription."""

    def register(self, tenant: str, subscription: str) -> None:
        """Ask that reservations can be bought for an Azure subscription."""


class UpgradeDesk(SubscriptionDesk, Protocol):
    """Where a subscription becomes another."""

    def upgrade_offers(
        self, tenant: str, subscription: str, *, at_renewal: bool = False
    ) -> Reading[TransitionOffer]:
        """Return what a subscription can become, now or when its term is over."""

    def upgrades(
        self, tenant: str, subscription: str, *, operation: str | None = None
    ) -> Reading[Transition]:
        """Return the upgrades of a subscription, or those of one operation."""

    def start_upgrade(
        self, tenant: str, seen: SeenSubscription, order: TransitionOrder, *, request_id: UUID
    ) -> Transition:
        """Order an upgrade."""


class AzureDesk(Protocol):
    """Where Azure subscriptions are stopped and let run."""

    def entitlements(self, tenant: str, plan: str) -> Reading[AzureEntitlement]:
        """Return the Azure subscriptions under a plan."""

    def cancel_entitlement(
        self, tenant: str, plan: str, entitlement: str, *, request_id: UUID
    ) -> None:
        """Stop an Azure subscription; that it is stopped shows later."""

    def reactivate_entitlement(
        self, tenant: str, plan: str, entitlement: str, *, request_id: UUID
    ) -> None:
        """Let an Azure subscription run; that it runs shows later."""


class LicenceDesk(Protocol):
    """Where users get licences and lose them."""

    def licences_of(self, tenant: str, user: str) -> Reading[AssignedLicence]:
        """Return the licences of a user."""

    def update_licences(
        self, tenant: str, user: str, update: LicenceUpdate, *, request_id: UUID
    ) -> tuple[str, ...]:
        """Assign and remove licences, and return what the provider warns of."""


class ProviderDesk(PurchaseDesk, UpgradeDesk, AzureDesk, LicenceDesk, Protocol):
    """All that a provider is asked to do."""


class ProviderDesks(Protocol):
    """Gives the desks of providers."""

    def desk(self, provider: str, *, purpose: str) -> ProviderDesk:
        """Return the desk of the provider with the key `provider`, asked for `purpose`.

        Raises: ProviderOutOfReach; Refusal: it is none that can be told; Unavailable.
        """
