"""Admin relationships (GDAP) in Dataverse."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from dataverse_schema.tables import microsoft
from dataverse_schema.tables.providers import ProviderAccount
from work365.adapters.dataverse.client import DataverseClient
from work365.adapters.dataverse.microsoft.rows import (
    Fields,
    ProviderRows,
    in_seconds,
    updates,
    upserts,
)
from work365.adapters.dataverse.operations import equals
from work365.adapters.dataverse.row_faults import FieldWrong
from work365.adapters.dataverse.writing import difference
from work365.domain.microsoft.relationships import AdminRelationship, AdminStatus
from work365.ports.catalog import CatalogKind, Effect, Tally
from work365.ports.relationships import KeptAdminRelationship

RELATIONSHIP = microsoft.AdminRelationship
LAST = datetime.max.replace(tzinfo=UTC)


class DataverseRelationshipBook:
    """A `RelationshipBook` on one environment."""

    def __init__(self, client: DataverseClient) -> None:
        self._rows = ProviderRows(client)

    def relationships(self, provider: str) -> Sequence[KeptAdminRelationship]:
        """Return those of the provider, by the moment at which they end; those without one last."""
        rows = list(self._of(provider))
        ids = {row.provider_account for row in rows if row.provider_account is not None}
        accounts = self._rows.by_id(ProviderAccount, ProviderAccount.primary_id(), ids)
        tenants = {row.row_id: row.tenant.lower() for row in accounts}
        kept = [_relationship(row, tenants.get(row.provider_account)) for row in rows]
        return sorted(kept, key=lambda each: (each.seen.expires_at or LAST, each.seen.id))

    def keep(
        self, provider: str, relationships: Sequence[KeptAdminRelationship], *, at: datetime
    ) -> Tally:
        """Add them, or bring them up to date; what one leaves empty stays as it was kept."""
        provider_id = self._rows.provider(provider)
        kept = {row.reference: row for row in self._of(provider)}
        accounts = self._accounts(provider_id, relationships)
        added: list[Fields] = []
        changed: list[tuple[UUID | None, Fields]] = []
        for each in relationships:
            fields = _fields(each, accounts)
            row = kept.get(each.seen.id)
            if row is None:
                key = f"{provider}_{each.seen.id}"
                noted = {"key": key, "provider": provider_id, "last_seen_on": in_seconds(at)}
                added.append({**fields, **noted})
            elif different := difference(row, fields):
                changed.append((row.row_id, {**different, "last_seen_on": in_seconds(at)}))
        self._rows.write(*upserts(RELATIONSHIP, added), *updates(RELATIONSHIP, changed))
        kind = CatalogKind.ADMIN_RELATIONSHIP
        unchanged = len(relationships) - len(added) - len(changed)
        return Counter(
            {
                (kind, Effect.CREATED): len(added),
                (kind, Effect.CHANGED): len(changed),
                (kind, Effect.UNCHANGED): unchanged,
            }
        )

    def _of(self, provider: str) -> Iterable[microsoft.AdminRelationship]:
        column = RELATIONSHIP.read_name("provider")
        return self._rows.all(RELATIONSHIP, equals(column, self._rows.provider(provider)))

    def _accounts(
        self, provider: UUID, relationships: Iterable[KeptAdminRelationship]
    ) -> Mapping[str, UUID | None]:
        tenants = {each.seen.customer for each in relationships if each.seen.customer}
        own = equals(ProviderAccount.read_name("provider"), provider)
        rows = self._rows.by_text(ProviderAccount, "tenant", sorted(tenants), own)
        return {row.tenant.lower(): row.row_id for row in rows}


def _fields(each: KeptAdminRelationship, accounts: Mapping[str, UUID | None]) -> Fields:
    seen = each.seen
    besides: dict[str, Any] = {
        "provider_account": each.account or accounts.get((seen.customer or "").lower()),
        "security_group": each.group,
        "duration": None if each.days is None else f"P{each.days}D",
    }
    return {
        "name": seen.name,
        "reference": seen.id,
        "status": seen.status.value,
        "roles": " ".join(seen.roles),
        "auto_extend": seen.extends_itself,
        "expires_on": in_seconds(seen.expires_at),
        "approve_link": seen.approval_link,
        **{name: value for name, value in besides.items() if value is not None},
    }


def _relationship(row: microsoft.AdminRelationship, tenant: str | None) -> KeptAdminRelationship:
    return KeptAdminRelationship(
        seen=AdminRelationship(
            id=row.reference,
            etag="",
            name=row.name,
            status=_status(row),
            roles=tuple(row.roles.split()),
            customer=tenant,
            extends_itself=row.auto_extend,
            expires_at=row.expires_on,
        ),
        account=row.provider_account,
        days=_days(row),
        group=row.security_group,
    )


def _status(row: microsoft.AdminRelationship) -> AdminStatus:
    try:
        return AdminStatus(row.status)
    except ValueError as error:
        raise FieldWrong(
            f"admin relationship {row.reference}: status {row.status!r} is none of Microsoft's;"
            " read the relationships again"
        ) from error


def _days(row: microsoft.AdminRelationship) -> int | None:
    text = (row.duration or "").removeprefix("P").removesuffix("D")
    return int(text) if text.isdecimal() else None
