"""Filters: which rows they find, and which filters are refused."""

import pytest

from tests.emulators.dataverse.conftest import Api, refusal

CHANGES = "w365_subscriptionchanges"
ROWS = (
    {"w365_name": "Alpha", "w365_quantitydelta": 9, "w365_effectiveon": "2026-01-01",
     "w365_status": 365000000, "w365_pricemonths": 1, "w365_unitprice": 1.5},
    {"w365_name": "beta's", "w365_quantitydelta": 10, "w365_effectiveon": "2026-01-15",
     "w365_recordedon": "2026-01-15T10:00:00Z", "w365_pricemonths": 12},
    {"w365_name": "50% [x]_y", "w365_quantitydelta": -1, "w365_effectiveon": "2025-12-31",
     "w365_status": 365000002},
    {"w365_name": "Émile", "w365_effectiveon": "2026-02-01", "w365_reason": "Émile"},
)  # fmt: skip
NAMES = [str(row["w365_name"]) for row in ROWS]


@pytest.fixture(scope="module")
def filled(running: Api) -> Api:
    running.control("POST", "reset")
    running.at("2026-01-15T12:00:00Z")
    account = running.account("Customer")
    contract = running.contract("Contract", **{"w365_Customer@odata.bind": f"/accounts({account})"})
    subscription = running.create(
        "w365_subscriptions",
        w365_name="Subscription",
        w365_autorenew=True,
        **{"w365_Contract@odata.bind": f"/w365_billingcontracts({contract})"},
    )
    for row in ROWS:
        bound = {"w365_Subscription@odata.bind": f"/w365_subscriptions({subscription})"}
        running.create(CHANGES, **(bound if row is ROWS[0] else {}), **row)
    return running


def found(api: Api, condition: str) -> list[str]:
    answer = api.http.get(
        f"{api.root}{CHANGES}", params={"$filter": condition, "$select": "w365_name"}
    )
    assert answer.status_code == 200, answer.text
    names = {row["w365_name"] for row in answer.json()["value"]}
    return [name for name in NAMES if name in names]


def crm(name: str, column: str, values: str = "") -> str:
    return f"Microsoft.Dynamics.CRM.{name}(PropertyName='{column}'{values and ',' + values})"


A, B, C, D = NAMES


