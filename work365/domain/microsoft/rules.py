"""Microsoft's rules: each with the day from which it holds, its source, and how certain it is.

Code asks for the rules of a day. What they are is data, so that a rule that Microsoft changes
is a further entry with a later day, and an old subscription still has the rules of its time.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import TypeVar

from work365.domain import figures
from work365.domain.catalog import BillingPlan, Term
from work365.domain.moments import local_day
from work365.domain.proration import Proration
from work365.errors import Refusal


class RuleUnknown(Refusal):
    """No rule is known for a day."""

    code = "rule_unknown"


class Certainty(Enum):
    """How a rule is known."""

    DOCUMENTED = "documented"
    """A page of Microsoft's says so."""
    REPORTED = "reported"
    """Others say so, and agree; no page of Microsoft's was seen."""
    COMPUTED = "computed"
    """Microsoft's examples come out so, though no page states the rule."""
    UNVERIFIED = "unverified"
    """It is what seems likely, and is to be checked against Microsoft."""


class ProductKind(Enum):
    """What kind of product is bought: windows and refunds go by it."""

    LICENCES = "licences"
    SOFTWARE_SUBSCRIPTION = "software subscription"
    PERPETUAL_SOFTWARE = "perpetual software"
    MARKETPLACE = "marketplace"


class Milestone(Enum):
    """A day from which Microsoft does something else, where the day is all that counts."""

    END_OF_TERM_OPTIONS = "end of term options"
    """The end of a term can be said: renew, cancel, or extend."""
    MFA_ENFORCED = "mfa enforced"
    """A delegated call without multi-factor sign-in is refused."""
    REFERENCE_ID_IS_JSON = "reference id is json"
    """`ReferenceId` of reconciliation lines is an object and no longer one text."""
    UNBILLED_LINE_ITEMS_V1_RETIRED = "unbilled line items v1 retired"
    BILLED_LINE_ITEMS_V1_FROZEN = "billed line items v1 frozen"
    OLD_AUDIENCE_REFUSED = "old audience refused"
    """Tokens for `graph.windows.net` are refused."""
    LIST_PRICES_RISE = "microsoft 365 list prices rise"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What all rules have: since when they hold, who says so, and how certain that is."""

    effective_from: date
    source: str
    certainty: Certainty

    @property
    def told(self) -> str:
        """Since when it holds and how it is known, for people."""
        since = figures.day_in_words(self.effective_from)
        return f"rule since {since}, {self.certainty.value}"


RuleT = TypeVar("RuleT", bound=Rule)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancellation(Rule):
    """Until when something can be given back, and how much of it is paid back."""

    product: ProductKind
    window: timedelta
    """From the purchase, the renewal, or the addition of a batch; its end is not in it."""
    full_refund: timedelta
    """How long everything is paid back; afterwards the days that were had are not."""
    seats_reducible: bool
    """Whether some seats can be given back, or only all of them."""

    def __post_init__(self) -> None:
        assert timedelta(0) <= self.full_refund <= self.window, self


@dataclass(frozen=True, slots=True, kw_only=True)
class Uplift(Rule):
    """How much more a term or billing plan costs than a year that is paid at once."""

    term: Term
    plan: BillingPlan
    percent: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class AfterTerm(Rule):
    """What becomes of a subscription that is over, and neither renews nor is cancelled.

    It holds for terms that end on or after its day.
    """

    extends: bool
    """Whether it goes on in a paid extended service term."""
    free_days: int
    """Days on which it can still be used without being paid."""
    percent: Decimal = Decimal(0)
    """How much more than the price of a monthly term the extended term costs."""
    percent_without_monthly_term: Decimal = Decimal(0)
    """How much more than a month of the yearly price, where no monthly term is sold."""
    bought_from: date | None = None
    """Of what was bought or renewed before this day, nothing goes on."""
    products: tuple[ProductKind, ...] = ()
    """Kinds of products that go on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Renewal(Rule):
    """When a term is renewed: from midnight in UTC after its last day, some time within."""

    takes_up_to: timedelta
    """How long a change can be refused because the renewal is not done."""
    ask_again_after: timedelta


