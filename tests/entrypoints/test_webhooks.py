import json
import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from threading import Barrier
from time import sleep
from typing import Any, NoReturn

import azure.functions as func
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.usecases.fakes import OutOfOrder
from work365.adapters.queue.local import QueueFileDamaged
from work365.bootstrap import Services
from work365.entrypoints import webhooks
from work365.entrypoints.localhost.host_settings import HostSettings
from work365.entrypoints.localhost.registrations import read_registrations
from work365.entrypoints.webhooks import Doorbell, Doorbells, NotARing, Ring, answer, read_ring
from work365.errors import Unavailable
from work365.jobs import AnyJob, ProvisionChanges, SweepChanges
from work365.settings import Settings

KEY = "the-key-of-this-test"
OLD_KEY = "the-key-before-that-one"
ROW = "11111111-2222-3333-4444-555555555555"
RING: dict[str, Any] = {
    "MessageName": "Create",
    "PrimaryEntityName": "w365_billingcontract",
    "PrimaryEntityId": ROW,
}
OWN = [{"key": "tag", "value": "work365"}]
DELAY_SECONDS = 2
MEGABYTES = 1024 * 1024

NAMES = [*RING, "SharedVariables", "ParentContext", "key", "value"]
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(["tag", "work365", "Create"]),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(NAMES), inner),
)

DOCUMENTED = Path(__file__).parents[3] / "shared" / "fixtures" / "webhooks"


class Queue:
    """A `JobQueue` that takes its time, remembers the delays, and fails while it has an error."""

    def __init__(self) -> None:
        self.delays: list[int] = []
        self.jobs: list[AnyJob] = []
        self.put_seconds = 0.0
        self.error: Exception | None = None

    def put(self, job: AnyJob, *, delay_seconds: int = 0) -> None:
        if self.error is not None:
            raise self.error
        sleep(self.put_seconds)
        self.delays.append(delay_seconds)
        self.jobs.append(job)


class Elapsed:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


class Unread(func.HttpRequest):
    """A request whose body nobody should read."""

    def get_body(self) -> NoReturn:
        raise AssertionError("the body was read")


@pytest.fixture
def queue() -> Queue:
    return Queue()


@pytest.fixture
def services(queue: Queue) -> Services:
    settings = Settings(
        dataverse_url="https://contoso.crm4.dynamics.com",
        webhook_keys=(KEY, OLD_KEY),
        sweep_delay_seconds=DELAY_SECONDS,
    )
    made = Services(settings)
    vars(made)["queue"] = queue
    return made


def request(body: object = RING, *, headers: dict[str, str] | None = None) -> func.HttpRequest:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return func.HttpRequest(
        method="POST",
        url="/api/webhooks/dataverse",
        headers={"X-Work365-Key": KEY} if headers is None else headers,
        body=content,
    )


def nested(depth: int, context: dict[str, Any]) -> bytes:
    """Return a ring whose contexts lie in each other, `context` innermost."""
    ring = json.dumps(RING)[:-1]
    return (
        f'{ring}, "ParentContext": ' * depth + json.dumps({**RING, **context}) + "}" * depth
    ).encode()


