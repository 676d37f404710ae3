"""`$metadata`: the CSDL document."""

from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pytest

from tests.emulators.dataverse.conftest import Api

EDM = "{http://docs.oasis-open.org/odata/ns/edm}"
PRIMITIVES = {
    "Edm.Boolean", "Edm.Date", "Edm.DateTimeOffset", "Edm.Decimal", "Edm.Double", "Edm.Guid",
    "Edm.Int32", "Edm.Int64", "Edm.String", "Edm.Binary",
}  # fmt: skip


def document(api: Api, option: str = "") -> Element:
    answer = api.get(f"$metadata{option}")
    assert answer.headers["Content-Type"] == "application/xml"
    root = ElementTree.fromstring(answer.content)  # noqa: S314 - the emulator's own
    found = root.find(f".//{EDM}Schema")
    assert found is not None
    return found


@pytest.fixture
def schema(api: Api) -> Element:
    return document(api)


def by_name(parent: Element, kind: str) -> dict[str, Element]:
    return {found.attrib["Name"]: found for found in parent.iter(f"{EDM}{kind}")}


def test_the_schema_has_the_namespace_and_its_alias(schema: Element) -> None:
    assert schema.attrib["Namespace"] == "Microsoft.Dynamics.CRM"
    assert schema.attrib["Alias"] == "mscrm"


def test_every_set_has_its_type_with_a_key_of_its_own_or_of_its_base(
    api: Api, schema: Element
) -> None:
    types = by_name(schema, "EntityType")
    sets = by_name(schema, "EntitySet")

    assert set(sets) == {entry["name"] for entry in api.value("")}
    for found in sets.values():
        kind = types[found.attrib["EntityType"].removeprefix("Microsoft.Dynamics.CRM.")]
        if kind.find(f"{EDM}Key") is None:
            kind = types[kind.attrib["BaseType"].removeprefix("mscrm.")]
        (reference,) = kind.iter(f"{EDM}PropertyRef")
        assert reference.attrib["Name"] in by_name(kind, "Property")


def test_every_type_that_is_named_is_there(schema: Element) -> None:
    known = {*by_name(schema, "EntityType"), *by_name(schema, "ComplexType")}

    for kind in ("Property", "NavigationProperty", "Parameter", "ReturnType"):
        for found in schema.iter(f"{EDM}{kind}"):
            name = found.attrib["Type"].removeprefix("Collection(").removesuffix(")")
            assert name in PRIMITIVES or name.removeprefix("mscrm.") in known


def test_partners_lead_back_and_bindings_to_sets(schema: Element) -> None:
    types = by_name(schema, "EntityType")
    sets = by_name(schema, "EntitySet")

    for name, kind in types.items():
        for found in kind.iter(f"{EDM}NavigationProperty"):
            if "Partner" not in found.attrib:
                continue
            target = found.attrib["Type"].removeprefix("Collection(").removesuffix(")")
            back = by_name(types[target.removeprefix("mscrm.")], "NavigationProperty")
            leads = back[found.attrib["Partner"]].attrib["Type"]
            assert name in leads or leads in ("mscrm.principal", "mscrm.crmbaseentity")
    for found in schema.iter(f"{EDM}NavigationPropertyBinding"):
        assert found.attrib["Target"] in sets


def test_a_lookup_is_a_property_and_a_navigation_property(schema: Element) -> None:
    contract = by_name(schema, "EntityType")["w365_billingcontract"]

    value = by_name(contract, "Property")["_w365_customer_value"]
    navigation = by_name(contract, "NavigationProperty")["w365_Customer"]
    many = by_name(contract, "NavigationProperty")["w365_billingcontract_subscription_Contract"]
    owner = by_name(contract, "NavigationProperty")["ownerid"]

    assert value.attrib["Type"] == "Edm.Guid"
    assert navigation.attrib["Type"] == "mscrm.account"
    (constraint,) = navigation
    assert constraint.attrib == {
        "Property": "_w365_customer_value", "ReferencedProperty": "accountid"
    }  # fmt: skip
    assert many.attrib["Type"] == "Collection(mscrm.w365_subscription)"
    assert owner.attrib["Type"] == "mscrm.principal"


def test_annotations_come_when_they_are_asked_for(api: Api, schema: Element) -> None:
    annotated = document(api, "?annotations=true")

    terms = {found.attrib["Term"] for found in annotated.iter(f"{EDM}Annotation")}
    assert list(schema.iter(f"{EDM}Annotation")) == []
    assert terms == {"Org.OData.Core.V1.Computed", "OData.Community.Keys.V1.AlternateKeys"}


def test_functions_are_declared_and_imported(schema: Element) -> None:
    declared, imported = by_name(schema, "Function"), by_name(schema, "FunctionImport")

    assert {"WhoAmI", "RetrieveTotalRecordCount"} == set(declared) == set(imported)
