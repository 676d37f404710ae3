"""Billing policies: what may be chosen about how a contract is billed.

Each choice has one value for the whole environment, and a contract may say otherwise: an
override is a value, or none where the environment's holds. What holds is resolved before a
contract is settled, so that the rules see values only.
"""

from dataclasses import dataclass, fields
from enum import Enum

from work365.domain.proration import BY_ACTUAL_DAYS, Proration


class ChangeLines(Enum):
    """How a change within a billed period is written on the invoice."""

    DELTA = "delta"
    """One line for the difference: 2 seats more."""
    CREDIT_AND_CHARGE = "credit_and_charge"
    """A credit for what was billed, and a charge for what holds: -10 seats, +12 seats."""


class AddingUp(Enum):
    """Across which lines rounding is carried, so that they add up."""

    LINE = "line"
    """Each line is rounded by itself."""
    PERIOD = "period"
    """Lines of one price in one billing period add up to that period's own rounded amount."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BillingPolicy:
    """The choices that hold for one contract."""

    proration: Proration = BY_ACTUAL_DAYS
    change_lines: ChangeLines = ChangeLines.DELTA
    adding_up: AddingUp = AddingUp.PERIOD
    refunds: bool = False
    """Whether seats that are taken away in a billed period are credited at all; the reduction
    itself must say so as well."""
    last_day_counts: bool = False
    """Whether the day on which something ends is still charged."""
    offset_days: int = 0
    """Days between the start of a billing period (its end, in arrears) and its invoice date;
    negative where the invoice is made before."""


USUAL_POLICY = BillingPolicy()


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyOverrides:
    """What one contract says for itself; none where the environment's policy holds."""

    proration: Proration | None = None
    change_lines: ChangeLines | None = None
    adding_up: AddingUp | None = None
    refunds: bool | None = None
    last_day_counts: bool | None = None
    offset_days: int | None = None

    def over(self, general: BillingPolicy) -> BillingPolicy:
        """Return what holds for a contract with these overrides, under `general`."""
        said = {field.name: getattr(self, field.name) for field in fields(self)}
        kept = {name: getattr(general, name) for name in said}
        return BillingPolicy(**{**kept, **{n: v for n, v in said.items() if v is not None}})
