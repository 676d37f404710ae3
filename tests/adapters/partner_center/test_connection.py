"""Sending: who asks, under which ids, how often, and what others may see of it."""

import logging
from collections.abc import Iterator
from uuid import UUID

import httpx
import pytest
import respx

from tests.adapters.partner_center.asking import (
    APPLICATION,
    CUSTOMER,
    FINE,
    PURPOSE,
    TRANSITION,
    USER,
    USERS,
    Recorder,
    anywhere,
    connection,
    errand,
    refused,
)
from work365.adapters.partner_center.calls import Call
from work365.adapters.partner_center.connection import Tokens
from work365.adapters.partner_center.endpoints import (
    CREATE_CART,
    LIST_LICENCES,
)
from work365.adapters.partner_center.errors import (
    RequestRefused,
    SignInRejected,
)
from work365.adapters.partner_center.refusals import NeedsDelegatedConnection
from work365.identity.clouds import Audience
from work365.identity.failures import NotConnected
from work365.ports.provider_calls import CallOutcome


@pytest.fixture(autouse=True)
def _answered_here() -> Iterator[None]:
    with respx.mock:
        yield


class TestHeaders:
    def test_they_are_those_of_the_documentation(self) -> None:
        route = anywhere(FINE)

        errand().ask(CUSTOMER)

        headers = route.calls.last.request.headers
        assert headers["Authorization"] == f"Bearer {APPLICATION}"
        assert headers["Accept"] == "application/json"
        assert headers["MS-Contract-Version"] == "v1"
        assert headers["MS-PartnerCenter-Application"] == "Work 365"
        assert headers["X-Locale"] == "en-US"
        assert UUID(headers["MS-RequestId"]) != UUID(headers["MS-CorrelationId"])

    def test_every_operation_has_ids_of_its_own(self) -> None:
        route = anywhere(FINE, FINE)
        asked = errand()

        asked.ask(CUSTOMER)
        asked.ask(CUSTOMER)

        one, other = (call.request.headers for call in route.calls)
        assert one["MS-RequestId"] != other["MS-RequestId"]
        assert one["MS-CorrelationId"] != other["MS-CorrelationId"]

    def test_a_repetition_has_the_ids_of_the_first_sending(self) -> None:
        route = anywhere(httpx.ReadTimeout("late"), httpx.Response(503), FINE)

        errand().ask(CUSTOMER)

        ids = {
            (call.request.headers["MS-RequestId"], call.request.headers["MS-CorrelationId"])
            for call in route.calls
        }
        assert (len(route.calls), len(ids)) == (3, 1)

    def test_a_caller_can_keep_the_id_for_after_a_crash(self) -> None:
        route = anywhere(FINE)
        kept = UUID("11111111-2222-3333-4444-555555555555")

        errand().ask(Call(CREATE_CART, {"customer": "c1"}, body={}, request_id=kept))

        assert route.calls.last.request.headers["MS-RequestId"] == str(kept)


class TestModes:
    def test_the_application_asks_alone_wherever_it_may(self) -> None:
        route = anywhere(FINE)

        errand().ask(CUSTOMER)

        assert route.calls.last.request.headers["Authorization"] == f"Bearer {APPLICATION}"

    def test_the_user_asks_where_the_application_may_not(self) -> None:
        route = anywhere(FINE)

        errand().ask(USERS)

        assert route.calls.last.request.headers["Authorization"] == f"Bearer {USER}"

    def test_the_user_asks_for_everything_where_there_is_no_application(self) -> None:
        route = anywhere(FINE)

        errand(on=connection(tokens=Tokens(None, lambda: USER))).ask(CUSTOMER)

        assert route.calls.last.request.headers["Authorization"] == f"Bearer {USER}"

    @pytest.mark.parametrize("missing", ["never made", "withdrawn"])
    def test_a_feature_without_its_connection_says_so_and_microsoft_is_not_asked(
        self, missing: str
    ) -> None:
        route = anywhere(FINE)

        def withdrawn() -> str:
            raise NotConnected

        delegated = None if missing == "never made" else withdrawn
        asked = errand(on=connection(tokens=Tokens(lambda: APPLICATION, delegated)))

        with pytest.raises(NeedsDelegatedConnection, match="Licences of users") as refusal:
            asked.ask(USERS)

        assert "Get consent link" in str(refusal.value)
        assert not route.called

    def test_nobody_is_asked_for_another_interface(self) -> None:
        with pytest.raises(AssertionError):
            errand(Audience.GRAPH).ask(CUSTOMER)


