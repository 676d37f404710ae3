from tests.benchmarks.throttled import Run, billing_run

CONTRACTS = 45
CHUNK = 3
MUCH_SHORTER = 100
"""60 requests in 3 seconds."""


def kept(run: Run) -> tuple[object, object]:
    return run.invoices, run.lines


def test_a_run_under_limits_loses_nothing_and_is_never_refused() -> None:
    free = billing_run("free", contracts=CONTRACTS, chunk=CHUNK)

    limited = billing_run("limited", contracts=CONTRACTS, chunk=CHUNK, shorter=MUCH_SHORTER)

    assert kept(limited) == kept(free)
    assert len(limited.invoices) == CONTRACTS
    assert limited.requests == free.requests > 60, "more than one window allows"
    assert limited.refused == 0


def test_the_product_writes_with_fewer_requests_than_microsofts_own_client() -> None:
    ours = billing_run("ours", contracts=CONTRACTS, chunk=CONTRACTS)

    theirs = billing_run("theirs", contracts=CONTRACTS, chunk=CONTRACTS, official=True)

    assert kept(ours) == kept(theirs)
    assert ours.requests < theirs.requests
