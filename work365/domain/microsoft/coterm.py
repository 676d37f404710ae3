"""Ends of first terms that a purchase may choose, so that subscriptions end together."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class AllowedTermEnd:
    """A last day that the first term of a new subscription may have."""

    last_day: date
    aligned_with: tuple[str, ...] = ()
    """Ids of the subscriptions that end on it; empty for the end of a calendar month."""
