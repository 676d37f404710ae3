"""Webhook trigger: Dataverse rings when a row changed.

A ring is a doorbell, not a delivery: it wakes the sweep, which reads what changed. So a ring
that comes twice, late, out of order or without its contents does no harm, and one that never
comes is made up for by the timer.
"""

import hmac
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from threading import Lock
from time import monotonic

import azure.functions as func

from work365.bootstrap import Services, services
from work365.errors import Unavailable
from work365.http import read_json
from work365.jobs import AnyJob, JobQueue, ProvisionChanges, SweepChanges

KEY_HEADER = "x-work365-key"
OWN_TAG = "work365"
CHANGE_LOG = "w365_subscriptionchange"
MESSAGES = frozenset({"Create", "Update", "Delete"})
RETRY_AFTER_SECONDS = 10
"""When to ring again, where the queue that is down does not say."""

bp = func.Blueprint()
logger = logging.getLogger(__name__)


class NotARing(ValueError):
    """A request body that is not a RemoteExecutionContext."""


@dataclass(frozen=True, slots=True)
class Ring:
    """What a ring says: what happened to which row, and by whose hand."""

    message: str
    table: str
    row: str
    tags: frozenset[str]

    @property
    def is_our_own(self) -> bool:
        """Whether this service made the change itself."""
        return OWN_TAG in self.tags


class Doorbell:
    """Wakes the sweep, or another job, once for all rings that come before it starts."""

    def __init__(
        self, clock: Callable[[], float] = monotonic, *, wakes: AnyJob | None = None
    ) -> None:
        self._clock = clock
        self._wakes = wakes or SweepChanges()
        self._lock = Lock()
        self._sweep_starts_at: float | None = None

    def ring(self, queue: JobQueue, *, delay_seconds: int) -> bool:
        """Make sure that a sweep starts after now; return whether one had to be enqueued.

        The sweep waits for `delay_seconds`, so that a burst of rings is answered by one.
        """
        with self._lock:
            now = self._clock()
            if self._sweep_starts_at is not None and now < self._sweep_starts_at:
                return False
            queue.put(self._wakes, delay_seconds=delay_seconds)
            # Taken before the wait began: the sweep cannot start earlier than this.
            self._sweep_starts_at = now + delay_seconds
            return True


@dataclass(frozen=True, slots=True)
class Doorbells:
    """What a ring wakes: the sweep, and provisioning where a change log has a new entry."""

    sweep: Doorbell = field(default_factory=Doorbell)
    provisioning: Doorbell = field(default_factory=lambda: Doorbell(wakes=ProvisionChanges()))

    def ring(self, about: Ring, queue: JobQueue, *, delay_seconds: int) -> bool:
        """Wake what has to be; return whether a sweep had to be enqueued."""
        if about.table == CHANGE_LOG:
            self.provisioning.ring(queue, delay_seconds=delay_seconds)
        return self.sweep.ring(queue, delay_seconds=delay_seconds)


doorbells = Doorbells()


@bp.route("webhooks/dataverse", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
def receive_ring(req: func.HttpRequest) -> func.HttpResponse:
    """Answer a ring of Dataverse. The key is ours, so that a wrong one can be logged."""
    return answer(req, services(), doorbells)


def answer(req: func.HttpRequest, services: Services, doorbells: Doorbells) -> func.HttpResponse:
    """Wake what a ring wakes, unless it is forged, broken, or about our own change."""
    if not _has_key(req, services.settings.webhook_keys):
        logger.warning(
            "a ring without the right key was turned away; it says it is from %r",
            req.headers.get("x-ms-dynamics-organization"),
        )
        return _text("The key is missing or wrong.", 401)
    try:
        ring = read_ring(req.get_body())
    except NotARing as error:
        logger.warning("a ring could not be read: %s", error)
        return _text(f"Not a RemoteExecutionContext: {error}.", 400)
    if ring.is_our_own:
        return _text("", 202)
    return _wake(ring, services, doorbells)


def _wake(ring: Ring, services: Services, doorbells: Doorbells) -> func.HttpResponse:
    delay = services.settings.sweep_delay_seconds
    try:
        woken = doorbells.ring(ring, services.queue, delay_seconds=delay)
    except Unavailable as error:
        # Of all failures, Dataverse repeats a ring after 502, 503 and 504 only, and once.
        logger.exception("%s of %s %s woke no sweep", ring.message, ring.table, ring.row)
        seconds = error.retry_after_seconds or RETRY_AFTER_SECONDS
        return _text(
            "The queue does not answer; ring again.", 503, {"Retry-After": f"{seconds:.0f}"}
        )
    logger.info(
        "%s of %s %s; %s",
        ring.message,
        ring.table,
        ring.row,
        "the sweep is woken" if woken else "a sweep is about to start",
    )
    return _text("", 202)


def read_ring(body: bytes) -> Ring:
    """Return the ring in `body`; of a large row Dataverse sends only its id, which is enough.

    Raises: NotARing: it is not JSON, or lacks the message, the table or the row.
    """
    try:
        context = read_json(body)
    except (ValueError, RecursionError) as error:
        raise NotARing(f"it is not JSON ({error})") from error
    if not isinstance(context, dict):
        raise NotARing("it is not a JSON object")
    named = {name: context.get(name) for name in ("MessageName", "PrimaryEntityName")}
    row = context.get("PrimaryEntityId")
    for name, value in {**named, "PrimaryEntityId": row}.items():
        if not isinstance(value, str) or not value:
            raise NotARing(f"{name} is {value!r}")
    if named["MessageName"] not in MESSAGES:
        raise NotARing(f"MessageName is {named['MessageName']!r}, and no step of ours is on it")
    return Ring(
        message=str(named["MessageName"]),
        table=str(named["PrimaryEntityName"]),
        row=str(row),
        tags=frozenset(_tags(context)),
    )


def _tags(context: object) -> Iterator[str]:
    # A tag given with the request stands in the context of the request, one level up.
    while isinstance(context, Mapping):
        shared = context.get("SharedVariables")
        for entry in shared if isinstance(shared, Sequence) else ():
            if isinstance(entry, Mapping) and entry.get("key") == "tag":
                yield str(entry.get("value"))
        context = context.get("ParentContext")


def _has_key(req: func.HttpRequest, keys: Sequence[str]) -> bool:
    given = (req.headers.get(KEY_HEADER) or "").encode()
    return any([hmac.compare_digest(given, key.encode()) for key in keys])


def _text(text: str, status: int, headers: Mapping[str, str] | None = None) -> func.HttpResponse:
    return func.HttpResponse(
        text, status_code=status, headers=headers, mimetype="text/plain", charset="utf-8"
    )
