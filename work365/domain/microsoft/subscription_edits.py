"""What a subscription at Microsoft is to be like: only what is named is changed."""

from dataclasses import dataclass, fields

from work365.domain.catalog import BillingPlan, SubscriptionStatus, Term
from work365.domain.microsoft.subscriptions import NextTerm, TermEnd


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionEdit:
    """A change of one subscription. None leaves a thing as it is.

    A change within the term deletes what was scheduled for the end of the term, so that
    `term_end` and `next_term` have to be said again after it.
    """

    quantity: int | None = None
    status: SubscriptionStatus | None = None
    """`active`, `suspended`, or `deleted`, which cancels within the window."""
    friendly_name: str | None = None
    term: Term | None = None
    plan: BillingPlan | None = None
    term_end: TermEnd | None = None
    next_term: NextTerm | None = None
    """What it renews as. Only with a `term_end` that renews."""

    def __post_init__(self) -> None:
        assert any(getattr(self, field.name) is not None for field in fields(self)), "no change"
        assert self.quantity is None or self.quantity > 0, self.quantity
        renews = self.term_end in (TermEnd.RENEW, TermEnd.TRANSITION)
        assert self.next_term is None or renews, "a next term without a renewal"
