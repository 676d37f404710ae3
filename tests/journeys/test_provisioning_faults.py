"""Whatever goes wrong between here and Microsoft, a change is made once."""

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from time import monotonic, sleep

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.journeys.provisioning_partner import (
    CLAIMED_FOR,
    PREMIUM,
    Action,
    Died,
    Provisioning,
    Status,
    provisioning_partner,
)
from work365.emulators.partner_center.faults import NOTHING, Fault
from work365.http import write_json

DONE = [Status.PROVISIONED]
WAIT_SECONDS_MAX = 20

LOSSES: Mapping[str, Mapping[str, object]] = {
    "too many requests": {"kind": "throttled"},
    "too many requests, as the service says it": {"kind": "throttled", "shape": "service"},
    "a failure before the work": {"kind": "status", "status": 500},
    "a failure after the work": {"kind": "status", "status": 500, "after_work": True},
    "no gateway": {"kind": "status", "status": 502, "after_work": True},
    "half an answer": {"kind": "half_body"},
    "no answer and no work": {"kind": "nothing"},
    "no answer after the work": {"kind": "nothing", "after_work": True},
    "accepted, and done later": {"kind": "accepted"},
}
LOST_ANSWERS = (
    "a failure after the work",
    "half an answer",
    "no answer after the work",
    "accepted, and done later",
)
"""Those after which something may be there."""


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Provisioning]:
    with provisioning_partner(tmp_path_factory.mktemp("faults")) as told:
        yield told


@pytest.fixture(autouse=True)
def _whole_again(told: Provisioning) -> Iterator[None]:
    yield
    told.go_wrong()
    told.lag(order_seen=0, order_completed=0)
    told.is_connected = True
    told.steps.dies_after, told.steps.meanwhile = None, lambda _: None


class Buying:
    """A purchase that is under way, and what there was before."""

    def __init__(self, told: Provisioning, customer: int = 0, quantity: int = 3) -> None:
        self.told, self.customer, self.quantity = told, customer, quantity
        self.before = {each.order for each in told.orders(customer)}
        self.subscription = told.subscribe(customer)
        self.change = told.change(self.subscription, Action.PURCHASE, quantity)

    def check(self) -> None:
        """Check that one thing was bought, and that ours is that."""
        told = self.told
        [order] = [each for each in told.orders(self.customer) if each.order not in self.before]
        kept = told.subscription(self.subscription)
        assert told.row(self.change).provisioning_status is Status.PROVISIONED
        assert [line.subscription for line in order.lines] == [kept.provider_reference]
        assert told.at_microsoft(kept.provider_reference).quantity == self.quantity


class TestAPurchaseIsMadeOnce:
    @pytest.mark.parametrize(
        ("path", "loss"),
        [("/carts", loss) for loss in LOST_ANSWERS] + [("/checkout", loss) for loss in LOSSES],
    )
    def test_when_a_request_goes_wrong(self, told: Provisioning, path: str, loss: str) -> None:
        buying = Buying(told)
        told.go_wrong({**LOSSES[loss], "method": "POST", "path": path})

        told.run()
        told.forget_answers()

        assert told.run_on(buying.change) == DONE
        buying.check()

    @settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        planned=st.lists(st.tuples(st.integers(0, 7), st.sampled_from(sorted(LOSSES))), max_size=4),
        lag=st.sampled_from([0, 900]),
        forgets=st.booleans(),
    )
    def test_when_several_go_wrong(
        self, told: Provisioning, planned: list[tuple[int, str]], lag: int, forgets: bool
    ) -> None:
        told.go_wrong()
        told.lag(order_seen=lag, order_completed=lag)
        buying = Buying(told)
        faults: list[Mapping[str, object]] = []
        for good, loss in planned:
            faults += [{"kind": "slow", "count": good}, LOSSES[loss]]
        told.go_wrong(*faults)

        told.run()
        if forgets:
            told.forget_answers()

        assert told.run_on(buying.change) == DONE
        buying.check()

    def test_when_the_process_dies_after_any_of_its_requests(self, told: Provisioning) -> None:
        undisturbed = Buying(told)
        told.steps.taken = 0
        told.run()
        undisturbed.check()

        for step in range(1, told.steps.taken + 1):
            buying = Buying(told)
            told.steps.taken, told.steps.dies_after = 0, step
            with suppress(Died):
                told.run()
            told.steps.dies_after = None
            told.forget_answers()
            told.pass_time(CLAIMED_FOR)

            assert told.run_on(buying.change) == DONE
            buying.check()

    @pytest.mark.parametrize("path", ["/carts", "/checkout"])
    def test_when_the_process_is_killed_before_it_had_an_answer(
        self, told: Provisioning, path: str
    ) -> None:
        buying = Buying(told)
        lost = Fault(kind=NOTHING, after_work=True, method="POST", path=path)
        told.partner.microsoft.running.wire.faults.plan([lost])

        # It waits for a second or so before it asks again.
        _kill_when(told, lambda: lost.count == 0)
        between = told.row(buying.change).provisioning_status
        told.forget_answers()
        told.pass_time(CLAIMED_FOR)

        assert told.run_on(buying.change) == DONE
        assert between is Status.IN_PROGRESS
        buying.check()

    def test_by_two_workers_at_once(self, told: Provisioning) -> None:
        buyings = [Buying(told, customer) for customer in (0, 1, 3)]

        with ThreadPoolExecutor() as pool:
            runs = [each.result() for each in [pool.submit(told.run) for _ in range(3)]]
        told.run_on(*(buying.change for buying in buyings))

        for buying in buyings:
            buying.check()
        assert sum(run.provisioned for run in runs) == len(buyings)

    def test_when_it_shows_a_quarter_of_an_hour_later(self, told: Provisioning) -> None:
        buying = Buying(told)
        told.lag(order_seen=600, order_completed=900)

        told.run()
        first = told.row(buying.change)
        told.pass_time(timedelta(minutes=5))
        told.run()
        second = told.row(buying.change)

        assert told.run_on(buying.change) == DONE
        assert (first.provisioning_status, second.provisioning_status) == (
            Status.IN_PROGRESS,
            Status.IN_PROGRESS,
        )
        assert first.provider_reference == told.row(buying.change).provider_reference
        assert "does not show" in str(second.provisioning_message)
        buying.check()

    @pytest.mark.parametrize(("path", "times"), [("/availabilities", 2), ("/carts", 1)])
    def test_when_it_is_reissued_in_between(
        self, told: Provisioning, path: str, times: int
    ) -> None:
        buying = Buying(told)
        reissued: list[str] = []

        def reissue(request: httpx.Request) -> None:
            if request.url.path.endswith(path) and len(reissued) < times:
                reissued.append(path)
                told.partner.microsoft.act("reissue-availabilities")

        told.steps.meanwhile = reissue

        assert told.run_on(buying.change) == DONE
        assert len(reissued) == times
        buying.check()

    def test_when_the_consent_is_withdrawn_in_the_middle(self, told: Provisioning) -> None:
        buying = Buying(told)

        def withdraw(request: httpx.Request) -> None:
            told.is_connected = told.is_connected and not request.url.path.endswith("/carts")

        told.steps.meanwhile = withdraw
        run = told.run()
        between = told.row(buying.change)
        told.steps.meanwhile = lambda _: None
        told.is_connected = True

        assert told.run_on(buying.change) == DONE
        assert [finding.code for finding in run.findings] == ["provider_not_connected"]
        assert (between.provisioning_status, between.attempts) == (Status.IN_PROGRESS, 0)
        assert "Get consent link" in str(between.provisioning_message)
        buying.check()

    def test_when_microsoft_is_out_of_reach_for_long(self, told: Provisioning) -> None:
        buyings = [Buying(told, customer) for customer in (0, 1, 3, 5)]
        told.go_wrong({"kind": "nothing", "count": 1_000})

        run = told.run()
        told.go_wrong()

        assert run.waiting == 3
        assert run.findings[-1].code == "provider_out_of_reach"
        told.run_on(*(buying.change for buying in buyings))
        for buying in buyings:
            buying.check()


