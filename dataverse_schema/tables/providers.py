"""Tables about who supplies what is sold."""

from typing import Annotated, ClassVar
from uuid import UUID

from dataverse_schema.columns import Choice, Lookup, Text
from dataverse_schema.options import ProviderKind
from dataverse_schema.table import Key, Table


class Provider(Table):
    """Whom subscriptions are bought from: Microsoft, a distributor, or the partner itself."""

    keys: ClassVar = (("key",),)

    name: Annotated[str, Text(required=True)]
    key: Key
    kind: Annotated[ProviderKind, Choice(options=ProviderKind, default=ProviderKind.DO_NOTHING)]


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
