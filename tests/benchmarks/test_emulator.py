from tests.benchmarks.emulator import figures


def test_every_kind_of_request_is_measured() -> None:
    singles, bulk, reads = figures(singles=3, bulk_rows=6_000, pages=2)

    assert (singles.requests, singles.rows) == (3, 3)
    assert (bulk.requests, bulk.rows) == (6, 6_000)
    assert (reads.requests, reads.rows) == (2, 10_000)