class TestSignIn:
    def test_a_token_that_ran_out_on_its_way_is_replaced_by_a_fresh_one(self) -> None:
        route = anywhere(httpx.Response(401), FINE)
        cached = ["old"]
        tokens = Tokens(lambda: cached[-1], forget=lambda: cached.append("fresh"))

        errand(on=connection(tokens=tokens)).ask(TRANSITION)

        sent = [call.request.headers["Authorization"] for call in route.calls]
        assert sent == ["Bearer old", "Bearer fresh"]

    def test_a_second_refusal_is_told(self) -> None:
        route = anywhere(httpx.Response(401), httpx.Response(401))

        with pytest.raises(SignInRejected, match="consented to again"):
            errand().ask(CUSTOMER)

        assert len(route.calls) == 2

    def test_a_token_that_cannot_be_sent_is_in_no_error(self) -> None:
        anywhere(httpx.LocalProtocolError("Illegal header value b'Bearer secret'"))

        with pytest.raises(SignInRejected) as error:
            errand().ask(CUSTOMER)

        assert "secret" not in str(error.value)
        assert error.value.__cause__ is None


class TestTelling:
    def test_every_sending_is_recorded_with_its_purpose(self) -> None:
        recorder = Recorder()
        anywhere(httpx.Response(503), FINE)

        errand(on=connection(recorder=recorder)).ask(CUSTOMER)

        failed, done = recorder.calls
        assert (failed.outcome, failed.status) == (CallOutcome.FAILED, 503)
        assert (done.outcome, done.status) == (CallOutcome.DONE, 200)
        assert done.purpose == PURPOSE
        assert (done.method, done.route) == ("GET", "/v1/customers/{customer}")
        assert not done.is_delegated
        assert failed.request_id == done.request_id

    def test_a_request_without_an_answer_and_a_refusal_are_told_apart(self) -> None:
        recorder = Recorder()
        anywhere(httpx.ReadTimeout("late"), refused(20003, 404))
        asked = errand(on=connection(recorder=recorder))

        with pytest.raises(RequestRefused):
            asked.ask(USERS)

        lost, no = recorder.calls
        assert (lost.outcome, lost.status) == (CallOutcome.FAILED, None)
        assert (no.outcome, no.status) == (CallOutcome.REFUSED, 404)
        assert no.is_delegated

    def test_the_log_has_the_ids_and_nothing_of_a_person(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        anywhere(FINE)
        call = Call(
            LIST_LICENCES, {"customer": "c1", "user": "jane@example.org"}, query={"q": "Jane"}
        )

        with caplog.at_level(logging.INFO, logger="work365"):
            errand().ask(call)

        [line] = caplog.messages
        assert "GET /v1/customers/c1/users/{user}/licenses: HTTP 200" in line
        assert PURPOSE in line
        assert "Jane" not in line
        assert "jane" not in line
        assert USER not in line

    def test_an_error_has_microsofts_ids(self) -> None:
        ids = {"MS-RequestId": "r-1", "MS-CorrelationId": "c-1"}
        body = {"code": 800090, "description": "No."}
        anywhere(httpx.Response(400, json=body, headers=ids))

        with pytest.raises(RequestRefused, match=r"\(request r-1, correlation c-1\)"):
            errand().ask(CUSTOMER)

    def test_an_errand_has_a_purpose(self) -> None:
        with pytest.raises(AssertionError):
            type(errand())(connection(), " ")
