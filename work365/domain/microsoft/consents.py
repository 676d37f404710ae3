"""Consents that an application is given in a customer's tenant by the partner."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ApplicationGrant:
    """Delegated permissions of an application at another one's interface."""

    resource: str
    """Application id of the interface, such as Microsoft Graph's."""
    scopes: tuple[str, ...]

    def __post_init__(self) -> None:
        assert self.scopes, "a grant of nothing"


MICROSOFT_GRAPH = "00000003-0000-0000-c000-000000000000"
"""Application id of Microsoft Graph, the same in every tenant."""
