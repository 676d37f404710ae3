"""Batches and change sets."""

import json
from dataclasses import dataclass

import httpx
import pytest

from tests.emulators.dataverse.conftest import Api, refusal
from work365.emulators.dataverse.batches import OPERATIONS_MAX

LINE = "\r\n"


def request(
    method: str, url: str, body: object = None, *, content_id: int | None = None, headers: str = ""
) -> str:
    head = "Content-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n"
    if content_id is not None:
        head += f"Content-ID: {content_id}\r\n"
    inner = f"{method} {url} HTTP/1.1\r\n{headers}"
    if body is None:
        return f"{head}\r\n{inner}\r\n"
    return f"{head}\r\n{inner}Content-Type: application/json; type=entry\r\n\r\n{json.dumps(body)}"


def joined(parts: list[str], boundary: str) -> str:
    return "".join(f"--{boundary}{LINE}{part}{LINE}" for part in parts) + f"--{boundary}--{LINE}"


def change_set(*parts: str, boundary: str = "changeset_1") -> str:
    head = f"Content-Type: multipart/mixed; boundary={boundary}\r\n\r\n"
    return head + joined(list(parts), boundary)


def send(api: Api, *parts: str, prefer: str = "") -> httpx.Response:
    return api.call(
        "POST",
        "$batch",
        joined(list(parts), "batch_1"),
        prefer=prefer,
        Content_Type='multipart/mixed; boundary="batch_1"',
    )


@dataclass(frozen=True)
class Part:
    status: int
    headers: dict[str, str]
    body: str
    content_id: str | None


def answers(response: httpx.Response) -> list[Part | list[Part]]:
    boundary = response.headers["Content-Type"].split("boundary=")[1]
    assert boundary.startswith("batchresponse_")
    return [part(text) for text in pieces(response.text, boundary)]


def pieces(text: str, boundary: str) -> list[str]:
    assert text.endswith(f"--{boundary}--{LINE}") or text.strip().endswith("--")
    return [piece.strip(LINE) for piece in text.split(f"--{boundary}")[1:-1]]


def headers_of(text: str) -> tuple[dict[str, str], str]:
    head, _, rest = text.partition(LINE + LINE)
    pairs = (line.split(": ", 1) for line in head.split(LINE) if ": " in line)
    return {name: value for name, value in pairs}, rest


def part(text: str) -> Part | list[Part]:
    outer, rest = headers_of(text)
    if "multipart" in outer["Content-Type"]:
        boundary = outer["Content-Type"].split("boundary=")[1]
        assert boundary.startswith("changesetresponse_")
        found = [part(piece) for piece in pieces(rest, boundary)]
        return [each for each in found if isinstance(each, Part)]
    assert outer["Content-Transfer-Encoding"] == "binary"
    status, _, inner = rest.partition(LINE)
    headers, body = headers_of(inner)
    return Part(int(status.split(" ")[1]), headers, body, outer.get("Content-ID"))


def names(api: Api) -> list[str]:
    return [row["name"] for row in api.value("accounts?$select=name&$orderby=name")]


@pytest.mark.parametrize(
    "url", ["accounts?$select=name", "/api/data/v9.2/accounts?$select=name", "{root}accounts"]
)
def test_a_batch_reads_from_every_form_of_address(api: Api, url: str) -> None:
    api.account("a")

    response = send(api, request("GET", url.format(root=api.root)), request("GET", "WhoAmI()"))

    first, second = answers(response)
    assert response.status_code == 200
    assert isinstance(first, Part)
    assert isinstance(second, Part)
    assert [row["name"] for row in json.loads(first.body)["value"]] == ["a"]
    assert "UserId" in second.body
    assert second.headers["OData-Version"] == "4.0"


def test_a_blank_line_before_the_first_part_does_no_harm(api: Api) -> None:
    body = LINE + joined([request("GET", "accounts")], "b")

    response = api.call("POST", "$batch", body, Content_Type="multipart/mixed;boundary=b")

    assert response.status_code == 200


