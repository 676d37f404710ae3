"""The action `CreateEntities`, by which Microsoft's client for Python creates tables.

Source: the requests of that client; its body has the complex types of the definitions, whose
names begin with `Complex`. The columns of all kinds can be among a table's `Attributes`.
"""

import json

from work365.emulators.dataverse.calls import Answer, json_answer
from work365.emulators.dataverse.definition_ids import table_id
from work365.emulators.dataverse.definition_writes import DefinitionRequest
from work365.emulators.dataverse.metadata_bodies import Body
from work365.emulators.dataverse.payloads import TYPE_PREFIX
from work365.emulators.dataverse.solution_components import ENTITY, add_component
from work365.emulators.dataverse.table_writes import add_table


def create_tables(request: DefinitionRequest) -> Answer:
    """Create several tables with their columns.

    Raises: DataverseError, where one of them cannot be; then none is.
    """
    request.require("CreateEntity")
    body = request.body("CreateEntities")
    parameters = dict(request.call.parameters)
    solution = body.text("SolutionUniqueName", parameters.get("SolutionUniqueName", ""))
    created = []
    for value in body.listed("Entities"):
        one = Body(value, what="a table of CreateEntities")
        if one.type_name != "EntityMetadata":
            raise one.invalid("A table is of the type ComplexEntityMetadata.")
        table = add_table(request, one)
        created.append(table_id(table))
        if solution:
            add_component(request.transaction, solution, ENTITY, table_id(table))
    if not created:
        raise body.invalid("'Entities' is empty.")
    body.expect_read({})
    context = f"{request.call.root}$metadata#{TYPE_PREFIX}CreateEntitiesResponse"
    return json_answer(200, json.dumps({"@odata.context": context, "EntityIds": created}))
