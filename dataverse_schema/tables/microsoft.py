"""Tables about the connection to Microsoft: consents, relationships, events and its invoices."""

from datetime import date, datetime
from typing import Annotated, ClassVar
from uuid import UUID

from dataverse_schema.columns import (
    Amount,
    CalendarDay,
    Choice,
    Day,
    Lookup,
    Memo,
    Moment,
    Text,
    UtcMoment,
    Whole,
    YesNo,
)
from dataverse_schema.options import ConsentKind, ConsentRequestState
from dataverse_schema.table import Key, Table

ProviderOfRow = Annotated[UUID | None, Lookup(target="w365_provider", required=True)]
ProviderAccountOfRow = Annotated[UUID | None, Lookup(target="w365_provideraccount", required=True)]
CurrencyOfRow = Annotated[
    UUID | None, Lookup(target="transactioncurrency", required=True, system=True)
]
ReferenceAtMicrosoft = Annotated[str, Text()]
"""Its id at Microsoft."""
CallCount = Annotated[int, Whole(minimum=0)]


class ConsentRequest(Table):
    """A link by which an administrator of the partner may consent, once."""

    keys: ClassVar = (("key",),)

    name: Annotated[str, Text(required=True, max_length=200)]
    key: Annotated[str, Text(max_length=64, autonumber="ASK-{SEQNUM:6}")]
    """SHA-256 of the link's token, which is kept nowhere; a number until there is a link."""
    provider: ProviderOfRow = None
    state: Annotated[
        ConsentRequestState,
        Choice(options=ConsentRequestState, default=ConsentRequestState.OPEN),
    ] = ConsentRequestState.OPEN
    requested_by: Annotated[str | None, Text(max_length=200)] = None
    """Who asked for the link."""
    expires_on: Annotated[datetime | None, Moment()] = None
    """From when on the link opens nothing."""
    used_on: Annotated[datetime | None, Moment()] = None


class Consent(Table):
    """Who allowed the service what, and when. It is never changed but by being withdrawn."""

    keys: ClassVar = (("key",),)

    name: Annotated[str, Text(required=True, max_length=200)]
    key: Key
    """Kind, tenant, application and the moment at which it was given."""
    provider: ProviderOfRow
    kind: Annotated[ConsentKind, Choice(options=ConsentKind, default=ConsentKind.PARTNER)]
    """Of the partner for itself, or for one of its customers."""
    tenant: Annotated[str, Text()]
    """Whose data it is about: Entra tenant id of the partner or of the customer."""
    application_id: Annotated[str, Text()]
    """Client id of the application that was allowed."""
    scopes: Annotated[str, Memo(max_length=4_000)]
    """What was allowed, in Microsoft's words, with spaces between."""
    given_by: Annotated[str | None, Text(max_length=200)] = None
    """Name of the person who signed in."""
    given_by_object_id: Annotated[str | None, Text()] = None
    """The person's Entra object id."""
    role_seen: Annotated[str | None, Text(max_length=200)] = None
    """The role of the person that made it possible."""
    mfa_seen: Annotated[bool, YesNo()] = False
    """Whether the sign-in was proved by a second factor."""
    given_on: UtcMoment
    expires_on: Annotated[datetime | None, Moment()] = None
    """When it would have ended without being used again; empty where it has no end."""
    withdrawn_on: Annotated[datetime | None, Moment()] = None
    correlation_id: Annotated[str | None, Text()] = None
    """Under which Microsoft's logs know it."""