@pytest.mark.parametrize(
    ("condition", "names"),
    [
        ("w365_name eq 'ALPHA'", [A]),
        ("w365_name eq 'beta''s'", [B]),
        ("w365_name eq 'emile  '", [D]),
        ("w365_name eq '50% [x]_y'", [C]),
        ("w365_name eq '%'", []),
        ("w365_name ne 'alpha'", [B, C, D]),
        ("w365_name gt 'b'", [B, D]),
        ("'b' lt w365_name", [B, D]),
        ("contains(w365_name,'A')", [A, B]),
        ("startswith(w365_name,'é')", [D]),
        ("endswith(w365_name,'s') or endswith(w365_name,'e')", [B, D]),
        ("contains(w365_name,'[%]')", [C]),
        ("contains(w365_name,'a_p')", [A]),
        ("startswith(w365_name,'[^ab]')", [C, D]),
        ("startswith(w365_name,'[ab]')", [A, B]),
        ("not contains(w365_name,'a')", [C, D]),
        ("not (w365_name eq 'alpha')", [B, C, D]),
        ("contains(w365_name,'a') eq false", [C, D]),
        ("w365_quantitydelta gt 9", [B]),
        ("w365_quantitydelta ge 9", [A, B]),
        ("w365_quantitydelta le 9.000", [A, C]),
        ("w365_quantitydelta eq 10.0", [B]),
        ("w365_quantitydelta eq -1", [C]),
        ("w365_unitprice eq 1.5", [A]),
        ("w365_unitprice ne 1.5", []),
        ("w365_unitprice lt w365_quantitydelta", [A]),
        ("w365_name eq w365_reason", [D]),
        ("w365_quantitydelta eq null", [D]),
        ("w365_quantitydelta ne null", [A, B, C]),
        ("w365_quantitydelta gt null", []),
        ("w365_status eq 365000000", [A]),
        ("w365_status ne 365000000", [C]),
        ("not (w365_status eq 365000000)", [C]),
        ("w365_effectiveon lt 2026-01-01", [C]),
        ("w365_recordedon ge 2026-01-15T10:00:00Z", [B]),
        ("w365_recordedon gt 2026-01-15", [B]),
        ("w365_subscription/w365_name eq 'x'", None),
        ("w365_Subscription/w365_name eq 'subscription'", [A]),
        ("w365_Subscription/w365_Contract/w365_Customer/name eq 'Customer'", [A]),
        ("w365_Subscription/w365_autorenew", [A]),
        ("w365_Subscription/w365_autorenew eq true", [A]),
        ("not w365_Subscription/w365_autorenew", []),
        ("_w365_subscription_value eq null", [B, C, D]),
        ("_w365_subscription_value ne null and w365_pricemonths eq 1", [A]),
        ("true", NAMES),
        ("false or w365_pricemonths eq 12", [B]),
        ("w365_pricemonths eq 1 or w365_pricemonths eq 12 and w365_name eq 'x'", [A]),
        ("(w365_pricemonths eq 1 or w365_pricemonths eq 12) and w365_name eq 'x'", []),
        (crm("In", "w365_pricemonths", 'PropertyValues=["1","12"]'), [A, B]),
        (crm("NotIn", "w365_pricemonths", 'PropertyValues=["1"]'), [B]),
        (crm("In", "w365_name", 'PropertyValues=["ALPHA","beta\\u0027s"]'), [A, B]),
        (crm("In", "w365_effectiveon", 'PropertyValues=["2026-01-01"]'), [A]),
        (crm("Between", "w365_quantitydelta", 'PropertyValues=["9","10"]'), [A, B]),
        (crm("NotBetween", "w365_quantitydelta", 'PropertyValues=["9","10"]'), [C]),
        (crm("On", "w365_recordedon", "PropertyValue='2026-01-15'"), [B]),
        (crm("OnOrAfter", "w365_effectiveon", "PropertyValue='2026-01-15'"), [B, D]),
        (crm("OnOrBefore", "w365_effectiveon", "PropertyValue='2026-01-01'"), [A, C]),
        (crm("Today", "w365_effectiveon"), [B]),
        (crm("ThisMonth", "w365_effectiveon"), [A, B]),
        (crm("LastMonth", "w365_effectiveon"), [C]),
        (crm("NextMonth", "w365_effectiveon"), [D]),
        (crm("LastXDays", "w365_effectiveon", "PropertyValue=14"), [A, B]),
        (crm("NextXDays", "w365_effectiveon", "PropertyValue=20"), [B, D]),
        (crm("OlderThanXHours", "w365_recordedon", "PropertyValue=1"), [B]),
        (crm("OlderThanXHours", "w365_recordedon", "PropertyValue=3"), []),
        (crm("EqualUserId", "ownerid"), NAMES),
        (crm("NotEqualUserId", "ownerid"), []),
        (crm("EqualBusinessId", "owningbusinessunit"), NAMES),
        (crm("NotEqualBusinessId", "owningbusinessunit"), []),
    ],
)
def test_a_filter_finds_its_rows(filled: Api, condition: str, names: list[str] | None) -> None:
    if names is None:
        answer = filled.get(f"{CHANGES}?$filter={condition}")
        assert "Could not find a property named" in refusal(answer)[2]
    else:
        assert found(filled, condition) == names


def test_a_plus_sign_in_a_query_is_a_blank(filled: Api) -> None:
    rows = filled.value(f"{CHANGES}?$filter=w365_name+eq+'Alpha'")

    assert len(rows) == 1


def test_a_parameter_alias_is_its_value(filled: Api) -> None:
    rows = filled.value(
        f"{CHANGES}?$filter=w365_name eq @p and w365_status eq 365000000&@p='alpha'"
    )
    none = filled.value(f"{CHANGES}?$filter=w365_status eq @missing&$select=w365_name")

    assert len(rows) == 1
    assert {row["w365_name"] for row in none} == {B, D}


