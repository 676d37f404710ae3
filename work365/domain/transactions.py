"""Transactions: a price that is a percentage of every payment, booking or order.

Each transaction is priced by itself, in the order in which it was made, because the first may
be free, and each has its own minimum and maximum.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from work365.domain.price_models import (
    NOTHING,
    PERCENT,
    InvalidPriceModel,
    Part,
    refuse_negative,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PercentagePerTransaction:
    """A percentage of each transaction's amount, and a fee for each.

    What is free ends with `free_transactions` or with `free_amount`, whichever is used up
    first; a transaction that passes the free amount is charged for the rest of its own. What a
    transaction comes to is then raised to `minimum` and cut to `maximum`.
    Units: amounts, fee, minimum and maximum in the currency's major unit.
    """

    percent: Decimal
    fee: Decimal = NOTHING
    free_transactions: int | None = None
    free_amount: Decimal | None = None
    minimum: Decimal | None = None
    maximum: Decimal | None = None

    def __post_init__(self) -> None:
        refuse_negative(percent=self.percent, fee=self.fee)
        refuse_negative(minimum=self.minimum, maximum=self.maximum, free_amount=self.free_amount)
        if self.free_transactions is not None and self.free_transactions < 0:
            raise InvalidPriceModel(
                f"free transactions are {self.free_transactions}; there must be none or more"
            )
        if self.minimum is not None and self.maximum is not None and self.maximum < self.minimum:
            raise InvalidPriceModel(
                f"the minimum {self.minimum} of a transaction is more than its maximum"
                f" {self.maximum}; lower it"
            )

    def parts(self, amounts: Sequence[Decimal]) -> tuple[Part, ...]:
        """Return what the transactions of a period cost, in the order they were made.

        Raises: InvalidPriceModel: an amount is negative.
        """
        charged = NOTHING
        fees = minimums = maximums = 0
        for amount in self._charged(amounts):
            cost = Fraction(amount) * Fraction(self.percent) / PERCENT + Fraction(self.fee)
            if self.minimum is not None and cost < self.minimum:
                minimums += 1
            elif self.maximum is not None and cost > self.maximum:
                maximums += 1
            else:
                charged += amount
                fees += 1
        return tuple(
            part
            for part in (
                Part("percentage", self.percent.scaleb(-2), charged, f"{self.percent} %"),
                Part("transaction-fee", self.fee, Decimal(fees), "fee for each"),
                Part("transaction-minimum", self.minimum or NOTHING, Decimal(minimums), "minimum"),
                Part("transaction-maximum", self.maximum or NOTHING, Decimal(maximums), "maximum"),
            )
            if part.per_unit and part.quantity
        )

    def _charged(self, amounts: Iterable[Decimal]) -> Iterator[Decimal]:
        """Yield what is charged of each transaction of which anything is."""
        free_transactions = self.free_transactions or 0
        free_amount = self.free_amount or NOTHING
        limits_transactions, limits_amount = bool(free_transactions), bool(free_amount)
        is_free = limits_transactions or limits_amount
        for amount in amounts:
            refuse_negative(transaction=amount)
            rest = amount
            if is_free:
                free_transactions -= 1
                rest = max(NOTHING, amount - free_amount) if limits_amount else NOTHING
                free_amount = max(NOTHING, free_amount - amount)
                used_up = (limits_transactions and free_transactions == 0) or (
                    limits_amount and free_amount == 0
                )
                is_free = not used_up
            if rest:
                yield rest
