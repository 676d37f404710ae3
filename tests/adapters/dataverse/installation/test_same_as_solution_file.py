"""An installed environment has what the solution file describes."""

from dataclasses import replace
from xml.etree.ElementTree import fromstring

import pytest

from dataverse_schema.solution.archive import packed, solution_files
from dataverse_schema.solution.contents import Contents, declared_contents
from dataverse_schema.solution.reading import read_solution
from tests.adapters.dataverse.installation import solution_in_environment as environment
from tests.adapters.dataverse.installation.conftest import Administrator
from work365.adapters.dataverse.installation.component_rows import canonical_xml
from work365.adapters.dataverse.installation.declarations import declared
from work365.adapters.dataverse.installation.found import FoundEnvironment
from work365.adapters.dataverse.installation.reading import read_environment
from work365.adapters.dataverse.installation.target import target_of


@pytest.fixture(scope="module")
def file() -> Contents:
    return read_solution(packed(solution_files(declared_contents(), numbering=True)))


@pytest.fixture(scope="module")
def found(installed: Administrator) -> FoundEnvironment:
    return read_environment(installed.client, declared(), target_of(url=installed.url))


def test_tables_with_their_columns_and_keys(found: FoundEnvironment, file: Contents) -> None:
    there = environment.tables(found)

    assert there.keys() == {table.logical_name for table in file.tables}
    for table in file.tables:
        assert there[table.logical_name] == table


def test_our_tables_are_audited_as_those_of_the_file_are(found: FoundEnvironment) -> None:
    customizations = fromstring(solution_files(declared_contents())["customizations.xml"])  # noqa: S314  our own
    in_file = {
        str(each.findtext("EntitySetName")): each.findtext("IsAuditEnabled")
        for each in customizations.iter("entity")
    }

    there = {
        table.definition["EntitySetName"]: table.definition["IsAuditEnabled"]["Value"]
        for name, table in found.tables.items()
        if name.startswith("w365_")
    }

    assert {name: in_file[name] == "1" for name in there} == there
    assert set(there.values()) == {True}


def test_choices(found: FoundEnvironment, file: Contents) -> None:
    assert environment.choices(found) == {choice.name: choice for choice in file.choices}


def test_relationships_of_our_lookups(found: FoundEnvironment, file: Contents) -> None:
    ours = [each for each in file.relationships if each.lookup.startswith("w365_")]

    assert environment.relationships(found) == {
        each.schema_name: replace(each, field="") for each in ours
    }


def test_views(found: FoundEnvironment, file: Contents) -> None:
    assert environment.views(found) == {
        (
            view.table,
            view.name,
            int(view.query_type),
            view.is_default,
            canonical_xml(view.fetch_xml),
            canonical_xml(view.layout_xml),
        )
        for view in file.views
    }


def test_forms(found: FoundEnvironment, file: Contents) -> None:
    assert environment.forms(found) == {
        (form.table, form.name, canonical_xml(form.xml)) for form in file.forms
    }


def test_roles_with_their_privileges(found: FoundEnvironment, file: Contents) -> None:
    assert environment.roles(found) == {role.name: role.privileges for role in file.roles}


def test_environment_variables(found: FoundEnvironment, file: Contents) -> None:
    assert environment.variables(found) == set(file.environment_variables)


def test_web_resources(found: FoundEnvironment, file: Contents) -> None:
    assert environment.web_resources(found) == set(file.web_resources)


def test_steps_with_their_images(found: FoundEnvironment, file: Contents) -> None:
    assert environment.steps(found) == {
        (
            str(step.id),
            step.name,
            step.stage,
            step.mode,
            step.rank,
            frozenset(step.filtering_attributes),
            next(
                (
                    (
                        image.name,
                        image.image_type,
                        frozenset(image.attributes),
                        image.message_property,
                    )
                    for image in step.images
                ),
                None,
            ),
        )
        for step in file.steps
    }


def test_the_solution_itself(found: FoundEnvironment, file: Contents) -> None:
    [row] = found.of("solutions")

    assert (row["uniquename"], row["friendlyname"], row["description"], row["version"]) == (
        file.solution.unique_name,
        file.solution.friendly_name,
        file.solution.description,
        file.solution.version,
    )
