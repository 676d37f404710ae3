"""Transitions: a subscription becomes one of a better product, or joins one that there is."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from work365.domain.catalog import BillingPlan, Term


class TransitionType(Enum):
    """Whether the users' licences move along."""

    WITHOUT_LICENCES = "transition_only"
    WITH_LICENCES = "transition_with_license_transfer"


@dataclass(frozen=True, slots=True, kw_only=True)
class TransitionOffer:
    """What a subscription can become, and how."""

    catalogue_id: str
    """`ProductId:SkuId:AvailabilityId`."""
    title: str
    quantity: int
    types: tuple[TransitionType, ...]
    """The ways that are open for a new subscription; empty where there is none."""
    into: tuple[str, ...] = ()
    """Ids of subscriptions that the seats can join."""
    reasons: tuple[str, ...] = ()
    """Why the other ways are closed, in Microsoft's own sentences."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TransitionOrder:
    """What is to become of some seats of a subscription."""

    catalogue_id: str
    quantity: int
    type: TransitionType
    into: str | None = None
    """Id of the subscription to join; without one there will be a new one."""
    term: Term | None = None
    plan: BillingPlan | None = None

    def __post_init__(self) -> None:
        assert self.quantity > 0, self.quantity


class TransitionStatus(Enum):
    """How far a transition is."""

    STARTED = "started"
    COMPLETED = "completed"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """A transition as Partner Center shows it."""

    operation: str | None
    catalogue_id: str
    quantity: int
    status: TransitionStatus
    subscription: str | None = None
    """Id of the subscription that the seats are in afterwards, once Microsoft tells."""
    began_at: datetime | None = None
    """None where Microsoft shows nothing of it but that it was ordered."""
