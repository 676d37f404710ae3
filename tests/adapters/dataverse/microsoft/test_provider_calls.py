from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest

from dataverse_schema.options import ProviderKind
from dataverse_schema.tables import microsoft, providers
from tests.adapters.dataverse.partner import Partner
from work365.adapters.dataverse.microsoft.provider_calls import DataverseCallCounts
from work365.ports.provider_calls import CallOutcome, ProviderCall
from work365.ports.providers import ProviderMissing

DAY = date(2026, 1, 1)
PURPOSE = "nightly sync of subscriptions: customer/all?"


def a_call(outcome: CallOutcome = CallOutcome.DONE, purpose: str = PURPOSE) -> ProviderCall:
    return ProviderCall(
        purpose=purpose,
        method="GET",
        route="customers/{customer}/subscriptions",
        is_delegated=False,
        request_id="r",
        correlation_id="c",
        status=200,
        outcome=outcome,
    )


def counts_of(partner: Partner, day: date = DAY) -> DataverseCallCounts:
    return DataverseCallCounts(partner.client, provider="microsoft", today=lambda: day)


def kept(partner: Partner) -> list[tuple[date, str, int, int, int]]:
    return sorted(
        (row.called_on, row.purpose, row.calls, row.refused, row.failed)
        for row in partner.rows(microsoft.ProviderCall)
    )


@pytest.mark.usefixtures("provider")
def test_calls_are_counted_by_day_purpose_and_outcome(partner: Partner) -> None:
    first, next_day = counts_of(partner), counts_of(partner, date(2026, 1, 2))
    for outcome in (CallOutcome.DONE, CallOutcome.DONE, CallOutcome.REFUSED, CallOutcome.FAILED):
        first.record(a_call(outcome))
    first.record(a_call(purpose="a purchase"))
    next_day.record(a_call())

    first.keep()
    next_day.keep()

    assert kept(partner) == [
        (DAY, "a purchase", 1, 0, 0),
        (DAY, PURPOSE, 4, 1, 1),
        (date(2026, 1, 2), PURPOSE, 1, 0, 0),
    ]


@pytest.mark.usefixtures("provider")
def test_what_is_counted_later_is_added_and_nothing_is_added_twice(partner: Partner) -> None:
    counts = counts_of(partner)
    counts.record(a_call())
    counts.keep()
    counts.record(a_call(CallOutcome.FAILED))
    counts.keep()

    with partner.counted() as requests:
        counts.keep()

    assert kept(partner) == [(DAY, PURPOSE, 2, 0, 1)]
    assert requests["requests"] == 0


@pytest.mark.usefixtures("provider")
def test_workers_that_count_at_the_same_moment_lose_nothing(partner: Partner) -> None:
    workers = [counts_of(partner) for _ in range(4)]
    for worker in workers:
        for _ in range(10):
            worker.record(a_call())

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(DataverseCallCounts.keep, workers))

    assert kept(partner) == [(DAY, PURPOSE, 40, 0, 0)]


def test_what_could_not_be_added_is_added_next_time(partner: Partner) -> None:
    counts = counts_of(partner)
    counts.record(a_call())
    counts.record(a_call(purpose="a purchase"))
    with pytest.raises(ProviderMissing, match="there is no provider 'microsoft'"):
        counts.keep()

    partner.add(
        providers.Provider, name="Microsoft", key="microsoft", kind=ProviderKind.PARTNER_CENTER
    )
    counts.keep()

    assert kept(partner) == [(DAY, "a purchase", 1, 0, 0), (DAY, PURPOSE, 1, 0, 0)]
