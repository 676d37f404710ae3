"""The partner itself, as Partner Center knows it."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerProfile:
    """The partner's name and number in Microsoft's partner programme."""

    name: str
    mpn: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedInRequest:
    """A request with a user that Partner Center received, and whether it came with MFA."""

    at: datetime
    operation: str
    application: str
    """Application id."""
    user: str
    """Object id; the sign-in name is not kept."""
    had_mfa: bool
