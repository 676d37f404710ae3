"""Finds what a writing request on the metadata is about, and has it done.

Source: "Create and update table definitions using the Web API" and its neighbours. A change is
a PUT of the whole definition: what is left out of it takes its default again, labels excepted
where `MSCRM.MergeLabels` is true. There is no PATCH.
"""

from collections.abc import Callable, Mapping

from work365.emulators.dataverse.addresses import split_segment
from work365.emulators.dataverse.calls import Answer, Call
from work365.emulators.dataverse.choice_writes import (
    delete_option,
    insert_option,
    update_option,
    write_choices,
)
from work365.emulators.dataverse.definition_writes import DefinitionRequest
from work365.emulators.dataverse.metadata import CHOICES, RELATIONSHIPS, TABLES
from work365.emulators.dataverse.publishing import publish, publish_all
from work365.emulators.dataverse.relationship_writes import write_relationships
from work365.emulators.dataverse.table_actions import create_tables
from work365.emulators.dataverse.table_writes import reactivate_key, write_tables
from work365.emulators.dataverse.transactions import Transaction

_SETS: Mapping[str, Callable[[DefinitionRequest, list[str]], Answer]] = {
    TABLES: write_tables,
    CHOICES: write_choices,
    RELATIONSHIPS: write_relationships,
}
_ACTIONS: Mapping[str, Callable[[DefinitionRequest], Answer]] = {
    "InsertOptionValue": insert_option,
    "UpdateOptionValue": update_option,
    "DeleteOptionValue": delete_option,
    "CreateEntities": create_tables,
    "ReactivateEntityKey": reactivate_key,
    "PublishXml": publish,
    "PublishAllXml": publish_all,
}


def writes_metadata(call: Call, segments: list[str]) -> bool:
    """Return whether a writing request is about definitions."""
    name, _ = split_segment(segments[0])
    return name in _SETS or (name in _ACTIONS and len(segments) == 1 and call.method == "POST")


def write_metadata(transaction: Transaction, call: Call, segments: list[str]) -> Answer:
    """Do what a request about definitions asks for.

    Raises: DataverseError, where it cannot be done.
    """
    request = DefinitionRequest(transaction=transaction, call=call)
    name, _ = split_segment(segments[0])
    if name in _ACTIONS:
        return _ACTIONS[name](request)
    return _SETS[name](request, segments)