class TestDoorbell:
    def test_a_ring_wakes_the_sweep_after_its_delay(self, queue: Queue) -> None:
        assert Doorbell().ring(queue, delay_seconds=DELAY_SECONDS)

        assert queue.delays == [DELAY_SECONDS]

    def test_a_burst_of_rings_makes_one_sweep(self, queue: Queue) -> None:
        elapsed = Elapsed()
        doorbell = Doorbell(elapsed)

        woken = []
        for _ in range(10):
            woken.append(doorbell.ring(queue, delay_seconds=DELAY_SECONDS))
            elapsed.seconds += 0.1

        assert woken == [True, *[False] * 9]
        assert queue.delays == [DELAY_SECONDS]

    @pytest.mark.parametrize("later", [DELAY_SECONDS, DELAY_SECONDS + 0.001, 1_000])
    def test_a_ring_after_the_sweep_has_started_makes_another(
        self, queue: Queue, later: float
    ) -> None:
        elapsed = Elapsed()
        doorbell = Doorbell(elapsed)
        doorbell.ring(queue, delay_seconds=DELAY_SECONDS)

        elapsed.seconds += later

        assert doorbell.ring(queue, delay_seconds=DELAY_SECONDS)
        assert queue.delays == [DELAY_SECONDS] * 2

    def test_without_a_delay_every_ring_makes_a_sweep(self, queue: Queue) -> None:
        doorbell = Doorbell(Elapsed())

        assert [doorbell.ring(queue, delay_seconds=0) for _ in range(3)] == [True] * 3

    def test_of_rings_at_once_one_wakes_the_sweep(self, queue: Queue) -> None:
        doorbell, together = Doorbell(), Barrier(16, timeout=10)
        queue.put_seconds = 0.02

        def ring(_: int) -> bool:
            together.wait()
            return doorbell.ring(queue, delay_seconds=60)

        with ThreadPoolExecutor(max_workers=16) as pool:
            woken = list(pool.map(ring, range(16)))

        assert sum(woken) == 1
        assert queue.delays == [60]

    def test_after_the_queue_failed_the_next_ring_tries_again(self, queue: Queue) -> None:
        doorbell = Doorbell(Elapsed())
        queue.error = OutOfOrder("the queue went away")
        with pytest.raises(OutOfOrder):
            doorbell.ring(queue, delay_seconds=DELAY_SECONDS)

        queue.error = None

        assert doorbell.ring(queue, delay_seconds=DELAY_SECONDS)
        assert queue.delays == [DELAY_SECONDS]

    @given(st.lists(st.floats(0, 5, allow_nan=False), max_size=20))
    def test_after_every_ring_a_sweep_starts(self, pauses: list[float]) -> None:
        elapsed, queue = Elapsed(), Queue()
        doorbell = Doorbell(elapsed)
        rings, starts = [], []

        for pause in pauses:
            elapsed.seconds += pause
            rings.append(elapsed.seconds)
            if doorbell.ring(queue, delay_seconds=DELAY_SECONDS):
                starts.append(elapsed.seconds + DELAY_SECONDS)

        assert all(any(ring < start for start in starts) for ring in rings)
        assert len(starts) == len(queue.delays)


class TestAnswer:
    def test_a_ring_wakes_the_sweep_and_is_accepted(
        self, services: Services, queue: Queue, caplog: pytest.LogCaptureFixture
    ) -> None:
        with caplog.at_level(logging.INFO):
            answered = answer(request(), services, Doorbells())

        assert (answered.status_code, answered.get_body()) == (202, b"")
        assert queue.delays == [DELAY_SECONDS]
        assert caplog.messages == [f"Create of w365_billingcontract {ROW}; the sweep is woken"]

    def test_a_ring_about_a_change_log_wakes_provisioning_too(
        self, services: Services, queue: Queue
    ) -> None:
        entry = {**RING, "PrimaryEntityName": "w365_subscriptionchange"}
        doorbells = Doorbells()

        answers = [answer(request(entry), services, doorbells) for _ in range(2)]

        assert [answered.status_code for answered in answers] == [202, 202]
        assert queue.jobs == [ProvisionChanges(), SweepChanges()]

    def test_any_other_wakes_the_sweep_alone(self, services: Services, queue: Queue) -> None:
        answer(request(), services, Doorbells())

        assert queue.jobs == [SweepChanges()]

    def test_a_ring_that_comes_twice_is_accepted_twice(
        self, services: Services, queue: Queue, caplog: pytest.LogCaptureFixture
    ) -> None:
        doorbells = Doorbells(Doorbell(Elapsed()))

        with caplog.at_level(logging.INFO):
            answers = [answer(request(), services, doorbells) for _ in range(2)]

        assert [answered.status_code for answered in answers] == [202, 202]
        assert queue.delays == [DELAY_SECONDS]
        assert "a sweep is about to start" in caplog.messages[-1]

    def test_our_own_write_is_accepted_and_wakes_nobody(
        self, services: Services, queue: Queue
    ) -> None:
        ours = request({**RING, "SharedVariables": OWN})

        answered = answer(ours, services, Doorbells())

        assert answered.status_code == 202
        assert queue.delays == []

    def test_a_body_that_is_no_ring_is_refused_and_logged(
        self, services: Services, queue: Queue, caplog: pytest.LogCaptureFixture
    ) -> None:
        answered = answer(request(b"<xml/>"), services, Doorbells())

        assert answered.status_code == 400
        assert answered.get_body().startswith(b"Not a RemoteExecutionContext: it is not JSON")
        assert "a ring could not be read: it is not JSON" in caplog.text
        assert queue.delays == []

    def test_a_large_ring_is_read(self, services: Services, queue: Queue) -> None:
        # The host of Azure hands over bodies of up to 100 MB.
        large = json.dumps({**RING, "InputParameters": "?"}).encode()
        large = large.replace(b"?", b"x" * (100 * MEGABYTES))

        assert answer(request(large), services, Doorbells()).status_code == 202
        assert queue.delays == [DELAY_SECONDS]


