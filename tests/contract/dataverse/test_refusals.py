"""What Dataverse refuses, with its own status, code and text.

Source: the texts are from "Troubleshoot Dataverse Web API client errors" where it has them, and
otherwise as environments were reported to answer. A test says so where only the emulator's own
wording is known.
"""

import json
from collections.abc import Iterator
from uuid import uuid4

import httpx
import pytest

from tests.contract.dataverse.environments import (
    API,
    CANCELLED,
    DELTA,
    KEY,
    NAME,
    SET,
    STATUS,
    TABLE,
    Address,
    Body,
    body,
)

PAYLOAD = (
    "Error identified in Payload provided by the user for Entity :'{entity_set}', For more "
    "information on this error please follow this help link "
    "https://go.microsoft.com/fwlink/?linkid=2195293  ---->  InnerException : "
)
ODATA = "Microsoft.OData.ODataException: "


@pytest.fixture(scope="module")
def http(address: Address) -> Iterator[httpx.Client]:
    with httpx.Client(
        base_url=address.http + API,
        headers={"Authorization": f"Bearer {address.token}"},
        trust_env=not address.is_emulator,
        timeout=60,
    ) as client:
        yield client


def refusal(answer: httpx.Response) -> tuple[int, str, str]:
    """Return status, code in small letters and text of an error, which has nothing else."""
    error = answer.json()["error"]
    assert answer.headers["Content-Type"].startswith("application/json")
    return answer.status_code, error["code"].lower(), error["message"]


def created(http: httpx.Client, columns: Body) -> tuple[int, str, str]:
    """Return how a row is refused."""
    return refusal(http.post(SET, json=columns))


def payload(inner: str, entity_set: str = SET) -> str:
    """Return the text about a body that does not fit."""
    return PAYLOAD.format(entity_set=entity_set) + inner


def part(answer: httpx.Response) -> tuple[int, str, str]:
    """Return how the only part of a batch is refused."""
    status, _, rest = answer.text.partition("HTTP/1.1 ")[2].partition(" ")
    error = json.loads(rest[rest.index("{") : rest.rindex("}") + 1])["error"]
    return int(status), error["code"].lower(), error["message"]


def test_an_unknown_column_of_a_row(http: httpx.Client) -> None:
    status, code, text = created(http, {"w365_colour": "red"})

    assert (status, code) == (400, "0x80048d19")
    assert text.startswith(
        payload(
            "Microsoft.Crm.CrmException: Invalid property 'w365_colour' was found in entity "
            f"'Microsoft.Dynamics.CRM.{TABLE}'. ---> {ODATA}Does not support untyped value in "
            "non-open type."
        )
    )


def test_a_column_in_the_wrong_case_is_an_unknown_column(http: httpx.Client) -> None:
    status, code, text = created(http, {"w365_Name": "x"})

    assert (status, code) == (400, "0x80048d19")
    assert "Invalid property 'w365_Name' was found in entity" in text


@pytest.mark.parametrize("option", ["$select", "$filter", "$orderby", "$expand"])
def test_an_unknown_column_of_a_query(http: httpx.Client, option: str) -> None:
    asked = "w365_colour eq 1" if option == "$filter" else "w365_colour"

    refused = refusal(http.get(SET, params={option: asked}))

    assert refused == (
        400,
        "0x80060888",
        f"Could not find a property named 'w365_colour' on type 'Microsoft.Dynamics.CRM.{TABLE}'.",
    )


def test_a_navigation_property_in_the_wrong_case(http: httpx.Client) -> None:
    bound = {"w365_subscription@odata.bind": f"/w365_subscriptions({uuid4()})"}

    status, code, text = created(http, {**body("never"), **bound})

    assert (status, code) == (400, "0x80048d19")
    assert text.startswith(
        payload(
            f"{ODATA}An undeclared property 'w365_subscription' which only has property "
            "annotations in the payload but no property value was found in the payload. In OData, "
            "only declared navigation properties and declared named streams can be represented as "
            "properties without values."
        )
    )


