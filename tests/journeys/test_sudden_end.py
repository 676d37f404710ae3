"""A process that is killed in the middle leaves rows that the next run makes right."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest

from tests.journeys.world import NEW_YEAR, World, contract, customer, dataverse
from work365.adapters.dataverse import operations

CONTRACTS = 900
START_SECONDS_MAX = 30
THROUGH = NEW_YEAR + timedelta(days=31)
COMMAND = [sys.executable, "-m", "work365.entrypoints.cli"]
BILL = [*COMMAND, "bill", "--through", THROUGH.isoformat(), "--ahead"]


@contextmanager
def partner(folder: Path) -> Iterator[World]:
    """A partner whose contracts were never billed, and whose Dataverse takes one at a time."""
    with dataverse(folder) as here, closing(World(here)) as one:
        one.control("POST", "limits", {"dop_hint": 1})
        terms = [contract(f"CT-{number:04d}") for number in range(CONTRACTS)]
        one.people.keep_customers([customer("NC-1", *terms)], provider="Microsoft")
        one.user.send(_created("w365_subscription", _subscriptions()))
        one.user.send(_created("w365_subscriptionchange", _openings()))
        yield one


def _created(table: str, rows: Sequence[dict[str, Any]]) -> operations.Operation:
    return operations.create_multiple(f"{table}s", table, rows)


def _subscriptions() -> list[dict[str, Any]]:
    return [
        {
            "w365_name": f"Seats of {number}",
            "w365_key": f"sub-{number:04d}",
            "w365_starton": NEW_YEAR,
            "w365_Contract@odata.bind": f"/w365_billingcontracts(w365_key='CT-{number:04d}')",
        }
        for number in range(CONTRACTS)
    ]


def _openings() -> list[dict[str, Any]]:
    return [
        {
            "w365_name": f"Opening {number}",
            "w365_key": f"change-{number:04d}",
            "w365_effectiveon": NEW_YEAR + timedelta(days=number % 20),
            "w365_quantitydelta": number % 7 + 1,
            "w365_unitprice": Decimal("12.40"),
            "w365_pricemonths": 1,
            "w365_Subscription@odata.bind": f"/w365_subscriptions(w365_key='sub-{number:04d}')",
        }
        for number in range(CONTRACTS)
    ]


def invoices_kept(one: World) -> int:
    asked = operations.query("w365_invoices", select=["w365_key"])
    return sum(1 for _ in one.client.rows(asked))


def kill_when(one: World, process: subprocess.Popen[bytes], invoices: int) -> int:
    """Kill `process` without warning once so many invoices are there; return how many are."""
    deadline = monotonic() + START_SECONDS_MAX
    while invoices_kept(one) < invoices and process.poll() is None and monotonic() < deadline:
        sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    return invoices_kept(one)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[tuple[Any, ...]]]:
    with partner(tmp_path_factory.mktemp("undisturbed")) as one:
        subprocess.run(BILL, check=True, env=dict(os.environ), capture_output=True)
        return one.kept()


@pytest.mark.parametrize("invoices", [1, 401])
def test_a_run_that_is_killed_and_run_again_leaves_the_rows_of_one_that_was_not(
    invoices: int, tmp_path: Path, undisturbed: dict[str, list[tuple[Any, ...]]]
) -> None:
    with partner(tmp_path) as one:
        process = subprocess.Popen(BILL, env=dict(os.environ), stderr=subprocess.DEVNULL)
        in_the_middle = kill_when(one, process, invoices)

        subprocess.run(BILL, check=True, env=dict(os.environ), capture_output=True)

        assert 0 < in_the_middle < 2 * CONTRACTS
        assert one.kept() == undisturbed


def test_the_app_killed_in_the_middle_goes_on_where_it_was(
    tmp_path: Path, undisturbed: dict[str, list[tuple[Any, ...]]]
) -> None:
    with partner(tmp_path) as one:
        one.set_day(THROUGH + timedelta(days=1))
        app = [*COMMAND, "up", "--no-emulator", "--port", str(one.here.app_port)]
        app += ["--state", str(one.here.state)]
        _put_due_contracts(one)
        killed = subprocess.Popen(app, env=dict(os.environ), stderr=subprocess.DEVNULL)
        in_the_middle = kill_when(one, killed, 1)

        with subprocess.Popen(app, env=dict(os.environ), stderr=subprocess.DEVNULL) as again:
            _wait_for(one, undisturbed)
            again.send_signal(signal.SIGTERM)

        assert 0 < in_the_middle < 2 * CONTRACTS
        assert one.kept() == undisturbed


def _put_due_contracts(one: World) -> None:
    from work365.jobs import StartDueContracts

    one.services.queue.put(StartDueContracts())


def _wait_for(one: World, rows: dict[str, list[tuple[Any, ...]]]) -> None:
    deadline = monotonic() + START_SECONDS_MAX
    while invoices_kept(one) < len(rows["w365_invoices"]) and monotonic() < deadline:
        sleep(0.1)


def test_the_day_is_one_on_which_two_invoices_are_due() -> None:
    assert date(2026, 2, 1) == THROUGH
