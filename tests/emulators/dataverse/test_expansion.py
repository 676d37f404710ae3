"""`$expand`: rows that rows refer to, collections of rows, and what Dataverse refuses."""

import pytest

from tests.emulators.dataverse.conftest import Api, Body, refusal

SUBSCRIPTIONS = "w365_billingcontract_subscription_Contract"
CHANGES = "w365_subscription_subscriptionchange_Subscription"
CONTRACTS = "w365_account_billingcontract_Customer"


@pytest.fixture
def contract(api: Api) -> str:
    """A contract of a customer, with three subscriptions, the first of which has a change."""
    account = api.account("Customer")
    row_id = api.contract("Contract", **{"w365_Customer@odata.bind": f"/accounts({account})"})
    bound = {"w365_Contract@odata.bind": f"/w365_billingcontracts({row_id})"}
    names = ("a", "b", "c")
    ids = [api.create("w365_subscriptions", w365_name=name, **bound) for name in names]
    api.create(
        "w365_subscriptionchanges",
        w365_name="change",
        **{"w365_Subscription@odata.bind": f"/w365_subscriptions({ids[0]})"},
    )
    return row_id


def names(rows: list[Body]) -> list[str]:
    return [row["w365_name"] for row in rows]


def test_a_collection_comes_whole_with_a_link_to_the_same_rows(api: Api, contract: str) -> None:
    found = api.json(
        f"w365_billingcontracts?$select=w365_name&$expand={SUBSCRIPTIONS}($select=w365_name)",
        prefer="odata.maxpagesize=1",
    )

    context = f"w365_billingcontracts(w365_name,{SUBSCRIPTIONS}(w365_name))"
    assert found["@odata.context"] == f"{api.root}$metadata#{context}"
    (row,) = found["value"]
    assert sorted(names(row[SUBSCRIPTIONS])) == ["a", "b", "c"]
    assert {one["_w365_contract_value"] for one in row[SUBSCRIPTIONS]} == {contract}
    link = row[f"{SUBSCRIPTIONS}@odata.nextLink"]
    address = f"w365_billingcontracts({contract})/{SUBSCRIPTIONS}"
    assert link == f"{api.root}{address}?$select=w365_name"
    assert sorted(names(api.value(link))) == ["a", "b", "c"]


def test_the_rows_of_a_collection_are_chosen_ordered_and_cut(api: Api, contract: str) -> None:
    inside = "$select=w365_name;$filter=w365_name ne 'a';$orderby=w365_name desc;$top=1"

    row = api.json(f"w365_billingcontracts({contract})?$expand={SUBSCRIPTIONS}({inside})")

    assert names(row[SUBSCRIPTIONS]) == ["c"]


def test_a_row_without_related_rows_has_an_empty_collection(api: Api) -> None:
    contract = api.contract("Alone")

    row = api.json(f"w365_billingcontracts({contract})?$expand={SUBSCRIPTIONS}")

    assert row[SUBSCRIPTIONS] == []
    assert row[f"{SUBSCRIPTIONS}@odata.nextLink"].endswith(SUBSCRIPTIONS)


def test_pages_apply_to_every_collection_once_something_is_nested(api: Api, contract: str) -> None:
    inside = f"$select=w365_name;$expand={CHANGES}($select=w365_name)"
    path = f"w365_billingcontracts?$select=w365_name&$expand={SUBSCRIPTIONS}({inside})"

    (row,) = api.value(path, prefer="odata.maxpagesize=2")
    rest = api.json(row[f"{SUBSCRIPTIONS}@odata.nextLink"], prefer="odata.maxpagesize=2")

    assert len(row[SUBSCRIPTIONS]) == 2
    assert len(rest["value"]) == 1
    both = row[SUBSCRIPTIONS] + rest["value"]
    assert sorted(names(both)) == ["a", "b", "c"]
    changes = {one["w365_name"]: names(one[CHANGES]) for one in both}
    assert changes == {"a": ["change"], "b": [], "c": []}


def test_lookups_are_expanded_inside_lookups(api: Api, contract: str) -> None:
    deep = "w365_Customer($select=name;$expand=createdby($select=fullname))"
    path = (
        "w365_subscriptionchanges?$select=w365_name&$expand=w365_Subscription($select=w365_name;"
        f"$expand=w365_Contract($select=w365_name;$expand={deep}))"
    )

    found = api.json(path)

    (row,) = found["value"]
    customer = row["w365_Subscription"]["w365_Contract"]["w365_Customer"]
    assert customer["name"] == "Customer"
    assert customer["createdby"]["fullname"]
    assert found["@odata.context"].endswith("w365_Customer(name,createdby(fullname)))))")


def test_a_lookup_can_be_expanded_inside_a_collection_and_the_other_way_round(
    api: Api, contract: str
) -> None:
    chosen = "$filter=w365_name eq 'b'"
    up = f"w365_subscriptions?{chosen}&$expand=w365_Contract($expand={SUBSCRIPTIONS})"
    down = f"accounts?$expand={CONTRACTS}($expand=w365_Customer($select=name))"

    (below,) = api.value(up)
    (above,) = api.value(down)

    assert len(below["w365_Contract"][SUBSCRIPTIONS]) == 3
    assert above[CONTRACTS][0]["w365_Customer"]["name"] == "Customer"


