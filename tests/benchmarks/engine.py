"""The engine alone: charges settled in a second on one core, and how that grows.

Run as `python -m tests.benchmarks.engine`. Contracts are made a chunk at a time and outside
of the clock, as a job reads them; only settling is timed, by processor time, so that what
else runs on the machine matters little.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from typing import Annotated

import typer

from tests.benchmarks.measuring import (
    Stopwatch,
    allocated_megabytes_max,
    resident_megabytes_max,
    show,
)
from tests.benchmarks.portfolio import START, account, accounts, remembered
from work365.domain.accounts import Account
from work365.domain.periods import month_after
from work365.domain.settlements import Settlement, settle_account
from work365.jobs import CHUNK_CONTRACTS_MAX

HISTORY_MONTHS = 12
SIZES = (1_000, 10_000, 100_000)
CONTRACT_SIZES = (5, 50, 500, 5_000)
HISTORIES_MONTHS = (12, 24, 48, 96)


@dataclass(slots=True)
class Timed:
    """What one kind of run did, and how long it took."""

    stopwatch: Stopwatch = field(default_factory=Stopwatch)
    charges: int = 0
    invoices: int = 0

    def settle(self, every: Sequence[Account], through: date) -> list[Settlement]:
        """Settle every account and count."""
        with self.stopwatch.running():
            settlements = [settle_account(each, through=through) for each in every]
        for settlement in settlements:
            self.invoices += len(settlement.invoices)
            self.charges += sum(len(invoice.lines) for invoice in settlement.invoices)
        return settlements

    @property
    def charges_per_second(self) -> float:
        """Charges on invoices, for each second of one core."""
        return self.charges / self.stopwatch.processor_seconds

    def seconds_per_thousand(self, subscriptions: int) -> float:
        """Seconds of one core for 1,000 subscriptions."""
        return self.stopwatch.processor_seconds / subscriptions * 1_000


@dataclass(slots=True)
class Runs:
    """The three runs that matter."""

    replay: Timed = field(default_factory=Timed)
    """Everything ever billed, from nothing."""
    monthly: Timed = field(default_factory=Timed)
    """One more month, with all before it remembered."""
    again: Timed = field(default_factory=Timed)
    """The same month once more, which must add nothing."""

    def measure(self, every: Iterable[Account], history_months: int) -> None:
        """Run all three over `every`, a chunk of contracts at a time."""
        last_month = month_after(START, history_months - 1)
        this_month = month_after(START, history_months)
        for chunk in _chunks(every):
            replayed = self.replay.settle(chunk, last_month)
            kept = [remembered(*pair) for pair in zip(chunk, replayed, strict=True)]
            billed = self.monthly.settle(kept, this_month)
            kept = [remembered(*pair) for pair in zip(kept, billed, strict=True)]
            self.again.settle(kept, this_month)
        assert self.again.charges == 0, "billing twice changes nothing"


@dataclass(frozen=True, slots=True)
class EngineFigures:
    """The figures that others compare themselves with. Units: seconds of one core."""

    subscriptions: int
    replay_charges_per_second: float
    monthly_charges_per_second: float
    monthly_invoices_per_second: float
    again_seconds_per_thousand: float


def engine_figures(subscriptions: int) -> EngineFigures:
    """Return the figures of one size."""
    runs = _of_size(subscriptions)
    monthly = runs.monthly
    return EngineFigures(
        subscriptions=subscriptions,
        replay_charges_per_second=runs.replay.charges_per_second,
        monthly_charges_per_second=monthly.charges_per_second,
        monthly_invoices_per_second=monthly.invoices / monthly.stopwatch.processor_seconds,
        again_seconds_per_thousand=runs.again.seconds_per_thousand(subscriptions),
    )


def main(
    largest: Annotated[int, typer.Option(help="Leave out sizes above this.")] = SIZES[-1],
) -> None:
    """Print the engine's figures."""
    columns = [
        "replay: charges", "charges/s", "s per 1,000",
        "month: charges", "charges/s", "s per 1,000",
        "again: s per 1,000",
    ]  # fmt: skip
    show(
        f"By size: {HISTORY_MONTHS} months of history, 5 subscriptions a contract, 1 core",
        ["subscriptions", *columns, "resident MB, most"],
        [
            (size, *_row(_of_size(size), size), resident_megabytes_max())
            for size in SIZES
            if size <= largest
        ],
    )
    show(
        "By size of one contract: a straight line has the same seconds per 1,000 in each row",
        ["subscriptions in it", *columns],
        [(size, *_row(_of_contract(size), size)) for size in CONTRACT_SIZES if size <= largest],
    )
    show(
        "By length of history: 1,000 subscriptions; the month should not grow",
        ["months", *columns],
        [(months, *_row(_of_size(1_000, months), 1_000)) for months in HISTORIES_MONTHS],
    )
    chunk = list(islice(accounts(1_000, history_months=HISTORY_MONTHS), CHUNK_CONTRACTS_MAX))
    show(
        "Memory: objects made by settling one chunk (200 contracts, 1,000 subscriptions)",
        ["run", "MB at once, most"],
        [("replay", allocated_megabytes_max(lambda: _replay(chunk)))],
    )


def _replay(chunk: Sequence[Account]) -> list[Settlement]:
    return Timed().settle(chunk, month_after(START, HISTORY_MONTHS))


def _of_size(subscriptions: int, history_months: int = HISTORY_MONTHS) -> Runs:
    runs = Runs()
    runs.measure(accounts(subscriptions, history_months=history_months), history_months)
    return runs


def _of_contract(subscriptions: int) -> Runs:
    runs = Runs()
    only = account(0, subscriptions=subscriptions, history_months=HISTORY_MONTHS)
    runs.measure([only], HISTORY_MONTHS)
    return runs


def _row(runs: Runs, subscriptions: int) -> Iterator[float]:
    for timed in (runs.replay, runs.monthly):
        yield timed.charges
        yield timed.charges_per_second
        yield timed.seconds_per_thousand(subscriptions)
    yield runs.again.seconds_per_thousand(subscriptions)


def _chunks(every: Iterable[Account]) -> Iterator[list[Account]]:
    rest = iter(every)
    while chunk := list(islice(rest, CHUNK_CONTRACTS_MAX)):
        yield chunk


if __name__ == "__main__":
    typer.run(main)
