"""The whole plan: what is declared minus what was found, in an order that can be done."""

from xml.sax.saxutils import escape

from dataverse_schema.publisher import Solution
from work365.adapters.dataverse.installation.choice_plan import CHOICE, plan_choices
from work365.adapters.dataverse.installation.column_plan import COLUMN, plan_columns
from work365.adapters.dataverse.installation.component_rows import (
    form_row,
    publisher_row,
    view_row,
    web_resource_row,
)
from work365.adapters.dataverse.installation.declarations import Declarations
from work365.adapters.dataverse.installation.found import FoundEnvironment, Row
from work365.adapters.dataverse.installation.key_plan import plan_keys
from work365.adapters.dataverse.installation.planned import Planned
from work365.adapters.dataverse.installation.relationship_plan import (
    RELATIONSHIP,
    plan_relationships,
)
from work365.adapters.dataverse.installation.requests import Request
from work365.adapters.dataverse.installation.role_plan import plan_application_user, plan_roles
from work365.adapters.dataverse.installation.row_plan import id_of, plan_rows, row_of
from work365.adapters.dataverse.installation.table_plan import TABLE, plan_tables
from work365.adapters.dataverse.installation.target import Target
from work365.adapters.dataverse.installation.variable_plan import plan_variables
from work365.adapters.dataverse.installation.webhook_plan import plan_webhook

PUBLISHED = frozenset((CHOICE, TABLE, COLUMN, RELATIONSHIP, "view", "form", "web resource"))
"""Kinds of components that people see only once they are published."""

SOLUTION, PUBLISH = "solution", "publication"
UNFINISHED = "Its installation was begun and is not finished: run `work365 install`."
"""The solution's description until everything is there, so that a crash leaves its trace."""

NO_VERSION = "0.0.0.1"
"""Version of a solution of which not everything was there yet."""


def plan_installation(
    declarations: Declarations, found: FoundEnvironment, target: Target
) -> Planned:
    """Return what makes the environment have the solution as declared, and what cannot be done.

    A pure function: for an environment that is as declared, the plan is empty.
    """
    refused = _refusals(declarations.solution, found)
    if refused.findings:
        return refused
    body = _components(declarations, found, target)
    planned = plan_rows([publisher_row(declarations.solution.publisher)], found)
    there = _solution(declarations.solution, found)
    is_marked = there is not None and there["description"] == UNFINISHED
    publishes = is_marked or any(action.kind in PUBLISHED for action in body.actions)
    if there is None or (publishes and not is_marked):
        _begin(declarations.solution, there, found, planned)
    planned.take(body)
    if publishes:
        _publish(declarations, found, planned)
    if there is None or publishes or not _is_as_declared(declarations.solution, there):
        _finish(declarations.solution, there, planned)
    return planned


def version(text: str) -> tuple[int, ...]:
    """Return a solution's version as numbers that compare."""
    return tuple(int(number) for number in text.split("."))


def _components(declarations: Declarations, found: FoundEnvironment, target: Target) -> Planned:
    planned = plan_choices(declarations, found)
    # Before the tables, whose icons they are.
    planned.take(plan_rows([web_resource_row(each) for each in declarations.web_resources], found))
    planned.take(plan_tables(declarations, found))
    planned.take(plan_columns(declarations, found))
    planned.take(plan_relationships(declarations, found))
    planned.take(plan_keys(declarations, found))
    planned.take(plan_rows([view_row(each, found) for each in declarations.views], found))
    planned.take(plan_rows([form_row(each, found) for each in declarations.forms], found))
    planned.take(plan_variables(declarations, found, target))
    planned.take(plan_roles(declarations, found))
    planned.take(plan_application_user(declarations, found, target))
    planned.take(plan_webhook(declarations, found, target))
    return planned


