"""Reading rows: selecting, ordering, paging, counting, annotations and expansions."""

from itertools import pairwise

import pytest

from tests.emulators.dataverse.conftest import Api, refusal

ALL = 'odata.include-annotations="*"'
SHOWN = "OData.Community.Display.V1.FormattedValue"


def bulk(api: Api, *names: str | None) -> None:
    kind = {"@odata.type": "Microsoft.Dynamics.CRM.account"}
    answer = api.call(
        "POST",
        "accounts/Microsoft.Dynamics.CRM.CreateMultiple",
        {"Targets": [{**kind, "name": name} for name in names]},
    )
    assert answer.status_code == 200, answer.text


def test_a_selection_brings_the_id_along_and_is_named_in_the_context(api: Api) -> None:
    row_id = api.account(accountnumber="1")

    found = api.json("accounts?$select=name,accountnumber")

    assert found["@odata.context"] == f"{api.root}$metadata#accounts(name,accountnumber)"
    (row,) = found["value"]
    etag = row.pop("@odata.etag")
    assert row == {"name": "Contoso", "accountnumber": "1", "accountid": row_id}
    assert etag.startswith('W/"')


def test_a_selection_of_money_brings_the_currency_along(api: Api) -> None:
    api.create("productpricelevels", amount=5)

    (row,) = api.value("productpricelevels?$select=amount")

    assert set(row) == {
        "@odata.etag", "amount", "_transactioncurrencyid_value", "productpricelevelid"
    }  # fmt: skip


def test_without_a_selection_every_column_comes_nulls_included(api: Api) -> None:
    api.account()

    (row,) = api.value("accounts")

    assert row["accountnumber"] is None
    assert {"createdon", "_ownerid_value", "versionnumber", "statuscode"} <= set(row)


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("$select=Name", "Could not find a property named 'Name' on type "
         "'Microsoft.Dynamics.CRM.account'."),
        ("$select=primarycontactid", "Could not find a property named 'primarycontactid'"),
        ("$orderby=nothing", "Could not find a property named 'nothing'"),
        ("$orderby=name up", "Syntax error"),
        ("$expand=nothing", "Could not find a property named 'nothing'"),
        ("$expand=primarycontactid($top=1)", "Only $select and $filter clause can be provided"),
        ("$expand=primarycontactid($select=fullname", "')' expected"),
        ("$expand=" + ",".join(f"lookup{number}" for number in range(16)), "maximum of 15"),
        ("$skip=5", "Skip Clause is not supported in CRM"),
        ("$top=0", "Invalid value '0' for $top"),
        ("$top=x", "Invalid value 'x' for $top"),
        ("$count=yes", "Invalid value 'yes' for $count"),
        ("$search=x", "The query parameter $search is not supported."),
        ("$compute=x", "The query parameter $compute is not supported."),
        ("other=x", "The query parameter other is not supported."),
        ("$top=1&$top=2", "was specified more than once"),
        ("$select=name,", "is not valid in a $select"),
    ],
)  # fmt: skip
def test_a_query_that_dataverse_would_not_take_is_refused(api: Api, query: str, text: str) -> None:
    answer = api.get(f"accounts?{query}")

    assert refusal(answer)[:2] == (400, "0x80060888")
    assert text in refusal(answer)[2]


@pytest.mark.parametrize(
    "path",
    ["accounts?$select=*", "accounts?$orderby=primarycontactid/fullname",
     "accounts?$apply=aggregate($count as c)&$top=1", "accounts?savedQuery=x",
     "accounts/$count?$top=1", "RetrieveVersion()",
     "accounts(11111111-1111-4111-8111-111111111111)?$filter=name eq 'x'"],
)  # fmt: skip
def test_what_is_not_emulated_says_so(api: Api, path: str) -> None:
    answer = api.get(path)

    assert refusal(answer)[:2] == (501, "0x80040219")
    assert "Not emulated: " in refusal(answer)[2]


@pytest.mark.parametrize(
    "path", ["nothing", "accounts/nothing", "nothing(1)", "accounts/Account_Tasks"]
)
def test_an_address_that_leads_nowhere_is_refused(api: Api, path: str) -> None:
    answer = api.get(path)

    assert refusal(answer)[:2] == (404, "0x8006088a")
    assert "Resource not found for the segment" in refusal(answer)[2]


@pytest.mark.parametrize("form", ["accounts({})", "accounts(accountid={})"])
def test_a_row_is_addressed_by_its_id(api: Api, form: str) -> None:
    row_id = api.account()

    assert api.json(form.format(row_id.upper()))["accountid"] == row_id


def test_a_user_s_id_cannot_be_named_in_an_address(api: Api) -> None:
    user = api.json("WhoAmI")["UserId"]

    assert refusal(api.get(f"systemusers(systemuserid={user})"))[0] == 400


