from tests.benchmarks.billing_run import SUBSCRIPTIONS_PER_CONTRACT, billing_runs
from work365.jobs import CHUNK_CONTRACTS_MAX

QUERIES_TOGETHER = 3
"""Subscriptions, one-time charges and settings are read in one request."""

REQUESTS_PER_THOUSAND_MAX = 60
"""Dataverse allows a user 6,000 requests in 5 minutes: this leaves room for 100,000 invoices."""


def test_a_month_is_billed_with_few_requests_and_a_second_run_adds_nothing() -> None:
    first, again, following, following_again = billing_runs(CHUNK_CONTRACTS_MAX).runs

    for run in (first, following):
        assert run.invoices == CHUNK_CONTRACTS_MAX
        assert run.lines == CHUNK_CONTRACTS_MAX * SUBSCRIPTIONS_PER_CONTRACT
        assert run.for_thousand(run.requests) <= REQUESTS_PER_THOUSAND_MAX
    for run in (again, following_again):
        assert run.invoices == run.lines == 0
        assert run.batch_operations == QUERIES_TOGETHER, "nothing is written"
