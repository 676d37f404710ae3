"""Say what another number of seats would come to, before anything is asked of Microsoft."""

from dataclasses import dataclass
from datetime import datetime

from work365.domain.microsoft.intents import ScheduleRenewal, SetQuantity
from work365.domain.microsoft.rules import RuleBook
from work365.domain.microsoft.subscriptions import NextTerm
from work365.domain.microsoft.what_if import AtStake, Situation, what_if

LOCKED = "seats_locked"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposedQuantity:
    """A number of seats, with the windows and the money at stake."""

    asked: SetQuantity
    at_stake: AtStake
    instead: ScheduleRenewal | None = None
    """What can be had where the seats are owed until the end of the term."""

    @property
    def is_possible(self) -> bool:
        """Whether Microsoft would do it now."""
        return self.at_stake.is_possible

    @property
    def explanation(self) -> str:
        """The stakes in sentences, and what is offered instead."""
        told = list(dict.fromkeys(self.at_stake.explanation))
        if self.instead is not None:
            quantity = self.instead.next_term.quantity
            told.append(
                "Offered instead: an entry with the action renewal schedule and the details"
                f' {{"quantity": {quantity}}}, which takes effect with the next term.'
            )
        return " ".join(sentence if sentence.endswith(".") else f"{sentence}." for sentence in told)


def propose_quantity(
    quantity: int, situation: Situation, *, at: datetime, book: RuleBook
) -> ProposedQuantity:
    """Return what `quantity` seats would come to at `at`, in place of those that there are.

    Raises: RuleUnknown: no rules are known for that day.
    """
    assert quantity > 0, quantity
    before = situation.seen.provided.quantity
    asked = SetQuantity(before, quantity)
    at_stake = what_if(asked, situation, at=at, book=book)
    is_locked = any(finding.code == LOCKED for finding in at_stake.findings)
    instead = ScheduleRenewal(NextTerm(quantity=quantity)) if is_locked else None
    return ProposedQuantity(asked=asked, at_stake=at_stake, instead=instead)