@pytest.mark.parametrize(
    "inside", ["", "name", "=1", "w365_key='a',", "w365_key='a' x='b'", "w365_key=", "w365_key=5",
               "accountid='x'", "w365_key=true"]
)  # fmt: skip
def test_a_key_that_cannot_be_read_is_refused(api: Api, inside: str) -> None:
    assert refusal(api.get(f"accounts({inside})"))[:2] == (400, "0x80060888")


def test_an_unchanged_row_is_not_sent_again(api: Api) -> None:
    row = f"accounts({api.account()})"
    etag = api.get(row).headers["ETag"]

    unchanged = api.get(row, If_None_Match=etag)
    api.call("PATCH", row, {"name": "new"})
    changed = api.get(row, If_None_Match=etag)

    assert (unchanged.status_code, unchanged.content) == (304, b"")
    assert changed.json()["name"] == "new"


@pytest.mark.parametrize("order", ["", "name", "name desc", "accountnumber", "accountnumber desc"])
def test_pages_have_every_row_once_and_in_order(api: Api, order: str) -> None:
    names = ["b", None, "A", "ä", None, "c", "B", "z"]
    bulk(api, *names)
    query = f"accounts?$select=name&$orderby={order}" if order else "accounts?$select=name"

    pages, links = [], []
    link: str | None = query
    while link:
        page = api.json(link, prefer="odata.maxpagesize=3")
        link = page.get("@odata.nextLink")
        pages.append(page["value"])
        links.append(link)

    whole = api.value(query)
    assert [len(page) for page in pages] == [3, 3, 2]
    assert [row for page in pages for row in page] == whole
    assert len(set(links)) == len(links)
    assert sorted(row["name"] or "" for row in whole) == sorted(name or "" for name in names)


def test_names_are_ordered_without_regard_to_case_and_accents_and_none_comes_first(
    api: Api,
) -> None:
    bulk(api, "b", None, "A", "ä", "Z", "c")

    up = [row["name"] for row in api.value("accounts?$orderby=name")]
    down = [row["name"] for row in api.value("accounts?$orderby=name desc")]

    assert up[0] is None
    assert up[3:] == ["b", "c", "Z"]
    assert down[:3] == ["Z", "c", "b"]
    assert down[-1] is None


def test_numbers_are_ordered_as_numbers(api: Api) -> None:
    for amount in (10, 9, -1, 100):
        api.create("w365_subscriptionchanges", w365_name="x", w365_quantitydelta=amount)

    rows = api.value("w365_subscriptionchanges?$orderby=w365_quantitydelta")

    amounts = [row["w365_quantitydelta"] for row in rows]
    assert all(left < right for left, right in pairwise(amounts))


def test_a_cookie_that_was_not_given_is_refused(api: Api) -> None:
    bulk(api, "a", "b")
    link = api.json("accounts?$orderby=name", prefer="odata.maxpagesize=1")["@odata.nextLink"]
    token = link.split("$skiptoken=")[1]

    answers = [
        api.get("accounts?$skiptoken=nonsense"),
        api.get(f"accounts?$skiptoken={token}"),
        api.get(f"accounts?$orderby=name&$skiptoken={token.replace('last', 'list')}"),
    ]

    assert [refusal(answer)[:2] for answer in answers] == [(400, "0x8004112a")] * 3


def test_top_cuts_and_gives_no_next_page_unless_pages_were_preferred(api: Api) -> None:
    bulk(api, "a", "b", "c")

    cut = api.json("accounts?$top=2")
    paged = api.json("accounts?$top=1", prefer="odata.maxpagesize=2")

    assert (len(cut["value"]), "@odata.nextLink" in cut) == (2, False)
    assert (len(paged["value"]), "@odata.nextLink" in paged) == (2, True)


def test_a_page_has_at_most_5000_rows(api: Api) -> None:
    for _ in range(5):
        bulk(api, *(["x"] * 1001))

    page = api.json("accounts?$select=name&$count=true", prefer="odata.maxpagesize=9999")
    rest = api.json(page["@odata.nextLink"], prefer="odata.maxpagesize=9999")

    assert (len(page["value"]), len(rest["value"])) == (5000, 5)
    assert page["@odata.count"] == 5000
    assert api.get("accounts/$count").content == b"\xef\xbb\xbf5000"


def test_a_count_heeds_the_filter_and_not_the_page(api: Api) -> None:
    bulk(api, "a", "a", "b")

    page = api.json("accounts?$count=true&$filter=name eq 'a'", prefer="odata.maxpagesize=1")
    text = api.get("accounts/$count?$filter=name eq 'b'")

    assert (page["@odata.count"], len(page["value"])) == (2, 1)
    assert (text.headers["Content-Type"], text.content) == ("text/plain", b"\xef\xbb\xbf1")


def test_total_counts_come_with_the_annotations(api: Api) -> None:
    bulk(api, "a")

    counted = api.json("accounts?$count=true", prefer=ALL)
    uncounted = api.json("accounts", prefer=ALL)

    assert counted["@Microsoft.Dynamics.CRM.totalrecordcount"] == 1
    assert counted["@Microsoft.Dynamics.CRM.totalrecordcountlimitexceeded"] is False
    assert uncounted["@Microsoft.Dynamics.CRM.totalrecordcount"] == -1