def test_a_lookup_s_row_comes_only_if_it_fits_the_filter(api: Api, contract: str) -> None:
    path = f"w365_billingcontracts({contract})?$select=w365_name&$expand=w365_Customer"

    fitting = api.json(f"{path}($select=name;$filter=name eq 'customer')")
    other = api.json(f"{path}($select=name;$filter=name eq 'other')")

    assert fitting["w365_Customer"]["name"] == "Customer"
    assert other["w365_Customer"] is None


def test_a_lookup_can_come_as_an_address(api: Api, contract: str) -> None:
    found = api.json("w365_billingcontracts?$select=w365_name&$expand=w365_Customer/$ref")

    (row,) = found["value"]
    (account,) = api.value("accounts?$select=name")
    assert row["w365_Customer"] == {"@odata.id": f"{api.root}accounts({account['accountid']})"}
    assert row["_w365_customer_value"] == account["accountid"]
    context = "w365_billingcontracts(w365_name,w365_Customer,w365_Customer/$ref())"
    assert found["@odata.context"].endswith(context)


def test_a_many_to_many_relationship_is_expanded(api: Api) -> None:
    path = "systemusers?$select=fullname&$expand=systemuserroles_association($select=name)"

    users = api.value(path)

    assert all(isinstance(user["systemuserroles_association"], list) for user in users)
    assert {role["name"] for user in users for role in user["systemuserroles_association"]} >= {
        "System Administrator"
    }


MANY_TO_ONE = "Only $select and $filter clause can be provided while doing $expand"


@pytest.mark.parametrize(
    ("expansion", "text"),
    [
        ("w365_Customer($top=1)", MANY_TO_ONE),
        ("w365_Customer($orderby=name)", MANY_TO_ONE),
        (f"{SUBSCRIPTIONS}($top=1;$expand=w365_Contract)", MANY_TO_ONE),
        (f"{SUBSCRIPTIONS}($orderby=w365_name),w365_Customer($expand=createdby)", MANY_TO_ONE),
        (f"{SUBSCRIPTIONS}/$ref", "Expand with $ref is only supported on lookup type"),
        ("w365_customer", "Could not find a property named 'w365_customer' on type "
         "'Microsoft.Dynamics.CRM.w365_billingcontract'."),
        ("w365_Customer($select=nothing)", "Could not find a property named 'nothing'"),
        (f"{SUBSCRIPTIONS}($filter=nothing eq 1)", "Could not find a property named 'nothing'"),
        ("w365_Customer($skip=1)", "The query parameter $skip is not supported inside $expand."),
        ("w365_Customer($levels=2)", "$levels is not supported"),
        (f"{SUBSCRIPTIONS}($count=true)", "$count is not supported"),
        ("w365_Customer($select=name;$select=name)", "was specified more than once"),
        ("w365_Customer,w365_Customer", "is expanded more than once"),
        ("w365_Customer($select=name", "')' expected"),
        ("w365_Customer/$ref($select=name)", "takes no options"),
        ("w365_Customer/name", "is not valid in a $select or $expand expression"),
        ("*", "is not valid in a $select or $expand expression"),
        ("", "is not valid in a $select or $expand expression"),
        ("createdby($expand=systemuserroles_association)", "many-to-many"),
    ],
)  # fmt: skip
def test_an_expansion_that_dataverse_would_not_take_is_refused(
    api: Api, expansion: str, text: str
) -> None:
    answer = api.get(f"w365_billingcontracts?$expand={expansion}")

    assert refusal(answer)[:2] == (400, "0x80060888")
    assert text in refusal(answer)[2]


def test_nested_expansions_count_towards_fifteen(api: Api) -> None:
    def chain(depth: int) -> str:
        return f"parentaccountid($expand={chain(depth - 1)})" if depth else "createdby"

    enough = api.get(f"accounts?$expand={chain(14)}")
    too_many = api.get(f"accounts?$expand={chain(15)}")

    assert enough.status_code == 200
    assert "maximum of 15" in refusal(too_many)[2]


def test_collections_are_nested_within_reason(api: Api) -> None:
    def chain(depth: int) -> str:
        inside = f"($expand={chain(depth - 1)})" if depth > 1 else ""
        return f"account_parent_account{inside}"

    enough = api.get(f"accounts?$expand={chain(3)}")
    too_deep = api.get(f"accounts?$expand={chain(15)}")

    assert enough.status_code == 200
    assert refusal(too_deep)[:2] == (501, "0x80040219")
    assert "a query of this size" in refusal(too_deep)[2]


def test_a_row_inside_an_absent_row_is_absent_with_it(api: Api) -> None:
    api.account("Alone")

    (row,) = api.value(
        "accounts?$select=name&$expand=primarycontactid($select=fullname;"
        "$expand=createdby($select=fullname),account_primary_contact($select=name))"
    )

    assert row["primarycontactid"] is None
    assert {name for name in row if not name.startswith("@")} == {
        "name", "accountid", "primarycontactid"
    }  # fmt: skip


def test_a_lookup_that_can_refer_to_several_tables_is_not_followed(api: Api) -> None:
    expanded = api.get("accounts?$expand=ownerid")
    filtered = api.get("accounts?$filter=ownerid/fullname eq 'x'")

    assert refusal(expanded)[:2] == refusal(filtered)[:2] == (501, "0x80040219")
