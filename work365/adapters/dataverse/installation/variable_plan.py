"""Planning environment variables and those of their values that are stated."""

from dataverse_schema.environment_variables import EnvironmentVariable
from dataverse_schema.identifiers import identifier
from work365.adapters.dataverse.installation.component_rows import variable_row
from work365.adapters.dataverse.installation.declarations import Declarations
from work365.adapters.dataverse.installation.found import FoundEnvironment
from work365.adapters.dataverse.installation.planned import Planned
from work365.adapters.dataverse.installation.row_plan import (
    WantedRow,
    id_of,
    plan_row,
    plan_rows,
    row_of,
)
from work365.adapters.dataverse.installation.target import Target, value_of


def plan_variables(declarations: Declarations, found: FoundEnvironment, target: Target) -> Planned:
    """Return what makes the definitions be there as declared, and the values as stated."""
    planned = plan_rows([variable_row(each) for each in declarations.variables], found)
    for variable in declarations.variables:
        name = variable.schema_name
        if name in target.values:
            row = _value_row(variable, target.values[name], found)
            plan_row(row, row_of(row, found), planned)
        elif value_of(name, target, found) is None and variable.default is None:
            planned.warn(
                "environment_variable_unset",
                name,
                f"the environment variable {variable.display_name} has no value; set it in the"
                " solution Work 365 in Power Apps, or run `work365 install` with the option for it",
            )
    return planned


def _value_row(variable: EnvironmentVariable, value: str, found: FoundEnvironment) -> WantedRow:
    definition = id_of(variable_row(variable), found)
    return WantedRow(
        kind="environment variable value",
        name=variable.schema_name,
        entity_set="environmentvariablevalues",
        id_column="environmentvariablevalueid",
        id=identifier("environment variable value", variable.schema_name),
        columns={"value": value},
        on_create={
            "EnvironmentVariableDefinitionId@odata.bind": (
                f"/environmentvariabledefinitions({definition})"
            )
        },
        same={"_environmentvariabledefinitionid_value": str(definition)},
        # A value belongs to one environment, and would travel with the solution.
        headers={},
    )
