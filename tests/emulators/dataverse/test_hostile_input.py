"""Requests that nobody means well with: each is refused, and none breaks anything."""

from urllib.parse import quote

import pytest

from tests.emulators.dataverse.conftest import Api, refusal

DEEP = 800
DIGITS = "9" * 5_000


def fetch(text: str) -> str:
    return f"accounts?fetchXml={quote(text)}"


@pytest.mark.parametrize(
    "path",
    [
        pytest.param(f"accounts?$top={DIGITS}", id="top"),
        pytest.param("accounts?$top=9223372036854775808", id="top beyond 64 bits"),
        pytest.param(
            fetch(f'<fetch count="{DIGITS}"><entity name="account"/></fetch>'), id="count"
        ),
        pytest.param(
            fetch('<fetch page="99999999999999999999"><entity name="account"/></fetch>'), id="page"
        ),
        pytest.param(
            "accounts?sql=select top " + DIGITS + " name from account",  # noqa: S608  a query to refuse
            id="sql",
        ),
        pytest.param("accounts?sql=select top 9999999999999999999 name from account", id="sql 64"),
        pytest.param(
            "accounts?$filter=Microsoft.Dynamics.CRM.LastXDays(PropertyName='createdon',"
            "PropertyValue='%C2%B2')",
            id="a digit above the line",
        ),
        pytest.param(
            "accounts?$filter=Microsoft.Dynamics.CRM.LastXDays(PropertyName='createdon',"
            "PropertyValue='--5')",
            id="two signs",
        ),
    ],
)
def test_a_number_that_no_number_holds_is_refused(api: Api, path: str) -> None:
    answer = api.call("GET", path)

    assert refusal(answer)[0] == 400


def test_a_page_size_that_no_number_holds_is_the_largest(api: Api) -> None:
    answer = api.call("GET", "accounts", prefer=f"odata.maxpagesize={DIGITS}")

    assert answer.status_code == 200


def test_what_is_expanded_ever_deeper_is_refused(api: Api) -> None:
    deep = "primarycontactid($expand=" * DEEP + "createdby" + ")" * DEEP

    answer = api.call("GET", f"accounts?$expand={deep}")

    assert refusal(answer)[2] == "The number of $expand options exceeds the maximum of 15."


def test_filters_inside_filters_of_a_fetch_are_refused(api: Api) -> None:
    filters = "<filter>" * DEEP + "</filter>" * DEEP

    answer = api.call("GET", fetch(f'<fetch><entity name="account">{filters}</entity></fetch>'))

    assert "nested more than 100 deep" in refusal(answer)[2]


@pytest.mark.parametrize(
    "text",
    [
        '<fetch>and<entity name="account"/></fetch>',
        '<fetch><entity name="account"/>and</fetch>',
        '<fetch><entity name="account">and</entity></fetch>',
    ],
)
def test_text_that_a_fetch_has_no_place_for_is_not_ignored(api: Api, text: str) -> None:
    answer = api.call("GET", fetch(text))

    assert "has the text 'and'" in refusal(answer)[2]


@pytest.mark.parametrize("body", ['{"name":"a","name":"b"}', '{"name":"a","name":"a"}'])
def test_a_property_that_is_there_twice_is_refused(api: Api, body: str) -> None:
    answer = api.http.post(
        f"{api.root}accounts", content=body, headers={"Content-Type": "application/json"}
    )

    assert "Multiple properties with the name 'name' were detected" in refusal(answer)[2]


def test_a_function_without_parameters_takes_none(api: Api) -> None:
    assert api.call("GET", "WhoAmI()").status_code == 200
    assert api.call("GET", "WhoAmI(x=1)").status_code == 404


def test_a_header_that_is_no_list_is_refused_when_it_is_there_twice(api: Api) -> None:
    answer = api.http.get(
        f"{api.root}WhoAmI", headers=[("CallerObjectId", "a"), ("CallerObjectId", "b")]
    )

    assert "specified more than once" in refusal(answer)[2]


def test_two_headers_of_preferences_are_both_heeded(api: Api) -> None:
    answer = api.http.get(
        f"{api.root}businessunits",
        headers=[("Prefer", "odata.maxpagesize=1"), ("Prefer", 'odata.include-annotations="*"')],
    )

    assert "odata.maxpagesize=1" in answer.headers["Preference-Applied"]
    assert "include-annotations" in answer.headers["Preference-Applied"]


def test_a_content_id_that_two_operations_of_a_change_set_have_is_refused(api: Api) -> None:
    operation = (
        "--c\r\nContent-Type: application/http\r\nContent-ID: 1\r\n\r\n"
        'POST accounts HTTP/1.1\r\nContent-Type: application/json\r\n\r\n{"name":"a"}\r\n'
    )
    body = (
        "--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n"
        f"{operation}{operation}--c--\r\n--b--\r\n"
    )

    answer = api.http.post(
        f"{api.root}$batch",
        content=body,
        headers={"Content-Type": "multipart/mixed; boundary=b"},
    )

    assert "The content ID '1' was found more than once" in refusal(answer)[2]
