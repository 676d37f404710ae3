"""What goes wrong on purpose on the way to a webhook: lost, doubled and late messages."""

from dataclasses import dataclass
from random import Random
from threading import Lock

HUNDRED = 100


@dataclass(frozen=True, kw_only=True)
class Fate:
    """What becomes of one message."""

    copies: int = 1
    """How often it is sent: not at all if it is lost."""

    delay_ms: int = 0


class WebhookFaults:
    """Decides the fate of messages: the same for the same seed and order of events.

    Delays that differ from message to message put messages out of order.
    """

    def __init__(
        self,
        *,
        seed: int = 0,
        drop_percent: int = 0,
        duplicate_percent: int = 0,
        delay_ms_max: int = 0,
    ) -> None:
        self._random = Random(seed)  # noqa: S311 - repeatable on purpose, guards nothing
        self._lock = Lock()
        self._drop_percent = drop_percent
        self._duplicate_percent = duplicate_percent
        self._delay_ms_max = delay_ms_max

    def fate(self) -> Fate:
        """Return what becomes of the next message."""
        with self._lock:
            dropped = self._random.randrange(HUNDRED) < self._drop_percent
            doubled = self._random.randrange(HUNDRED) < self._duplicate_percent
            delay_ms = self._random.randrange(self._delay_ms_max + 1)
        return Fate(copies=0 if dropped else 2 if doubled else 1, delay_ms=delay_ms)