class TestSeatsComeOnce:
    @pytest.mark.parametrize("loss", ["too many requests", *LOST_ANSWERS])
    def test_when_a_request_goes_wrong(self, told: Provisioning, loss: str) -> None:
        key = told.bought(0)
        change = told.change(key, Action.QUANTITY, 4)
        told.go_wrong({**LOSSES[loss], "method": "PATCH"})

        told.run()
        told.forget_answers()

        assert told.run_on(change) == DONE
        assert told.at_microsoft(told.subscription(key).provider_reference).quantity == 14

    def test_when_somebody_else_changes_it_in_between(self, told: Provisioning) -> None:
        key = told.bought(0)
        reference = told.subscription(key).provider_reference
        change = told.change(key, Action.QUANTITY, 4)

        def also(request: httpx.Request) -> None:
            if request.url.path.endswith(f"/subscriptions/{reference}"):
                told.steps.meanwhile = lambda _: None
                told.partner.microsoft.act("change-seats", subscription=reference, quantity=11)

        told.steps.meanwhile = also

        assert told.run_on(change) == [Status.FAILED]
        assert "Microsoft shows 11" in str(told.row(change).provisioning_message)
        assert told.at_microsoft(reference).quantity == 11

    def test_when_another_change_is_still_under_way(self, told: Provisioning) -> None:
        key = told.bought(0)
        told.lag(update_done=3_600)
        first = told.change(key, Action.QUANTITY, 1)
        second = told.change(key, Action.QUANTITY, 2)

        told.run()
        between = told.row(second)

        assert told.run_on(first, second) == [Status.PROVISIONED] * 2
        told.lag(update_done=0)
        assert between.provisioning_status is Status.AWAITING
        assert told.at_microsoft(told.subscription(key).provider_reference).quantity == 13


class TestAnUpgradeIsOrderedOnce:
    @pytest.mark.parametrize(
        # Two better subscriptions of one customer would be in each other's way.
        ("customer", "loss"),
        list(zip((0, 1, 2, 4, 5), ("too many requests", *LOST_ANSWERS), strict=True)),
    )
    def test_when_a_request_goes_wrong(self, told: Provisioning, customer: int, loss: str) -> None:
        key = told.bought(customer)
        details = write_json({"partNumber": PREMIUM, "quantity": 4})
        change = told.change(key, Action.TRANSITION, details=details)
        told.go_wrong({**LOSSES[loss], "method": "POST", "path": "/transitions"})

        told.run()
        told.forget_answers()

        assert told.run_on(change) == DONE
        seen = told.at_microsoft(told.subscription(key).provider_reference)
        assert [each.quantity for each in seen.transitions] == [4]
        assert seen.quantity == 6


def _kill_when(told: Provisioning, is_time: Callable[[], bool]) -> None:
    here = told.partner
    address = [here.microsoft.address, here.dataverse_url, told.now.isoformat()]
    command = [sys.executable, "-m", "tests.journeys.provisioning_process", *address]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        _wait(lambda: is_time() or process.poll() is not None)
        process.kill()
    assert process.returncode == -signal.SIGKILL, "it ended before it could be killed"


def _wait(is_so: Callable[[], bool]) -> None:
    deadline = monotonic() + WAIT_SECONDS_MAX
    while not is_so():
        assert monotonic() < deadline, "it takes too long"
        sleep(0.005)