class TestKey:
    @pytest.mark.parametrize("name", ["x-work365-key", "X-Work365-Key"])
    @pytest.mark.parametrize("key", [KEY, OLD_KEY])
    def test_any_of_the_keys_will_do(self, services: Services, name: str, key: str) -> None:
        answered = answer(request(headers={name: key}), services, Doorbells())

        assert answered.status_code == 202

    @pytest.mark.parametrize(
        "headers",
        [
            {},
            {"x-work365-key": ""},
            {"x-work365-key": KEY[:-1]},
            {"x-work365-key": f"{KEY} "},
            {"x-work365-key": f"{KEY},{OLD_KEY}"},
            {"x-work365-key": KEY.upper()},
            {"x-work365-key": "schlüssel-dieses-tests-🔑"},
            {"x-functions-key": KEY},
        ],
    )
    def test_a_ring_without_one_is_turned_away_unread(
        self, services: Services, queue: Queue, headers: dict[str, str]
    ) -> None:
        unread = Unread(method="POST", url="/", headers=headers, body=b"")

        answered = answer(unread, services, Doorbells())

        assert answered.status_code == 401
        assert answered.get_body() == b"The key is missing or wrong."
        assert queue.delays == []

    def test_the_log_says_who_it_claimed_to_be_and_no_key(
        self, services: Services, caplog: pytest.LogCaptureFixture
    ) -> None:
        forged = {"x-work365-key": "guessed-key", "x-ms-dynamics-organization": "some\nbody"}

        answer(request(headers=forged), services, Doorbells())

        (record,) = caplog.records
        assert record.levelno == logging.WARNING
        assert r"it says it is from 'some\nbody'" in record.getMessage()
        assert "guessed-key" not in record.getMessage()

    def test_without_any_keys_every_ring_is_turned_away(self, queue: Queue) -> None:
        keyless = Services(Settings(dataverse_url="https://contoso.crm4.dynamics.com"))
        vars(keyless)["queue"] = queue

        answers = [
            answer(request(headers=headers), keyless, Doorbells())
            for headers in ({}, {"x-work365-key": ""}, {"x-work365-key": KEY})
        ]

        assert [answered.status_code for answered in answers] == [401] * 3
        assert queue.delays == []


