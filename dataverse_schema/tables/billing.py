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
    AddingUp,
    AnchorRule,
    BillingTiming,
    ChangeLines,
    ChangeOrigin,
    ContractStatus,
    ContractType,
    DocumentKind,
    ExtendedServiceDecision,
    InvoiceStatus,
    LineKind,
    MonthEnd,
    OneTimeKind,
    OwnAddingUp,
    OwnChangeLines,
    OwnYesNo,
    ProvisioningAction,
    ProvisioningStatus,
    SubscriptionStatus,
    TermEnd,
)
from dataverse_schema.table import Key, Table

CYCLE_MONTHS_MAX = 120
OFFSET_DAYS_MAX = 60
BILL_DAY_MAX = 31

Months = Annotated[int, Whole(minimum=1, maximum=CYCLE_MONTHS_MAX)]
CurrencyOfRow = Annotated[
    UUID | None, Lookup(target="transactioncurrency", required=True, system=True)
]
ContractOfRow = Annotated[UUID | None, Lookup(target="w365_billingcontract", required=True)]
SettledAs = Annotated[str | None, Text(max_length=400)]
"""The facts of the row as they were when billing last took account of them."""
ProrationName = Annotated[str | None, Text(max_length=80)]
"""Name of the rule by which parts of a billing period are charged, such as actual-days/1."""
OffsetDays = Whole(minimum=-OFFSET_DAYS_MAX, maximum=OFFSET_DAYS_MAX)
Percent = Annotated[Decimal | None, Number()]
"""Above 0 and up to 100; empty where nothing is taken off."""
OwnAnswer = Annotated[OwnYesNo, Choice(options=OwnYesNo, default=OwnYesNo.AS_ENVIRONMENT)]
RefundAtEnd = Annotated[bool, YesNo()]
"""Whether what was billed beyond the end is credited, where refunds are processed."""


