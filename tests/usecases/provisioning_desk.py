"""Microsoft in the memory: carts, orders that appear late, subscriptions with versions.

It is stricter than Microsoft in one thing: with `honours_request_ids` false a repeated request
is done again. A cart is bought once all the same, as Microsoft documents.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from tests.domain.microsoft.seen import a_seen
from tests.usecases.provisioning_store import NOW, Step
from work365.domain.catalog import BillingPlan, Term
from work365.domain.findings import Finding, Reading
from work365.domain.microsoft.azure import AzureEntitlement, Registration
from work365.domain.microsoft.catalogue import Availability
from work365.domain.microsoft.licences import AssignedLicence, LicenceUpdate
from work365.domain.microsoft.orders import (
    Cart,
    Checkout,
    LineRefusal,
    Order,
    OrderedLine,
    OrderStatus,
    Purchase,
)
from work365.domain.microsoft.promotions import PromotionEligibility
from work365.domain.microsoft.relationships import OtherPartner
from work365.domain.microsoft.subscription_edits import SubscriptionEdit
from work365.domain.microsoft.subscriptions import SeenSubscription
from work365.domain.microsoft.transitions import (
    Transition,
    TransitionOffer,
    TransitionOrder,
    TransitionStatus,
)
from work365.errors import Refusal
from work365.ports.provider_desk import (
    CartGone,
    ChangedMeanwhile,
    OfferReissued,
    OrderNotThere,
    SeatLimits,
)
from work365.ports.seen_subscriptions import LoggedSubscription

T = TypeVar("T")


@dataclass
class Clock:
    """Stands where a test puts it."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    def pass_time(self, **time: int) -> None:
        self.now += timedelta(**time)


@dataclass
class Placed:
    """An order with the moments from which on it shows."""

    order: Order
    purchase: Purchase
    shows_at: datetime
    completed_at: datetime


