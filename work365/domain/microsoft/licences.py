"""Licences: what a customer's subscriptions let it give to its users, and who has which."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerUser:
    """A user of a customer's tenant."""

    id: str
    principal_name: str
    is_active: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LicencePool:
    """The licences of one kind that a customer has, of all subscriptions together."""

    sku: str
    """Entra's id of the kind of licence, which is not the SKU id of the catalogue."""
    name: str
    part_number: str
    """Entra's name of it, such as `POWER_BI_PRO`."""
    assigned: int
    available: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignedLicence:
    """A licence that a user has."""

    sku: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenceUpdate:
    """Licences that a user is to get, and to lose."""

    assign: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        assert self.assign or self.remove, "nothing to assign or to remove"
        assert not set(self.assign) & set(self.remove), "a licence both assigned and removed"
