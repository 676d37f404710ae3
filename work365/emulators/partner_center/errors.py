"""Refusals, with the codes and words of Partner Center.

Source: learn.microsoft.com/partner-center/developer/error-codes. What a code stands for is
documented; for a few situations no code is, and then the nearest general one is taken.
"""

from http import HTTPStatus
from typing import Any

SOURCE = "PartnerFD"


class PartnerCenterError(Exception):
    """A refused request: `{code, description, data, source}` under an HTTP status."""

    def __init__(
        self, status: int, code: int | str, description: str, data: tuple[str, ...] = ()
    ) -> None:
        super().__init__(f"{code}: {description}")
        self.status = status
        self.code = code
        self.description = description
        self.data = data

    def body(self) -> dict[str, Any]:
        """Return the error as it is sent."""
        return {
            "code": self.code,
            "description": self.description,
            "data": list(self.data),
            "source": SOURCE,
        }


def invalid_input(what: str) -> PartnerCenterError:
    """Say that a field or parameter cannot be read."""
    return PartnerCenterError(HTTPStatus.BAD_REQUEST, 800002, f"Invalid request input. {what}")


def not_found(what: str) -> PartnerCenterError:
    """Say that there is no such resource, without a code of its own."""
    return PartnerCenterError(HTTPStatus.NOT_FOUND, 1000, f"Not found. {what}")


def token_missing() -> PartnerCenterError:
    """Say that no valid token came with the request."""
    return PartnerCenterError(
        HTTPStatus.UNAUTHORIZED, 800001, "Partner Token missing in request context"
    )


def wrong_audience(audience: str) -> PartnerCenterError:
    """Say that the token was made for another resource."""
    return PartnerCenterError(
        HTTPStatus.UNAUTHORIZED, 900420, f"The token's audience '{audience}' is not supported."
    )


def mfa_missing() -> PartnerCenterError:
    """Say that the user signed in without a second factor."""
    return PartnerCenterError(
        HTTPStatus.UNAUTHORIZED,
        900421,
        "Multifactor authentication is required. The token has no MFA claim.",
    )


def app_only_refused() -> PartnerCenterError:
    """Say that a user has to be signed in."""
    return PartnerCenterError(
        HTTPStatus.FORBIDDEN,
        900329,
        "This resource does not support application-only authentication.",
    )


def access_denied() -> PartnerCenterError:
    """Say that the caller's tenant is no partner, or the user has no role."""
    return PartnerCenterError(HTTPStatus.FORBIDDEN, 2032, "Access denied")


def no_relationship(partner: str, customer: str) -> PartnerCenterError:
    """Say that the customer is not this partner's."""
    return PartnerCenterError(
        HTTPStatus.FORBIDDEN,
        20002,
        f"The partner ID {partner} has no commerce relationship with the customer ID {customer}.",
    )


def unknown_order(order: str) -> PartnerCenterError:
    """Say that the order is not there, or not yet."""
    return PartnerCenterError(HTTPStatus.NOT_FOUND, 20000, "Order ID not found", (order,))


def unknown_subscription(subscription: str) -> PartnerCenterError:
    """Say that the customer has no such subscription."""
    return PartnerCenterError(
        HTTPStatus.NOT_FOUND,
        20003,
        f"Subscription with ID {subscription} not found.",
        (subscription,),
    )


def unknown_cart(cart: str) -> PartnerCenterError:
    """Say that the cart is not there, or has expired."""
    return PartnerCenterError(HTTPStatus.NOT_FOUND, 800008, "Unable to retrieve cart ID", (cart,))


def stale_availability(catalog_item: str) -> PartnerCenterError:
    """Say that the availability is an old one or none at all."""
    return PartnerCenterError(
        HTTPStatus.NOT_FOUND,
        400019,
        f"Availability not found. CatalogItemId: {catalog_item}",
        (catalog_item,),
    )


def agreement_missing() -> PartnerCenterError:
    """Say that the customer has not accepted the Microsoft Customer Agreement."""
    return PartnerCenterError(
        HTTPStatus.FORBIDDEN,
        13605,
        "Either a partner confirmation of the customer acceptance of the Microsoft Customer "
        "Agreement must be provided or the customer must accept the Microsoft Customer "
        "Agreement in the Microsoft Admin Center before you can complete this purchase",
    )


def stale_etag() -> PartnerCenterError:
    """Say that the resource has changed since its etag was read."""
    return PartnerCenterError(HTTPStatus.BAD_REQUEST, 2055, "Etag is no longer valid")


def pending_operation() -> PartnerCenterError:
    """Say that the last change of the subscription is not done yet."""
    return PartnerCenterError(
        HTTPStatus.CONFLICT,
        900278,
        "There is a pending operation on this subscription. Please try again after 24 hours.",
    )


def being_renewed() -> PartnerCenterError:
    """Say that the subscription is just being renewed."""
    return PartnerCenterError(
        HTTPStatus.CONFLICT,
        800082,
        "Subscription is not ready to be updated. Try again after sometime",
    )


def bad_request(code: int, description: str, *data: str) -> PartnerCenterError:
    """Refuse with 400 and a documented code."""
    return PartnerCenterError(HTTPStatus.BAD_REQUEST, code, description, data)


def forbidden(code: int, description: str, *data: str) -> PartnerCenterError:
    """Refuse with 403 and a documented code."""
    return PartnerCenterError(HTTPStatus.FORBIDDEN, code, description, data)
