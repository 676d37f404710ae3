from tests.benchmarks.partner_center_sync import requests_min, sync_runs

CUSTOMERS, SUBSCRIPTIONS = 30, 90
MUCH_SHORTER = 25
"""20 requests in 2.4 seconds."""


def test_a_sync_under_the_limit_is_never_refused_and_asks_no_more_than_it_must() -> None:
    first, again = sync_runs(customers=CUSTOMERS, subscriptions=SUBSCRIPTIONS, shorter=MUCH_SHORTER)

    assert first.subscriptions == again.subscriptions == SUBSCRIPTIONS
    assert first.requests == again.requests == requests_min(CUSTOMERS)
    assert (first.refused, again.refused) == (0, 0)
    assert again.rows_written == 0
