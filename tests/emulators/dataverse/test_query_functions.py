"""The query functions that look at hierarchies, fiscal years, teams and languages."""

import pytest

from tests.emulators.dataverse.conftest import Api, refusal

NAMES = ("top", "middle", "bottom", "other")


def crm(name: str, column: str, values: str = "") -> str:
    return f"Microsoft.Dynamics.CRM.{name}(PropertyName='{column}'{values and ',' + values})"


@pytest.fixture(scope="module")
def ids(running: Api) -> dict[str, str]:
    """Accounts above each other, and one beside them."""
    running.control("POST", "reset")
    found: dict[str, str] = {}
    above = ""
    for name in NAMES[:3]:
        bound = {"parentaccountid@odata.bind": f"/accounts({above})"} if above else {}
        above = found[name] = running.account(name, **bound)
    found["other"] = running.account("other")
    return found


def named(api: Api, condition: str) -> list[str]:
    rows = {row["name"] for row in api.value(f"accounts?$select=name&$filter={condition}")}
    return [name for name in NAMES if name in rows]


@pytest.mark.parametrize(
    ("function", "start", "names"),
    [
        ("Under", "top", ["middle", "bottom"]),
        ("UnderOrEqual", "middle", ["middle", "bottom"]),
        ("NotUnder", "top", ["top", "other"]),
        ("Above", "bottom", ["top", "middle"]),
        ("AboveOrEqual", "middle", ["top", "middle"]),
        ("Above", "other", []),
    ],
)
def test_rows_above_and_below_another_are_found(
    running: Api, ids: dict[str, str], function: str, start: str, names: list[str]
) -> None:
    condition = crm(function, "accountid", f"PropertyValue='{ids[start]}'")

    assert named(running, condition) == names


def test_a_hierarchy_that_goes_round_in_a_circle_ends(running: Api) -> None:
    running.control("POST", "reset")
    first = running.account("top")
    second = running.account("middle", **{"parentaccountid@odata.bind": f"/accounts({first})"})
    bound = {"parentaccountid@odata.bind": f"/accounts({second})"}
    running.call("PATCH", f"accounts({first})", bound)

    found = named(running, crm("Under", "accountid", f"PropertyValue='{first}'"))

    assert found == ["top", "middle"]


DAYS = {
    "2024-12-31": "a", "2025-11-15": "b", "2026-02-10": "c", "2026-05-20": "d", "2027-01-01": "e"
}  # fmt: skip


@pytest.fixture(scope="module")
def days(running: Api) -> Api:
    """Changes on several days, seen from 1 March 2026."""
    running.control("POST", "reset")
    running.at("2026-03-01T12:00:00Z")
    for day, name in DAYS.items():
        running.create("w365_subscriptionchanges", w365_name=name, w365_effectiveon=day)
    return running


@pytest.mark.parametrize(
    ("condition", "names"),
    [
        (crm("ThisFiscalYear", "w365_effectiveon"), "cd"),
        (crm("LastFiscalYear", "w365_effectiveon"), "b"),
        (crm("NextFiscalYear", "w365_effectiveon"), "e"),
        (crm("ThisFiscalPeriod", "w365_effectiveon"), "c"),
        (crm("LastFiscalPeriod", "w365_effectiveon"), "b"),
        (crm("NextFiscalPeriod", "w365_effectiveon"), "d"),
        (crm("LastXFiscalPeriods", "w365_effectiveon", "PropertyValue=5"), "ab"),
        (crm("NextXFiscalPeriods", "w365_effectiveon", "PropertyValue=2"), "d"),
        (crm("LastXFiscalYears", "w365_effectiveon", "PropertyValue=1"), "b"),
        (crm("NextXFiscalYears", "w365_effectiveon", "PropertyValue=1"), "e"),
        (crm("InFiscalYear", "w365_effectiveon", "PropertyValue=2025"), "b"),
        (crm("InFiscalPeriod", "w365_effectiveon", "PropertyValue=1"), "ce"),
        (crm("InFiscalPeriodAndYear", "w365_effectiveon",
             "PropertyValue1=4,PropertyValue2=2025"), "b"),
        (crm("InOrAfterFiscalPeriodAndYear", "w365_effectiveon",
             "PropertyValue1=2,PropertyValue2=2026"), "de"),
        (crm("InOrBeforeFiscalPeriodAndYear", "w365_effectiveon",
             "PropertyValue1=4,PropertyValue2=2025"), "ab"),
    ],
)  # fmt: skip
def test_a_fiscal_function_finds_its_days(days: Api, condition: str, names: str) -> None:
    path = f"w365_subscriptionchanges?$select=w365_name&$filter={condition}"

    rows = days.value(f"{path}&$orderby=w365_name")

    assert "".join(row["w365_name"] for row in rows) == names