class BillingSettings(Table):
    """How contracts are billed that do not say otherwise. One row, with the key `default`."""

    plural: ClassVar = "w365_billingsettingses"
    keys: ClassVar = (("key",),)

    name: Annotated[str, Text(required=True)]
    key: Annotated[str, Text(max_length=40)]
    proration: ProrationName = None
    """By days of the billing period where it is empty."""
    change_lines: Annotated[ChangeLines, Choice(options=ChangeLines, default=ChangeLines.DELTA)] = (
        ChangeLines.DELTA
    )
    """Whether a change is one line, or a credit and a charge."""
    adding_up: Annotated[AddingUp, Choice(options=AddingUp, default=AddingUp.PERIOD)] = (
        AddingUp.PERIOD
    )
    """Whether each line is rounded by itself, or the lines of a billing period add up."""
    process_refunds: Annotated[bool, YesNo()] = False
    """Whether seats that are taken away in a billed period are credited at all."""
    last_day_counts: Annotated[bool, YesNo()] = False
    """Whether the day on which something ends is still charged."""
    offset_days: Annotated[int, OffsetDays] = 0
    """Days from the start of a billing period (its end, in arrears) to the invoice date;
    negative where the invoice is made before."""


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
    bill_day: Annotated[int | None, Whole(minimum=1, maximum=BILL_DAY_MAX)] = None
    """Day of the month from which billing periods are counted, with the anchor rule bill day;
    the last day of a month that is shorter."""
    month_end: Annotated[MonthEnd, Choice(options=MonthEnd, default=MonthEnd.CLAMP)] = (
        MonthEnd.CLAMP
    )
    """What becomes of an anchor on one of the last days of its month."""
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
    proration: ProrationName = None
    """The environment's where it is empty."""
    change_lines: Annotated[
        OwnChangeLines, Choice(options=OwnChangeLines, default=OwnChangeLines.AS_ENVIRONMENT)
    ] = OwnChangeLines.AS_ENVIRONMENT
    adding_up: Annotated[
        OwnAddingUp, Choice(options=OwnAddingUp, default=OwnAddingUp.AS_ENVIRONMENT)
    ] = OwnAddingUp.AS_ENVIRONMENT
    process_refunds: OwnAnswer = OwnYesNo.AS_ENVIRONMENT
    last_day_counts: OwnAnswer = OwnYesNo.AS_ENVIRONMENT
    offset_days: Annotated[int | None, OffsetDays] = None
    """The environment's where it is empty."""
    refund_at_end: RefundAtEnd = False
    discount_percent: Percent = None
    """Taken off everything under the contract, after a subscription's own discount."""
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
    billable: Annotated[bool, YesNo(default=True)] = True
    """Whether it is charged; a part that is paid for with its bundle is not."""
    printed_with: Annotated[UUID | None, Lookup(target="w365_subscription")] = None
    """The bundle under the same contract in whose row it is printed."""
    refund_at_end: RefundAtEnd = False
    discount_percent: Percent = None
    """Taken off before the contract's discount."""
    term_months: Annotated[int | None, Whole(minimum=1, maximum=CYCLE_MONTHS_MAX)] = None
    """Length of its commitment; where it is empty, a single term lasts as long as it does."""
    term: Annotated[str | None, Text(max_length=10)] = None
    """Commitment, as an ISO 8601 duration: P1M, P1Y or P3Y."""
    term_end_on: Annotated[date | None, Day()] = None
    billing_plan: Annotated[str | None, Text(max_length=20)] = None
    auto_renew: Annotated[bool, YesNo()] = False
    quantity: Annotated[Decimal | None, Number()] = None
    """Seats on the day the log was last read: a copy for people. Never billed from."""
    friendly_name: Annotated[str | None, Text(max_length=200, apart=True)] = None
    """What the customer calls it at the provider."""
    provider_status: Annotated[str | None, Text(max_length=40, apart=True)] = None
    """Its status in the provider's words."""
    provider_quantity: Annotated[int | None, Whole(minimum=0, apart=True)] = None
    """Seats that the provider showed when it was last asked. Never billed from."""
    promotion: Annotated[str | None, Text(apart=True)] = None
    """The provider's id of the promotion that it was bought under."""
    custom_term_end_on: Annotated[date | None, Day(apart=True)] = None
    """Last day that the first term is to have, where it is to end with something else."""
    at_term_end: Annotated[TermEnd | None, Choice(options=TermEnd, apart=True)] = None
    """What the provider will do when the term is over."""
    next_term: Annotated[str | None, Memo(apart=True)] = None
    """What the next term is to be, as JSON: partNumber, availability, term, plan, quantity,
    promotion, endOn; what is not named stays as it is."""
    cancel_until: Annotated[datetime | None, Moment(apart=True)] = None
    """Up to and not including this moment the whole of it can be cancelled."""
    refundable_seats: Annotated[str | None, Memo(max_length=10_000, apart=True)] = None
    """Seats that can be given back, as JSON: a list of quantity and until, a moment in UTC."""
    in_extended_term: Annotated[bool, YesNo(apart=True)] = False
    """Whether its term is over and it goes on month by month at a higher price."""
    extended_service: Annotated[
        ExtendedServiceDecision | None, Choice(options=ExtendedServiceDecision, apart=True)
    ] = None
    """What the customer decided about going on like that; empty: nobody asked."""
    extended_decided_on: Annotated[date | None, Day(apart=True)] = None
    extended_decided_by: Annotated[str | None, Text(max_length=200, apart=True)] = None
    """Who decided it, at the customer or for it."""
    last_seen_on: Annotated[datetime | None, Moment(apart=True)] = None
    """When the provider was last asked about it."""
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
    refund: Annotated[bool, YesNo()] = False
    """Whether what it takes away of a billed period is credited, where refunds are processed."""
    reason: Annotated[str | None, Memo()] = None
    origin: Annotated[
        ChangeOrigin, Choice(options=ChangeOrigin, default=ChangeOrigin.SYSTEM, apart=True)
    ] = ChangeOrigin.SYSTEM
    """Where it was made: here, at the provider, or by the customer in the portal."""
    provisioning_status: Annotated[
        ProvisioningStatus,
        Choice(options=ProvisioningStatus, default=ProvisioningStatus.NOT_APPLICABLE, apart=True),
    ] = ProvisioningStatus.NOT_APPLICABLE
    """How far it is at the provider; a failed one that is set to awaiting is tried again."""
    action: Annotated[
        ProvisioningAction,
        Choice(options=ProvisioningAction, default=ProvisioningAction.NONE, apart=True),
    ] = ProvisioningAction.NONE
    """What the provider is asked to do."""
    details: Annotated[str | None, Memo(max_length=10_000, apart=True)] = None
    """What the action needs beyond the row itself, as JSON; docs/provisioning.md has the names
    for each action."""
    provider_reference: Annotated[str | None, Text(max_length=250, apart=True)] = None
    """Id of the order or operation at the provider that came of it."""
    provisioned_on: Annotated[datetime | None, Moment(apart=True)] = None
    provisioning_message: Annotated[str | None, Memo(max_length=4_000, apart=True)] = None
    """What became of it in words, and what to do where it failed."""
    attempts: Annotated[int, Whole(minimum=0, apart=True)] = 0
    attempt_epoch: Annotated[int, Whole(minimum=0, apart=True)] = 0
    """How often it failed: what is tried after that is a new request to the provider."""
    next_try_on: Annotated[datetime | None, Moment(apart=True)] = None
    """Nobody else takes it up before."""
    seen_etag: Annotated[str | None, Text(max_length=200, apart=True)] = None
    """Version of the subscription at the provider that it is meant for."""
    settled_as: SettledAs = None


