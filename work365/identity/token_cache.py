"""Access tokens in memory, from when they are given until shortly before they expire."""

from collections.abc import Callable, Hashable
from datetime import datetime
from threading import Lock

from work365.errors import Unavailable
from work365.identity.application import Grant
from work365.identity.credentials import MARGIN


class TokenCache:
    """One token for each key, fetched by one thread while the others wait for it."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._grants: dict[Hashable, Grant] = {}
        self._turns: dict[Hashable, Lock] = {}
        self._lock = Lock()
        self._forgotten = 0

    def token(self, key: Hashable, fetch: Callable[[], Grant]) -> str:
        """Return the token of `key`, from `fetch` where there is none or it is about to expire.

        As long as the old token is good, an outage of who gives out new ones does not matter.
        Raises: whatever `fetch` raises.
        """
        with self._lock:
            turn = self._turns.setdefault(key, Lock())
        with turn:
            kept = self._grants.get(key)
            if kept is None or kept.expires_at <= self._clock() + MARGIN:
                forgotten = self._forgotten
                kept = self._renewed(kept, fetch)
                self._keep(key, kept, forgotten)
            return kept.access_token.reveal()

    def forget(self) -> None:
        """Fetch every token again when it is next needed."""
        with self._lock:
            self._grants.clear()
            self._forgotten += 1

    def _keep(self, key: Hashable, grant: Grant, forgotten: int) -> None:
        with self._lock:
            # What was asked for before all was to be forgotten is good for one use only.
            if forgotten == self._forgotten:
                self._grants[key] = grant

    def _renewed(self, kept: Grant | None, fetch: Callable[[], Grant]) -> Grant:
        try:
            return fetch()
        except Unavailable:
            if kept is None or kept.expires_at <= self._clock():
                raise
            return kept
