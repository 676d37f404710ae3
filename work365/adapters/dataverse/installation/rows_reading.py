"""Reading the components that are rows."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from dataverse_schema.forms import FORM_TYPE_MAIN
from dataverse_schema.roles import Depth, named_privileges
from work365.adapters.dataverse.client import DataverseClient
from work365.adapters.dataverse.installation.declarations import Declarations
from work365.adapters.dataverse.installation.found import FoundTable, FoundUser, Row
from work365.adapters.dataverse.installation.requests import NAMESPACE
from work365.adapters.dataverse.installation.webhook_plan import IMAGES, STEPS
from work365.adapters.dataverse.operations import (
    Operation,
    all_of,
    equals,
    is_in,
    literal,
    query,
)
from work365.errors import Refusal

NAMES_PER_QUERY_MAX = 100

Rows = dict[str, Sequence[Row]]


class RowsOutOfReach(Refusal):
    """Whoever asks does not see what every environment has."""

    code = "rows_out_of_reach"


class ComponentRows:
    """The rows of one environment that components of the solution are kept in."""

    def __init__(self, client: DataverseClient, declarations: Declarations) -> None:
        self._client = client
        self._declared = declarations

    def language(self) -> int:
        """Return the code of the environment's base language.

        Raises: RowsOutOfReach: whoever asks does not see it.
        """
        return int(self._only("organizations", ["languagecode"], None)["languagecode"])

    def root_business_unit(self) -> UUID:
        """Return the business unit that has no other above it.

        Raises: RowsOutOfReach: whoever asks does not see it.
        """
        condition = "_parentbusinessunitid_value eq null"
        return UUID(self._only("businessunits", ["businessunitid"], condition)["businessunitid"])

    def read(self, tables: Iterable[str], business_unit: UUID) -> Rows:
        """Return the rows by entity set; views and forms are those of `tables`."""
        names = list(tables)
        found = {
            **self._solution(),
            "webresourceset": self._web_resources(),
            "savedqueries": self._views(names),
            "systemforms": self._forms(names),
            "roles": self._roles(business_unit),
        }
        return {**found, **self._variables(), **self.webhook()}

    def webhook(self) -> Rows:
        """Return the endpoint, its steps and their images."""
        columns = ["serviceendpointid", "name", "description", "url", "contract", "authtype"]
        columns += ["connectionmode", "messageformat", "userclaim", "isauthvalueset"]
        endpoint = self._declared.endpoint
        endpoints = self._rows("serviceendpoints", columns, equals("name", endpoint.name))
        steps = self._steps([UUID(row["serviceendpointid"]) for row in endpoints])
        columns = ["sdkmessageprocessingstepimageid", "name", "entityalias", "imagetype"]
        columns += ["attributes", "messagepropertyname", "_sdkmessageprocessingstepid_value"]
        ids = [UUID(row["sdkmessageprocessingstepid"]) for row in steps]
        images = self._referring(IMAGES, columns, "_sdkmessageprocessingstepid_value", ids)
        return {"serviceendpoints": endpoints, STEPS: steps, IMAGES: images}

    def privilege_ids(self) -> dict[str, UUID]:
        """Return the ids of those privileges of the declared roles that are there, by name."""
        names = sorted({name for role in self._declared.roles for name in named_privileges(role)})
        return {
            row["name"]: UUID(row["privilegeid"])
            for row in self._named("privileges", ["privilegeid", "name"], "name", names)
        }

    def privileges(self, roles: Iterable[UUID], ids: dict[str, UUID]) -> dict[UUID, dict[str, str]]:
        """Return the depth of each privilege by name, for each of `roles`."""
        asked = list(roles)
        held = self._client.each(
            lambda role: self._held(f"RetrieveRolePrivilegesRole(RoleId={role})", ids), asked
        )
        return dict(zip(asked, held, strict=True))

    def users(self, application_id: UUID | None, ids: dict[str, UUID]) -> list[FoundUser]:
        """Return the application users: that of one application, or all."""
        condition = (
            "applicationid ne null"
            if application_id is None
            else equals("applicationid", application_id)
        )
        columns = ["systemuserid", "fullname", "applicationid", "isdisabled"]
        rows = list(self._rows("systemusers", columns, condition))
        return self._client.each(lambda row: self._user(row, ids), rows)

    def _user(self, row: Row, ids: dict[str, UUID]) -> FoundUser:
        address = f"systemusers({row['systemuserid']})"
        roles = self._rows(f"{address}/systemuserroles_association", ["roleid"], None)
        return FoundUser(
            id=UUID(row["systemuserid"]),
            name=str(row["fullname"]),
            application_id=UUID(row["applicationid"]),
            is_disabled=bool(row["isdisabled"]),
            roles=frozenset(UUID(role["roleid"]) for role in roles),
            privileges=self._held(f"{address}/{NAMESPACE}.RetrieveUserPrivileges()", ids),
        )

    def _held(self, path: str, ids: dict[str, UUID]) -> dict[str, str]:
        names = {privilege_id: name for name, privilege_id in ids.items()}
        body = self._client.send(Operation("GET", path))
        held: dict[str, str] = {}
        for each in body["RolePrivileges"]:
            name = names.get(UUID(each["PrivilegeId"]))
            if name is not None:
                # By several roles a user can hold one privilege several times.
                held[name] = max(each["Depth"], held.get(name, each["Depth"]), key=_reach)
        return held

    def _solution(self) -> Rows:
        solution = self._declared.solution
        publisher = ["publisherid", "uniquename", "friendlyname", "description"]
        publisher += ["customizationprefix", "customizationoptionvalueprefix"]
        columns = ["solutionid", "uniquename", "friendlyname", "description"]
        columns += ["version", "ismanaged"]
        return {
            "publishers": self._rows(
                "publishers", publisher, equals("uniquename", solution.publisher.unique_name)
            ),
            "solutions": self._rows(
                "solutions", columns, equals("uniquename", solution.unique_name)
            ),
        }

    def _web_resources(self) -> list[Row]:
        columns = ["webresourceid", "name", "displayname", "webresourcetype", "content"]
        names = [each.name for each in self._declared.web_resources]
        return self._named("webresourceset", columns, "name", names)

    def _views(self, tables: Sequence[str]) -> list[Row]:
        columns = ["savedqueryid", "name", "returnedtypecode", "querytype", "isdefault"]
        columns += ["fetchxml", "layoutxml"]
        wanted = {view.table for view in self._declared.views}
        return self._of_tables("savedqueries", columns, "returnedtypecode", wanted & set(tables))

    def _forms(self, tables: Sequence[str]) -> list[Row]:
        columns = ["formid", "name", "objecttypecode", "type", "formxml"]
        wanted = {form.table for form in self._declared.forms}
        rows = self._of_tables("systemforms", columns, "objecttypecode", wanted & set(tables))
        return [row for row in rows if row["type"] == FORM_TYPE_MAIN]

    def _roles(self, business_unit: UUID) -> list[Row]:
        columns = ["roleid", "name", "description", "_businessunitid_value"]
        names = [role.name for role in self._declared.roles]
        condition = all_of(is_in("name", names), equals("_businessunitid_value", business_unit))
        return self._rows("roles", columns, condition)

    def _variables(self) -> Rows:
        columns = ["environmentvariabledefinitionid", "schemaname", "displayname"]
        columns += ["description", "type", "defaultvalue"]
        names = [each.schema_name for each in self._declared.variables]
        definitions = self._named("environmentvariabledefinitions", columns, "schemaname", names)
        columns = ["environmentvariablevalueid", "value", "_environmentvariabledefinitionid_value"]
        ids = [UUID(row["environmentvariabledefinitionid"]) for row in definitions]
        values = self._referring(
            "environmentvariablevalues", columns, "_environmentvariabledefinitionid_value", ids
        )
        return {
            "environmentvariabledefinitions": definitions,
            "environmentvariablevalues": values,
        }

    def _steps(self, endpoints: Sequence[UUID]) -> list[Row]:
        columns = ["sdkmessageprocessingstepid", "name", "stage", "mode", "rank"]
        columns += ["supporteddeployment", "asyncautodelete", "filteringattributes"]
        columns += ["statecode", "statuscode", "_eventhandler_value"]
        names = [step.name for step in self._declared.steps]
        named = self._named(STEPS, columns, "name", names)
        ringing = self._referring(STEPS, columns, "_eventhandler_value", endpoints)
        return list({row["sdkmessageprocessingstepid"]: row for row in [*named, *ringing]}.values())

    def _named(
        self, entity_set: str, columns: Sequence[str], column: str, names: Sequence[str]
    ) -> list[Row]:
        found: list[Row] = []
        for start in range(0, len(names), NAMES_PER_QUERY_MAX):
            some = names[start : start + NAMES_PER_QUERY_MAX]
            found += self._rows(entity_set, columns, is_in(column, some))
        return found

    def _of_tables(
        self, entity_set: str, columns: Sequence[str], column: str, tables: set[str]
    ) -> list[Row]:
        # A table that is not there cannot even be asked about.
        if not tables:
            return []
        condition = " or ".join(equals(column, table) for table in sorted(tables))
        return self._rows(entity_set, columns, condition)

    def _referring(
        self, entity_set: str, columns: Sequence[str], column: str, ids: Sequence[UUID]
    ) -> list[Row]:
        if not ids:
            return []
        condition = " or ".join(f"{column} eq {literal(each)}" for each in ids)
        return self._rows(entity_set, columns, condition)

    def _only(
        self, entity_set: str, columns: Sequence[str], condition: str | None
    ) -> dict[str, Any]:
        rows = self._rows(entity_set, columns, condition)
        if len(rows) != 1:
            raise RowsOutOfReach(
                f"one row of {entity_set} is every environment's own, and {len(rows)} were found;"
                " whoever installs needs the role System Administrator in this environment"
            )
        return dict(rows[0])

    def _rows(self, entity_set: str, columns: Sequence[str], condition: str | None) -> list[Row]:
        return list(self._client.rows(query(entity_set, select=columns, filter=condition)))


def rows_with_a_value(client: DataverseClient, table: FoundTable, column: str) -> int:
    """Return how many rows have a value in `column`, or are there at all without a column.

    Units: rows; Dataverse counts no further than 5,000.
    """
    read_name = column
    if column and table.columns[column].get("AttributeType") == "Lookup":
        read_name = f"_{column}_value"
    asked = query(
        table.definition["EntitySetName"],
        select=[table.definition["PrimaryIdAttribute"]],
        filter=f"{read_name} ne null" if column else None,
        top=1,
    )
    body = client.send(Operation("GET", f"{asked.path}&$count=true"))
    return int(body["@odata.count"])


def _reach(depth: str) -> int:
    return tuple(Depth).index(Depth(depth))
