import logging
import os
from base64 import b64encode
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from threading import Barrier
from time import sleep

import httpx
import pytest

from work365 import bootstrap
from work365.adapters.dataverse.operations import Operation
from work365.adapters.queue.local import LocalQueue, QueueFileDamaged
from work365.adapters.queue.storage import StorageQueue
from work365.adapters.queue.storage import connect as connect_by_string
from work365.bootstrap import Services, open_queue, services
from work365.jobs import SweepChanges
from work365.settings import Settings, SettingWrong

URL = "https://contoso.crm4.dynamics.com"
QUEUES = "https://account.queue.core.windows.net"
CONNECTION = (
    "DefaultEndpointsProtocol=https;AccountName=local;"
    f"AccountKey={b64encode(b'any').decode()};EndpointSuffix=core.windows.net"
)
SETTINGS = Settings(dataverse_url=URL)


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Services]:
    made = Services(replace(SETTINGS, queue_file=tmp_path / "queue.sqlite"))
    yield made
    made.close()


@pytest.fixture
def process(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A process whose services nobody has asked for yet."""
    for name in os.environ:
        if name.startswith(("WORK365_", "AzureWebJobs")):
            monkeypatch.delenv(name)
    level = logging.getLogger("httpx").level
    services.cache_clear()
    yield
    services.cache_clear()
    logging.getLogger("httpx").setLevel(level)


class TestQueue:
    def test_a_file_of_this_machine_goes_before_azure(self, tmp_path: Path) -> None:
        settings = replace(
            SETTINGS,
            queue_file=tmp_path / "queue.sqlite",
            storage_queue_url=QUEUES,
            storage_connection=CONNECTION,
        )

        with closing(open_queue("jobs", settings)) as queue:
            assert isinstance(queue, LocalQueue)
            assert queue.name == "jobs"

    @pytest.mark.parametrize(
        "settings",
        [
            replace(SETTINGS, storage_queue_url=QUEUES),
            replace(SETTINGS, storage_queue_url=QUEUES, storage_connection=CONNECTION),
            replace(SETTINGS, storage_connection=CONNECTION),
        ],
    )
    def test_in_azure_it_is_in_the_storage_account(self, settings: Settings) -> None:
        with closing(open_queue("jobs", settings)) as queue:
            assert isinstance(queue, StorageQueue)

    def test_the_named_identity_signs_in_to_the_storage_account(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        asked: list[tuple[str, str | None]] = []

        def connect(url: str, *, client_id: str | None) -> object:
            asked.append((url, client_id))
            return connect_by_string(CONNECTION)

        monkeypatch.setattr(bootstrap, "connect_with_identity", connect)
        settings = replace(SETTINGS, storage_queue_url=QUEUES, managed_identity_client_id="client")

        open_queue("jobs", settings).close()

        assert asked == [(QUEUES, "client")]

    def test_without_any_it_is_said_what_to_set(self) -> None:
        with pytest.raises(SettingWrong) as refused:
            open_queue("jobs", SETTINGS)

        assert "set AzureWebJobsStorage__queueServiceUri" in str(refused.value)
        assert "or WORK365_QUEUE_FILE on this machine" in str(refused.value)

    def test_jobs_are_put_on_the_queue_called_jobs(self, here: Services) -> None:
        here.queue.put(SweepChanges())

        with closing(open_queue("jobs", here.settings)) as queue:
            (message,) = queue.receive(visibility_timeout_seconds=1)
        assert message.text == '{"kind":"sweep_changes"}'

    def test_delays_on_this_machine_go_by_the_real_time(self, here: Services) -> None:
        here.queue.put(SweepChanges(), delay_seconds=60)

        with closing(open_queue("jobs", here.settings)) as queue:
            received = queue.receive(visibility_timeout_seconds=1)
        assert received == []


class TestServices:
    def test_each_part_is_made_once(self, here: Services) -> None:
        assert here.dataverse is here.dataverse
        assert here.store is here.store
        assert here.feed is here.feed
        assert here.job_log is here.job_log
        assert here.invoice_book is here.invoice_book
        assert here.queue is here.queue

    def test_threads_that_ask_at_once_get_the_same_part(
        self, here: Services, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        made: list[httpx.Client] = []
        together = Barrier(8, timeout=10)

        def slowly() -> httpx.Client:
            sleep(0.05)
            made.append(httpx.Client(verify=False))  # noqa: S501  nobody is asked
            return made[-1]

        def ask(_: int) -> httpx.Client:
            together.wait()
            return here.http

        monkeypatch.setattr(bootstrap, "http_client", slowly)
        with ThreadPoolExecutor(max_workers=8) as pool:
            given = set(pool.map(ask, range(8)))

        assert given == set(made)
        assert len(made) == 1

    def test_nothing_is_opened_before_it_is_needed(self) -> None:
        unused = Services(SETTINGS)

        unused.close()

        assert vars(unused).keys() == {"settings"}

    def test_what_was_opened_is_closed(self, here: Services) -> None:
        here.queue.put(SweepChanges())
        client = here.http

        here.close()

        assert client.is_closed
        with pytest.raises(QueueFileDamaged, match="closed"):
            here.queue.put(SweepChanges())

    def test_the_emulator_is_asked_with_the_fixed_token(self) -> None:
        local = Services(replace(SETTINGS, dataverse_token="of-this-machine"))  # noqa: S106  none

        assert authorization(local) == "Bearer of-this-machine"

    def test_a_real_environment_is_asked_as_the_identity(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def sign_in(url: str, *, managed_identity_client_id: str | None) -> Callable[[], str]:
            return lambda: f"token for {managed_identity_client_id} at {url}"

        monkeypatch.setattr(bootstrap, "dataverse_token", sign_in)
        real = Services(replace(SETTINGS, managed_identity_client_id="client"))

        assert authorization(real) == f"Bearer token for client at {URL}"


def authorization(asking: Services) -> str:
    """Return how `asking` says who it is when it asks Dataverse something."""
    headers: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        headers.append(request.headers["Authorization"])
        return httpx.Response(200, stream=httpx.ByteStream(b"{}"))

    with httpx.Client(transport=httpx.MockTransport(answer)) as client:
        vars(asking)["http"] = client
        asking.dataverse.send(Operation("GET", "WhoAmI"))
    (header,) = headers
    return header


@pytest.mark.usefixtures("process")
class TestProcess:
    def test_a_process_has_one_set_of_services(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("WORK365_DATAVERSE_URL", URL)

        assert services() is services()
        assert services().settings == SETTINGS

    def test_wrong_settings_are_told_each_time(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for _ in range(2):
            with pytest.raises(SettingWrong, match="WORK365_DATAVERSE_URL"):
                services()

        monkeypatch.setenv("WORK365_DATAVERSE_URL", URL)
        assert services().settings == SETTINGS

    def test_addresses_of_requests_are_not_logged(
        self, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        # In a filter there can be the name of a person.
        monkeypatch.setenv("WORK365_DATAVERSE_URL", URL)
        monkeypatch.setenv("WORK365_DATAVERSE_TOKEN", "token")
        caplog.set_level(logging.INFO)

        authorization(services())

        assert not [record for record in caplog.records if record.name == "httpx"]
