"""Tells webhooks of what happens to rows: at once, or after the commit from a pool of threads."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from functools import partial
from threading import Event, Lock

from work365.emulators.dataverse.chains import Chains
from work365.emulators.dataverse.contexts import Occasion, message_of
from work365.emulators.dataverse.database import Database
from work365.emulators.dataverse.deliveries import Courier, Delivery, Ledger, described
from work365.emulators.dataverse.errors import DataverseError
from work365.emulators.dataverse.steps import TABLES, Step, load_steps
from work365.emulators.dataverse.transactions import RowEvent, Transaction
from work365.emulators.dataverse.webhook_faults import WebhookFaults

THREADS = 8
MS_IN_SECOND = 1_000

KeepOutcome = Callable[[Step, RowEvent, Delivery], None]


class Webhooks:
    """The registered steps, and their messages."""

    def __init__(self, database: Database, keep_outcome: KeepOutcome) -> None:
        self._database = database
        self._keep_outcome = keep_outcome
        self._steps: tuple[Step, ...] | None = None
        self._chains = Chains()
        self._lock = Lock()
        self._courier = Courier()
        self._pool = ThreadPoolExecutor(max_workers=THREADS, thread_name_prefix="webhook")
        self._closing = Event()
        self.faults = WebhookFaults()
        self.ledger = Ledger()

    def close(self) -> None:
        """Stop sending; messages that were not sent are lost."""
        self._closing.set()
        self._pool.shutdown(cancel_futures=True)
        self._courier.close()

    def steps(self) -> tuple[Step, ...]:
        """Return the enabled steps."""
        with self._lock:
            if self._steps is None:
                with self._database.reading() as connection:
                    self._steps = load_steps(connection)
            return self._steps

    def forget_steps(self) -> None:
        """Read the steps anew when they are next needed."""
        with self._lock:
            self._steps = None

    def prepare(self, transaction: Transaction, now: datetime) -> None:
        """Have the transaction say what happens, if anybody listens."""
        steps = self.steps()
        if not steps:
            return
        occasion = Occasion.of(transaction.caller, now)
        is_given_here = not transaction.caller.correlation_id
        tables = transaction.schema.tables
        transaction.listened = frozenset(
            (step.message, name)
            for step in steps
            for name in ([step.table_name] if step.table_name else tables)
        )

        def tell(event: RowEvent) -> None:
            wanting = [step for step in steps if step.wants(event, transaction.caller)]
            if not wanting:
                return
            depth = self._chains.deepen(occasion.correlation_id, event.row_id)
            told = replace(occasion, depth=depth)
            if is_given_here:
                self._chains.give(occasion.correlation_id)
            for step in wanting:
                if step.is_asynchronous:
                    transaction.after_commit.append(partial(self._send, step, event, told))
                else:
                    self._tell_now(step, event, told)

        transaction.tell = tell

    def committed(self, transaction: Transaction) -> None:
        """Send what waited for the commit."""
        if not TABLES.isdisjoint(transaction.written_tables):
            self.forget_steps()
        for send in transaction.after_commit:
            send()

    def _tell_now(self, step: Step, event: RowEvent, occasion: Occasion) -> None:
        """Tell a synchronous step; its failure is the operation's."""
        message = message_of(occasion, event, step)
        delivery = self._courier.deliver(step, event, message, occasion.correlation_id)
        self.ledger.add(delivery)
        if not delivery.succeeded:
            raise DataverseError(
                400,
                "0x80040265",
                f"The webhook call of step '{step.name}' failed. Endpoint unavailable: "
                f"{delivery.failure}",
            )

    def _send(self, step: Step, event: RowEvent, occasion: Occasion) -> None:
        fate = self.faults.fate()
        if fate.copies == 0:
            lost = described(step, event, attempts=0, status=None, failure="lost on purpose")
            self.ledger.add(lost)
            return
        self.ledger.expect(fate.copies)
        for _ in range(fate.copies):
            self._pool.submit(self._deliver, step, event, occasion, fate.delay_ms)

    def _deliver(self, step: Step, event: RowEvent, occasion: Occasion, delay_ms: int) -> None:
        try:
            if delay_ms:
                self._closing.wait(delay_ms / MS_IN_SECOND)
            message = message_of(occasion, event, step)
            delivery = self._courier.deliver(step, event, message, occasion.correlation_id)
            self.ledger.add(delivery)
            if not (delivery.succeeded and step.deletes_outcome):
                self._keep_outcome(step, event, delivery)
        finally:
            self.ledger.arrived(1)
