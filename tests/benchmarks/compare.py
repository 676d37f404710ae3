"""Everything side by side in one run: the engine, Dataverse end to end, and django-silver.

Run as `python -m tests.benchmarks.compare`. Ratios are taken within one run, because the
seconds of two machines, or of one machine on two days, cannot be compared.
"""

from dataclasses import dataclass
from typing import Annotated

import typer

from tests.benchmarks.billing_run import SUBSCRIPTIONS_PER_CONTRACT, BillingRun, billing_runs
from tests.benchmarks.django_silver import RELEASE, SilverMissing, SilverRun, silver_run
from tests.benchmarks.engine import EngineFigures, engine_figures
from tests.benchmarks.measuring import show

ENGINE_SUBSCRIPTIONS = 10_000


@dataclass(frozen=True, slots=True)
class Compared:
    """One system's figures, for invoices of five lines."""

    name: str
    first_per_second: float | None
    renewal_per_second: float
    again_seconds_per_thousand: float


def main(
    contracts: Annotated[int, typer.Option(help="Contracts billed in Dataverse.")] = 1_000,
    customers: Annotated[int, typer.Option(help="Customers billed by silver.")] = 200,
) -> None:
    """Print a table of all systems and, where silver runs, the ratios to it."""
    systems = [
        _engine(engine_figures(ENGINE_SUBSCRIPTIONS)),
        _end_to_end(billing_runs(contracts).runs),
    ]
    try:
        single = silver_run(customers * SUBSCRIPTIONS_PER_CONTRACT, 1)
        silver = _silver(silver_run(customers, SUBSCRIPTIONS_PER_CONTRACT))
    except SilverMissing as missing:
        print(f"{RELEASE} is left out: {missing}")
        _show_systems(systems)
        return
    _show_systems([*systems, silver])
    _show_ratios(systems, silver)
    show(
        f"{RELEASE} with one line an invoice, as published figures count",
        ["customers", "first/s", "renewal/s", "s per 1,000 that add nothing"],
        [
            (
                single.customers,
                single.first_per_second,
                single.renewal_per_second,
                single.again_seconds_per_thousand,
            )
        ],
    )


def _engine(figures: EngineFigures) -> Compared:
    return Compared(
        name="Work 365, engine alone",
        first_per_second=None,
        renewal_per_second=figures.monthly_invoices_per_second,
        again_seconds_per_thousand=figures.again_seconds_per_thousand * SUBSCRIPTIONS_PER_CONTRACT,
    )


def _end_to_end(runs: tuple[BillingRun, ...]) -> Compared:
    first, again, renewal, _ = runs
    return Compared(
        name="Work 365, kept in Dataverse over HTTP",
        first_per_second=first.invoices_per_second,
        renewal_per_second=renewal.invoices_per_second,
        again_seconds_per_thousand=again.seconds_per_thousand,
    )


def _silver(run: SilverRun) -> Compared:
    return Compared(
        name=f"{RELEASE}, kept in memory",
        first_per_second=run.first_per_second,
        renewal_per_second=run.renewal_per_second,
        again_seconds_per_thousand=run.again_seconds_per_thousand,
    )


def _show_systems(systems: list[Compared]) -> None:
    show(
        f"Invoices of {SUBSCRIPTIONS_PER_CONTRACT} lines",
        ["system", "first/s", "renewal/s", "s per 1,000 that add nothing"],
        [
            (
                system.name,
                "-" if system.first_per_second is None else system.first_per_second,
                system.renewal_per_second,
                system.again_seconds_per_thousand,
            )
            for system in systems
        ],
    )


def _show_ratios(systems: list[Compared], silver: Compared) -> None:
    assert silver.first_per_second is not None, "silver has a first run"
    show(
        f"Times as fast as {RELEASE}",
        ["system", "first", "renewal", "a run that adds nothing"],
        [
            (
                system.name,
                "-"
                if system.first_per_second is None
                else system.first_per_second / silver.first_per_second,
                system.renewal_per_second / silver.renewal_per_second,
                silver.again_seconds_per_thousand / system.again_seconds_per_thousand,
            )
            for system in systems
        ],
    )


if __name__ == "__main__":
    typer.run(main)
