from collections import Counter

from dataverse_schema.solution.contents import declared_contents
from dataverse_schema.solution.customizations import customizations
from dataverse_schema.solution.markup import parse
from dataverse_schema.solution.unpacked import unpacked_files


def test_every_component_has_its_file() -> None:
    contents = declared_contents()

    folders = Counter(path.split("/")[0] for path in unpacked_files(contents))

    tables = len(contents.tables)
    assert folders["Entities"] == tables + len(contents.forms) + len(contents.views)
    assert folders["Roles"] == len(contents.roles)
    assert folders["OptionSets"] == len(contents.choices)
    assert folders["SdkMessageProcessingSteps"] == len(contents.steps)
    assert folders["WebResources"] == 2 * len(contents.web_resources)
    assert folders["environmentvariabledefinitions"] == len(contents.environment_variables)


def test_a_form_and_a_view_are_beside_their_table() -> None:
    contents = declared_contents()
    form = next(one for one in contents.forms if one.table == "w365_invoice")
    view = next(one for one in contents.views if one.table == "w365_invoice")

    files = unpacked_files(contents)

    assert f"Entities/w365_Invoice/FormXml/main/{{{form.id}}}.xml" in files
    assert f"Entities/w365_Invoice/SavedQueries/{{{view.id}}}.xml" in files
    assert parse(files["Entities/w365_Invoice/Entity.xml"]).find("FormXml") is None


def test_relationships_are_listed_and_kept_by_the_table_they_refer_to() -> None:
    contents = declared_contents()

    files = unpacked_files(contents)

    listed = [one.get("Name") for one in parse(files["Other/Relationships.xml"])]
    kept = [
        one.get("Name")
        for path, text in files.items()
        if path.startswith("Other/Relationships/")
        for one in parse(text)
    ]
    assert listed == [one.schema_name for one in contents.relationships]
    assert sorted(kept, key=str) == sorted(listed, key=str)


def test_nothing_is_in_two_places() -> None:
    residue = parse(unpacked_files(declared_contents())["Other/Customizations.xml"])

    left = [part.tag for part in residue if len(part)]

    assert left == ["ServiceEndpoints", "Languages"]
    assert [part.tag for part in residue] == [
        part.tag for part in customizations(declared_contents())
    ]
