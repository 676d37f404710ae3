"""Tables of the billing engine: contracts and the change log come in, invoices come out."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, ClassVar
from uuid import UUID

from dataverse_schema.columns import (
    Amount,
    CalendarDay,
    Choice,
    Day,
    ExactNumber,
    Lookup,
    Memo,
    Moment,
    Number,
    Text,
    Whole,
    YesNo,
)
from dataverse_schema.options import (
    AnchorRule,
    BillingTiming,
    ContractStatus,
    ContractType,
    InvoiceStatus,
    SubscriptionStatus,
)
from dataverse_schema.table import Key, Table

CYCLE_MONTHS_MAX = 120

Months = Annotated[int, Whole(minimum=1, maximum=CYCLE_MONTHS_MAX)]
CurrencyOfRow = Annotated[
    UUID | None, Lookup(target="transactioncurrency", required=True, system=True)
]
ContractOfRow = Annotated[UUID | None, Lookup(target="w365_billingcontract", required=True)]
SettledAs = Annotated[str | None, Text(max_length=400)]
"""The facts of the row as they were when billing last took account of them."""


class BillingContract(Table):
    """Agreement under which a customer is invoiced: how often, from which day, in what currency."""

    keys: ClassVar = (("key",),)
    change_tracking: ClassVar = True

    name: Annotated[str, Text(required=True, max_length=200)]
    key: Annotated[str, Text(max_length=40, autonumber="CT-{SEQNUM:6}")]
    customer: Annotated[UUID | None, Lookup(target="account", required=True)] = None
    currency: Annotated[UUID | None, Lookup(target="transactioncurrency", required=True)] = None
    contract_type: Annotated[
        ContractType, Choice(options=ContractType, default=ContractType.RECURRING)
    ] = ContractType.RECURRING
    status: Annotated[
        ContractStatus, Choice(options=ContractStatus, default=ContractStatus.ACTIVE)
    ] = ContractStatus.ACTIVE
    timing: Annotated[
        BillingTiming, Choice(options=BillingTiming, default=BillingTiming.ADVANCE)
    ] = BillingTiming.ADVANCE
    anchor_rule: Annotated[
        AnchorRule, Choice(options=AnchorRule, default=AnchorRule.ANNIVERSARY)
    ] = AnchorRule.ANNIVERSARY
    cycle_months: Months = 1
    """Length of the billing cycle."""
    change_cycle_months: Annotated[int | None, Whole(minimum=1, maximum=CYCLE_MONTHS_MAX)] = None
    """How often changes inside a cycle are invoiced; monthly where it is empty."""
    start_on: Annotated[date | None, Day(required=True)] = None
    end_on: Annotated[date | None, Day()] = None
    """First day that is not under contract any more."""
    payment_days: Annotated[int, Whole(minimum=0, maximum=365)] = 30
    review_days: Annotated[int, Whole(minimum=0, maximum=60)] = 0
    """Days that an invoice stays a draft after its date, so that it can be looked at."""
    settle_next_on: Annotated[date | None, Day()] = None
    """First day on which time alone gives the contract something to settle. Written by billing."""
    settled_through: Annotated[date | None, Day()] = None
    """Last closed invoice date: nothing will be invoiced on it or before. Written by billing."""
    last_sequence: Annotated[int, Whole(minimum=0)] = 0
    """Sequence number of the last invoice that is closed. Written by billing."""
    settled_as: SettledAs = None


class Subscription(Table):
    """A product that a customer has under a billing contract."""

    keys: ClassVar = (("key",),)
    change_tracking: ClassVar = True

    name: Annotated[str, Text(required=True, max_length=250)]
    key: Annotated[str, Text(max_length=60, autonumber="SUB-{SEQNUM:6}")]
    contract: ContractOfRow = None
    product: Annotated[UUID | None, Lookup(target="product")] = None
    provider_account: Annotated[UUID | None, Lookup(target="w365_provideraccount")] = None
    provider_reference: Annotated[str | None, Text()] = None
    """The subscription's id at the provider."""
    cycle_months: Annotated[int | None, Whole(minimum=1, maximum=CYCLE_MONTHS_MAX)] = None
    """The subscription's own billing cycle; used by flexi contracts only."""
    start_on: Annotated[date | None, Day(required=True)] = None
    end_on: Annotated[date | None, Day()] = None
    """First day on which the subscription is not had any more."""
    term: Annotated[str | None, Text(max_length=10)] = None
    """Commitment, as an ISO 8601 duration: P1M, P1Y or P3Y."""
    term_end_on: Annotated[date | None, Day()] = None
    billing_plan: Annotated[str | None, Text(max_length=20)] = None
    auto_renew: Annotated[bool, YesNo()] = False
    quantity: Annotated[Decimal | None, Number()] = None
    """Seats on the day the log was last read: a copy for people. Never billed from."""
    settled_as: SettledAs = None