class AdminRelationship(Table):
    """Granular delegated admin privileges (GDAP) that a customer granted, or was asked for."""

    keys: ClassVar = (("key",),)

    name: Annotated[str, Text(required=True)]
    """As the customer reads it; Microsoft takes each name once."""
    key: Key
    provider: ProviderOfRow
    provider_account: Annotated[UUID | None, Lookup(target="w365_provideraccount")] = None
    """Empty until it is known which customer approves it."""
    reference: ReferenceAtMicrosoft
    status: Annotated[str, Text(max_length=40)]
    """In Microsoft's words, such as approvalPending, active or expired."""
    roles: Annotated[str, Memo(max_length=10_000)]
    """Template ids of the Entra roles that it grants, with spaces between."""
    security_group: Annotated[str | None, Text()] = None
    """Object id of the partner's group whose members have the roles; empty before."""
    duration: Annotated[str | None, Text(max_length=10)] = None
    """How long it lasts from its approval, as an ISO 8601 duration such as P730D."""
    auto_extend: Annotated[bool, YesNo()] = False
    """Whether it goes on by 180 days when it would end."""
    expires_on: Annotated[datetime | None, Moment()] = None
    approve_link: Annotated[str | None, Text(max_length=500)] = None
    """Where an administrator of the customer approves it."""
    last_seen_on: Annotated[datetime | None, Moment()] = None


class Agreement(Table):
    """An agreement of Microsoft's that a customer accepted."""

    keys: ClassVar = (("key",),)

    name: Annotated[str, Text(required=True, max_length=200)]
    key: Key
    provider_account: ProviderAccountOfRow
    kind: Annotated[str, Text(max_length=60)]
    """In Microsoft's words, such as MicrosoftCustomerAgreement."""
    template: Annotated[str | None, Text()] = None
    """Microsoft's id of the text that was accepted."""
    agreed_on: CalendarDay
    contact: Annotated[str | None, Text(max_length=400)] = None
    """Who accepted it: name and e-mail address."""


class ProviderEvent(Table):
    """A message of a provider's that something changed there: a doorbell, not a delivery."""

    keys: ClassVar = (("key",),)
    primary_name: ClassVar = "event_name"
    user_owned: ClassVar = False

    key: Key
    """SHA-256 of name, resource and moment, so that a message that comes twice is one row."""
    provider: ProviderOfRow
    event_name: Annotated[str, Text(required=True)]
    resource_path: Annotated[str, Text(max_length=1_000)]
    """Path of the resource that it is about; it is never fetched by the address sent along."""
    changed_on: UtcMoment
    received_on: UtcMoment
    handled_on: Annotated[datetime | None, Moment()] = None
    """When what it is about was read again; empty until then."""
    outcome: Annotated[str | None, Memo(max_length=4_000)] = None


class ProviderInvoice(Table):
    """A bill, or a credit note, from a provider to the partner."""

    keys: ClassVar = (("key",),)

    name: Annotated[str, Text(required=True)]
    key: Key
    provider: ProviderOfRow
    reference: Annotated[str, Text()]
    """Its number at the provider."""
    invoice_on: CalendarDay
    period_start_on: Annotated[date | None, Day()] = None
    period_end_on: Annotated[date | None, Day()] = None
    """First day after the billing period: half-open, printed inclusive."""
    total_amount: Amount
    """With tax, as the provider states it; below zero for a credit note."""
    paid_amount: Amount
    transactioncurrencyid: CurrencyOfRow
    invoice_type: Annotated[str | None, Text(max_length=40)] = None
    """In the provider's words: Recurring or OneTime."""
    document_type: Annotated[str | None, Text(max_length=40)] = None
    """In the provider's words: invoice, credit_note or adjustment."""
    amends: Annotated[str | None, Text()] = None
    """Number of the invoice that it corrects."""


class ProviderCall(Table):
    """How often a provider was asked on one day (UTC) for one purpose."""

    keys: ClassVar = (("key",),)
    primary_name: ClassVar = "purpose"
    user_owned: ClassVar = False

    key: Key
    """Provider, day and purpose."""
    provider: ProviderOfRow
    called_on: CalendarDay
    purpose: Annotated[str, Text(required=True, max_length=200)]
    """What the service wanted, in words."""
    calls: CallCount = 0
    """All of them, those that were refused or failed included."""
    refused: CallCount = 0
    """Calls that the provider understood and said no to."""
    failed: CallCount = 0
    """Calls without an answer that says what was done."""
