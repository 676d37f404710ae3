import pytest

from dataverse_schema.definitions import table_definitions
from dataverse_schema.solution.markup import parse
from dataverse_schema.web_resources import WEB_RESOURCES, WebResource, WebResourceType

SVG = "{http://www.w3.org/2000/svg}"


def test_every_table_has_its_icon() -> None:
    wanted = [table.icon for table in table_definitions() if table.is_ours]

    assert [resource.name for resource in WEB_RESOURCES] == wanted


def test_every_icon_is_a_drawing_of_its_own() -> None:
    assert len({resource.content for resource in WEB_RESOURCES}) == len(WEB_RESOURCES)


@pytest.mark.parametrize("resource", WEB_RESOURCES, ids=lambda resource: resource.name)
def test_an_icon_is_a_square_drawing(resource: WebResource) -> None:
    root = parse(resource.content)

    assert resource.type is WebResourceType.SVG
    assert (root.tag, root.get("viewBox")) == (f"{SVG}svg", "0 0 16 16")
    assert root.find(f"{SVG}path") is not None
