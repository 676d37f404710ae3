"""The tiers of a billing case, under the names that the suites give their fields."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from work365.domain.tiers import Beyond, Graduated, Tier, Volume

BOUNDS = ("up_to", "to", "max")
UNIT_PRICES = ("unit", "price", "unit_price", "per_unit")
FLAT_FEES = ("flat", "flat_fee")
LOWER_BOUNDS = ("from", "min")
"""Said by some suites beside the upper one; the tier before says the same."""


def number(told: Any) -> Decimal:
    """Return a number of a case, which a suite writes as text or as a whole number."""
    assert isinstance(told, str | int | Decimal), f"{told!r} is not an exact number"
    return Decimal(told)


def tiers_of(told: Sequence[Mapping[str, Any]]) -> tuple[Tier, ...]:
    """Return the tiers that a case gives."""
    known = {*BOUNDS, *UNIT_PRICES, *FLAT_FEES, *LOWER_BOUNDS}
    for tier in told:
        assert not tier.keys() - known, f"unknown fields of a tier: {tier.keys() - known}"
    return tuple(
        Tier(
            up_to=_first(tier, BOUNDS),
            per_unit=_first(tier, UNIT_PRICES),
            flat=_first(tier, FLAT_FEES),
        )
        for tier in told
    )


def tiered(model: str, told: Sequence[Mapping[str, Any]]) -> Graduated | Volume:
    """Return the tiered price model that a case names."""
    match model:
        case "graduated" | "tiered":
            return Graduated(tiers_of(told))
        case "volume":
            return Volume(tiers_of(told), Beyond.REFUSED)
    raise AssertionError(f"unknown tiered model {model!r}")


def optional(told: Any) -> Decimal | None:
    """Return a number of a case that may be absent."""
    return None if told is None else number(told)


def assert_compared(case: Mapping[str, Any], *compared: str) -> None:
    """Fail where a case expects a figure that is not among those `compared`."""
    expected = {name for name in case if name.startswith("expected")}
    assert expected, "the case expects nothing"
    assert not expected - set(compared), f"not compared: {expected - set(compared)}"


def _first(tier: Mapping[str, Any], names: Sequence[str]) -> Decimal | None:
    return next((optional(tier[name]) for name in names if name in tier), None)
