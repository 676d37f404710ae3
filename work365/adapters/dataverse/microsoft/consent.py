"""Consents in Dataverse: links that work once, and a ledger that is only added to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from dataverse_schema import options
from dataverse_schema.tables import microsoft
from work365.adapters.dataverse.choices import meaning, option
from work365.adapters.dataverse.client import DataverseClient
from work365.adapters.dataverse.errors import RowNotFound, VersionMismatch
from work365.adapters.dataverse.mapping import write_row
from work365.adapters.dataverse.microsoft.rows import (
    Fields,
    ProviderRows,
    in_seconds,
    updates,
    upserts,
    within,
)
from work365.adapters.dataverse.operations import all_of, equals, literal, update
from work365.adapters.dataverse.row_faults import given
from work365.ports.consent import (
    ConsentKind,
    ConsentLinkRefused,
    ConsentRequest,
    GivenConsent,
    RequestState,
)

REMEDY = "ask for a new consent link from the provider record"
USED_MEANWHILE = "This link was used or changed in the same moment. Ask for a new one."
REQUEST, CONSENT = microsoft.ConsentRequest, microsoft.Consent


@dataclass(frozen=True, slots=True)
class _Kept:
    """The row of a request, at the version that was read."""

    row_id: UUID
    etag: str | None


class DataverseConsentLedger:
    """A `ConsentLedger` on one environment."""

    def __init__(self, client: DataverseClient) -> None:
        self._rows = ProviderRows(client)

    def open_request(self, request: ConsentRequest) -> None:
        """Keep a new link."""
        fields = {
            "key": request.token_hash,
            "name": within(REQUEST, "name", f"Consent link for {request.requested_by}"),
            "provider": self._rows.provider(request.provider),
            "state": option(request.state, options.ConsentRequestState),
            "requested_by": within(REQUEST, "requested_by", request.requested_by),
            "expires_on": in_seconds(request.expires_at),
        }
        self._rows.write(*upserts(REQUEST, [fields]))

    def request(self, token_hash: str) -> ConsentRequest | None:
        """Return the request with this hash of its token, whatever its state."""
        found = self._requests(equals(REQUEST.column_name("key"), token_hash))
        return next(iter(found), None)

    def use_request(self, request: ConsentRequest, *, at: datetime) -> None:
        """Use up `request`; of two at once, one succeeds."""
        if request.state is not RequestState.OPEN:
            raise ConsentLinkRefused(f"This link is {request.state.value}. Ask for a new one.")
        if request.expires_at <= at:
            raise ConsentLinkRefused(f"This link expired on {_shown(request)}. Ask for a new one.")
        kept = request.kept
        assert isinstance(kept, _Kept), "a request is used as it was read"
        used = {"state": options.ConsentRequestState.USED, "used_on": in_seconds(at)}
        body = write_row(REQUEST, used)
        try:
            self._rows.client.send(update(REQUEST.entity_set(), kept.row_id, body, etag=kept.etag))
        except (VersionMismatch, RowNotFound) as error:
            # A sending of our own whose answer was lost looks the same; it is not told apart,
            # because a link that may have been used must not be used again.
            raise ConsentLinkRefused(USED_MEANWHILE) from error

    def expire_requests(self, *, at: datetime) -> int:
        """Close the open links that have expired by `at`; return how many."""
        late = f"{REQUEST.column_name('expires_on')} le {literal(at)}"
        return self._close(options.ConsentRequestState.EXPIRED, late)

    def withdraw_requests(self, provider: str) -> int:
        """Close all open links of a provider; return how many."""
        own = equals(REQUEST.read_name("provider"), self._rows.provider(provider))
        return self._close(options.ConsentRequestState.WITHDRAWN, own)

    def record(self, consents: Sequence[GivenConsent]) -> None:
        """Add `consents`; one that is recorded already is recorded once."""
        given = {_consent_key(consent): consent for consent in consents}
        kept = {row.key.casefold() for row in self._rows.by_text(CONSENT, "key", given)}
        added = [
            _consent_fields(key, consent, self._rows.provider(consent.provider))
            for key, consent in given.items()
            if key.casefold() not in kept
        ]
        self._rows.write(*upserts(CONSENT, added))

    def withdraw(
        self, *, provider: str, kind: ConsentKind, tenant: str, application: str, at: datetime
    ) -> int:
        """Mark what was given as withdrawn; return how many, none if it was so already."""
        standing = self._rows.all(
            CONSENT,
            equals(CONSENT.read_name("provider"), self._rows.provider(provider)),
            equals(CONSENT.column_name("kind"), int(option(kind, options.ConsentKind))),
            equals(CONSENT.column_name("tenant"), tenant),
            equals(CONSENT.column_name("application_id"), application),
            f"{CONSENT.column_name('withdrawn_on')} eq null",
        )
        marked = [(row.row_id, {"withdrawn_on": in_seconds(at)}) for row in standing]
        self._rows.write(*updates(CONSENT, marked))
        return len(marked)

    def consents(self, *, provider: str, kind: ConsentKind | None = None) -> Sequence[GivenConsent]:
        """Return what was given, withdrawn or not, the last first."""
        conditions = [equals(CONSENT.read_name("provider"), self._rows.provider(provider))]
        if kind is not None:
            value = int(option(kind, options.ConsentKind))
            conditions.append(equals(CONSENT.column_name("kind"), value))
        rows = self._rows.all(CONSENT, *conditions)
        given = [_consent(row, provider) for row in rows]
        return sorted(given, key=lambda consent: consent.given_at, reverse=True)

    def _requests(self, condition: str) -> list[ConsentRequest]:
        rows = self._rows.all(REQUEST, condition)
        return [_request(row, self._rows.provider_key(row.provider)) for row in rows]

    def _close(self, state: options.ConsentRequestState, condition: str) -> int:
        is_open = equals(REQUEST.column_name("state"), int(options.ConsentRequestState.OPEN))
        rows = list(self._rows.all(REQUEST, all_of(is_open, condition)))
        self._rows.write(*updates(REQUEST, [(row.row_id, {"state": state}) for row in rows]))
        return len(rows)


def _request(row: microsoft.ConsentRequest, provider: str) -> ConsentRequest:
    assert row.row_id is not None, "a row that was read has its id"
    where = f"consent request {row.name}"
    return ConsentRequest(
        token_hash=row.key,
        provider=provider,
        requested_by=row.requested_by or "",
        expires_at=given(row.expires_on, where, "end", REMEDY),
        state=meaning(row.state, RequestState),
        used_at=row.used_on,
        kept=_Kept(row.row_id, row.etag),
    )


def _shown(request: ConsentRequest) -> str:
    return f"{request.expires_at.astimezone(UTC):%Y-%m-%d at %H:%M} UTC"


def _consent_key(consent: GivenConsent) -> str:
    # A colon could not stand in an address.
    moment = consent.given_at.astimezone(UTC).strftime("%Y%m%dT%H%M%S")
    parts = (consent.provider, consent.kind.value, consent.tenant, consent.application, moment)
    return "_".join(parts)


def _consent_fields(key: str, consent: GivenConsent, provider: UUID) -> Fields:
    whose = "the partner" if consent.kind is ConsentKind.PARTNER else f"tenant {consent.tenant}"
    return {
        "key": key,
        "name": f"Consent of {whose}",
        "provider": provider,
        "kind": option(consent.kind, options.ConsentKind),
        "tenant": consent.tenant,
        "application_id": consent.application,
        "scopes": " ".join(consent.scopes),
        "given_by": consent.given_by,
        "given_by_object_id": consent.given_by_object_id,
        "role_seen": consent.role_seen,
        "mfa_seen": consent.mfa_seen,
        "given_on": in_seconds(consent.given_at),
        "expires_on": in_seconds(consent.expires_at),
        "withdrawn_on": in_seconds(consent.withdrawn_at),
        "correlation_id": consent.correlation_id,
    }


def _consent(row: microsoft.Consent, provider: str) -> GivenConsent:
    return GivenConsent(
        provider=provider,
        kind=meaning(row.kind, ConsentKind),
        tenant=row.tenant,
        application=row.application_id,
        scopes=tuple(row.scopes.split()),
        given_at=row.given_on,
        given_by=row.given_by,
        given_by_object_id=row.given_by_object_id,
        role_seen=row.role_seen,
        mfa_seen=row.mfa_seen,
        expires_at=row.expires_on,
        correlation_id=row.correlation_id,
        withdrawn_at=row.withdrawn_on,
    )
