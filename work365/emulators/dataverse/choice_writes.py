"""Creates, changes and deletes global choices and options."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace

from work365.emulators.dataverse.addresses import split_segment
from work365.emulators.dataverse.calls import Answer, json_answer
from work365.emulators.dataverse.choice_bodies import read_choice
from work365.emulators.dataverse.definition_ids import choice_id
from work365.emulators.dataverse.definition_writes import (
    DefinitionRequest,
    changed,
    not_custom,
)
from work365.emulators.dataverse.definitions import (
    ChoiceDefinition,
    ColumnDefinition,
    Kind,
    Schema,
    TableDefinition,
)
from work365.emulators.dataverse.dependencies import check_choice
from work365.emulators.dataverse.errors import DataverseError, not_emulated, wrong_method
from work365.emulators.dataverse.metadata import (
    CHOICES,
    column_named,
    definition_absent,
    key_of,
    table_named,
)
from work365.emulators.dataverse.metadata_bodies import Body
from work365.emulators.dataverse.metadata_documents import choice_document
from work365.emulators.dataverse.payloads import TYPE_PREFIX
from work365.emulators.dataverse.schema_changes import (
    change_schema,
    with_choice,
    with_table,
    without_choice,
)
from work365.emulators.dataverse.solution_components import (
    CHOICE,
    add_component,
    forget_component,
)

DUPLICATE, INVALID_OPERATION, NOT_CUSTOM = "0x80044345", "0x80048403", "0x80048404"
VALUES_PER_PREFIX = 10_000
DEFAULT_PREFIX = 10_000


def write_choices(request: DefinitionRequest, segments: list[str]) -> Answer:
    """Answer a writing request at `GlobalOptionSetDefinitions`; a cast says nothing."""
    _, inside = split_segment(segments[0])
    method = request.call.method
    if inside is None:
        if method != "POST":
            raise wrong_method(method)
        return _create(request)
    choice = _named(request.transaction.schema, inside)
    if method == "PUT":
        return _change(request, choice)
    if method == "DELETE":
        return _delete(request, choice)
    raise wrong_method(method)


def _named(schema: Schema, inside: str) -> ChoiceDefinition:
    name, value = key_of(inside, "Name")
    for choice in schema.choices.values():
        if value.lower() == (choice_id(choice) if name == "MetadataId" else choice.name.lower()):
            return choice
    raise definition_absent(CHOICES, value)


def _create(request: DefinitionRequest) -> Answer:
    request.require("CreateOptionSet")
    schema = request.transaction.schema
    body = request.body(CHOICES)
    choice = read_choice(body)
    body.expect_read(choice_document(choice))
    if any(choice.name.lower() == name.lower() for name in schema.choices):
        raise DataverseError(
            400,
            DUPLICATE,
            f"An OptionSet with the specified name {choice.name} already exists. Please specify "
            "a unique name.",
        )
    change_schema(request.transaction, with_choice(schema, choice))
    request.join(CHOICE, choice_id(choice))
    return request.created(CHOICES, choice_document(choice))


def _change(request: DefinitionRequest, choice: ChoiceDefinition) -> Answer:
    request.require("WriteOptionSet")
    body = request.full_body(CHOICES, choice_document(choice))
    after = replace(choice, label=body.label("DisplayName"), description=body.label("Description"))
    body.expect_read(choice_document(after), merges=True)
    change_schema(request.transaction, with_choice(request.transaction.schema, after))
    request.join(CHOICE, choice_id(choice))
    return changed()


def _delete(request: DefinitionRequest, choice: ChoiceDefinition) -> Answer:
    request.require("DeleteOptionSet")
    if not choice.custom:
        raise not_custom(NOT_CUSTOM, f"The choice {choice.name}")
    check_choice(request.transaction, choice)
    after = without_choice(request.transaction.schema, choice.name)
    change_schema(request.transaction, after)
    forget_component(request.transaction, choice_id(choice))
    return changed()


@dataclass(frozen=True, kw_only=True)
class _Options:
    """The options that an action is about: those of a global choice, or of one column."""

    choice: ChoiceDefinition | None = None
    table: TableDefinition | None = None
    column: ColumnDefinition | None = None

    @property
    def labels(self) -> Mapping[int, str]:
        holder = self.choice or self.column
        assert holder is not None, "options belong to a choice or to a column"
        return holder.options

    def changed(self, schema: Schema, options: Mapping[int, str]) -> Schema:
        """Return the schema in which these are the options."""
        if self.choice is not None:
            return with_choice(schema, replace(self.choice, options=options))
        assert self.table is not None
        assert self.column is not None
        column = replace(self.column, options=options)
        return with_table(
            schema, replace(self.table, columns={**self.table.columns, column.name: column})
        )


def _options(schema: Schema, body: Body) -> _Options:
    """Return the options that an action's parameters name.

    Raises: DataverseError, where there are none.
    """
    if body.has("OptionSetName"):
        return _Options(choice=_named(schema, f"Name='{body.text('OptionSetName')}'"))
    table = table_named(schema, f"LogicalName='{body.required('EntityLogicalName')}'")
    column = column_named(table, f"LogicalName='{body.required('AttributeLogicalName')}'")
    if column.choice:
        return _Options(choice=schema.choices[column.choice])
    if column.kind not in (Kind.CHOICE, Kind.CHOICES):
        raise not_emulated(f"options of the column {column.name} changed by an action")
    return _Options(table=table, column=column)


def insert_option(request: DefinitionRequest) -> Answer:
    """Add an option, with a value of its own or with the next one that is free."""
    body = request.body("InsertOptionValue")
    found = _about(request, body)
    value = _new_value(found.labels, body)
    if value in found.labels:
        raise _refused(f"The option value {value} is there already.")
    label = body.label("Label")
    if not label:
        raise body.invalid("An option needs a 'Label'.")
    _keep(request, found, {**found.labels, value: label}, body)
    context = f"{request.call.root}$metadata#{TYPE_PREFIX}InsertOptionValueResponse"
    return json_answer(200, json.dumps({"@odata.context": context, "NewOptionValue": value}))


def _new_value(labels: Mapping[int, str], body: Body) -> int:
    given = body.take("Value")
    if given is not None:
        if not isinstance(given, int) or isinstance(given, bool):
            raise body.invalid(f"The value {given!r} is not a whole number.")
        return given
    first = DEFAULT_PREFIX * VALUES_PER_PREFIX
    return max((*labels, first - 1)) + 1


def update_option(request: DefinitionRequest) -> Answer:
    """Change an option's label."""
    body = request.body("UpdateOptionValue")
    found = _about(request, body)
    value = _present(found.labels, body)
    merges = body.flag("MergeLabels")
    label = body.label("Label", found.labels[value] if merges else "")
    _keep(request, found, {**found.labels, value: label}, body)
    return changed()


def delete_option(request: DefinitionRequest) -> Answer:
    """Take an option away; rows keep its value."""
    body = request.body("DeleteOptionValue")
    found = _about(request, body)
    value = _present(found.labels, body)
    kept = {each: label for each, label in found.labels.items() if each != value}
    _keep(request, found, kept, body)
    return changed()


def _about(request: DefinitionRequest, body: Body) -> _Options:
    request.require("WriteOptionSet")
    return _options(request.transaction.schema, body)


def _present(labels: Mapping[int, str], body: Body) -> int:
    value = body.required("Value")
    if not isinstance(value, int) or isinstance(value, bool) or value not in labels:
        raise _refused(f"There is no option with the value {value!r}.")
    return value


def _refused(message: str) -> DataverseError:
    return DataverseError(400, INVALID_OPERATION, message)


def _keep(
    request: DefinitionRequest, found: _Options, options: Mapping[int, str], body: Body
) -> None:
    solution = body.text("SolutionUniqueName")
    body.expect_read({})
    transaction = request.transaction
    change_schema(transaction, found.changed(transaction.schema, options))
    if solution and found.choice is not None:
        add_component(transaction, solution, CHOICE, choice_id(found.choice))
