import json
from pathlib import Path

import pytest

from work365.entrypoints.localhost.host_settings import HostMisconfigured, HostSettings


def read(tmp_path: Path, content: object) -> HostSettings:
    host_json = tmp_path / "host.json"
    host_json.write_text(json.dumps(content))
    return HostSettings.read(host_json, application_settings={"SCHEDULE": "0 0 3 * * *"})


def test_a_host_json_that_says_nothing_means_azures_defaults(tmp_path: Path) -> None:
    settings = read(tmp_path, {"version": "2.0"})

    assert settings.route_prefix == "api"
    assert settings.dequeue_count_max == 5
    assert settings.retry_delay_seconds == 0
    assert settings.request_bytes_max == 104_857_600


def test_a_host_json_is_followed(tmp_path: Path) -> None:
    settings = read(
        tmp_path,
        {
            "extensions": {
                "http": {"routePrefix": ""},
                "queues": {
                    "batchSize": 2,
                    "newBatchThreshold": 1,
                    "maxDequeueCount": 3,
                    "visibilityTimeout": "01:02:03",
                },
            }
        },
    )

    assert settings.route_prefix == ""
    assert settings.workers == 3
    assert settings.dequeue_count_max == 3
    assert settings.retry_delay_seconds == 3723


def test_the_next_batch_is_fetched_at_half_of_the_last_one(tmp_path: Path) -> None:
    settings = read(tmp_path, {"extensions": {"queues": {"batchSize": 8}}})

    assert settings.workers == 12


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ([], "has to hold an object"),
        ({"extensions": []}, "extensions of host.json has to be an object"),
        ({"extensions": {"queues": {"messageEncoding": "none"}}}, "has to be base64"),
        ({"extensions": {"queues": {"maxDequeueCount": 0}}}, "has to be 1 or more"),
        ({"extensions": {"queues": {"maxDequeueCount": "5"}}}, "has to be 1 or more"),
        ({"extensions": {"queues": {"batchSize": 0}}}, "batchSize is 0"),
        ({"extensions": {"queues": {"batchSize": 1, "newBatchThreshold": -1}}}, "0 or more"),
        ({"extensions": {"queues": {"visibilityTimeout": 30}}}, "has to be like 00:00:30"),
    ],
)
def test_what_cannot_be_followed_is_refused(tmp_path: Path, content: object, message: str) -> None:
    with pytest.raises(HostMisconfigured, match=message):
        read(tmp_path, content)


def test_a_host_json_that_is_not_json_is_refused(tmp_path: Path) -> None:
    host_json = tmp_path / "host.json"
    host_json.write_text("{")

    with pytest.raises(HostMisconfigured, match="cannot be read"):
        HostSettings.read(host_json, application_settings={})


def test_a_host_json_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(HostMisconfigured, match="cannot be read"):
        HostSettings.read(tmp_path / "host.json", application_settings={})


def test_names_between_percent_signs_are_settings(tmp_path: Path) -> None:
    settings = read(tmp_path, {})

    assert settings.resolve("%SCHEDULE%") == "0 0 3 * * *"
    assert settings.resolve("jobs") == "jobs"


def test_a_setting_that_is_not_set_is_refused(tmp_path: Path) -> None:
    settings = read(tmp_path, {})

    with pytest.raises(HostMisconfigured, match="SWEEP"):
        settings.resolve("%SWEEP%")
