"""Account credit: money of a customer that no invoice has needed yet.

It comes from credits larger than their invoice and from payments of too much. It is used up
oldest first, and what is taken back is taken back newest first, so that what was settled long
ago stays settled.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from work365.domain.money import Money
from work365.errors import Refusal


class AmountNotPositive(Refusal):
    """An amount that must be above zero is not."""

    code = "amount_not_positive"


class NotEnoughLeft(Refusal):
    """More was to be taken back than there is."""

    code = "not_enough_left"


class Part(NamedTuple):
    """Money under a key, of which some is spent or given back already."""

    key: str
    amount: Money
    spent: Money

    @property
    def left(self) -> Money:
        """What is not spent of it."""
        return self.amount - self.spent


class Draw(NamedTuple):
    """What is taken from the part with this key."""

    key: str
    amount: Money


def use_oldest_first(credits: Iterable[Part], needed: Money) -> tuple[Draw, ...]:
    """Return what is used of `credits`, which are oldest first, to cover `needed`.

    Where they come to less than that, all of them are used.
    Raises: CurrencyMismatch: a credit is in another currency.
    """
    return tuple(_draws(credits, needed))


def reverse_newest_first(oldest_first: Sequence[Part], amount: Money) -> tuple[Draw, ...]:
    """Return what is given back of each part for `amount` in all, the newest part first.

    Raises:
        AmountNotPositive: the amount is below zero.
        NotEnoughLeft: the parts come to less than the amount.
        CurrencyMismatch: a part is in another currency.
    """
    if amount.amount < 0:
        raise AmountNotPositive(
            f"{amount.amount} {amount.currency} cannot be taken back; state an amount above zero"
        )
    left = Money.total((part.left for part in oldest_first), amount.currency)
    if left.amount < amount.amount:
        raise NotEnoughLeft(
            f"{amount.amount} {amount.currency} cannot be taken back where"
            f" {left.amount} {left.currency} is left; lower the amount"
        )
    return tuple(_draws(reversed(oldest_first), amount))


def _draws(parts: Iterable[Part], needed: Money) -> Iterable[Draw]:
    for part in parts:
        short = (part.left - needed).amount < 0
        taken = part.left if short else needed
        if taken.amount > 0:
            yield Draw(part.key, taken)
            needed -= taken
