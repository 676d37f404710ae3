"""A page that others follow is never taken for all there is."""

import pytest
import respx

from tests.adapters.dataverse.test_client import ACCOUNTS, CONTACTS, ROOT, batch_answer, page
from work365.adapters.dataverse.client import DataverseClient
from work365.adapters.dataverse.errors import RowsLeftOut
from work365.adapters.dataverse.operations import ROWS_PER_PAGE_MAX, Operation, query

MORE = f"{ROOT}accounts?$skiptoken=2"
LIMITED = query("accounts", select=["name"], top=3)


@respx.mock
@pytest.mark.parametrize(
    "promise",
    [{"@odata.nextLink": MORE}, {"@Microsoft.Dynamics.CRM.morerecords": True}],
    ids=["a link", "more records of a FetchXML query"],
)
def test_an_answer_that_promises_more_is_refused_where_nobody_would_read_it(
    client: DataverseClient, promise: dict[str, object]
) -> None:
    respx.get(url__startswith=ROOT).respond(json={"value": [{"name": "a"}], **promise})

    with pytest.raises(RowsLeftOut, match=r"GET accounts.*first page only"):
        client.send(ACCOUNTS)


@respx.mock
def test_a_last_page_of_a_fetchxml_query_is_all_there_is(client: DataverseClient) -> None:
    last = {"value": [{"name": "a"}], "@Microsoft.Dynamics.CRM.morerecords": False}
    respx.get(url__startswith=ROOT).respond(json=last)

    assert client.send(ACCOUNTS) == last


@respx.mock
def test_a_batch_whose_answer_promises_more_is_refused(client: DataverseClient) -> None:
    cut = page("[]", f',"@odata.nextLink":"{MORE}"')
    respx.post(f"{ROOT}$batch").mock(return_value=batch_answer(page("[]"), cut))

    with pytest.raises(RowsLeftOut, match="GET contacts"):
        client.batch([ACCOUNTS, CONTACTS])


@respx.mock
def test_the_first_few_rows_have_no_page_size_among_other_queries_either(
    client: DataverseClient,
) -> None:
    route = respx.post(f"{ROOT}$batch").mock(return_value=batch_answer(page("[]"), page("[]")))

    client.rows_of_each([LIMITED, ACCOUNTS])

    limited, _, unlimited = route.calls.last.request.content.partition(b"$top=3")[2].partition(
        b"GET "
    )
    assert b"Prefer" not in limited
    assert b"Prefer: odata.maxpagesize=5000" in unlimited


def test_a_number_of_rows_and_a_size_of_pages_do_not_go_together() -> None:
    with pytest.raises(AssertionError, match=r"ignores \$top"):
        LIMITED.preferring("odata.maxpagesize=2")


@respx.mock
@pytest.mark.parametrize("children", [2, ROWS_PER_PAGE_MAX])
def test_a_row_whose_collection_is_full_may_lack_some_of_it(
    client: DataverseClient, children: int
) -> None:
    row = {"lines": [{}] * children, "lines@odata.nextLink": f"{ROOT}accounts(1)/lines"}
    respx.get(url__startswith=ROOT).respond(json={"value": [row]})
    asked = Operation("GET", "accounts?$select=name&$expand=lines")

    if children == ROWS_PER_PAGE_MAX:
        with pytest.raises(RowsLeftOut, match="lines: not all rows"):
            list(client.rows(asked))
    else:
        assert list(client.rows(asked)) == [row]
