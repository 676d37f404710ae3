"""What all endpoints of a vault have in common."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from threading import RLock

from work365.emulators.key_vault.access import Access
from work365.emulators.key_vault.secrets import Secrets

REQUESTS_KEPT_MAX = 1_000


@dataclass(frozen=True, kw_only=True)
class VaultRequest:
    """A request that was answered, without anything secret."""

    at: datetime
    method: str
    path: str
    object_id: str
    """Of whoever asked; empty where that was nobody known."""

    status: int


@dataclass(kw_only=True)
class Vault:
    """The state of the emulator."""

    access: Access
    secrets: Secrets
    clock: Callable[[], datetime]
    lock: RLock = field(default_factory=RLock)
    requests: deque[VaultRequest] = field(default_factory=lambda: deque(maxlen=REQUESTS_KEPT_MAX))
    faults: list[int] = field(default_factory=list)
    """Statuses with which the next requests fail, instead of being done."""