def test_a_lookup_is_compared_by_id(filled: Api) -> None:
    (subscription,) = filled.value("w365_subscriptions")
    row_id = subscription["w365_subscriptionid"]

    assert found(filled, f"_w365_subscription_value eq {row_id.upper()}") == [A]
    assert found(filled, f"w365_Subscription/w365_subscriptionid eq {row_id}") == [A]
    assert found(filled, crm("In", "w365_subscription", f'PropertyValues=["{row_id}"]')) == [A]


INCOMPATIBLE = "A binary operator with incompatible types was detected."


@pytest.mark.parametrize(
    ("condition", "text"),
    [
        ("Name eq 'x'", "Could not find a property named 'Name' on type "
         "'Microsoft.Dynamics.CRM.w365_subscriptionchange'."),
        ("w365_name eq 'O'Bryan'", "There is an unterminated literal at position 22 in "
         "'w365_name eq 'O'Bryan''."),
        ("w365_name eq 5", f"{INCOMPATIBLE} Found operand types 'Edm.String' and 'Edm.Int32' for "
         "operator kind 'Equal'."),
        ("w365_pricemonths eq 1.5", INCOMPATIBLE),
        ("w365_pricemonths gt 'x'", "operator kind 'GreaterThan'"),
        ("w365_effectiveon eq 2026-02-30", INCOMPATIBLE),
        ("w365_effectiveon eq 2026-01-01T00:00:00Z", INCOMPATIBLE),
        ("w365_quantitydelta eq w365_name", INCOMPATIBLE),
        ("w365_name eq (w365_name eq 'x')", INCOMPATIBLE),
        ("(w365_name eq 'x') gt true", INCOMPATIBLE),
        ("(w365_name eq 'x') eq (w365_name eq 'y')", INCOMPATIBLE),
        ("_w365_subscription_value eq 'x'", INCOMPATIBLE),
        ("not w365_name eq 'x'", "A unary operator with an incompatible type was detected."),
        ("w365_name", "must evaluate to a single boolean value"),
        ("'x'", "must evaluate to a single boolean value"),
        ("5 eq 5", "must evaluate to a single boolean value"),
        ("w365_name eq", "Expression expected at position 12"),
        ("w365_name eq 'x' w365_name", "Syntax error at position 17"),
        ("w365_name eq 'x')", "Syntax error at position 16"),
        ("(w365_name eq 'x'", "')' or operator expected at position 17"),
        ("w365_name eq ~", "Syntax error: character '~' is not valid at position 13"),
        ("w365_name/", "Syntax error"),
        ("a.b", "The type cast 'a.b' is not supported"),
        ("tolower(w365_name) eq 'x'", "The function 'tolower' is not supported in $filter."),
        ("year(w365_effectiveon) eq 2026", "The function 'year' is not supported in $filter."),
        ("cast(w365_name,Edm.Int32) eq 1", "The function 'cast' is not supported in $filter."),
        ("w365_status has 1", "The binary operator 'Has' is not supported."),
        ("w365_pricemonths in (1,2)", "The query node In is not supported"),
        ("w365_pricemonths add 1 eq 2", "The binary operator 'Add' is not supported."),
        ("foo(w365_name)", "An unknown function with name 'foo' was found."),
        ("contains(w365_name)", "No function signature for the function with name 'contains'"),
        ("contains(w365_pricemonths,'1')", "No function signature"),
        ("contains('a',w365_name)", "compares a column with a constant"),
        ("contains(w365_name,'a'", "')' expected"),
        (crm("In", "w365_pricemonths", "PropertyValues=[1]"), "'Edm.String'"),
        (crm("In", "w365_pricemonths", 'PropertyValues=["1" "2"]'), "Invalid JSON. A comma"),
        (crm("In", "w365_pricemonths", 'PropertyValues=["x"]'), INCOMPATIBLE),
        (crm("In", "w365_name", 'PropertyValues=["\\x"]'), "Invalid JSON"),
        (crm("In", "w365_pricemonths"), "too few or too many values"),
        (crm("Between", "w365_pricemonths", 'PropertyValues=["1"]'), "too few or too many values"),
        (crm("Today", "w365_name"), "is not valid for column"),
        (crm("EqualUserId", "w365_name"), "is not valid for column"),
        (crm("LastXDays", "w365_effectiveon", "PropertyValue=0"), "positive whole number"),
        (crm("LastXDays", "w365_effectiveon"), "An unknown function"),
        (crm("LastXMinutes", "w365_effectiveon", "PropertyValue=5"), "An unknown function"),
        (crm("On", "w365_effectiveon", "PropertyValue='x'"), "is not a date"),
        (crm("On", "w365_effectiveon", "PropertyValue=9999-12-31"), "is out of range"),
        (crm("LastXYears", "w365_effectiveon", "PropertyValue=5000"), "is out of range"),
        (crm("LastXDays", "w365_effectiveon", "PropertyValue=99999999999"), "is out of range"),
        (crm("On", "w365_effectiveon", "PropertyValue1='2026-01-01',PropertyValue2='x'"),
         "takes one value"),
        ("Microsoft.Dynamics.CRM.Today()", "needs the parameter 'PropertyName'"),
        ("Microsoft.Dynamics.CRM.Today(Column='x')", "Syntax error"),
        ("Microsoft.Dynamics.CRM.Today(PropertyName='x' PropertyValue=1)", "Syntax error"),
    ],
)  # fmt: skip
def test_a_filter_that_dataverse_would_not_take_is_refused(
    filled: Api, condition: str, text: str
) -> None:
    answer = filled.http.get(f"{filled.root}{CHANGES}", params={"$filter": condition})

    assert refusal(answer)[:2] == (400, "0x80060888")
    assert text in refusal(answer)[2]