def test_a_change_set_is_kept_whole_and_its_rows_can_name_each_other(api: Api) -> None:
    response = send(
        api,
        change_set(
            request("POST", "accounts", {"name": "Customer"}, content_id=1),
            request(
                "POST",
                f"{api.root}w365_billingcontracts",
                {"w365_name": "c", "w365_Customer@odata.bind": "$1"},
                content_id=2,
            ),
            request("PATCH", "$1", {"accountnumber": "7"}, content_id=3),
            request("PUT", "$1/emailaddress1", {"value": "a@b.example"}, content_id=4),
            request("PUT", "$2/w365_Customer/$ref", {"@odata.id": "$1"}, content_id=5),
        ),
    )

    (parts,) = answers(response)
    assert isinstance(parts, list)
    assert [(each.status, each.content_id) for each in parts] == [
        (204, str(number)) for number in range(1, 6)
    ]
    account = api.json(parts[0].headers["OData-EntityId"])
    contract = api.json(parts[1].headers["OData-EntityId"])
    assert (account["accountnumber"], account["emailaddress1"]) == ("7", "a@b.example")
    assert contract["_w365_customer_value"] == account["accountid"]


def test_a_change_set_that_fails_leaves_nothing(api: Api) -> None:
    response = send(
        api,
        change_set(
            request("POST", "accounts", {"name": "a"}, content_id=1),
            request("POST", "accounts", {"nothing": "b"}, content_id=2),
        ),
    )

    (parts,) = answers(response)
    assert response.status_code == 400
    assert isinstance(parts, list)
    assert [(each.status, each.content_id) for each in parts] == [(400, "2")]
    assert names(api) == []


def test_a_bulk_action_can_be_in_a_change_set(api: Api) -> None:
    rows = [{"@odata.type": "Microsoft.Dynamics.CRM.account", "name": name} for name in "ab"]

    response = send(
        api,
        change_set(
            request("POST", "accounts/Microsoft.Dynamics.CRM.CreateMultiple", {"Targets": rows}),
            request("POST", "accounts", {"name": "c"}),
        ),
        change_set(
            request("POST", "accounts/Microsoft.Dynamics.CRM.CreateMultiple", {"Targets": rows}),
            request("DELETE", "accounts(11111111-1111-4111-8111-111111111111)"),
        ),
    )

    assert response.status_code == 404
    assert names(api) == ["a", "b", "c"]


def test_a_batch_stops_at_the_first_failure_and_takes_its_status(api: Api) -> None:
    response = send(
        api,
        request("POST", "accounts", {"name": "a"}),
        request("GET", "nothing"),
        request("POST", "accounts", {"name": "b"}),
    )

    assert response.status_code == 404
    assert [each.status for each in answers(response) if isinstance(each, Part)] == [204, 404]
    assert names(api) == ["a"]


def test_a_batch_can_go_on_after_a_failure(api: Api) -> None:
    response = send(
        api,
        request("GET", "nothing"),
        change_set(request("POST", "accounts", {"nothing": "b"})),
        request("POST", "accounts", {"name": "b"}),
        prefer="odata.continue-on-error",
    )

    assert response.status_code == 200
    assert response.headers["Preference-Applied"] == "odata.continue-on-error"
    assert len(answers(response)) == 3
    assert names(api) == ["b"]


def test_headers_of_an_operation_count_and_those_of_the_batch_do_not(api: Api) -> None:
    row_id = api.account("a")

    response = send(
        api,
        request("PATCH", f"accounts({row_id})", {"name": "b"}, headers='If-Match: W/"1"\r\n'),
        prefer="odata.continue-on-error,return=representation",
    )
    created = send(api, request("POST", "accounts", {"name": "x"}), prefer="return=representation")

    (failed,) = answers(response)
    (made,) = answers(created)
    assert isinstance(failed, Part)
    assert isinstance(made, Part)
    assert failed.status == 412
    assert made.status == 204


