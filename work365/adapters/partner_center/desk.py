"""Partner Center as a desk at which changes are made, one errand for each of them."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from work365.adapters.partner_center.agreements import Agreements
from work365.adapters.partner_center.azure import AzureSubscriptions
from work365.adapters.partner_center.carts import Carts
from work365.adapters.partner_center.catalogue import Catalogue
from work365.adapters.partner_center.errands import Errand
from work365.adapters.partner_center.errors import (
    PartnerCenterError,
    SignInRejected,
    VersionChanged,
)
from work365.adapters.partner_center.licences import Licences
from work365.adapters.partner_center.orders import Orders
from work365.adapters.partner_center.promotions import Promotions
from work365.adapters.partner_center.refusals import (
    AvailabilityChanged,
    CartNotFound,
    MfaMissing,
    NeedsDelegatedConnection,
    OrderNotFound,
)
from work365.adapters.partner_center.relationships import Relationships
from work365.adapters.partner_center.subscription_bodies import ScheduleSpelling
from work365.adapters.partner_center.subscriptions import Subscriptions
from work365.adapters.partner_center.term_ends import TermEnds
from work365.adapters.partner_center.transitions import Transitions
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
from work365.identity.failures import SignInRefused
from work365.ports.provider_desk import (
    CartGone,
    ChangedMeanwhile,
    OfferReissued,
    OrderNotThere,
    ProviderOutOfReach,
    ResellersNotShown,
    SeatLimits,
    Unsure,
)
from work365.ports.tokens import ConnectionWithdrawn, VaultRefused

CANCELLATION_REASON = "compromise"
"""The only reason for stopping an Azure subscription that Microsoft documents."""

NOT_CONNECTED = (
    NeedsDelegatedConnection,
    MfaMissing,
    SignInRejected,
    SignInRefused,
    ConnectionWithdrawn,
    VaultRefused,
)
"""What a person mends at the provider's record, for all changes at once."""

_TOLD: Mapping[type[PartnerCenterError], type[Refusal]] = {
    AvailabilityChanged: OfferReissued,
    CartNotFound: CartGone,
    OrderNotFound: OrderNotThere,
    VersionChanged: ChangedMeanwhile,
}


@contextmanager
def _told() -> Iterator[None]:
    """Raise what Microsoft answered as whoever asks at the desk knows it."""
    try:
        yield
    except NOT_CONNECTED as error:
        raise ProviderOutOfReach(str(error)) from error
    except PartnerCenterError as error:
        if (error.maybe_done or error.transient) and not isinstance(error, Unavailable):
            raise Unsure(str(error)) from error
        for kind, told in _TOLD.items():
            if isinstance(error, kind):
                raise told(str(error)) from error
        raise


@contextmanager
def _resellers_shown() -> Iterator[None]:
    """Refuse one purchase, and not all changes, where only its reseller cannot be seen."""
    try:
        yield
    except NeedsDelegatedConnection as error:
        raise ResellersNotShown(str(error)) from error