def test_a_lookup_to_a_row_that_is_absent(http: httpx.Client) -> None:
    absent = str(uuid4())
    bound = {"w365_Subscription@odata.bind": f"/w365_subscriptions({absent})"}

    refused = created(http, {**body("never"), **bound})

    assert refused == (404, "0x80040217", f"w365_subscription With Id = {absent} Does Not Exist")


@pytest.mark.parametrize(
    ("column", "value", "inner"),
    [
        (NAME, 7, "Cannot convert a value of type 'Edm.Int32' to the expected target type"),
        (DELTA, "many", "Cannot convert a value to target type 'Edm.Decimal'"),
        (STATUS, "Cancelled", "Cannot convert the literal 'Cancelled' to the expected type"),
        ("w365_effectiveon", "soon", "Cannot convert the literal 'soon' to the expected type"),
        ("w365_refund", "yes", "Cannot convert the literal 'yes' to the expected type"),
    ],
    ids=["text", "number", "choice", "day", "yes or no"],
)
def test_a_value_of_the_wrong_type(
    http: httpx.Client, column: str, value: object, inner: str
) -> None:
    status, code, text = created(http, {**body("never"), column: value})

    assert (status, code) == (400, "0x80048d19")
    assert text.startswith(payload(ODATA + inner))


def test_a_text_too_long(http: httpx.Client) -> None:
    refused = created(http, body("never", "x" * 201))

    assert refused == (
        400,
        "0x80044331",
        f"A validation error occurred.  The length of the '{NAME}' attribute of the '{TABLE}' "
        "entity exceeded the maximum allowed length of '200'.",
    )


def test_a_number_out_of_its_range(http: httpx.Client) -> None:
    refused = created(http, {**body("never"), "w365_pricemonths": 100_000})

    assert refused == (
        400,
        "0x8004432f",
        f"A validation error occurred.  The value of 'w365_pricemonths' on record of type "
        f"'{TABLE}' is outside the valid range.",
    )


def test_a_choice_that_there_is_not(http: httpx.Client) -> None:
    status, code, text = created(http, {**body("never"), STATUS: CANCELLED + 1_000})

    assert (status, code) == (400, "0x8004431a")
    assert STATUS in text


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("$skip=1", "Skip Clause is not supported in CRM"),
        ("$search=x", "The query parameter $search is not supported."),
        ("$compute=1", "The query parameter $compute is not supported."),
        ("$colour=red", "The query parameter $colour is not supported."),
    ],
    ids=["skip", "search", "compute", "unknown"],
)
def test_a_query_option_that_is_not_supported(http: httpx.Client, query: str, text: str) -> None:
    assert refusal(http.get(f"{SET}?{query}")) == (400, "0x80060888", text)


def test_a_text_in_a_filter_that_does_not_end(http: httpx.Client) -> None:
    refused = refusal(http.get(SET, params={"$filter": f"{NAME} eq 'x"}))

    assert refused == (
        400,
        "0x80060888",
        f"There is an unterminated literal at position 15 in '{NAME} eq 'x'.",
    )


def test_an_entity_set_in_the_wrong_case(http: httpx.Client) -> None:
    refused = refusal(http.get("Account"))

    assert refused == (404, "0x8006088a", "Resource not found for the segment 'Account'.")


def test_a_function_that_is_posted_to(http: httpx.Client, address: Address) -> None:
    refused = refusal(http.post("WhoAmI", json={}))

    assert refused == (
        404,
        "",
        f"No HTTP resource was found that matches the request URI '{address.http}{API}WhoAmI'.",
    )


def test_a_key_that_the_table_does_not_have(http: httpx.Client) -> None:
    kind = f"Microsoft.Dynamics.CRM.{TABLE}"

    refused = refusal(http.get(f"{SET}({NAME}='x')"))

    assert refused == (
        400,
        "0x80060888",
        f"The key in the request URI is not valid for resource '{kind}'. Ensure that the names "
        "and number of key properties match the declared or alternate key properties for the "
        f"resource '{kind}'.",
    )


