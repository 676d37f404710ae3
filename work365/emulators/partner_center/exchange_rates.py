"""What a unit of a currency is in dollars, month by month: posted once, good for the month.

The rates are the twin's own; they move a little from month to month, so that nobody can take
last month's by mistake.
"""

from datetime import date
from decimal import Decimal

PRICING_CURRENCY = "USD"
DECIMALS = Decimal("0.0000000001")
_BASE = {
    "AUD": "0.6612",
    "CAD": "0.7258",
    "CHF": "1.2411",
    "DKK": "0.1553",
    "EUR": "1.1604",
    "GBP": "1.3387",
    "JPY": "0.0066",
    "NOK": "0.0991",
    "SEK": "0.1058",
    "USD": "1",
}
_STEP = Decimal("0.0007")
_SWING = 5


def currencies() -> tuple[str, ...]:
    """Return the currencies that there are rates for."""
    return tuple(_BASE)


def dollars_a_unit(currency: str, month: date) -> Decimal:
    """Return dollars for one unit of a currency in a month; one for a currency unknown."""
    base = Decimal(_BASE.get(currency, "1"))
    if currency == PRICING_CURRENCY:
        return base
    swing = (month.year * 12 + month.month) % _SWING - _SWING // 2
    return base * (1 + _STEP * swing)


def billing_rate(currency: str, month: date) -> Decimal:
    """Return how much of the billing currency a dollar is, as invoices say it."""
    if currency == PRICING_CURRENCY:
        return Decimal(1)
    return (1 / dollars_a_unit(currency, month)).quantize(DECIMALS)