class SubscriptionChange(Table):
    """One entry of a subscription's change log: what became different, and from which day."""

    keys: ClassVar = (("key",),)
    change_tracking: ClassVar = True

    name: Annotated[str, Text(required=True, max_length=200)]
    key: Annotated[str, Text(max_length=100, autonumber="CHG-{SEQNUM:8}")]
    subscription: Annotated[UUID | None, Lookup(target="w365_subscription", required=True)] = None
    effective_on: Annotated[date | None, Day(required=True)] = None
    """First day on which the change holds."""
    recorded_on: Annotated[datetime | None, Moment()] = None
    """When it became known; where empty, when the row was created."""
    quantity_delta: ExactNumber = Decimal(0)
    unit_price: Annotated[Decimal | None, Number()] = None
    """New price of one unit for `price_months` months; empty where it does not change."""
    price_months: Annotated[int | None, Whole(minimum=1, maximum=CYCLE_MONTHS_MAX)] = None
    status: Annotated[SubscriptionStatus | None, Choice(options=SubscriptionStatus)] = None
    """New status; empty where it does not change."""
    reason: Annotated[str | None, Memo()] = None
    settled_as: SettledAs = None


class Invoice(Table):
    """Bill to one customer under one contract."""

    keys: ClassVar = (("key",),)

    name: Annotated[str, Text(required=True)]
    key: Key
    """Contract and sequence number: two runs cannot both make a contract's n-th invoice."""
    contract: ContractOfRow
    customer: Annotated[UUID | None, Lookup(target="account", required=True)]
    transactioncurrencyid: CurrencyOfRow
    sequence: Annotated[int, Whole(minimum=1)]
    """The n-th invoice of its contract."""
    status: Annotated[InvoiceStatus, Choice(options=InvoiceStatus, default=InvoiceStatus.DRAFT)]
    invoice_on: CalendarDay
    due_on: CalendarDay
    net_amount: Amount
    """Sum of the lines, before tax."""
    line_count: Annotated[int, Whole(minimum=0)]


class InvoiceLine(Table):
    """A billed charge, with every input that it was made from."""

    keys: ClassVar = (("key",),)
    primary_name: ClassVar = "description"

    key: Key
    invoice: Annotated[UUID | None, Lookup(target="w365_invoice", required=True)]
    contract: ContractOfRow
    subscription: Annotated[UUID | None, Lookup(target="w365_subscription", required=True)]
    position: Annotated[int, Whole(minimum=1)]
    description: Annotated[str, Text(required=True, max_length=400)]
    component: Annotated[str, Text(max_length=40)]
    quantity: ExactNumber
    """Units charged; negative for a credit."""
    unit_price: ExactNumber
    price_months: Months
    cycle_months: Months
    service_start_on: CalendarDay
    service_end_on: CalendarDay
    """First day after the service period: half-open, printed inclusive."""
    period_start_on: CalendarDay
    period_end_on: CalendarDay
    """First day after the billing period that the service period is a part of."""
    service_days: Annotated[int, Whole(minimum=0)]
    period_days: Annotated[int, Whole(minimum=1)]
    proration: Annotated[str, Text(max_length=40)]
    """Name of the proration rule, and of the version it had."""
    rounding: Annotated[str, Text(max_length=40)]
    amount: Amount
    transactioncurrencyid: CurrencyOfRow
