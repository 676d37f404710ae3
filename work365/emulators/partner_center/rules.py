"""The rules of new commerce that have changed or may change, each with the day it holds from.

A rule is asked for with a day, and the latest one that has begun by then is given. `certainty`
says how far a rule is to be believed: `documented` by Microsoft, `reported` by others,
`inferred` by us. The twin's rules are its own: nothing else reads them.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

_ALWAYS = date(2019, 1, 1)


@dataclass(frozen=True)
class Rule:
    """What holds from a day on."""

    name: str
    since: date
    value: Decimal
    certainty: str
    source: str


def _rule(name: str, value: str, certainty: str, source: str, since: date = _ALWAYS) -> Rule:
    return Rule(name, since, Decimal(value), certainty, source)


CANCELLATION_DAYS = "cancellation_days"
SOFTWARE_CANCELLATION_DAYS = "software_cancellation_days"
PERPETUAL_CANCELLATION_DAYS = "perpetual_cancellation_days"
SAAS_CANCELLATION_HOURS = "saas_cancellation_hours"
FULL_REFUND_HOURS = "full_refund_hours"
CART_DAYS = "cart_days"
UPDATES_MAX = "updates_max"
TRIAL_DAYS = "trial_days"
TRIAL_SEATS = "trial_seats"
EXPIRED_DAYS = "expired_days"
DISABLED_DAYS = "disabled_days"
EXTENDS_SERVICE = "extends_service"
EXTENSION_UPLIFT = "extension_uplift"
EXTENSION_UPLIFT_WITHOUT_MONTHLY = "extension_uplift_without_monthly"
MONTHLY_TERM_UPLIFT = "monthly_term_uplift"
MONTHLY_BILLING_UPLIFT = "monthly_billing_uplift"
PARTNER_EARNED_CREDIT = "partner_earned_credit"

RULES = (
    _rule(CANCELLATION_DAYS, "7", "documented", "change the quantity of a subscription"),
    _rule(SOFTWARE_CANCELLATION_DAYS, "7", "documented", "cancel software purchases"),
    _rule(PERPETUAL_CANCELLATION_DAYS, "30", "documented", "cancel software purchases"),
    _rule(SAAS_CANCELLATION_HOURS, "24", "documented", "cancel a marketplace subscription"),
    _rule(SAAS_CANCELLATION_HOURS, "72", "reported", "2026 cancellation policy", date(2026, 1, 1)),
    _rule(FULL_REFUND_HOURS, "24", "documented", "billing scenarios for new commerce"),
    _rule(CART_DAYS, "7", "documented", "checkout a cart"),
    _rule(UPDATES_MAX, "1200", "reported", "error 900311"),
    _rule(TRIAL_DAYS, "30", "documented", "new commerce trials"),
    _rule(TRIAL_SEATS, "25", "documented", "new commerce trials"),
    _rule(EXPIRED_DAYS, "30", "documented", "subscription life cycle before extended service"),
    _rule(DISABLED_DAYS, "90", "documented", "subscription life cycle before extended service"),
    _rule(EXTENDS_SERVICE, "0", "documented", "no extended service yet"),
    _rule(EXTENDS_SERVICE, "1", "reported", "extended service term", date(2026, 5, 4)),
    _rule(EXTENSION_UPLIFT, "0.03", "reported", "extended service term"),
    _rule(EXTENSION_UPLIFT_WITHOUT_MONTHLY, "0.23", "reported", "extended service term"),
    _rule(MONTHLY_TERM_UPLIFT, "0.20", "documented", "new commerce pricing"),
    _rule(MONTHLY_BILLING_UPLIFT, "0", "documented", "new commerce pricing"),
    _rule(MONTHLY_BILLING_UPLIFT, "0.05", "documented", "billing plan prices", date(2025, 4, 1)),
    _rule(PARTNER_EARNED_CREDIT, "0.15", "documented", "partner earned credit"),
)


def value_of(name: str, on: date) -> Decimal:
    """Return what holds on a day.

    Raises: LookupError, where there is no such rule then.
    """
    holding = [rule for rule in RULES if rule.name == name and rule.since <= on]
    if not holding:
        raise LookupError(f"no rule '{name}' on {on.isoformat()}")
    return max(holding, key=lambda rule: rule.since).value


def days_of(name: str, on: date) -> timedelta:
    """Return a rule that is a number of days."""
    return timedelta(days=int(value_of(name, on)))


def hours_of(name: str, on: date) -> timedelta:
    """Return a rule that is a number of hours."""
    return timedelta(hours=int(value_of(name, on)))


def holds(name: str, on: date) -> bool:
    """Return whether a rule that is a yes or no holds on a day."""
    return value_of(name, on) != 0