@dataclass
class Microsoft:
    """Microsoft, with a desk at each purpose. `step` is called around each request, may die."""

    clock: Clock
    step: Step = lambda _: None
    honours_request_ids: bool = True
    order_lag: timedelta = timedelta(0)
    agreement: bool | None = None
    resellers: Reading[OtherPartner] = field(default_factory=lambda: Reading((), ()))
    resellers_refused: Refusal | None = None
    signed_resellers: set[str] = field(default_factory=set)
    """Numbers of those that signed the Microsoft Partner Agreement."""
    limits: SeatLimits | None = field(default_factory=lambda: SeatLimits(1, 300))
    reissues: int = 0
    """How many more carts name an availability that is reissued just then."""
    refusals: dict[str, list[Refusal]] = field(default_factory=dict)
    """What the next requests of a kind are refused with."""
    eligibilities: tuple[PromotionEligibility, ...] = ()
    term_ends: frozenset[date] = frozenset()
    offers: tuple[TransitionOffer, ...] = ()
    transitions: list[Transition] = field(default_factory=list)
    upgraded_at: datetime = NOW
    """When upgrades are completed."""
    azure: list[AzureEntitlement] = field(default_factory=list)
    registered: Registration = Registration.REGISTERED
    licences: dict[str, set[str]] = field(default_factory=dict)
    known: list[LoggedSubscription] = field(default_factory=list)
    unreadable: tuple[Finding, ...] = ()

    held: dict[str, SeenSubscription] = field(default_factory=dict)
    carts: dict[str, Purchase] = field(default_factory=dict)
    placed: dict[str, Placed] = field(default_factory=dict)
    edits: list[SubscriptionEdit] = field(default_factory=list)
    purposes: list[str] = field(default_factory=list)
    answers: dict[UUID, Any] = field(default_factory=dict)
    sent: list[str] = field(default_factory=list)

    def desk(self, provider: str, *, purpose: str) -> "Microsoft":
        assert provider == "microsoft"
        self.purposes.append(purpose)
        return self

    def logged(
        self, provider: str, *, references: Collection[str], tenants: Collection[str] = ()
    ) -> Sequence[LoggedSubscription]:
        return self.known

    def add(self, **given: object) -> SeenSubscription:
        seen = a_seen(**given)
        self.held[seen.provided.id] = seen
        return seen

    # Subscriptions
    def subscription(self, tenant: str, subscription: str) -> SeenSubscription:
        return self._ask("look", lambda: self.held[subscription])

    def subscriptions(self, tenant: str) -> Reading[SeenSubscription]:
        self._complete()
        return self._ask("list", lambda: Reading(tuple(self.held.values()), self.unreadable))

    def change(
        self,
        tenant: str,
        subscription: str,
        edit: SubscriptionEdit,
        *,
        request_id: UUID,
        seen_etag: str | None,
    ) -> SeenSubscription:
        def change() -> SeenSubscription:
            if seen_etag not in (None, self.held[subscription].etag):
                raise ChangedMeanwhile("it is another version by now")
            return self._changed(subscription, edit)

        return self._ask("change", change)

    def availability(
        self,
        tenant: str,
        part_number: str,
        *,
        term: Term | None,
        plan: BillingPlan,
        segment: str | None = None,
    ) -> Availability:
        product, _, sku = part_number.partition(":")
        return Availability(
            id=f"A{self.reissues}",
            product=product,
            sku=sku,
            segment=None,
            country="DE",
            currency="EUR",
            is_purchasable=True,
            terms=(),
        )

    def seat_limits(self, tenant: str, part_number: str) -> SeatLimits | None:
        return self.limits

    # Purchases
    def has_agreement(self, tenant: str) -> bool | None:
        return self.agreement

    def resellers_of(self, tenant: str) -> Reading[OtherPartner]:
        if self.resellers_refused is not None:
            raise self.resellers_refused
        return self.resellers

    def partner_agreement_is_signed(self, *, mpn: str) -> bool:
        return mpn in self.signed_resellers

    def promotions_for(
        self, tenant: str, purchase: Purchase, availability: Availability
    ) -> Reading[PromotionEligibility]:
        return Reading(self.eligibilities, ())

    def first_term_ends(self, tenant: str, term: Term) -> frozenset[date]:
        return self.term_ends

    def create_cart(
        self, tenant: str, purchase: Purchase, availability: Availability, *, request_id: UUID
    ) -> Cart:
        def create() -> Cart:
            cart = Cart(id=f"cart-{len(self.carts) + 1}")
            if self.reissues:
                self.reissues -= 1
                return replace(
                    cart, refusals=(LineRefusal(line=0, code="400019", description="R"),)
                )
            self.carts[cart.id] = purchase
            return cart

        return self._write("create cart", create, request_id)

    def check_out(self, tenant: str, cart: str, *, request_id: UUID) -> Checkout:
        if cart not in self.carts:
            raise CartGone("no such cart")
        return self._write("check out", lambda: self._bought(cart), request_id)

    def order(self, tenant: str, order: str) -> Order:
        self._complete()
        placed = self.placed.get(order)
        if placed is None or self.clock() < placed.shows_at:
            raise OrderNotThere("no such order")
        return self._ask("order", lambda: self.placed[order].order)

    def registration(self, tenant: str, subscription: str) -> Registration:
        return self.registered

    def register(self, tenant: str, subscription: str) -> None:
        self.sent.append("register")
        self.registered = Registration.REGISTERING

    # Upgrades
    def upgrade_offers(
        self, tenant: str, subscription: str, *, at_renewal: bool = False
    ) -> Reading[TransitionOffer]:
        return Reading(self.offers, ())

    def upgrades(
        self, tenant: str, subscription: str, *, operation: str | None = None
    ) -> Reading[Transition]:
        if self.clock() >= self.upgraded_at:
            self.transitions = [
                replace(each, status=TransitionStatus.COMPLETED)
                if each.status is TransitionStatus.STARTED
                else each
                for each in self.transitions
            ]
        found = [each for each in self.transitions if operation in (None, each.operation)]
        return self._ask("upgrades", lambda: Reading(tuple(found), ()))

    def start_upgrade(
        self, tenant: str, seen: SeenSubscription, order: TransitionOrder, *, request_id: UUID
    ) -> Transition:
        def start() -> Transition:
            number = len(self.transitions) + 1
            transition = Transition(
                operation=f"operation-{number}",
                catalogue_id=order.catalogue_id,
                quantity=order.quantity,
                status=TransitionStatus.STARTED,
                subscription=f"upgraded-{number}",
            )
            self.transitions.append(transition)
            return transition

        return self._write("start upgrade", start, request_id)

    # Azure and licences
    def entitlements(self, tenant: str, plan: str) -> Reading[AzureEntitlement]:
        return Reading(tuple(self.azure), ())

    def cancel_entitlement(
        self, tenant: str, plan: str, entitlement: str, *, request_id: UUID
    ) -> None:
        self._write("cancel entitlement", lambda: None, request_id)

    def reactivate_entitlement(
        self, tenant: str, plan: str, entitlement: str, *, request_id: UUID
    ) -> None:
        self._write("reactivate entitlement", lambda: None, request_id)

    def licences_of(self, tenant: str, user: str) -> Reading[AssignedLicence]:
        has = sorted(self.licences.get(user, set()))
        return Reading(tuple(AssignedLicence(sku=sku, name=sku) for sku in has), self.unreadable)

    def update_licences(
        self, tenant: str, user: str, update: LicenceUpdate, *, request_id: UUID
    ) -> tuple[str, ...]:
        def assign() -> tuple[str, ...]:
            has = self.licences.setdefault(user, set())
            has |= set(update.assign)
            has -= set(update.remove)
            return ()

        return self._write("update licences", assign, request_id)

    # How it does it
    def _ask(self, what: str, answer: Callable[[], T]) -> T:
        self.step(f"before: {what}")
        if self.refusals.get(what):
            raise self.refusals[what].pop(0)
        self.sent.append(what)
        result = answer()
        self.step(f"after: {what}")
        return result

    def _write(self, what: str, do: Callable[[], T], request_id: UUID) -> T:
        def once() -> T:
            if not self.honours_request_ids or request_id not in self.answers:
                self.answers[request_id] = do()
            answer: T = self.answers[request_id]
            return answer

        return self._ask(what, once)

    def _changed(self, subscription: str, edit: SubscriptionEdit) -> SeenSubscription:
        seen = self.held[subscription]
        given = {
            name: value
            for name in ("quantity", "status", "term", "plan")
            if (value := getattr(edit, name)) is not None
        }
        seen = replace(
            seen, provided=replace(seen.provided, **given), etag=f"e-{len(self.edits) + 2}"
        )
        if given:
            kept = seen.term_end if seen.provided.auto_renew else None
            seen = replace(seen, term_end=kept, next_term=None)
        if edit.term_end is not None:
            seen = replace(seen, term_end=edit.term_end, next_term=edit.next_term)
        self.edits.append(edit)
        self.held[subscription] = seen
        return seen

    def _bought(self, cart: str) -> Checkout:
        if cart in self.placed:
            return Checkout(orders=(self.placed[cart].order,))
        purchase = self.carts[cart]
        line = OrderedLine(
            number=0,
            catalogue_id=f"{purchase.part_number}:A",
            quantity=purchase.quantity,
            subscription=None,
        )
        order = Order(id=f"order-of-{cart}", status=OrderStatus.PENDING, lines=(line,))
        shows_at = self.clock() + self.order_lag / 2
        placed = Placed(order, purchase, shows_at, self.clock() + self.order_lag)
        self.placed[cart] = self.placed[order.id] = placed
        self._complete()
        return Checkout(orders=(placed.order,))

    def _complete(self) -> None:
        for placed in {id(each): each for each in self.placed.values()}.values():
            if placed.order.status is OrderStatus.PENDING and self.clock() >= placed.completed_at:
                seen = self.add(
                    id=f"subscription-of-{placed.order.id}",
                    part_number=placed.purchase.part_number,
                    quantity=placed.purchase.quantity,
                    bought_at=placed.completed_at,
                    friendly_name=placed.purchase.friendly_name,
                )
                line = replace(placed.order.lines[0], subscription=seen.provided.id)
                status = OrderStatus.COMPLETED
                placed.order = replace(placed.order, status=status, lines=(line,))


def reissued() -> OfferReissued:
    """Return the refusal of what is not sold any more."""
    return OfferReissued("it was reissued")
