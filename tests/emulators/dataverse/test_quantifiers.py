"""`any` and `all` in filters."""

import pytest

from tests.emulators.dataverse.conftest import Api, refusal

SUBSCRIPTIONS = "w365_billingcontract_subscription_Contract"
CHANGES = "w365_subscription_subscriptionchange_Subscription"
CONTRACTS = "w365_account_billingcontract_Customer"


@pytest.fixture(scope="module")
def filled(running: Api) -> Api:
    """Contracts: `mixed` with subscriptions a and b, `same` with a and a, `empty` with none."""
    running.control("POST", "reset")
    account = running.account("Customer")
    customer = {"w365_Customer@odata.bind": f"/accounts({account})"}
    for contract, subscriptions in (("mixed", "ab"), ("same", "aa"), ("empty", "")):
        row_id = running.contract(contract, **customer)
        for name in subscriptions:
            subscription = running.create(
                "w365_subscriptions",
                w365_name=name,
                **{"w365_Contract@odata.bind": f"/w365_billingcontracts({row_id})"},
            )
    running.create(
        "w365_subscriptionchanges",
        w365_name="change",
        w365_quantitydelta=5,
        **{"w365_Subscription@odata.bind": f"/w365_subscriptions({subscription})"},
    )
    return running


@pytest.mark.parametrize(
    ("condition", "names"),
    [
        (f"{SUBSCRIPTIONS}/any()", ["mixed", "same"]),
        (f"not {SUBSCRIPTIONS}/any()", ["empty"]),
        (f"{SUBSCRIPTIONS}/any(s:s/w365_name eq 'B')", ["mixed"]),
        (f"{SUBSCRIPTIONS}/all(s:s/w365_name eq 'a')", ["empty", "same"]),
        (f"{SUBSCRIPTIONS}/all(s:s/w365_quantity eq 1)", ["empty"]),
        (f"{SUBSCRIPTIONS}/any(s:contains(s/w365_name,'a') and s/statecode eq 0)",
         ["mixed", "same"]),
        (f"{SUBSCRIPTIONS}/any(s:s/{CHANGES}/any(c:c/w365_quantitydelta gt 4))", ["same"]),
        (f"{SUBSCRIPTIONS}/any(s:s/{CHANGES}/all(c:c/w365_name eq s/w365_name))",
         ["mixed", "same"]),
        (f"{SUBSCRIPTIONS}/any(s:s/w365_Contract/w365_Customer/name eq 'Customer')",
         ["mixed", "same"]),
        (f"({SUBSCRIPTIONS}/any(s:s/w365_name eq 'a')) and endswith(w365_name,'d')", ["mixed"]),
    ],
)  # fmt: skip
def test_rows_are_found_by_their_collections(filled: Api, condition: str, names: list[str]) -> None:
    rows = filled.value(f"w365_billingcontracts?$filter={condition}&$orderby=w365_name")

    assert [row["w365_name"] for row in rows] == names


@pytest.mark.parametrize(
    ("condition", "status", "text"),
    [
        (f"w365_Customer/{CONTRACTS}/any(c:c/w365_name eq 'x')", 400, "nested in a lookup"),
        ("nothing/any()", 400, "Could not find a property named 'nothing'"),
        (f"{SUBSCRIPTIONS}/any(s:s/nothing eq 1)", 400,
         "Could not find a property named 'nothing' on type "
         "'Microsoft.Dynamics.CRM.w365_subscription'."),
        (f"{SUBSCRIPTIONS}/all()", 400, "needs a range variable"),
        (f"{SUBSCRIPTIONS}/any(s/w365_name eq 'x')", 400, "':' expected"),
        (f"{SUBSCRIPTIONS}/any(s:s/w365_name)", 400, "single boolean value"),
        (f"{SUBSCRIPTIONS}/any(s:w365_name eq 'x')", 501, "without a range variable"),
        (f"{SUBSCRIPTIONS}/any(s:s/w365_Contract/{SUBSCRIPTIONS}/any())", 501, "the path"),
        (f"{SUBSCRIPTIONS}/any(s:Microsoft.Dynamics.CRM.Today(PropertyName='createdon'))", 501,
         "inside any or all"),
        (f"{SUBSCRIPTIONS}/$count gt 1", 400, "'$count' is not supported"),
    ],
)  # fmt: skip
def test_a_quantifier_that_is_not_taken_is_refused(
    filled: Api, condition: str, status: int, text: str
) -> None:
    answer = filled.get(f"w365_billingcontracts?$filter={condition}")

    assert refusal(answer)[0] == status
    assert text in refusal(answer)[2]