@pytest.mark.parametrize(
    ("parts", "text"),
    [
        ([change_set(request("GET", "accounts"))], "GET request"),
        ([change_set(request("POST", "accounts", {"primarycontactid@odata.bind": "$9"}))],
         "Content-ID Reference: '$9' does not exist in the batch context."),
        ([change_set(request("PATCH", "$9", {"name": "x"}))],
         "Content-ID Reference: '$9' does not exist in the batch context."),
        ([request("POST", "$batch", {})], "a batch inside"),
        ([request("GET", "accounts?$filter=" + "x" * 33_000)], "longer than the maximum of 32768"),
    ],
)  # fmt: skip
def test_an_operation_that_a_batch_cannot_have_is_refused(
    api: Api, parts: list[str], text: str
) -> None:
    response = send(api, *parts)

    assert response.status_code == 400
    assert text in response.text


@pytest.mark.parametrize(
    "body",
    ["", "--batch_1\r\n\r\n", joined(['a: b\r\n\r\nPOST accounts\r\n{"name":"x"}'], "batch_1"),
     joined(["no header"], "batch_1"), joined(["a: b\r\n\r\nnonsense"], "batch_1"),
     joined([change_set(change_set(boundary="x"))], "batch_1"),
     joined([change_set().replace("changeset_1--", "x")], "batch_1"),
     joined(["a: b\r\n\r\n\xff /x y"], "batch_1"),
     joined(["a: b\r\n\r\nGET accounts HTTP/1.1\r\nx: y"], "other")],
)  # fmt: skip
def test_a_batch_that_cannot_be_read_is_refused(api: Api, body: str) -> None:
    response = api.call("POST", "$batch", body, Content_Type="multipart/mixed; boundary=batch_1")

    assert refusal(response)[:2] == (400, "0x80048d19")


def test_lines_may_end_with_a_line_feed_alone_if_two_of_them_end_the_batch(api: Api) -> None:
    body = joined([request("POST", "accounts", {"name": "a"}), request("GET", "accounts")], "x")

    response = api.call(
        "POST",
        "$batch",
        body.replace(LINE, "\n") + "\n",
        Content_Type="multipart/mixed; boundary=x",
    )

    assert response.status_code == 200, response.text
    assert names(api) == ["a"]


@pytest.mark.parametrize("line", ["\r\n", "\n"])
def test_a_batch_whose_last_line_has_no_end_loses_its_last_body(api: Api, line: str) -> None:
    body = joined([request("POST", "accounts", {"name": name}) for name in ("a", "b")], "x")

    response = api.call(
        "POST",
        "$batch",
        body.replace(LINE, line).rstrip(),
        Content_Type="multipart/mixed; boundary=x",
    )

    assert response.status_code == 400
    assert names(api) == ["a"]
    failed = answers(response)[1]
    assert isinstance(failed, Part)
    error = json.loads(failed.body)["error"]
    assert error["code"] == "0x80048d19"
    assert error["message"].startswith(
        "Error identified in Payload provided by the user for Entity :'accounts'"
    )
    assert error["message"].endswith(
        "InnerException : System.ArgumentException: Stream was not readable."
    )


def test_the_headers_of_an_operation_may_end_with_the_boundary(api: Api) -> None:
    api.account("a")
    operation = "Content-Type: application/http\r\n\r\nGET accounts?$select=name\r\nPrefer: a=b"

    response = send(api, operation)

    assert response.status_code == 200
    (found,) = answers(response)
    assert isinstance(found, Part)
    assert [row["name"] for row in json.loads(found.body)["value"]] == ["a"]


def test_a_batch_has_a_boundary_and_at_most_1000_operations(api: Api) -> None:
    none = api.call("POST", "$batch", "x", Content_Type="application/json")
    many = send(api, *[request("GET", "accounts")] * (OPERATIONS_MAX + 1))

    assert refusal(none)[0] == 400
    assert refusal(many)[:2] == (400, "0x80040203")


def test_a_change_set_has_one_tag(api: Api) -> None:
    created = [
        request("POST", f"w365_billingcontracts?tag={tag}", {"w365_name": "x"}, content_id=place)
        for place, tag in enumerate(("one", "other"), start=1)
    ]

    response = send(api, change_set(*created))

    assert response.status_code == 501
    assert "different tags" in response.text
