"""Tables about who supplies what is sold."""

from datetime import date, datetime
from typing import Annotated, ClassVar
from uuid import UUID

from dataverse_schema.columns import Choice, Day, Lookup, Memo, Moment, Text
from dataverse_schema.options import Cloud, ConnectionState, ProviderKind
from dataverse_schema.table import Key, Table


class Provider(Table):
    """Whom subscriptions are bought from: Microsoft, a distributor, or the partner itself."""

    keys: ClassVar = (("key",),)

    name: Annotated[str, Text(required=True)]
    key: Key
    kind: Annotated[ProviderKind, Choice(options=ProviderKind, default=ProviderKind.DO_NOTHING)]
    partner_tenant: Annotated[str | None, Text()] = None
    """The partner's own id at the provider: for Microsoft the Entra tenant id, in lower case."""
    cloud: Annotated[Cloud, Choice(options=Cloud, default=Cloud.GLOBAL)] = Cloud.GLOBAL
    """Of Microsoft: which of its clouds the partner is in."""
    connection: Annotated[
        ConnectionState, Choice(options=ConnectionState, default=ConnectionState.NOT_CONNECTED)
    ] = ConnectionState.NOT_CONNECTED
    """As whom the service reaches the provider: as itself, or for a person who consented too."""
    consented_on: Annotated[datetime | None, Moment()] = None
    """When an administrator of the partner consented last."""
    token_expires_on: Annotated[datetime | None, Moment()] = None
    """When the delegated connection ends, unless it is used before; each use prolongs it."""
    checked_on: Annotated[datetime | None, Moment()] = None
    """When the connection was last tried."""
    health: Annotated[str | None, Memo(max_length=10_000)] = None
    """What that found: what is missing, and how to mend it."""


class ProviderAccount(Table):
    """One customer's tenant at one provider."""

    keys: ClassVar = (("key",),)

    name: Annotated[str, Text(required=True, max_length=200)]
    key: Key
    provider: Annotated[UUID | None, Lookup(target="w365_provider", required=True)]
    account: Annotated[UUID | None, Lookup(target="account")] = None
    """The customer; a provider account without one is unmapped, and not billed."""
    tenant: Annotated[str, Text()]
    """The customer's id at the provider: for Microsoft the Entra tenant id."""
    domain: Annotated[str | None, Text(max_length=255)] = None
    mapped_by: Annotated[str | None, Text(max_length=40)] = None
    """Rule by which the customer was found: tenant, domain or name; empty where a person chose."""
    relationship: Annotated[str | None, Text(max_length=60)] = None
    """The provider's own word for what the partner is to the customer, such as reseller."""
    reseller: Annotated[str | None, Text()] = None
    """Tenant of the indirect reseller that serves the customer, where there is one."""
    agreement_signed_on: Annotated[date | None, Day()] = None
    """Day on which the customer accepted the provider's agreement; nothing is sold before."""
    unlisted_since: Annotated[datetime | None, Moment()] = None
    """When the provider was first found to list the customer no more; empty while it does."""
    last_synced_on: Annotated[datetime | None, Moment()] = None
    """When all its subscriptions were last read."""
