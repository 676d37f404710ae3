"""Say in words what is missing of the connection to Microsoft, and how to mend it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from work365.errors import Unavailable, Work365Error
from work365.ports.providers import (
    Connection,
    ConnectionState,
    KeptProvider,
    ProviderBook,
)
from work365.ports.tokens import KeptToken, TokenVault
from work365.usecases.watch_consents import connection_end, days_left


class Verdict(Enum):
    """What came of looking at one thing."""

    WORKS = "works"
    MISSING = "missing"
    UNKNOWN = "not known now"
    """Microsoft did not answer; nothing was found wrong."""
    NOT_NEEDED = "not set up"


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One thing to look at: asking for it raises where it is missing."""

    name: str
    of_delegated: bool
    """Whether it is a part of the delegated connection, which need not be set up."""
    ask: Callable[[], str]
    """Returns what was seen, in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What came of one look."""

    name: str
    verdict: Verdict
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """How the connection of one provider stands."""

    provider: KeptProvider
    state: ConnectionState
    seen: tuple[Seen, ...]
    ends_at: datetime | None
    """When the delegated connection ends unless it is used."""
    days_left: int | None

    @property
    def missing(self) -> tuple[Seen, ...]:
        """What a person has to mend."""
        return tuple(one for one in self.seen if one.verdict is Verdict.MISSING)


def check_connection(
    *,
    provider: str,
    at: datetime,
    looks: Sequence[Look],
    providers: ProviderBook,
    vault: TokenVault,
) -> Health:
    """Look at everything that the connection of `provider` needs, and show how it stands.

    Raises: Refusal: there is no such provider.
    """
    kept = providers.provider(provider)
    token, vault_seen = _token(kept, vault)
    seen = [_look(one, has_token=token is not None) for one in looks]
    if vault_seen is not None:
        seen.append(vault_seen)
    ends_at = None if token is None else connection_end(token.redeemed_at)
    health = Health(
        provider=kept,
        state=_state(seen, has_token=token is not None, before=kept.connection.state),
        seen=tuple(seen),
        ends_at=ends_at,
        days_left=None if token is None else days_left(token.redeemed_at, at),
    )
    words = " ".join(f"{one.name}: {one.words}" for one in health.missing)
    providers.set_connection(
        provider,
        Connection(
            state=health.state,
            consented_at=kept.connection.consented_at,
            token_expires_at=ends_at,
            checked_at=at,
            health=words or None,
        ),
    )
    return health


def _token(provider: KeptProvider, vault: TokenVault) -> tuple[KeptToken | None, Seen | None]:
    if provider.partner_tenant is None:
        words = "Nobody has entered the partner's tenant id yet; enter it in the provider's record."
        return None, Seen(name="Partner tenant", verdict=Verdict.MISSING, words=words)
    try:
        return vault.read(provider.partner_tenant), None
    except Work365Error as error:
        return None, Seen(name="Token vault", verdict=_verdict(error), words=str(error))


def _look(look: Look, *, has_token: bool) -> Seen:
    if look.of_delegated and not has_token:
        words = "There is no delegated connection. Get a consent link, if it is wanted."
        return Seen(name=look.name, verdict=Verdict.NOT_NEEDED, words=words)
    try:
        return Seen(name=look.name, verdict=Verdict.WORKS, words=look.ask())
    except Work365Error as error:
        return Seen(name=look.name, verdict=_verdict(error), words=str(error))


def _verdict(error: Work365Error) -> Verdict:
    return Verdict.UNKNOWN if isinstance(error, Unavailable) else Verdict.MISSING


def _state(seen: Sequence[Seen], *, has_token: bool, before: ConnectionState) -> ConnectionState:
    verdicts = {one.verdict for one in seen}
    if Verdict.MISSING in verdicts:
        anything = Verdict.WORKS in verdicts or has_token
        return ConnectionState.BROKEN if anything else ConnectionState.NOT_CONNECTED
    if Verdict.UNKNOWN in verdicts:
        # An outage at Microsoft is no reason to call a connection broken.
        return before
    return ConnectionState.DELEGATED if has_token else ConnectionState.APP_ONLY
