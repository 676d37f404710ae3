"""Planning global choices and their options."""

from typing import Any

from dataverse_schema.choices import GlobalChoice, Option
from work365.adapters.dataverse.installation.comparing import changed, compare
from work365.adapters.dataverse.installation.declarations import Declarations
from work365.adapters.dataverse.installation.definitions import choice_as_created
from work365.adapters.dataverse.installation.found import Definition, FoundEnvironment
from work365.adapters.dataverse.installation.labels import label, label_text
from work365.adapters.dataverse.installation.planned import Planned
from work365.adapters.dataverse.installation.requests import (
    IN_SOLUTION,
    Request,
    redefinition,
)

CHOICE = "choice"


def plan_choices(declarations: Declarations, found: FoundEnvironment) -> Planned:
    """Return what makes the global choices be there as declared."""
    planned = Planned()
    for choice in declarations.choices:
        there = found.choices.get(choice.name)
        if there is None:
            planned.act(
                CHOICE,
                choice.name,
                f"Create the choice {choice.name} ({choice.display_name})",
                Request(
                    "POST",
                    "GlobalOptionSetDefinitions",
                    choice_as_created(choice, found.language),
                    IN_SOLUTION,
                ),
            )
        else:
            _compare(choice, there, _OptionRequests(choice.name, found.language), planned)
    return planned


class _OptionRequests:
    """The requests that change one choice's options."""

    def __init__(self, choice: str, language: int) -> None:
        self.language = language
        self._choice = choice

    def insert(self, option: Option) -> Request:
        """Return the request that adds `option`."""
        body = {**self._body(option), "SolutionUniqueName": self._solution()}
        return Request("POST", "InsertOptionValue", body)

    def update(self, option: Option) -> Request:
        """Return the request that gives an option its label."""
        body = {**self._body(option), "MergeLabels": True}
        return Request("POST", "UpdateOptionValue", body, repeatable=True)

    def _body(self, option: Option) -> dict[str, Any]:
        return {
            "OptionSetName": self._choice,
            "Value": option.value,
            "Label": label(option.label, self.language),
        }

    def _solution(self) -> str:
        return IN_SOLUTION["MSCRM.SolutionUniqueName"]


def _compare(
    choice: GlobalChoice, there: Definition, requests: _OptionRequests, planned: Planned
) -> None:
    language = requests.language
    wanted = choice_as_created(choice, language)
    comparison = compare(wanted, there, language)
    if comparison.changes:
        planned.act(
            CHOICE,
            choice.name,
            f"Change the choice {choice.name}: {'; '.join(comparison.words)}",
            redefinition(
                f"GlobalOptionSetDefinitions({there['MetadataId']})", changed(wanted, comparison)
            ),
        )
    found = {option["Value"]: label_text(option["Label"], language) for option in there["Options"]}
    for option in choice.options:
        if option.value not in found:
            planned.act(
                CHOICE,
                choice.name,
                f"Add the option {option.label} ({option.value}) to the choice {choice.name}",
                requests.insert(option),
            )
        elif found[option.value] != option.label:
            planned.act(
                CHOICE,
                choice.name,
                f"Rename the option {found[option.value]} ({option.value}) of the choice"
                f" {choice.name} to {option.label}",
                requests.update(option),
            )
    for value in sorted(found.keys() - {option.value for option in choice.options}):
        planned.warn(
            "option_not_declared",
            f"{choice.name}.{value}",
            f"this version does not use the option {found[value]} ({value}). It was left as it is;"
            " delete it in Power Apps if no row has it",
        )
