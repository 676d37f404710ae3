"""Which endpoints there are: every area's list, in one place.

An area is a module with a tuple `ENDPOINTS`.
"""

from work365.emulators.partner_center import (
    address_validation,
    agreements,
    carts,
    customers,
    end_dates,
    entitlements,
    offers,
    orders,
    promotions,
    subscriptions,
    surroundings,
    transitions,
)
from work365.emulators.partner_center.calls import Endpoint

ENDPOINTS: tuple[Endpoint, ...] = (
    *customers.ENDPOINTS,
    *address_validation.ENDPOINTS,
    *agreements.ENDPOINTS,
    *offers.ENDPOINTS,
    *promotions.ENDPOINTS,
    *carts.ENDPOINTS,
    *orders.ENDPOINTS,
    *end_dates.ENDPOINTS,
    *subscriptions.ENDPOINTS,
    *transitions.ENDPOINTS,
    *entitlements.ENDPOINTS,
    *surroundings.ENDPOINTS,
)