class TestQueueDown:
    """Dataverse repeats a ring once, after 502, 503 or 504."""

    def test_dataverse_is_asked_to_ring_again(
        self, services: Services, queue: Queue, caplog: pytest.LogCaptureFixture
    ) -> None:
        queue.error = OutOfOrder("the queue went away")

        answered = answer(request(), services, Doorbells())

        assert answered.status_code == 503
        assert answered.headers["Retry-After"] == "10"
        assert f"Create of w365_billingcontract {ROW} woke no sweep" in caplog.text
        assert "the queue went away" in caplog.text

    def test_the_queue_may_say_when(self, services: Services, queue: Queue) -> None:
        queue.error = Unavailable("too many requests", retry_after_seconds=30)

        assert answer(request(), services, Doorbells()).headers["Retry-After"] == "30"

    def test_the_ring_that_comes_again_wakes_the_sweep(
        self, services: Services, queue: Queue
    ) -> None:
        doorbells = Doorbells(Doorbell(Elapsed()))
        queue.error = OutOfOrder("the queue went away")
        answer(request(), services, doorbells)

        queue.error = None

        assert answer(request(), services, doorbells).status_code == 202
        assert queue.delays == [DELAY_SECONDS]

    def test_a_queue_that_cannot_be_opened_is_down_too(self, tmp_path: Path) -> None:
        settings = Settings(
            dataverse_url="https://contoso.crm4.dynamics.com",
            webhook_keys=(KEY,),
            queue_file=tmp_path,
        )

        assert answer(request(), Services(settings), Doorbells()).status_code == 503

    def test_a_queue_that_is_broken_is_for_a_person(self, services: Services, queue: Queue) -> None:
        queue.error = QueueFileDamaged("not a queue")

        with pytest.raises(QueueFileDamaged):
            answer(request(), services, Doorbells())


class TestReadRing:
    @pytest.mark.parametrize("message", ["Create", "Update", "Delete"])
    def test_a_ring_says_what_happened_to_which_row(self, message: str) -> None:
        ring = read_ring(json.dumps({**RING, "MessageName": message}).encode())

        assert ring == Ring(message, "w365_billingcontract", ROW, frozenset())

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"MessageName=Create",
            b"{",
            b'{"MessageName": "Create",}',
            b'{"MessageName": NaN}',
            b'{"Depth": 1e99999999999999999999}',
            b'{"Depth": ' + b"9" * 5_000 + b"}",
            b"\xff\xfe\xfd",
            b"[" * 100_000,
            b'{"ParentContext":' * 100_000 + b"1" + b"}" * 100_000,
        ],
        ids=lambda body: repr(body[:30]),
    )
    def test_what_is_not_json_is_no_ring(self, body: bytes) -> None:
        with pytest.raises(NotARing, match="it is not JSON"):
            read_ring(body)

    @pytest.mark.parametrize("body", [b"null", b"1", b'"Create"', b"[]", b"[{}]"])
    def test_a_ring_is_an_object(self, body: bytes) -> None:
        with pytest.raises(NotARing, match="it is not a JSON object"):
            read_ring(body)

    @pytest.mark.parametrize("name", ["MessageName", "PrimaryEntityName", "PrimaryEntityId"])
    @pytest.mark.parametrize("value", [None, "", 1, True, [], ["Create"], {"x": 1}])
    def test_what_it_lacks_is_named(self, name: str, value: object) -> None:
        body = json.dumps({**RING, name: value}).encode()

        with pytest.raises(NotARing) as refused:
            read_ring(body)

        assert str(refused.value) == f"{name} is {value!r}"

    @pytest.mark.parametrize("message", ["Assign", "create", "Retrieve"])
    def test_a_message_that_no_step_is_on_is_no_ring(self, message: str) -> None:
        body = json.dumps({**RING, "MessageName": message}).encode()

        with pytest.raises(NotARing, match=f"MessageName is '{message}', and no step of ours"):
            read_ring(body)

    @given(ANY_JSON, ANY_JSON)
    def test_whatever_else_it_holds_it_is_read(self, shared: object, parent: object) -> None:
        body = json.dumps({**RING, "SharedVariables": shared, "ParentContext": parent}).encode()

        ring = read_ring(body)

        assert (ring.message, ring.table, ring.row) == tuple(RING.values())

    @given(ANY_JSON)
    def test_any_json_is_a_ring_or_is_refused(self, context: object) -> None:
        with suppress(NotARing):
            assert read_ring(json.dumps(context).encode()).message in webhooks.MESSAGES