class OneTimeCharge(Table):
    """Something sold once under a contract: a product, hours of work, a line written in."""

    keys: ClassVar = (("key",),)
    change_tracking: ClassVar = True

    name: Annotated[str, Text(required=True, max_length=250)]
    key: Annotated[str, Text(max_length=60, autonumber="OTC-{SEQNUM:6}")]
    contract: ContractOfRow = None
    charged_on: Annotated[date | None, Day(required=True)] = None
    """Day on which it is owed: the next invoice has it."""
    quantity: ExactNumber = Decimal(1)
    unit_price: Annotated[Decimal | None, Number(required=True)] = None
    """In the contract's currency; negative for a credit that was agreed."""
    kind: Annotated[OneTimeKind, Choice(options=OneTimeKind, default=OneTimeKind.PRODUCT)] = (
        OneTimeKind.PRODUCT
    )
    discounted: Annotated[bool, YesNo(default=True)] = True
    """Whether the contract's discount is taken off."""
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
    kind: Annotated[DocumentKind, Choice(options=DocumentKind, default=DocumentKind.INVOICE)]
    """Whether the customer owes it, or is owed."""
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
    subscription: Annotated[UUID | None, Lookup(target="w365_subscription")] = None
    one_time_charge: Annotated[UUID | None, Lookup(target="w365_onetimecharge")] = None
    """What was sold is a subscription or a one-time charge."""
    printed_with: Annotated[str | None, Text(max_length=60)] = None
    """Key of the subscription in whose row it is printed; empty where it has its own."""
    kind: Annotated[LineKind, Choice(options=LineKind, default=LineKind.CHARGE)] = LineKind.CHARGE
    corrects: Annotated[str | None, Text(max_length=250)] = None
    """Key of the line that it takes back a part of."""
    position: Annotated[int, Whole(minimum=1)]
    description: Annotated[str, Text(required=True, max_length=400)]
    component: Annotated[str, Text(max_length=40)]
    quantity: ExactNumber
    """Units charged; negative for a credit."""
    unit_price: ExactNumber
    """Before discounts, in the price's own currency."""
    price_months: Months
    cycle_months: Months
    discounts: Annotated[str | None, Memo(max_length=4_000)] = None
    """Names and percents in the order in which they are taken off, as JSON."""
    price_currency: Annotated[str | None, Text(max_length=3)] = None
    """ISO 4217 code of the price's currency, where it is not the invoice's."""
    exchange_rate: Annotated[str | None, Text(max_length=40)] = None
    """As it was stated; it can have more digits than a number column."""
    rate_valid_on: Annotated[date | None, Day()] = None
    rate_source: Annotated[str | None, Text(max_length=200)] = None
    rate_is_inverse: Annotated[bool, YesNo()] = False
    """Whether the rate was stated the other way, and turned round."""
    service_start_on: CalendarDay
    service_end_on: CalendarDay
    """First day after the service period: half-open, printed inclusive."""
    period_start_on: CalendarDay
    period_end_on: CalendarDay
    """First day after the billing period that the service period is a part of."""
    service_days: Annotated[int, Whole(minimum=0)]
    period_days: Annotated[int, Whole(minimum=1)]
    proration: Annotated[str, Text(max_length=80)]
    """Name of the proration rule, and of the version it had."""
    carried: Annotated[str | None, Text(max_length=400)] = None
    """Rounding of earlier lines that was added before this one was rounded, as a fraction."""
    rounding: Annotated[str, Text(max_length=40)]
    is_limited: Annotated[bool, YesNo()] = False
    """Whether the amount is what was left of the corrected line, and not its own sum."""
    amount: Amount
    transactioncurrencyid: CurrencyOfRow
