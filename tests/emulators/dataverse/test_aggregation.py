"""`$apply`: groups, aggregates, and what Dataverse refuses."""

import pytest

from tests.emulators.dataverse.conftest import Api, refusal

SHOWN = "OData.Community.Display.V1.FormattedValue"
FORMATTED = f'odata.include-annotations="{SHOWN}"'
INVOICES = "w365_invoices"


@pytest.fixture(scope="module")
def filled(running: Api) -> Api:
    """Invoices of 10.25, 0.5 and nothing, the first two of a contract, one of them credited."""
    running.control("POST", "reset")
    contract = running.contract("Main contract")
    bound = {"w365_Contract@odata.bind": f"/w365_billingcontracts({contract})"}
    running.create(INVOICES, w365_key="a", w365_netamount=10.25, w365_linecount=1, **bound)
    running.create(INVOICES, w365_key="b", w365_netamount=0.5, w365_linecount=4, **bound)
    running.create(INVOICES, w365_key="c", w365_linecount=4)
    return running


def applied(api: Api, text: str) -> list[dict[str, object]]:
    return api.value(f"{INVOICES}?$apply={text}", prefer=FORMATTED)


def test_rows_are_counted(filled: Api) -> None:
    found = filled.json(f"{INVOICES}?$apply=aggregate($count as number)")

    assert found == {
        "@odata.context": f"{filled.root}$metadata#{INVOICES}",
        "value": [{"number": 3}],
    }


def test_money_is_added_up_exactly_with_nine_decimals(filled: Api) -> None:
    answer = filled.get(f"{INVOICES}?$apply=aggregate(w365_netamount with sum as total)")

    assert '"total":10.750000000' in answer.text


def test_aggregates_are_shown_as_people_see_them(filled: Api) -> None:
    aggregates = ",".join(
        [
            "w365_netamount with sum as total",
            "w365_netamount with average as middle",
            "w365_netamount with min as least",
            "w365_netamount with max as most",
            "w365_linecount with average as lines",
            "w365_linecount with countdistinct as kinds",
            "createdon with max as last",
        ]
    )

    (row,) = applied(filled, f"aggregate({aggregates})")

    shown = {name: row[f"{name}@{SHOWN}"] for name in ("total", "middle", "least", "most")}
    assert shown == {"total": "€10.75", "middle": "€5.38", "least": "€0.50", "most": "€10.25"}
    assert (row["lines"], row["kinds"]) == (3, 2)
    assert (row["last"], row[f"last@{SHOWN}"]) == ("2026-01-01T00:00:00Z", "1/1/2026 12:00 AM")


def test_groups_have_their_labels_and_leave_out_what_is_empty(filled: Api) -> None:
    rows = applied(filled, "groupby((_w365_contract_value,statecode),aggregate($count as number))")

    alone, both = rows
    assert alone == {
        "statecode": 0, f"statecode@{SHOWN}": "Active", "number": 1, f"number@{SHOWN}": "1"
    }  # fmt: skip
    assert (both["number"], both[f"_w365_contract_value@{SHOWN}"]) == (2, "Main contract")


def test_a_group_of_another_table_has_that_table_s_name_before_it(filled: Api) -> None:
    rows = applied(
        filled, "groupby((w365_Contract/w365_name),aggregate(w365_netamount with sum as total))"
    )

    assert [row.get("w365_billingcontract_w365_name") for row in rows] == [None, "Main contract"]


def test_a_filter_comes_before_the_groups(filled: Api) -> None:
    rows = applied(filled, "filter(w365_linecount eq 4)/groupby((w365_linecount))")

    assert rows == [{"w365_linecount": 4, f"w365_linecount@{SHOWN}": "4"}]


def test_the_sum_of_no_rows_is_nothing_and_there_is_no_average(filled: Api) -> None:
    text = "aggregate(w365_netamount with sum as total,w365_netamount with average as middle)"

    (row,) = applied(filled, f"filter(w365_linecount eq 99)/{text}")

    assert row == {"total": 0, f"total@{SHOWN}": "€0.00"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("groupby((createdon))", "groupby takes no dates"),
        ("groupby((nothing))", "Could not find a property named 'nothing'"),
        ("groupby((w365_linecount),topcount(1,w365_linecount))", "is not supported in $apply"),
        ("groupby(w365_linecount)", "is not supported in $apply"),
        ("groupby((rollup(a,b)))", "in $apply"),
        ("aggregate(w365_linecount with sum as a,$count as a)", "used more than once"),
        ("aggregate(w365_linecount with median as a)", "is not supported in $apply"),
        ("aggregate(w365_linecount mul 2 with sum as a)", "is not supported in $apply"),
        ("aggregate(w365_linecount)", "is not supported in $apply"),
        ("aggregate(w365_key with sum as a)", "The aggregate 'sum' is not supported for column"),
        ("aggregate(w365_key with max as a)", "The aggregate 'max' is not supported for column"),
        ("identity", "is not supported in $apply"),
        ("groupby((w365_linecount))/aggregate($count as a)", "is not supported in $apply"),
        ("filter(w365_linecount eq 1)", "is not supported in $apply"),
        ("aggregate($count as a)&$orderby=a", "The query node SingleValueOpenPropertyAccess"),
    ],
)
def test_an_aggregation_that_dataverse_would_not_take_is_refused(
    filled: Api, text: str, message: str
) -> None:
    answer = filled.get(f"{INVOICES}?$apply={text}")

    assert refusal(answer)[:2] == (400, "0x80060888")
    assert message in refusal(answer)[2]


def test_an_aggregation_looks_at_50000_rows_at_most(running: Api) -> None:
    running.control("POST", "reset")
    kind = {"@odata.type": "Microsoft.Dynamics.CRM.account"}
    targets = [{**kind, "name": "x"}] * 10_000
    for _ in range(5):
        running.call("POST", "accounts/Microsoft.Dynamics.CRM.CreateMultiple", {"Targets": targets})
    path = "accounts?$apply=aggregate($count as number)"

    enough = running.value(path)
    running.account("one more")
    too_many = running.get(path)

    assert enough == [{"number": 50_000}]
    assert refusal(too_many)[:2] == (400, "0x8004e023")