class TestOwnTag:
    @pytest.mark.parametrize("depth", [0, 1, 7])
    def test_is_known_in_the_context_or_one_above(self, depth: int) -> None:
        ring = read_ring(nested(depth, {"SharedVariables": OWN}))

        assert ring.tags == {"work365"}
        assert ring.is_our_own

    def test_is_known_however_deep_it_lies(self) -> None:
        # As deep as this Python reads JSON, which is another depth in each version.
        depth = max(_readable_depths())

        assert read_ring(nested(depth, {"SharedVariables": OWN})).is_our_own

    @pytest.mark.parametrize(
        "shared",
        [
            None,
            [],
            {},
            "tag",
            7,
            [None, "tag", ["tag", "work365"]],
            [{"key": "tag"}],
            [{"key": "tag", "value": None}],
            [{"key": "tag", "value": "Work365"}],
            [{"key": "tag", "value": ["work365"]}],
            [{"key": "label", "value": "work365"}],
            [{"value": "work365"}],
        ],
    )
    def test_of_others_is_not_ours(self, shared: object) -> None:
        ring = read_ring(json.dumps({**RING, "SharedVariables": shared}).encode())

        assert not ring.is_our_own

    def test_stands_beside_the_variables_of_others(self) -> None:
        shared = [{"key": "IsAutoTransact", "value": True}, {"key": "tag", "value": "x"}, *OWN]

        ring = read_ring(json.dumps({**RING, "SharedVariables": shared}).encode())

        assert ring.tags == {"x", "work365"}

    @pytest.mark.parametrize("parent", [None, "context", [], [{"SharedVariables": OWN}]])
    def test_is_not_looked_for_in_what_is_no_context(self, parent: object) -> None:
        ring = read_ring(json.dumps({**RING, "ParentContext": parent}).encode())

        assert ring.tags == frozenset()


def _readable_depths() -> Iterator[int]:
    for depth in (100, 500, 800, 5_000, 50_000):
        try:
            json.loads(nested(depth, {}))
        except RecursionError:
            return
        yield depth


class TestDocumentedSamples:
    @pytest.mark.skipif(
        not DOCUMENTED.is_dir(), reason=f"Microsoft's documented webhooks are not at {DOCUMENTED}"
    )
    @pytest.mark.parametrize("path", sorted(DOCUMENTED.glob("*.json")), ids=lambda path: path.name)
    def test_is_a_ring_that_wakes_the_sweep(
        self, services: Services, queue: Queue, path: Path
    ) -> None:
        body = path.read_bytes()
        told = json.loads(body)

        ring = read_ring(body)
        answered = answer(request(body), services, Doorbells())

        assert ring.message == told["MessageName"]
        assert (ring.table, ring.row) == (told["PrimaryEntityName"], told["PrimaryEntityId"])
        assert not ring.is_our_own
        assert answered.status_code == 202
        assert queue.delays == [DELAY_SECONDS]


class TestFunction:
    def test_answers_posts_without_a_key_of_azure(
        self, services: Services, queue: Queue, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(webhooks, "services", lambda: services)
        monkeypatch.setattr(webhooks, "doorbells", Doorbells())
        app = func.FunctionApp(http_auth_level=func.AuthLevel.FUNCTION)
        app.register_functions(webhooks.bp)

        (registered,) = read_registrations(app, HostSettings()).http
        answered = registered.function.call(req=request())

        assert registered.route.match("/api/webhooks/dataverse") == {}
        assert registered.methods == {"POST"}
        assert not registered.needs_key
        assert answered.status_code == 202
        assert queue.delays == [DELAY_SECONDS]
