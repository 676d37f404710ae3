"""An environment: its tables and rows, its clock, its users, and the way to write."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from uuid import uuid4

from work365.emulators.dataverse import seeds
from work365.emulators.dataverse.calls import Caller
from work365.emulators.dataverse.clock import Clock, moment_text
from work365.emulators.dataverse.comparisons import Viewpoint
from work365.emulators.dataverse.database import Database
from work365.emulators.dataverse.deliveries import Delivery
from work365.emulators.dataverse.first_rows import plant
from work365.emulators.dataverse.payloads import PayloadReader
from work365.emulators.dataverse.reading import Reader
from work365.emulators.dataverse.schema import build_schema
from work365.emulators.dataverse.sql import sql
from work365.emulators.dataverse.steps import Step
from work365.emulators.dataverse.system_rows import insert_row
from work365.emulators.dataverse.transactions import Counters, RowEvent, Transaction
from work365.emulators.dataverse.webhooks import Webhooks

PARALLELISM = 4
DRAIN_SECONDS = 30
WEBHOOK_OPERATION = 1
"""Type of asynchronous operations that are events (SystemEvent)."""

COMPLETED, SUCCEEDED, FAILED = 3, 30, 31


class Tally:
    """Counts what was done since it was last set to nothing."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._counts: dict[str, dict[str, int]] = {}

    def add(self, what: str, counts: Mapping[str, int]) -> None:
        """Add counts by kind."""
        with self._lock:
            kinds = self._counts.setdefault(what, {})
            for kind, count in counts.items():
                kinds[kind] = kinds.get(kind, 0) + count

    def counts(self, what: str) -> dict[str, int]:
        """Return the counts by kind."""
        with self._lock:
            return dict(self._counts.get(what, {}))

    def reset(self) -> None:
        """Begin again."""
        with self._lock:
            self._counts.clear()


class Environment:
    """Everything that requests share."""

    def __init__(self, state: Path | None, running: Callable[[], datetime] | None) -> None:
        self.schema = build_schema()
        self.clock = Clock(running)
        self.database = Database(state, self.schema)
        self.tally = Tally()
        self.payloads = {
            table.name: PayloadReader(self.schema, table) for table in self.schema.tables.values()
        }
        self.system = Caller(
            user_id=seeds.APPLICATION_USER_ID,
            real_user_id=seeds.APPLICATION_USER_ID,
            business_unit_id=seeds.BUSINESS_UNIT_ID,
        )
        self.parallelism = PARALLELISM
        """What `x-ms-dop-hint` recommends."""

        self.webhooks = Webhooks(self.database, self._keep_outcome)
        self._open()

    def _open(self) -> None:
        with self.database.writing() as connection:
            self._counters = Counters(connection)
            moment = connection.execute("SELECT moment FROM _clock").fetchone()
            is_empty = not connection.execute('SELECT 1 FROM "organization"').fetchone()
        self.clock.stand_at(datetime.fromisoformat(moment[0]) if moment else None)
        if is_empty:
            with self.transaction(self.system) as transaction:
                plant(transaction)

    def close(self) -> None:
        """Stop the webhooks and close the database."""
        self.webhooks.close()
        self.database.close()

    def reset(self) -> None:
        """Empty the environment: as it was when it was made."""
        self.webhooks.ledger.wait(DRAIN_SECONDS)
        with self.database.writing() as connection:
            for name in (*self.schema.tables, "_deleted", "_counter", "_clock"):
                connection.execute(sql("DELETE FROM", f'"{name}"'))
        self.tally.reset()
        self.webhooks.forget_steps()
        self.webhooks.ledger.clear()
        self._open()

    def set_clock(self, moment: datetime) -> None:
        """Make the clock stand at `moment`, also after the file is opened again."""
        with self.database.writing() as connection:
            connection.execute("DELETE FROM _clock")
            connection.execute(
                "INSERT INTO _clock (moment) VALUES (?)",
                (moment.astimezone(UTC).isoformat(),),
            )
        self.clock.stand_at(moment)

    @contextmanager
    def transaction(self, caller: Caller) -> Iterator[Transaction]:
        """Open a transaction: kept as a whole when the block ends, or not at all."""
        with self.database.writing() as connection:
            transaction = Transaction(
                connection=connection,
                schema=self.schema,
                counters=self._counters,
                caller=caller,
                now=moment_text(self.clock.now()),
                base_currency_id=seeds.BASE_CURRENCY_ID,
            )
            self.webhooks.prepare(transaction, self.clock.now())
            yield transaction
            self._counters.keep(connection)
        self.webhooks.committed(transaction)
        self.tally.add("rows_written", transaction.rows_written)

    def _keep_outcome(self, step: Step, event: RowEvent, delivery: Delivery) -> None:
        """Keep what became of an asynchronous message as a row of `asyncoperation`."""
        with self.transaction(self.system) as transaction:
            insert_row(
                transaction,
                "asyncoperation",
                asyncoperationid=str(uuid4()),
                name=step.name,
                operationtype=WEBHOOK_OPERATION,
                messagename=event.message,
                message=delivery.failure or None,
                retrycount=delivery.attempts - 1,
                primaryentitytype=event.table.name,
                regardingobjectid=event.row_id,
                owningextensionid=step.step_id,
                startedon=transaction.now,
                completedon=transaction.now,
                statecode=COMPLETED,
                statuscode=SUCCEEDED if delivery.succeeded else FAILED,
            )

    @contextmanager
    def reader(self, caller: Caller) -> Iterator[Reader]:
        """Open a view of what was committed."""
        with self.database.reading() as connection:
            yield Reader(
                schema=self.schema, connection=connection, viewpoint=self.viewpoint(caller)
            )

    def viewpoint(self, caller: Caller) -> Viewpoint:
        """Return from where the caller's filters look."""
        return Viewpoint(
            now=self.clock.now(),
            user_id=caller.user_id,
            business_unit_id=caller.business_unit_id,
        )
