"""What writing requests on definitions have in common: who may, and how they are answered."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from work365.emulators.dataverse.calls import Answer, Call, json_answer
from work365.emulators.dataverse.errors import DataverseError
from work365.emulators.dataverse.metadata_bodies import Body
from work365.emulators.dataverse.solution_components import join_solution
from work365.emulators.dataverse.transactions import Transaction

MERGE_LABELS = "mscrm.mergelabels"
LABELS = ("DisplayName", "DisplayCollectionName", "Description")
Document = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class DefinitionRequest:
    """A writing request on definitions, and the transaction that it is done in."""

    transaction: Transaction
    call: Call

    def require(self, privilege: str) -> None:
        """Raise unless the caller holds a privilege, named without its `prv`."""
        access = self.transaction.caller.restriction
        if access is not None:
            access.require_privilege(f"prv{privilege}")

    def body(self, what: str) -> Body:
        """Return the definition in the request's body."""
        return Body(self.call.json(what), what=what)

    def full_body(self, what: str, known: Document) -> Body:
        """Return the full definition of a change, with the labels that are to be kept.

        Options are kept as they are where the body leaves them out: they are changed one by one.
        """
        given = self.call.json(what)
        if self.call.headers.get(MERGE_LABELS, "").lower() == "true":
            for name in LABELS:
                if name in known and not (given.get(name) or {}).get("LocalizedLabels"):
                    given[name] = known[name]
        if "OptionSet" in known and given.get("OptionSet") is None:
            given["OptionSet"] = known["OptionSet"]
        return Body(given, what=what)

    def join(self, component_type: int, object_id: str) -> None:
        """Make what was written a component of the solution that the request names."""
        join_solution(self.transaction, self.call, component_type, object_id)

    def created(self, path: str, document: Document) -> Answer:
        """Return the answer that tells where a new definition is."""
        address = f"{self.call.root}{path}({document['MetadataId']})"
        if self.call.preferences.representation:
            head = {"@odata.context": f"{self.call.root}$metadata#{path}/$entity"}
            headers = self.call.preferences.applied_header("return")
            answer = json_answer(201, json.dumps({**head, **document}))
            answer.headers.update(headers)
            return answer
        return Answer(status=204, headers={"OData-EntityId": address, "Location": address})


def changed() -> Answer:
    """Return the answer to a change or a deletion that was done."""
    return Answer(status=204)


def not_custom(code: str, what: str) -> DataverseError:
    """Return the refusal to delete what is Microsoft's."""
    return DataverseError(400, code, f"{what} is not custom and cannot be deleted.")