def test_annotations_tell_labels_names_and_amounts(api: Api) -> None:
    contract = api.contract("Main contract", w365_starton="2026-03-31")
    amount = api.create(
        "w365_invoices",
        w365_key="i",
        w365_netamount=-1234.5,
        w365_linecount=1000,
        **{"w365_Contract@odata.bind": f"/w365_billingcontracts({contract})"},
    )

    shown = api.json(f"w365_billingcontracts({contract})", prefer=ALL)
    invoice = api.json(f"w365_invoices({amount})", prefer=ALL)

    assert shown[f"w365_status@{SHOWN}"] == "Active"
    assert shown[f"w365_starton@{SHOWN}"] == "3/31/2026"
    assert shown[f"createdon@{SHOWN}"] == "1/1/2026 12:00 AM"
    assert f"w365_endon@{SHOWN}" not in shown
    assert invoice[f"w365_netamount@{SHOWN}"] == "-€1,234.50"
    assert invoice[f"w365_linecount@{SHOWN}"] == "1,000"
    lookup = "_w365_contract_value"
    assert invoice[f"{lookup}@{SHOWN}"] == "Main contract"
    assert invoice[f"{lookup}@Microsoft.Dynamics.CRM.lookuplogicalname"] == "w365_billingcontract"
    navigation = f"{lookup}@Microsoft.Dynamics.CRM.associatednavigationproperty"
    assert invoice[navigation] == "w365_Contract"


def test_only_the_annotations_that_are_preferred_come(api: Api) -> None:
    contract = api.contract()

    row = api.json(
        f"w365_billingcontracts({contract})",
        prefer=f'odata.include-annotations="Microsoft.Dynamics.CRM.*,{SHOWN}x",return=minimal',
    )

    names = {name.split("@")[1] for name in row if "@" in name and not name.startswith("@")}
    assert names == {
        "Microsoft.Dynamics.CRM.lookuplogicalname",
        "Microsoft.Dynamics.CRM.associatednavigationproperty",
    }


def test_a_lookup_s_row_comes_along(api: Api) -> None:
    account = api.account("Customer")
    bound = api.contract("a", **{"w365_Customer@odata.bind": f"/accounts({account})"})
    unbound = api.contract("b")
    query = "$select=w365_name&$expand=w365_Customer($select=name)"

    found = api.json(f"w365_billingcontracts?{query}&$orderby=w365_name")
    one = api.json(f"w365_billingcontracts({bound})?{query}")

    context = f"{api.root}$metadata#w365_billingcontracts(w365_name,w365_Customer(name))"
    assert found["@odata.context"] == context
    customers = [row["w365_Customer"] for row in found["value"]]
    assert customers[0].pop("@odata.etag").startswith('W/"')
    assert customers == [{"name": "Customer", "accountid": account}, None]
    assert one["w365_Customer"]["name"] == "Customer"
    assert found["value"][1]["w365_billingcontractid"] == unbound


def test_the_service_document_lists_the_sets(api: Api) -> None:
    sets = {entry["name"] for entry in api.value("")}

    assert {"accounts", "w365_billingcontracts", "transactioncurrencies"} <= sets


def test_total_record_counts_have_no_limit_and_know_their_tables(api: Api) -> None:
    bulk(api, "a", "b")

    found = api.json("RetrieveTotalRecordCount(EntityNames=['account','contact'])")
    alias = api.json("RetrieveTotalRecordCount(EntityNames=@p1)?@p1=['account']")
    unknown = api.get("RetrieveTotalRecordCount(EntityNames=['nothing'])")

    counts = found["EntityRecordCountCollection"]
    assert dict(zip(counts["Keys"], counts["Values"], strict=True)) == {"account": 2, "contact": 0}
    assert alias["EntityRecordCountCollection"]["Values"] == [2]
    assert refusal(unknown)[:2] == (404, "0x80041102")
    assert refusal(api.get("RetrieveTotalRecordCount()"))[0] == 400
    assert refusal(api.get("RetrieveTotalRecordCount(EntityNames=[account])"))[0] == 400


def test_the_environment_has_its_first_rows(api: Api) -> None:
    currencies = api.value("transactioncurrencies?$orderby=isocurrencycode")
    (organization,) = api.value("organizations")
    users = api.value("systemusers")
    filters = api.value(
        "sdkmessagefilters?$filter=primaryobjecttypecode eq 'w365_subscriptionchange' and "
        "sdkmessageid/sdkmessageid eq 20bebb1b-ea3e-db11-86a7-000a3a5473e8"
    )

    assert [row["isocurrencycode"] for row in currencies] == ["EUR", "GBP", "USD"]
    assert organization["_basecurrencyid_value"] == currencies[0]["transactioncurrencyid"]
    assert len(users) == 2
    assert len(filters) == 1
    assert len(api.value("businessunits")) == 1
