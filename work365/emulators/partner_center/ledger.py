"""What has happened: events that audit records and webhooks tell of, and lines to be invoiced.

Both are lists that are only added to. Invoices, reconciliation files, audit records and
webhooks are read from them, so that all of them tell the same story.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

NEW = "new"
RENEW = "renew"
CYCLE_CHARGE = "cycleCharge"
ADD_QUANTITY = "addQuantity"
REMOVE_QUANTITY = "removeQuantity"
CANCEL_IMMEDIATE = "cancelImmediate"
CONVERT = "convert"
MOVE_QUANTITY = "moveQuantity"
CHANGE_BILLING_PLAN = "changeBillingPlan"
EXTEND_TERM = "extendTerm"
CUSTOMER_CREDIT = "customerCredit"


@dataclass(frozen=True, kw_only=True)
class Event:
    """One thing that happened to a resource of a customer.

    `kind` is an operation type of the audit records where there is one (`create_order`,
    `update_subscription`, `add_customer`, ...); the twin's own kinds are `renew_subscription`,
    `expire_subscription`, `enter_extended_service_term` and `bill_cycle`. `actor` is the user
    or, app-only, the application that did it; it is empty for what Microsoft did. `before` and
    `after` are the resource's bodies as JSON values.
    """

    at: datetime
    kind: str
    partner: str
    customer: str
    subscription: str = ""
    order: str = ""
    actor: str = ""
    application: str = ""
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None


@dataclass(frozen=True, kw_only=True)
class ChargeLine:
    """One line that is to be on the invoice for the calendar month of `at` (UTC).

    `quantity` is the billable quantity and never negative; `effective_unit_price` and
    `subtotal` are negative on a refund. `effective_unit_price` is not rounded, `subtotal` is
    truncated to hundredths. `period_end` is the last day of the period, not the day after.
    `unit_price` is for one charge cycle. All amounts are in `currency`, without tax.
    `is_extended` says that the line is of an extended service term. `credit_percentage` is
    the partner earned credit that the effective unit price contains (Azure).
    """

    at: datetime
    charge_type: str
    partner: str
    customer: str
    order: str
    order_date: datetime
    product: str
    sku: str
    availability: str
    subscription: str
    quantity: Decimal
    unit_price: Decimal
    effective_unit_price: Decimal
    subtotal: Decimal
    currency: str
    reference: str
    term: str = ""
    billing_cycle: str = ""
    period_start: date | None = None
    period_end: date | None = None
    subscription_start: date | None = None
    subscription_end: date | None = None
    promotion: str = ""
    reservation_order: str = ""
    partner_of_record: str = ""
    is_trial: bool = False
    is_extended: bool = False
    credit_percentage: Decimal = Decimal(0)
