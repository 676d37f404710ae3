import pytest

from work365.entrypoints.localhost.route_templates import RouteTemplate, UnsupportedRoute


@pytest.mark.parametrize(
    ("template", "path", "parameters"),
    [
        ("api/health", "/api/health", {}),
        ("api/health", "/API/Health/", {}),
        ("/api//health/", "/api/health", {}),
        ("api/health", "/api/health/x", None),
        ("api/health", "/api/healthy", None),
        ("api/health", "/api", None),
        ("api/v1.0", "/api/v1x0", None),
        ("api/{id}", "/api/42", {"id": "42"}),
        ("api/{id}", "/api/Ä b", {"id": "Ä b"}),
        ("api/{id}", "/api/", None),
        ("api/{id}", "/api/a/b", None),
        ("api/{id}/lines/{line}", "/api/a/lines/b", {"id": "a", "line": "b"}),
        ("api/{id:int}", "/api/-7", {"id": "-7"}),
        ("api/{id:int}", "/api/seven", None),
        ("api/{id:int}", "/api/\u0667", None),
        ("api/{id:alpha}", "/api/seven", {"id": "seven"}),
        ("api/{on:bool}", "/api/True", {"on": "True"}),
        (
            "api/{id:guid}",
            "/api/0F8FAD5B-d9cb-469f-a165-70867728950e",
            {"id": "0F8FAD5B-d9cb-469f-a165-70867728950e"},
        ),
        ("api/{id:guid}", "/api/42", None),
        ("api/{id?}", "/api", {}),
        ("api/{id?}", "/api/42", {"id": "42"}),
        ("api/{id:int?}", "/api/x", None),
        ("api/{*rest}", "/api", {}),
        ("api/{*rest}", "/api/a/b\nc", {"rest": "a/b\nc"}),
        ("/{*route}", "/", {}),
        ("/{*route}", "/a/b", {"route": "a/b"}),
        ("", "/", {}),
        ("", "/a", None),
    ],
)
def test_a_template_takes_its_paths(
    template: str, path: str, parameters: dict[str, str] | None
) -> None:
    assert RouteTemplate.parse(template).match(path) == parameters


def test_the_more_specific_template_comes_first() -> None:
    templates = ["api/{*rest}", "api/{id}", "api/{id:int}", "api/health"]

    ordered = sorted(map(RouteTemplate.parse, templates), key=lambda template: template.ranks)

    assert [template.text for template in ordered] == list(reversed(templates))


@pytest.mark.parametrize(
    "template",
    [
        "api/file-{name}.json",
        "api/{id:range(1,2)}",
        "api/{id:datetime}",
        "api/{*rest}/x",
        "api/{id?}/x",
        "api/{",
        "api/{id=3}",
    ],
)
def test_what_would_match_otherwise_in_azure_is_refused(template: str) -> None:
    with pytest.raises(UnsupportedRoute):
        RouteTemplate.parse(template)
