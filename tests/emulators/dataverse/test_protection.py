"""Service-protection limits."""

import pytest

from tests.emulators.dataverse.conftest import Api, refusal
from work365.emulators.dataverse.errors import DataverseError
from work365.emulators.dataverse.protection import Protection

SECOND = 1_000_000_000


class Watch:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.nanoseconds = 0

    def __call__(self) -> int:
        return self.nanoseconds


def test_a_user_may_ask_so_often_in_a_window_and_the_window_slides() -> None:
    watch = Watch()
    protection = Protection(watch)
    protection.change(on=True, requests=2)
    left = []
    for second in (0, 100):
        watch.nanoseconds = second * SECOND
        with protection.admitted("user") as headers:
            left.append(headers["x-ms-ratelimit-burst-remaining-xrm-requests"])

    watch.nanoseconds = 200 * SECOND
    with (
        pytest.raises(DataverseError, match="exceeded the limit of 2 over time") as refused,
        protection.admitted("user"),
    ):
        pass

    assert left == ["1", "0"]
    assert (refused.value.code, refused.value.headers) == ("0x80072322", {"Retry-After": "100"})
    watch.nanoseconds = 300 * SECOND
    with protection.admitted("user"), protection.admitted("other"):
        pass


def test_a_user_may_have_so_many_requests_running() -> None:
    protection = Protection(Watch())
    protection.change(on=True, concurrent=1)

    with (
        protection.admitted("user"),
        pytest.raises(DataverseError, match="Number of concurrent requests") as refused,
        protection.admitted("user"),
    ):
        pass

    assert (refused.value.code, refused.value.headers) == ("0x80072326", {"Retry-After": "1"})
    with protection.admitted("user"):
        pass


def test_a_user_s_requests_may_take_so_long() -> None:
    watch = Watch()
    protection = Protection(watch)
    protection.change(on=True, execution_ms=10_000)
    with protection.admitted("user"):
        watch.nanoseconds = 10 * SECOND

    with (
        pytest.raises(DataverseError, match=r"limit of 10,000 milliseconds") as refused,
        protection.admitted("user"),
    ):
        pass

    assert (refused.value.code, refused.value.headers) == ("0x80072321", {"Retry-After": "300"})


def test_limits_are_set_over_http_and_are_off_until_then(api: Api) -> None:
    before = api.get("WhoAmI")
    set_answer = api.control("POST", "limits", {"on": True, "requests": 1, "dop_hint": 9})
    first, second = api.get("WhoAmI"), api.get("WhoAmI")
    api.control("POST", "limits", {"on": False, "dop_hint": 4})

    assert "x-ms-ratelimit-burst-remaining-xrm-requests" not in before.headers
    assert set_answer.json()["concurrent"] == 52
    assert first.headers["x-ms-ratelimit-burst-remaining-xrm-requests"] == "0"
    assert first.headers["x-ms-ratelimit-time-remaining-xrm-requests"].endswith(".00")
    assert (before.headers["x-ms-dop-hint"], second.headers["x-ms-dop-hint"]) == ("4", "9")
    assert refusal(second)[:2] == (429, "0x80072322")
    assert int(second.headers["Retry-After"]) > 0
