"""Sending when Microsoft, or the way to it, fails: nothing lost, nothing done twice."""

from collections.abc import Iterator

import httpx
import pytest
import respx

from tests.adapters.partner_center.asking import (
    CART,
    CUSTOMER,
    FINE,
    HALF,
    TRANSITION,
    Hourglass,
    anywhere,
    connection,
    errand,
    refused,
)
from work365.adapters.partner_center.calls import Call
from work365.adapters.partner_center.endpoints import (
    LIST_LICENCES,
)
from work365.adapters.partner_center.errors import (
    AnswerUnreadable,
    Busy,
    NothingDone,
    PartnerCenterUnavailable,
    PendingOperation,
    RequestRefused,
    ServerFailed,
    Throttled,
)
from work365.adapters.partner_center.pace import MinutePace
from work365.http import ATTEMPTS_MAX


@pytest.fixture(autouse=True)
def _answered_here() -> Iterator[None]:
    with respx.mock:
        yield


class TestRepeating:
    @pytest.mark.parametrize(
        "fault",
        [
            httpx.ConnectError("no way"),
            httpx.ReadTimeout("late"),
            httpx.RemoteProtocolError("half a body"),
            httpx.Response(500, json={"code": 800003, "description": "Unexpected"}),
            httpx.Response(502, content=b"<html>"),
            HALF,
            httpx.Response(200, content=b"\xff\xfe{}"),
        ],
        ids=["connect", "timeout", "cut", "500", "502", "half", "not text"],
    )
    def test_reading_is_repeated_until_it_is_answered(
        self, fault: httpx.Response | Exception
    ) -> None:
        route = anywhere(fault, FINE)

        answer = errand().ask(CUSTOMER)

        assert answer.body == {"id": "c1"}
        assert len(route.calls) == 2

    def test_reading_is_not_repeated_for_ever(self) -> None:
        route = anywhere(*[httpx.Response(500)] * 20)

        with pytest.raises(ServerFailed):
            errand().ask(CUSTOMER)

        assert len(route.calls) == ATTEMPTS_MAX

    def test_a_refusal_is_not_repeated(self) -> None:
        route = anywhere(refused(400072))

        with pytest.raises(RequestRefused):
            errand().ask(CUSTOMER)

        assert len(route.calls) == 1

    def test_a_write_that_microsoft_knows_again_is_repeated_with_its_id(self) -> None:
        route = anywhere(httpx.ReadTimeout("late"), httpx.Response(201, json={"id": "cart"}))

        errand().ask(CART)

        assert len({call.request.headers["MS-RequestId"] for call in route.calls}) == 1
        assert len(route.calls) == 2

    def test_a_transition_is_not_repeated_where_nobody_knows_what_became_of_it(self) -> None:
        route = anywhere(httpx.ReadTimeout("late"), FINE)

        with pytest.raises(PartnerCenterUnavailable) as error:
            errand().ask(TRANSITION)

        assert error.value.maybe_done
        assert len(route.calls) == 1

    def test_a_transition_is_repeated_where_it_did_not_arrive(self) -> None:
        route = anywhere(httpx.ConnectError("no way"), FINE)

        errand().ask(TRANSITION)

        assert len(route.calls) == 2

    def test_a_write_whose_answer_was_half_may_have_been_done(self) -> None:
        anywhere(HALF)

        with pytest.raises(AnswerUnreadable) as error:
            errand().ask(TRANSITION)

        assert error.value.maybe_done

    def test_a_refusal_after_an_answer_that_was_lost_says_that_it_may_be_done(self) -> None:
        anywhere(httpx.ReadTimeout("late"), refused(2055, 400))

        with pytest.raises(RequestRefused) as error:
            errand().ask(CART)

        assert error.value.maybe_done

    def test_what_never_arrived_is_not_done(self) -> None:
        anywhere(*[httpx.ConnectError("no way")] * 20)

        with pytest.raises(NothingDone) as error:
            errand().ask(CART)

        assert not error.value.maybe_done


class TestThrottling:
    @pytest.mark.parametrize(
        ("answer", "seconds"),
        [
            (
                httpx.Response(
                    429, json={"code": 429, "description": "Slow"}, headers={"Retry-After": "7"}
                ),
                7.0,
            ),
            (
                httpx.Response(
                    429,
                    json={
                        "statusCode": 429,
                        "message": "Rate limit is exceeded. Try again in 9 seconds.",
                    },
                ),
                9.0,
            ),
        ],
        ids=["Partner Center", "gateway"],
    )
    def test_both_shapes_are_waited_for(self, answer: httpx.Response, seconds: float) -> None:
        hourglass = Hourglass()
        anywhere(answer, FINE)

        errand(on=connection(hourglass=hourglass)).ask(CUSTOMER)

        assert hourglass.slept == [seconds]

    def test_a_write_is_repeated_because_it_was_turned_away(self) -> None:
        route = anywhere(httpx.Response(429, headers={"Retry-After": "1"}), FINE)

        errand().ask(TRANSITION)

        assert len(route.calls) == 2

    def test_a_pause_that_is_too_long_is_left_to_the_caller(self) -> None:
        anywhere(*[httpx.Response(429, headers={"Retry-After": "900"})] * 9)

        with pytest.raises(Throttled) as error:
            errand().ask(CUSTOMER)

        assert error.value.retry_after_seconds == 900

    def test_only_what_is_counted_takes_a_turn_at_the_pace(self) -> None:
        hourglass = Hourglass()
        pace = MinutePace(requests_per_minute=1, elapsed_seconds=hourglass.elapsed)
        anywhere(FINE, FINE, FINE)
        asked = errand(on=connection(hourglass=hourglass, pace=pace))

        asked.ask(Call(LIST_LICENCES, {"customer": "c1", "user": "u1"}))
        asked.ask(CUSTOMER)

        assert sum(hourglass.slept) == pytest.approx(60)


class TestWaitingForOneThing:
    @pytest.mark.parametrize(
        ("answer", "error", "seconds"),
        [
            (refused(900278, 409), PendingOperation, 86400.0),
            (httpx.Response(409, json={"description": "Renewing"}), Busy, 120.0),
        ],
        ids=["pending", "renewal"],
    )
    def test_it_holds_up_nobody_else(
        self, answer: httpx.Response, error: type[Busy], seconds: float
    ) -> None:
        hourglass = Hourglass()
        anywhere(answer, FINE)
        asked = errand(on=connection(hourglass=hourglass))

        with pytest.raises(error) as told:
            asked.ask(CUSTOMER)
        asked.ask(CUSTOMER)

        assert told.value.retry_after_seconds == seconds
        assert hourglass.slept == []
