"""An environment: its tables and rows, its clock, its users, and the way to write."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from sqlite3 import Connection
from threading import Lock
from uuid import uuid4

from work365.emulators.dataverse import seeds
from work365.emulators.dataverse.calls import Caller
from work365.emulators.dataverse.clock import Clock, moment_text
from work365.emulators.dataverse.database import Database
from work365.emulators.dataverse.definitions import Schema
from work365.emulators.dataverse.deliveries import Delivery
from work365.emulators.dataverse.first_rows import plant_first_rows
from work365.emulators.dataverse.key_indexes import KeyIndexes
from work365.emulators.dataverse.payloads import PayloadReaders
from work365.emulators.dataverse.reading import Reader
from work365.emulators.dataverse.rights import RightsBook
from work365.emulators.dataverse.schema import blank_schema, installed_schema
from work365.emulators.dataverse.schema_book import SchemaBook
from work365.emulators.dataverse.security_tables import WRITTEN_RIGHTS
from work365.emulators.dataverse.snapshots import Snapshots
from work365.emulators.dataverse.sql import sql
from work365.emulators.dataverse.steps import Step
from work365.emulators.dataverse.system_rows import insert_row
from work365.emulators.dataverse.transactions import Counters, RowEvent, Transaction
from work365.emulators.dataverse.viewpoints import Viewpoint
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

    def __init__(
        self,
        state: Path | None,
        running: Callable[[], datetime] | None,
        *,
        is_blank: bool = False,
        webhook_ports: frozenset[int] | None = None,
    ) -> None:
        self._webhook_ports = webhook_ports
        self.clock = Clock(running)
        self.database = Database(state)
        self.tally = Tally()
        self.rights = RightsBook(self.database)
        self.snapshots = Snapshots(self.database)
        self._is_auditing = False
        self._schemas = SchemaBook(blank_schema if is_blank else installed_schema)
        self._payloads = PayloadReaders(self._schemas.current)
        self.system = Caller(
            user_id=seeds.APPLICATION_USER_ID,
            real_user_id=seeds.APPLICATION_USER_ID,
            business_unit_id=seeds.BUSINESS_UNIT_ID,
        )
        self.parallelism = PARALLELISM
        """What `x-ms-dop-hint` recommends."""

        self.webhooks = Webhooks(self.database, self._keep_outcome)
        self.key_indexes = KeyIndexes(lambda: self.transaction(self.system))
        self._open()

    @property
    def schema(self) -> Schema:
        """The schema that holds now."""
        return self._schemas.current

    def _open(self) -> None:
        with self.database.writing() as connection:
            self._schemas.open(connection)
        self._begin()

    def _begin(self) -> None:
        """Take from the file what it says beside the schema, and fill it if it is empty."""
        with self.database.writing() as connection:
            self._counters = Counters(connection)
            moment = connection.execute("SELECT moment FROM _clock").fetchone()
            is_empty = not connection.execute('SELECT 1 FROM "organization"').fetchone()
            self._is_auditing = _is_auditing(connection)
        self._payloads = PayloadReaders(self.schema)
        self.rights.forget()
        self.clock.stand_at(datetime.fromisoformat(moment[0]) if moment else None)
        if is_empty:
            with self.transaction(self.system) as transaction:
                plant_first_rows(transaction)
        self.key_indexes.wake(self.schema)

    def close(self) -> None:
        """Stop the webhooks and the work on keys, and close the database."""
        self.key_indexes.close()
        self.webhooks.close()
        self.database.close()

    def reset(self) -> None:
        """Empty the environment: as it was when it was made."""
        self.webhooks.ledger.wait(DRAIN_SECONDS)
        self.key_indexes.wait(DRAIN_SECONDS)
        with self.database.writing() as connection:
            self._schemas.begin_again(connection)
            for name in (*self.schema.tables, "_deleted", "_counter", "_clock"):
                connection.execute(sql("DELETE FROM", f'"{name}"'))
        self.tally.reset()
        self.webhooks.forget_steps()
        self.webhooks.ledger.clear()
        self._begin()

    def bring_back(self, snapshot: str) -> None:
        """Put a snapshot in the place of everything; messages on their way come first.

        Raises: SnapshotRefused, where there is no such snapshot.
        """
        self.webhooks.ledger.wait(DRAIN_SECONDS)
        self.key_indexes.wait(DRAIN_SECONDS)
        self.snapshots.bring_back(snapshot)
        self.webhooks.forget_steps()
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
                payloads=self._payloads,
                counters=self._counters,
                caller=caller,
                now=moment_text(self.clock.now()),
                base_currency_id=seeds.BASE_CURRENCY_ID,
                is_auditing=self._is_auditing,
                webhook_ports=self._webhook_ports,
            )
            self.webhooks.prepare(transaction, self.clock.now())
            yield transaction
            self._counters.keep(connection)
            has_changed = self._adopt(transaction)
        if has_changed:
            self.key_indexes.wake(transaction.schema)
        self._committed(transaction)
        self.webhooks.committed(transaction)
        self.tally.add("rows_written", transaction.rows_written)

    def _adopt(self, transaction: Transaction) -> bool:
        """Let the schema of a transaction hold, while nobody else can write.

        Return whether it is another than before.
        """
        if transaction.schema is self.schema:
            return False
        self._schemas.expect(transaction.connection, transaction.schema)
        self._schemas.current = transaction.schema
        self._payloads = transaction.payloads
        return True

    def _committed(self, transaction: Transaction) -> None:
        """Forget what was remembered of tables that have changed."""
        if not WRITTEN_RIGHTS.isdisjoint(transaction.written_tables):
            self.rights.forget()
        if "organization" in transaction.written_tables:
            with self.database.reading() as connection:
                self._is_auditing = _is_auditing(connection)

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
                schema=self._schemas.seen_by(connection),
                connection=connection,
                viewpoint=self.viewpoint(caller),
            )

    def viewpoint(self, caller: Caller) -> Viewpoint:
        """Return from where the caller's filters look."""
        return Viewpoint(
            now=self.clock.now(),
            user_id=caller.user_id,
            business_unit_id=caller.business_unit_id,
            sight=caller.restriction,
        )


def _is_auditing(connection: Connection) -> bool:
    """Return whether the organization keeps what changes in audited tables."""
    found = connection.execute('SELECT isauditenabled FROM "organization"').fetchone()
    return bool(found and found[0])