def test_a_query_function_knows_a_lookup_by_its_logical_name_only(filled: Api) -> None:
    answer = filled.get(f"{CHANGES}?$filter={crm('EqualUserId', '_ownerid_value')}")

    assert refusal(answer) == (
        400,
        "0x80041103",
        "'w365_subscriptionchange' entity doesn't contain attribute with Name = '_ownerid_value' "
        "and NameMapping = 'Logical'.",
    )


@pytest.mark.parametrize("condition", ["w365_name eq @a&@a=w365_reason"])
def test_a_filter_that_is_not_emulated_says_so(filled: Api, condition: str) -> None:
    answer = filled.get(f"{CHANGES}?$filter={condition}")

    assert refusal(answer)[:2] == (501, "0x80040219")


def test_a_filter_has_at_most_500_conditions(filled: Api) -> None:
    def ask(count: int) -> tuple[int, str]:
        terms = " or ".join(["w365_pricemonths eq 1"] * count)
        answer = filled.get(f"{CHANGES}?$filter={terms}")
        return answer.status_code, answer.text

    assert ask(500)[0] == 200
    assert ask(501)[0] == 400
    assert "0x8004430c" in ask(501)[1]


def test_a_filter_that_is_nested_beyond_reason_is_refused(filled: Api) -> None:
    deepest = "w365_pricemonths eq 1"
    for _ in range(60):
        deepest = f"(({deepest}) and w365_status eq null or w365_pricemonths eq 2)"

    unreadable = filled.get(f"{CHANGES}?$filter={'(' * 5000}true{')' * 5000}")
    readable = filled.get(f"{CHANGES}?$filter={deepest}")

    assert refusal(unreadable)[:2] == (400, "0x80060888")
    assert refusal(readable)[:2] == (501, "0x80040219")


def test_a_filter_may_be_nested_within_reason(filled: Api) -> None:
    condition = "w365_name eq 'x'"
    for _ in range(6):
        condition = f"(not ({condition} and w365_name ne 'y') or contains(w365_name,'z'))"

    assert filled.get(f"{CHANGES}?$filter={condition}").status_code == 200


def test_a_number_beyond_every_column_is_refused(filled: Api) -> None:
    answer = filled.get(f"{CHANGES}?$filter=w365_pricemonths eq 99999999999999999999")

    assert INCOMPATIBLE in refusal(answer)[2]