class Timing(Enum):
    """When a change of plan comes into force."""

    NOW = "now"
    NEXT_CHARGE = "next charge"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanChange(Rule):
    """A change of term or billing plan that is allowed within the term."""

    from_term: Term
    to_term: Term
    from_plans: tuple[BillingPlan, ...]
    to_plans: tuple[BillingPlan, ...]
    timing: Timing


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomTermEnds(Rule):
    """With what a first term may end together."""

    days_refused: tuple[int, ...]
    """Days of the month on which a monthly term may not end, unless the month ends there."""
    longer_ends_with_monthly: bool
    """Whether a term of a year or more may end together with a monthly one."""
    trials: bool
    """Whether a trial has such an end, or lends one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arithmetic(Rule):
    """By which proration Microsoft's own lines are estimated."""

    seat_changes: Proration
    cancellations: Proration
    upgrades: Proration


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateLimit(Rule):
    """About how often a subscription can be changed in its life."""

    updates: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening(Rule):
    """A milestone, with its day."""

    milestone: Milestone


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The rules of one day. Each is asked for by what it is about."""

    day: date
    cancellations: Mapping[ProductKind, Cancellation]
    uplifts: Mapping[tuple[Term, BillingPlan], Uplift]
    after_term: AfterTerm
    renewal: Renewal
    plan_changes: tuple[PlanChange, ...]
    custom_term_ends: CustomTermEnds
    arithmetic: Arithmetic
    update_limit: UpdateLimit
    happened: frozenset[Milestone]

    def cancellation(self, product: ProductKind) -> Cancellation:
        """Return how `product` is given back.

        Raises: RuleUnknown: no rule is known for such a product.
        """
        found = self.cancellations.get(product)
        if found is None:
            raise RuleUnknown(
                f"On {self.day} no cancellation rule is known for {product.value}; add one to"
                " Microsoft's rules, with its day and source."
            )
        return found

    def has(self, milestone: Milestone) -> bool:
        """Return whether `milestone` has come."""
        return milestone in self.happened

    def change_allowed(
        self, *, term: Term, plan: BillingPlan, to_term: Term, to_plan: BillingPlan
    ) -> PlanChange | None:
        """Return the rule that allows this change within the term; None where there is none."""
        for change in self.plan_changes:
            fits = (change.from_term, change.to_term) == (term, to_term)
            if fits and plan in change.from_plans and to_plan in change.to_plans:
                return change
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleBook:
    """All rules of all times, in any order."""

    cancellations: tuple[Cancellation, ...]
    uplifts: tuple[Uplift, ...]
    after_term: tuple[AfterTerm, ...]
    renewals: tuple[Renewal, ...]
    plan_changes: tuple[PlanChange, ...]
    custom_term_ends: tuple[CustomTermEnds, ...]
    arithmetic: tuple[Arithmetic, ...]
    update_limits: tuple[UpdateLimit, ...]
    happenings: tuple[Happening, ...]

    def on(self, day: date) -> Rules:
        """Return the rules that hold on `day`, which is a day in UTC.

        Raises: RuleUnknown: it is before the first day for which rules are known.
        """
        cancellations = ((rule.product, rule) for rule in _until(self.cancellations, day))
        uplifts = (((rule.term, rule.plan), rule) for rule in _until(self.uplifts, day))
        changes = {
            (rule.from_term, rule.to_term, rule.from_plans): rule
            for rule in _until(self.plan_changes, day)
        }
        return Rules(
            day=day,
            cancellations=dict(cancellations),
            uplifts=dict(uplifts),
            after_term=_last(self.after_term, day),
            renewal=_last(self.renewals, day),
            plan_changes=tuple(rule for rule in changes.values() if rule.to_plans),
            custom_term_ends=_last(self.custom_term_ends, day),
            arithmetic=_last(self.arithmetic, day),
            update_limit=_last(self.update_limits, day),
            happened=frozenset(rule.milestone for rule in _until(self.happenings, day)),
        )

    def at(self, moment: datetime) -> Rules:
        """Return the rules that hold at `moment`: those of its day in UTC.

        Raises: RuleUnknown: it is before the first day for which rules are known.
            ZoneMissing: the moment has no zone.
        """
        return self.on(local_day(moment, UTC))

    def day_of(self, milestone: Milestone) -> date:
        """Return the day of `milestone`.

        Raises: RuleUnknown: it has none.
        """
        days = [rule.effective_from for rule in self.happenings if rule.milestone is milestone]
        if not days:
            raise RuleUnknown(f"No day is known for {milestone.value}; add it, with its source.")
        return min(days)


def _until(rules: Iterable[RuleT], day: date) -> list[RuleT]:
    """Return what holds on `day` or held before, so that the later of two is the last."""
    known = (rule for rule in rules if rule.effective_from <= day)
    return sorted(known, key=lambda rule: rule.effective_from)


def _last(rules: tuple[RuleT, ...], day: date) -> RuleT:
    known = _until(rules, day)
    if not known:
        first = min((rule.effective_from for rule in rules), default=None)
        since = "none is known at all" if first is None else f"they are known from {first} on"
        raise RuleUnknown(f"On {day} no such rule of Microsoft's is known; {since}.")
    return known[-1]
