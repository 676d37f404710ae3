"""The solution in one environment: planned, carried out, and looked after."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID
from xml.sax.saxutils import quoteattr

import httpx

from dataverse_schema.definitions import KeyDefinition
from dataverse_schema.steps import MESSAGE_IDS
from work365.adapters.dataverse import operations
from work365.adapters.dataverse.client import DataverseClient
from work365.adapters.dataverse.errors import DuplicateKey
from work365.adapters.dataverse.installation.checking import examine
from work365.adapters.dataverse.installation.declarations import Declarations, declared
from work365.adapters.dataverse.installation.definitions_reading import (
    definition,
    find_choice,
    read_keys,
)
from work365.adapters.dataverse.installation.found import Definition, FoundEnvironment
from work365.adapters.dataverse.installation.key_plan import FAILED, key_found
from work365.adapters.dataverse.installation.planning import plan_installation
from work365.adapters.dataverse.installation.reading import read_environment
from work365.adapters.dataverse.installation.requests import (
    Action,
    Named,
    Reference,
    Request,
    TakenOver,
    outside_solution,
    resolved,
)
from work365.adapters.dataverse.installation.rows_reading import ComponentRows
from work365.adapters.dataverse.installation.target import Target
from work365.adapters.dataverse.installation.webhook_plan import plan_webhook
from work365.adapters.dataverse.operations import Operation, all_of, equals
from work365.domain.findings import Finding
from work365.errors import Refusal
from work365.ports.installation import (
    InstallationAction,
    InstallationPlan,
    KeyIndex,
    KeyIndexStatus,
)


class NameUnknown(Refusal):
    """Something that a request refers to by its name is not there."""

    code = "name_unknown"


class DataverseInstallation:
    """The solution in one environment."""

    def __init__(
        self,
        client: DataverseClient,
        *,
        target: Target,
        http: httpx.Client,
        declarations: Declarations | None = None,
    ) -> None:
        self._client = client
        self._target = target
        self._http = http
        self._declared = declarations or declared()
        self._privileges: dict[str, str] = {}

    def plan(self) -> InstallationPlan:
        """Return what is missing now.

        Raises: Refusal: the environment is such that nothing can be planned.
        """
        found = read_environment(self._client, self._declared, self._target)
        planned = plan_installation(self._declared, found, self._target)
        actions = tuple(
            InstallationAction(each.kind, each.subject, each.description, each)
            for each in planned.actions
        )
        return InstallationPlan(actions, tuple(planned.findings))

    def carry_out(self, action: InstallationAction) -> None:
        """Do one action of a plan.

        Raises: NameUnknown: it refers to something that is not there.
        """
        assert isinstance(action.kept, Action)
        self._carry_out(action.kept)

    def _carry_out(self, action: Action) -> None:
        for request in action.requests:
            try:
                self._client.ask(self._operation(request))
            except DuplicateKey as refused:
                # Ours, of an attempt whose answer was lost; the next plan looks at it again.
                if not refused.maybe_done:
                    raise

    def key_indexes(self) -> Sequence[KeyIndex]:
        """Return the indexes of the declared alternate keys."""
        found = read_keys(self._client, self._declared)
        return [
            KeyIndex(
                table.logical_name,
                key.schema_name,
                _status(found.get(table.logical_name, ()), key),
            )
            for table in self._declared.tables
            for key in table.keys
        ]

    def examine(self) -> Sequence[Finding]:
        """Return what is wrong with what is there."""
        found = read_environment(self._client, self._declared, self._target)
        return examine(self._declared, found, self._target, self._http)

    def _operation(self, request: Request) -> Operation:
        operation = resolved(request, self._look_up)
        if request.completes:
            found = definition(self._client, operation.path)
            return replace(operation, body={**found, **(operation.body or {})})
        if request.takes_over is not None:
            return self._taken_over(operation, request.takes_over)
        return operation

    def _taken_over(self, creation: Operation, born: TakenOver) -> Operation:
        asked = operations.query(creation.path, select=[born.id_column], filter=born.condition)
        for row in self._client.rows(asked):
            address = f"{creation.path}({row[born.id_column]})"
            headers = {**creation.headers, "If-Match": "*"}
            return Operation("PATCH", address, born.changes, headers)
        return creation

    def register_webhook(self) -> None:
        """Have the service rung at, with its key written anew, where the tables are there.

        The solution itself need not be.

        Raises: NameUnknown: a table that is to ring is not there.
        """
        rows = ComponentRows(self._client, self._declared)
        found = FoundEnvironment(
            language=rows.language(), business_unit=rows.root_business_unit(), rows=rows.webhook()
        )
        target = replace(self._target, renews_key=True)
        for action in plan_webhook(self._declared, found, target).actions:
            self._carry_out(outside_solution(action))

    def _look_up(self, reference: Reference) -> str:
        match reference.kind:
            case Named.CHOICE:
                found = (find_choice(self._client, reference.name) or {}).get("MetadataId")
            case Named.MESSAGE_FILTER:
                found = self._message_filter(*reference.name.split(" "))
            case Named.PRIVILEGE:
                found = self._privilege(reference.name)
            case Named.APPLICATION_USER:
                condition = equals("applicationid", UUID(reference.name))
                found = self._row("systemuser", condition)
            case Named.WEBHOOK_SETTINGS:
                found = self._webhook_settings()
        if found is None:
            raise NameUnknown(
                f"there is no {reference.kind.value} {reference.name} in the environment, which"
                " was there or about to be when the plan was made; run this again"
            )
        return str(found)

    def _message_filter(self, message: str, table: str) -> str | None:
        return self._row(
            "sdkmessagefilter",
            all_of(
                equals("primaryobjecttypecode", table),
                equals("_sdkmessageid_value", MESSAGE_IDS[message]),
            ),
        )

    def _privilege(self, name: str) -> str | None:
        if name not in self._privileges:
            ids = ComponentRows(self._client, self._declared).privilege_ids()
            self._privileges = {each: str(privilege_id) for each, privilege_id in ids.items()}
        return self._privileges.get(name)

    def _row(self, table: str, condition: str) -> str | None:
        asked = operations.query(f"{table}s", select=[f"{table}id"], filter=condition)
        rows = list(self._client.rows(asked))
        return str(rows[0][f"{table}id"]) if rows else None

    def _webhook_settings(self) -> str | None:
        key = self._target.webhook_key
        if key is None:
            return None
        name = quoteattr(self._declared.endpoint.key_header)
        return f"<settings><setting name={name} value={quoteattr(key)} /></settings>"


def _status(keys: Sequence[Definition], key: KeyDefinition) -> KeyIndexStatus:
    status = key_found(keys, key).get("EntityKeyIndexStatus")
    by_name = {"Active": KeyIndexStatus.BUILT, FAILED: KeyIndexStatus.FAILED}
    return KeyIndexStatus.MISSING if status is None else by_name.get(status, KeyIndexStatus.PENDING)
