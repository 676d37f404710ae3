"""One-time charges: what is sold once, for a day and not for a period.

Products bought once, hours of work, and lines that a clerk writes in by hand. A negative unit
price is an agreed credit. They are never prorated.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from uuid import UUID

from work365.domain.remembered_text import number_text
from work365.domain.taxes import STANDARD_TAX
from work365.errors import Refusal


class InvalidOneTimeCharge(Refusal):
    """A one-time charge that says how much is to be paid in two ways, or not at all."""

    code = "invalid_one_time_charge"


class OneTimeKind(Enum):
    """What a one-time charge is for."""

    PRODUCT = "one-time"
    EFFORT = "effort"
    """Time and material: the quantity is hours, or what else is counted."""
    WRITE_IN = "write-in"


@dataclass(frozen=True, slots=True, kw_only=True)
class OneTimeCharge:
    """Something sold once under a contract.

    Units: `unit_price` in the major unit of its currency.
    """

    id: UUID
    key: str
    name: str
    on: date
    quantity: Decimal
    unit_price: Decimal
    kind: OneTimeKind = OneTimeKind.PRODUCT
    currency: str | None = None
    """The currency of its price; the contract's where it is none."""
    tax_category: str = STANDARD_TAX
    discounted: bool = True
    """Whether the contract's discounts are taken off."""

    def __post_init__(self) -> None:
        if self.quantity <= 0:
            raise InvalidOneTimeCharge(
                f"one-time charge {self.key}: the quantity is {self.quantity}; give a quantity"
                " above zero, and a negative unit price for a credit"
            )

    @property
    def content(self) -> str:
        """The facts in it as one line, by which a later edit of them is noticed."""
        currency = self.currency or "-"
        discounted = "" if self.discounted else " undiscounted"
        return (
            f"{self.on} {number_text(self.quantity)} {number_text(self.unit_price)}"
            f" {self.kind.value} {currency}{discounted}"
        )
