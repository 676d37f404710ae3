"""Templates of the agreements that a customer accepts before anything is bought for it."""

from dataclasses import dataclass

from work365.domain.microsoft.customers import AgreementType


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementTemplate:
    """The text of an agreement, of which the one with the highest rank is in force."""

    id: str
    type: AgreementType
    link: str
    """Where a person reads it."""
    rank: int
