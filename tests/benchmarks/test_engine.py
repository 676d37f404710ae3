from tests.benchmarks.engine import Runs
from tests.benchmarks.portfolio import FURTHER_CHANGES, accounts


def test_the_runs_that_are_timed_do_the_work_that_they_are_named_for() -> None:
    runs = Runs()

    runs.measure(accounts(10, history_months=12), 12)

    # A charge for each month, one for each change of seats, and a credit for the new price.
    assert runs.replay.charges == 10 * (12 + FURTHER_CHANGES + 1)
    assert runs.replay.invoices == 2 * 12
    assert runs.monthly.charges == 10
    assert runs.again.charges == 0
