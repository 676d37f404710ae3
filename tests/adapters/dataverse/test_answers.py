"""One answer, read strictly."""

from decimal import Decimal
from uuid import UUID

import httpx
import pytest

from work365.adapters.dataverse.answers import Answer, read_answer
from work365.adapters.dataverse.errors import AnswerUnreadable, RequestRefused, RowNotFound

ROOT = "https://org.example/api/data/v9.2/"
ROW = UUID("11111111-2222-3333-4444-555555555555")


def answer(status: int, content: bytes = b"", headers: dict[str, str] | None = None) -> Answer:
    return read_answer("GET accounts", status, httpx.Headers(headers), content)


def test_money_in_an_answer_is_exact() -> None:
    body = answer(200, b'{"total":922337203685477.5800}').body

    assert body == {"total": Decimal("922337203685477.5800")}
    assert str(body["total"]) == "922337203685477.5800"


@pytest.mark.parametrize(
    ("entity", "row"),
    [
        (f"{ROOT}accounts({ROW})", ROW),
        (f"{ROOT}accounts({str(ROW).upper()})", ROW),
        (f"{ROOT}accounts(accountnumber='A1')", None),
        (f"{ROOT}accounts(_contact_value={ROW})", None),
        (f"{ROOT}accounts({ROW})/Account_Tasks(number=7)", None),
    ],
)
def test_the_row_written_is_read_from_its_address(entity: str, row: UUID | None) -> None:
    assert answer(204, headers={"OData-EntityId": entity}).row == row


def test_an_answer_without_content_has_no_body_and_names_no_row() -> None:
    assert answer(204).body is None
    assert answer(204, b"\r\n").body is None, "as inside a batch"
    assert answer(204).row is None


@pytest.mark.parametrize("content", [b'{"value":[{"na', b"<html>", b"[1]", b"\xff\xfe", b"7"])
def test_a_success_that_is_not_a_json_object_is_unreadable(content: bytes) -> None:
    with pytest.raises(AnswerUnreadable) as caught:
        answer(200, content, {"x-ms-service-request-id": "req-1"})

    assert caught.value.fault.request_id == "req-1"


def test_a_refusal_repeats_what_dataverse_said() -> None:
    content = b'{"error":{"code":"0x80040217","message":"account Does Not Exist"}}'

    with pytest.raises(RowNotFound) as caught:
        answer(404, content, {"REQ_ID": "req-2"})

    fault = caught.value.fault
    assert (fault.code, fault.message) == ("0x80040217", "account Does Not Exist")
    assert (fault.status, fault.request_id) == (404, "req-2")


@pytest.mark.parametrize("content", [b"", b"<html>too big</html>", b"[]", b'{"error":null}'])
def test_a_refusal_by_a_gateway_is_still_a_refusal(content: bytes) -> None:
    with pytest.raises(RequestRefused, match="without Dataverse's own error"):
        answer(413, content)