def _refusals(solution: Solution, found: FoundEnvironment) -> Planned:
    planned = Planned()
    there = _solution(solution, found)
    if there is not None and there.get("ismanaged"):
        planned.refuse(
            "solution_managed",
            solution.unique_name,
            "the solution was imported as a managed one, which only another import can change;"
            " import the new version as an upgrade",
        )
    elif there is not None and version(there["version"]) > version(solution.version):
        planned.refuse(
            "solution_newer",
            solution.unique_name,
            f"the environment has version {there['version']} of the solution, and this program"
            f" brings {solution.version}; update this program",
        )
    publisher = row_of(publisher_row(solution.publisher), found)
    if publisher and publisher["customizationprefix"] != solution.publisher.prefix:
        planned.refuse(
            "publisher_prefix_wrong",
            solution.publisher.unique_name,
            f"the publisher {solution.publisher.friendly_name} has the prefix"
            f" {publisher['customizationprefix']}, and should have {solution.publisher.prefix};"
            " delete that publisher, or give it another unique name",
        )
    return planned


def _solution(solution: Solution, found: FoundEnvironment) -> Row | None:
    name = solution.unique_name.lower()
    rows = found.of("solutions")
    return next((row for row in rows if row["uniquename"].lower() == name), None)


def _is_as_declared(solution: Solution, there: Row) -> bool:
    wanted = _columns(solution)
    return all(there[column] == value for column, value in wanted.items())


def _columns(solution: Solution) -> dict[str, str]:
    return {
        "friendlyname": solution.friendly_name,
        "description": solution.description,
        "version": solution.version,
    }


def _begin(
    solution: Solution, there: Row | None, found: FoundEnvironment, planned: Planned
) -> None:
    if there is not None:
        address = f"solutions({there['solutionid']})"
        planned.act(
            SOLUTION,
            solution.unique_name,
            f"Mark the solution {solution.friendly_name} as being changed",
            Request("PATCH", address, {"description": UNFINISHED}, {"If-Match": "*"}),
        )
        return
    publisher = id_of(publisher_row(solution.publisher), found)
    body = {
        "solutionid": str(solution.id),
        "uniquename": solution.unique_name,
        "friendlyname": solution.friendly_name,
        "description": UNFINISHED,
        "version": NO_VERSION,
        "publisherid@odata.bind": f"/publishers({publisher})",
    }
    planned.act(
        SOLUTION,
        solution.unique_name,
        f"Create the solution {solution.friendly_name}",
        Request("POST", "solutions", body, repeatable=True),
    )


def _publish(declarations: Declarations, found: FoundEnvironment, planned: Planned) -> None:
    tables = [table.logical_name for table in declarations.tables]
    choices = [choice.name for choice in declarations.choices]
    rows = map(web_resource_row, declarations.web_resources)
    resources = [f"{{{id_of(row, found)}}}" for row in rows]
    # Only what is ours: others may have work in this environment that is not to be seen yet.
    parts = (
        _listed("entities", "entity", tables),
        _listed("optionsets", "optionset", choices),
        _listed("webresources", "webresource", resources),
    )
    body = {"ParameterXml": f"<importexportxml>{''.join(parts)}</importexportxml>"}
    planned.act(
        PUBLISH,
        declarations.solution.unique_name,
        f"Publish {len(tables)} tables, {len(choices)} choices and {len(resources)} web resources",
        Request("POST", "PublishXml", body, repeatable=True),
    )


def _listed(several: str, one: str, names: list[str]) -> str:
    return f"<{several}>{''.join(f'<{one}>{escape(name)}</{one}>' for name in names)}</{several}>"


def _finish(solution: Solution, there: Row | None, planned: Planned) -> None:
    solution_id = solution.id if there is None else there["solutionid"]
    planned.act(
        SOLUTION,
        solution.unique_name,
        f"Set the solution {solution.friendly_name} to version {solution.version}",
        Request("PATCH", f"solutions({solution_id})", _columns(solution), {"If-Match": "*"}),
    )