@dataclass(frozen=True, slots=True)
class PartnerCenterDesk:
    """A `ProviderDesk`. `clock` says, in UTC, when something was seen."""

    errand: Errand
    clock: Callable[[], datetime]
    spelling: ScheduleSpelling = ScheduleSpelling.SCHEDULED_TYPE

    # Subscriptions
    # -------------
    def subscription(self, tenant: str, subscription: str) -> SeenSubscription:
        """Return a subscription as it is now."""
        with _told():
            return self._subscriptions().get(tenant, subscription)

    def subscriptions(self, tenant: str) -> Reading[SeenSubscription]:
        """Return all subscriptions of a customer."""
        with _told():
            return self._subscriptions().of_customer(tenant)

    def change(
        self,
        tenant: str,
        subscription: str,
        edit: SubscriptionEdit,
        *,
        request_id: UUID,
        seen_etag: str | None,
    ) -> SeenSubscription:
        """Make `edit`, and return the subscription as it is afterwards."""
        with _told():
            return self._subscriptions().change(
                tenant, subscription, edit, request_id=request_id, seen_etag=seen_etag
            )

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
        with _told():
            return Catalogue(self.errand).availability(
                tenant, part_number, term=term, plan=plan, segment=segment
            )

    def seat_limits(self, tenant: str, part_number: str) -> SeatLimits | None:
        """Return how many seats can be had of it in the customer's country."""
        catalogue = Catalogue(self.errand)
        with _told():
            offered = catalogue.availabilities(tenant, part_number).values
            markets = sorted({each.country for each in offered if each.country})
            product, _, _ = part_number.partition(":")
            for market in markets:
                for sku in catalogue.skus(product, market=market).values:
                    if sku.part_number == part_number.upper():
                        return SeatLimits(sku.quantity_min, sku.quantity_max)
        return None

    # Purchases
    # ---------
    def has_agreement(self, tenant: str) -> bool | None:
        """Return whether the customer accepted the agreement, as far as we are let see."""
        agreements = Agreements(self.errand)
        with _told():
            try:
                if agreements.of_customer(tenant).values:
                    return True
                return agreements.customer_signed_itself(tenant)
            except NeedsDelegatedConnection:
                return None

    def resellers_of(self, tenant: str) -> Reading[OtherPartner]:
        """Return the indirect resellers of a customer, as far as we are let see."""
        with _told(), _resellers_shown():
            return Relationships(self.errand).resellers_of(tenant)

    def partner_agreement_is_signed(self, *, mpn: str) -> bool:
        """Return whether a reseller signed the agreement, as far as we are let see."""
        with _told(), _resellers_shown():
            return Relationships(self.errand).partner_agreement_is_signed(mpn=mpn)

    def promotions_for(
        self, tenant: str, purchase: Purchase, availability: Availability
    ) -> Reading[PromotionEligibility]:
        """Return whether the customer may have the promotion that `purchase` names."""
        with _told():
            return Promotions(self.errand).eligibility(
                tenant, purchase, catalogue_id=availability.catalogue_id
            )

    def first_term_ends(self, tenant: str, term: Term) -> frozenset[date]:
        """Return the days on which a first term of this length may end."""
        with _told():
            allowed = TermEnds(self.errand).allowed(tenant, term)
        return frozenset(each.last_day for each in allowed.values)

    def create_cart(
        self, tenant: str, purchase: Purchase, availability: Availability, *, request_id: UUID
    ) -> Cart:
        """Put a purchase into a cart; nothing is bought yet."""
        with _told():
            lines = [(purchase, availability)]
            return Carts(self.errand).create(tenant, lines, request_id=request_id)

    def check_out(self, tenant: str, cart: str, *, request_id: UUID) -> Checkout:
        """Buy what is in the cart, once."""
        with _told():
            return Carts(self.errand).check_out(tenant, cart, request_id=request_id)

    def order(self, tenant: str, order: str) -> Order:
        """Return an order."""
        with _told():
            return Orders(self.errand).get(tenant, order)

    def registration(self, tenant: str, subscription: str) -> Registration:
        """Return whether reservations can be bought for an Azure subscription."""
        with _told():
            return AzureSubscriptions(self.errand).registration(tenant, subscription)

    def register(self, tenant: str, subscription: str) -> None:
        """Ask that reservations can be bought for an Azure subscription."""
        with _told():
            AzureSubscriptions(self.errand).register(tenant, subscription)

    # Upgrades
    # --------
    def upgrade_offers(
        self, tenant: str, subscription: str, *, at_renewal: bool = False
    ) -> Reading[TransitionOffer]:
        """Return what a subscription can become, now or when its term is over."""
        with _told():
            return Transitions(self.errand).offers(tenant, subscription, at_renewal=at_renewal)

    def upgrades(
        self, tenant: str, subscription: str, *, operation: str | None = None
    ) -> Reading[Transition]:
        """Return the upgrades of a subscription, or those of one operation."""
        with _told():
            return Transitions(self.errand).all(tenant, subscription, operation=operation)

    def start_upgrade(
        self, tenant: str, seen: SeenSubscription, order: TransitionOrder, *, request_id: UUID
    ) -> Transition:
        """Order an upgrade."""
        source = f"{seen.provided.part_number}:{seen.availability or ''}".rstrip(":")
        with _told():
            return Transitions(self.errand).start(
                tenant, seen.provided.id, order, from_catalogue_id=source, request_id=request_id
            )

    # Azure and licences
    # ------------------
    def entitlements(self, tenant: str, plan: str) -> Reading[AzureEntitlement]:
        """Return the Azure subscriptions under a plan."""
        with _told():
            return AzureSubscriptions(self.errand).of_plan(tenant, plan)

    def cancel_entitlement(
        self, tenant: str, plan: str, entitlement: str, *, request_id: UUID
    ) -> None:
        """Stop an Azure subscription; that it is stopped shows later."""
        with _told():
            AzureSubscriptions(self.errand).cancel(
                tenant, plan, entitlement, reason=CANCELLATION_REASON, request_id=request_id
            )

    def reactivate_entitlement(
        self, tenant: str, plan: str, entitlement: str, *, request_id: UUID
    ) -> None:
        """Let an Azure subscription run; that it runs shows later."""
        with _told():
            AzureSubscriptions(self.errand).reactivate(
                tenant, plan, entitlement, request_id=request_id
            )

    def licences_of(self, tenant: str, user: str) -> Reading[AssignedLicence]:
        """Return the licences of a user."""
        with _told():
            return Licences(self.errand).of_user(tenant, user)

    def update_licences(
        self, tenant: str, user: str, update: LicenceUpdate, *, request_id: UUID
    ) -> tuple[str, ...]:
        """Assign and remove licences, and return what Microsoft warns of."""
        with _told():
            return Licences(self.errand).update(tenant, user, update, request_id=request_id)

    def _subscriptions(self) -> Subscriptions:
        return Subscriptions(self.errand, self.clock, self.spelling)