def test_a_key_that_no_row_has(http: httpx.Client) -> None:
    refused = refusal(http.get(f"{SET}({KEY}='{uuid4()}')"))

    assert refused == (
        404,
        "0x80060891",
        f"A record with the specified key values does not exist in {TABLE} entity",
    )


def test_a_row_that_is_absent(http: httpx.Client) -> None:
    absent = str(uuid4())

    refused = refusal(http.get(f"{SET}({absent})"))

    assert refused == (404, "0x80040217", f"{TABLE} With Id = {absent} Does Not Exist")


def test_a_paging_cookie_that_is_none(http: httpx.Client) -> None:
    status, code, _ = refusal(http.get(f"{SET}?$skiptoken=nonsense"))

    assert (status, code) == (400, "0x8004112a")


def test_a_filter_while_changes_are_tracked(http: httpx.Client) -> None:
    refused = refusal(
        http.get(f"{SET}?$filter={NAME} eq 'x'", headers={"Prefer": "odata.track-changes"})
    )

    assert refused[0] == 400
    assert refused[2] == (
        'The "$filter" query parameter isn\'t supported when Change Tracking is enabled.'
    )


def test_a_body_that_is_no_json(http: httpx.Client) -> None:
    answer = http.post(SET, content="{", headers={"Content-Type": "application/json"})

    status, code, text = refusal(answer)

    assert (status, code) == (400, "0x80048d19")
    assert text.startswith(payload(f"{ODATA}Invalid JSON."))


def batch(http: httpx.Client, text: str, boundary: str = "batch_1") -> httpx.Response:
    """Send the text of a batch."""
    kind = f"multipart/mixed; boundary={boundary}"
    return http.post("$batch", content=text, headers={"Content-Type": kind})


def operation(method: str, url: str, columns: Body | None = None) -> str:
    """Return one part of a batch, with the boundary before it."""
    inner = "" if columns is None else json.dumps(columns)
    return (
        "--batch_1\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n"
        f"{method} {url} HTTP/1.1\r\nContent-Type: application/json\r\n\r\n{inner}\r\n"
    )


def test_a_batch_whose_last_line_has_no_end(http: httpx.Client) -> None:
    answer = batch(http, operation("POST", f"{API}{SET}", body("never")) + "--batch_1--")

    status, code, text = part(answer)

    assert (answer.status_code, status, code) == (400, 400, "0x80048d19")
    assert text.startswith(payload("System.ArgumentException: Stream was not readable."))


def test_a_batch_that_ends_before_its_boundary(http: httpx.Client) -> None:
    """The text is the emulator's: none is published."""
    answer = batch(http, operation("GET", f"{API}{SET}?$top=1"))

    assert refusal(answer)[:2] == (400, "0x80048d19")


def test_a_batch_with_another_boundary(http: httpx.Client) -> None:
    """The text is the emulator's: none is published."""
    answer = batch(http, operation("GET", f"{API}{SET}?$top=1") + "--batch_1--\r\n", "batch_2")

    assert refusal(answer)[:2] == (400, "0x80048d19")


def test_a_batch_with_a_get_in_its_change_set(http: httpx.Client) -> None:
    changes = operation("GET", f"{API}{SET}?$top=1").replace("batch_1", "changes_1")
    text = (
        "--batch_1\r\nContent-Type: multipart/mixed; boundary=changes_1\r\n\r\n"
        f"{changes}--changes_1--\r\n--batch_1--\r\n"
    )

    answer = batch(http, text)

    assert answer.status_code == 400


def test_a_reference_inside_a_batch_that_there_is_not(http: httpx.Client) -> None:
    bound = {**body("never"), "w365_Subscription@odata.bind": "$7"}
    changes = operation("POST", f"{API}{SET}", bound).replace("batch_1", "changes_1")
    text = (
        "--batch_1\r\nContent-Type: multipart/mixed; boundary=changes_1\r\n\r\n"
        f"{changes}--changes_1--\r\n--batch_1--\r\n"
    )

    answer = batch(http, text)

    assert answer.status_code == 400
    assert "Content-ID Reference: '$7' does not exist in the batch context." in answer.text