@pytest.mark.parametrize(
    ("condition", "text"),
    [
        (crm("Under", "name", "PropertyValue='x'"), "is no primary key"),
        (crm("Under", "accountid"), "takes one value"),
        (crm("Under", "accountid", "PropertyValue='x'"), "incompatible types"),
        (crm("InFiscalPeriod", "createdon", "PropertyValue=5"), "does not exist"),
        (crm("InFiscalPeriod", "createdon"), "takes 1 values; 0 were given"),
        (crm("InFiscalYear", "createdon", "PropertyValue='x'"), "no whole number"),
        (crm("InFiscalYear", "createdon", "PropertyValue=99999"), "out of range"),
        (crm("EqualUserLanguage", "name"), "is not valid for column"),
        (crm("EqualUserTeams", "name"), "is not valid for column"),
        (crm("ContainValues", "name", 'PropertyValues=["1"]'), "is not valid for column"),
        (crm("Between", "name", "PropertyValue1=null,PropertyValue2=null"), "and '<null>' for"),
        (crm("In", "name", r'PropertyValues=["\ud800"]'), "half a surrogate pair"),
    ],
)
def test_a_function_that_dataverse_would_not_take_is_refused(
    days: Api, condition: str, text: str
) -> None:
    answer = days.get(f"accounts?$filter={condition}")

    assert refusal(answer)[:2] == (400, "0x80060888")
    assert text in refusal(answer)[2]


@pytest.fixture
def flavoured(api: Api) -> Api:
    """Accounts of no, one and both flavours, in a column of several choices."""
    kind = "Microsoft.Dynamics.CRM"
    options = [
        {"Value": value, "Label": {"LocalizedLabels": [{"Label": label, "LanguageCode": 1033}]}}
        for value, label in ((1, "Sweet"), (2, "Sour"))
    ]
    column = {
        "@odata.type": f"{kind}.MultiSelectPicklistAttributeMetadata",
        "SchemaName": "w365_Flavours",
        "OptionSet": {"@odata.type": f"{kind}.OptionSetMetadata", "Options": options},
    }
    answer = api.call("POST", "EntityDefinitions(LogicalName='account')/Attributes", column)
    assert answer.status_code == 204, answer.text
    for name, flavours in (("none", None), ("one", "1"), ("both", "1,2")):
        api.account(name, w365_flavours=flavours)
    return api


@pytest.mark.parametrize(
    ("name", "values", "names"),
    [
        ("ContainValues", '"2"', ["both"]),
        ("ContainValues", '"1","2"', ["both", "one"]),
        ("DoesNotContainValues", '"2"', ["one"]),
    ],
)
def test_rows_are_found_by_one_of_several_choices(
    flavoured: Api, name: str, values: str, names: list[str]
) -> None:
    condition = crm(name, "w365_flavours", f"PropertyValues=[{values}]")

    rows = flavoured.value(f"accounts?$filter={condition}&$orderby=name")

    assert [row["name"] for row in rows] == names


def test_several_choices_are_shown_by_their_labels(flavoured: Api) -> None:
    shown = "w365_flavours@OData.Community.Display.V1.FormattedValue"

    rows = flavoured.value(
        "accounts?$select=w365_flavours&$orderby=name", prefer='odata.include-annotations="*"'
    )

    assert [row.get(shown) for row in rows] == ["Sweet; Sour", None, "Sweet"]


def test_a_value_list_can_be_an_alias(running: Api) -> None:
    running.control("POST", "reset")
    for name in ("O'Brian", "Smith"):
        running.account(name)
    function = "Microsoft.Dynamics.CRM.In(PropertyName=@p1,PropertyValues=@p2)"

    rows = running.value(f'accounts?$filter={function}&@p1=\'name\'&@p2=["O\'Brian","x"]')
    missing = running.get(f"accounts?$filter={function}&@p1='name'")

    assert [row["name"] for row in rows] == ["O'Brian"]
    assert "The parameter alias '@p2' has no value." in refusal(missing)[2]


def test_a_user_s_teams_are_found(running: Api) -> None:
    running.control("POST", "reset")
    running.account("mine")

    user = running.value(f"accounts?$filter={crm('EqualUserOrUserTeams', 'ownerid')}")
    teams = running.value(f"accounts?$filter={crm('EqualUserTeams', 'ownerid')}")

    assert ([row["name"] for row in user], teams) == (["mine"], [])


def test_the_user_s_language_is_the_organization_s(running: Api) -> None:
    condition = crm("EqualUserLanguage", "languagecode")

    assert len(running.value(f"organizations?$filter={condition}")) == 1
