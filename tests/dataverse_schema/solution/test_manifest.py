from xml.etree.ElementTree import Element

import pytest

from dataverse_schema.solution.contents import declared_contents
from dataverse_schema.solution.customizations import customizations
from dataverse_schema.solution.manifest import ComponentType, manifest
from dataverse_schema.solution.markup import text_of


@pytest.fixture(scope="module")
def components() -> dict[tuple[int, str], str | None]:
    """The behaviour of each root component, by type and name or id."""
    return {
        (int(one.get("type", "")), one.get("schemaName", one.get("id", ""))): one.get("behavior")
        for one in manifest(declared_contents()).iter("RootComponent")
    }


def named(components: dict[tuple[int, str], str | None], kind: ComponentType) -> set[str]:
    return {name for found, name in components if found == kind}


def test_the_file_is_unmanaged_and_says_whose_it_is() -> None:
    root = manifest(declared_contents())

    assert root.findtext("SolutionManifest/Managed") == "0"
    assert root.findtext("SolutionManifest/Publisher/CustomizationPrefix") == "w365"
    assert root.findtext("SolutionManifest/Publisher/CustomizationOptionValuePrefix") == "36500"


def test_everything_in_the_customizations_is_a_component(
    components: dict[tuple[int, str], str | None],
) -> None:
    root: Element = customizations(declared_contents())

    assert named(components, ComponentType.ENTITY) == {
        text_of(one, "Name").lower() for one in root.iter("Entity")
    }
    assert named(components, ComponentType.OPTION_SET) == {
        one.get("Name") for one in root.iterfind("optionsets/optionset")
    }
    assert named(components, ComponentType.ROLE) == {one.get("id") for one in root.iter("Role")}
    assert named(components, ComponentType.WEB_RESOURCE) == {
        text_of(one, "Name") for one in root.iter("WebResource")
    }
    assert named(components, ComponentType.STEP) == {
        one.get("SdkMessageProcessingStepId") for one in root.iter("SdkMessageProcessingStep")
    }
    assert named(components, ComponentType.SERVICE_ENDPOINT) == {
        one.get("ServiceEndpointId") for one in root.iter("ServiceEndpoint")
    }


def test_a_table_of_microsofts_is_a_shell(
    components: dict[tuple[int, str], str | None],
) -> None:
    assert components[ComponentType.ENTITY, "account"] == "2"
    assert components[ComponentType.ENTITY, "w365_invoice"] == "0"
