"""The emulator as a web application: the interface of secrets, and what controls it."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from work365.emulators.entra.access_tokens import KeySet
from work365.emulators.key_vault.access import DELETE, GET, LIST, PURGE, RECOVER, SET, Access
from work365.emulators.key_vault.control import control_routes
from work365.emulators.key_vault.errors import VaultRefusal, bad_parameter, not_emulated
from work365.emulators.key_vault.secrets import Secrets
from work365.emulators.key_vault.state import Vault, VaultRequest

API_VERSION = re.compile(r"7\.\d(-preview\.\d)?|20\d\d-\d\d-\d\d(-preview)?")
PAGE_MAX = 25
METHODS = ["GET", "PUT", "PATCH", "DELETE", "POST"]

Found = dict[str, Any] | None
"""The JSON of an answer, or nothing for one without."""


def create_app(
    *,
    clock: Callable[[], datetime],
    authority: str,
    tenant_id: str,
    keys: Callable[[], KeySet],
    policies: Mapping[str, frozenset[str]],
    name: str = "local-vault",
) -> Starlette:
    """Return a vault of a tenant; `app.state.vault` is what it consists of.

    `authority` is Entra's address, to which clients are sent to sign in, and `keys` its key set.
    `policies` has the permissions (get, set, list, delete, recover, purge) by object id.
    """
    access = Access(
        vault_name=name,
        authority=authority,
        tenant_id=tenant_id,
        keys=keys,
        policies=dict(policies),
    )
    vault = Vault(access=access, secrets=Secrets(clock), clock=clock)
    app = Starlette(routes=[*control_routes(vault), *_Endpoint(vault).routes()])
    app.state.vault = vault
    return app


@dataclass(frozen=True, kw_only=True)
class _Call:
    """A request, taken apart."""

    root: str
    path: str
    name: str
    version: str
    body: Mapping[str, Any]
    query: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class _Operation:
    """What a vault does, and the permission that it needs."""

    method: str
    path: str
    permission: str
    work: Callable[[Secrets, _Call], Found]


OPERATIONS = (
    _Operation(
        method="GET",
        path="/secrets",
        permission=LIST,
        work=lambda secrets, call: _paged(call, secrets.names(call.root)),
    ),
    _Operation(
        method="GET",
        path="/secrets/{name}/versions",
        permission=LIST,
        work=lambda secrets, call: _paged(call, secrets.versions(call.root, call.name)),
    ),
    _Operation(
        method="GET",
        path="/secrets/{name}",
        permission=GET,
        work=lambda secrets, call: secrets.get(call.root, call.name),
    ),
    _Operation(
        method="GET",
        path="/secrets/{name}/{version:path}",
        permission=GET,
        work=lambda secrets, call: secrets.get(call.root, call.name, call.version),
    ),
    _Operation(
        method="PUT",
        path="/secrets/{name}",
        permission=SET,
        work=lambda secrets, call: secrets.put(call.root, call.name, call.body),
    ),
    _Operation(
        method="PATCH",
        path="/secrets/{name}/{version:path}",
        permission=SET,
        work=lambda secrets, call: secrets.change(call.root, call.name, call.version, call.body),
    ),
    _Operation(
        method="DELETE",
        path="/secrets/{name}",
        permission=DELETE,
        work=lambda secrets, call: secrets.delete(call.root, call.name),
    ),
    _Operation(
        method="GET",
        path="/deletedsecrets",
        permission=LIST,
        work=lambda secrets, call: _paged(call, secrets.all_deleted(call.root)),
    ),
    _Operation(
        method="GET",
        path="/deletedsecrets/{name}",
        permission=GET,
        work=lambda secrets, call: secrets.deleted(call.root, call.name),
    ),
    _Operation(
        method="DELETE",
        path="/deletedsecrets/{name}",
        permission=PURGE,
        work=lambda secrets, call: secrets.purge(call.name),
    ),
    _Operation(
        method="POST",
        path="/deletedsecrets/{name}/recover",
        permission=RECOVER,
        work=lambda secrets, call: secrets.recover(call.root, call.name),
    ),
)


class _Endpoint:
    """Turns HTTP requests into what a vault does."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def routes(self) -> list[Route]:
        """Return the vault's routes; the last is for what is not emulated."""
        known = [
            Route(operation.path, self._endpoint(operation), methods=[operation.method])
            for operation in OPERATIONS
        ]
        return [*known, Route("/{rest:path}", self._endpoint(None), methods=METHODS)]

    def _endpoint(self, operation: _Operation | None) -> Callable[[Request], Any]:
        async def endpoint(request: Request) -> Response:
            content = await request.body()
            with self._vault.lock:
                return self._answer(request, content, operation)

        return endpoint

    def _answer(self, request: Request, content: bytes, operation: _Operation | None) -> Response:
        vault, asked_by = self._vault, list[str]()
        headers = {}
        try:
            found = self._found(request, content, operation, asked_by)
            status: int = HTTPStatus.OK if found is not None else HTTPStatus.NO_CONTENT
        except VaultRefusal as refusal:
            status, found = refusal.status, refusal.body
            if status == HTTPStatus.UNAUTHORIZED:
                headers["WWW-Authenticate"] = vault.access.challenge
        vault.requests.append(
            VaultRequest(
                at=vault.clock(),
                method=request.method,
                path=request.url.path,
                object_id=asked_by[0] if asked_by else "",
                status=status,
            )
        )
        if found is None:
            return Response(status_code=status)
        return JSONResponse(found, status_code=status, headers=headers)

    def _found(
        self, request: Request, content: bytes, operation: _Operation | None, asked_by: list[str]
    ) -> Found:
        vault = self._vault
        if vault.faults:
            raise VaultRefusal(vault.faults.pop(0), "Planned", "A planned fault.")
        claims = vault.access.caller(request.headers, vault.clock())
        asked_by.append(claims.object_id)
        if operation is None:
            raise not_emulated(f"{request.method} {request.url.path}")
        call = _call(request, content)
        vault.access.check(claims, operation.permission)
        return operation.work(vault.secrets, call)


def _call(request: Request, content: bytes) -> _Call:
    version = request.query_params.get("api-version", "")
    if API_VERSION.fullmatch(version) is None:
        raise bad_parameter(f"The specified version ({version}) is not recognized.")
    try:
        body = json.loads(content) if content else {}
    except ValueError as error:
        raise bad_parameter("The request body is not valid JSON.") from error
    if not isinstance(body, dict):
        raise bad_parameter("The request body is not a JSON object.")
    return _Call(
        root=f"{request.url.scheme}://{request.url.netloc}",
        path=request.url.path,
        name=request.path_params.get("name", ""),
        version=request.path_params.get("version", ""),
        body=body,
        query=dict(request.query_params),
    )


def _paged(call: _Call, found: list[dict[str, Any]]) -> dict[str, Any]:
    """Return a page of what was found, and the address of the next one."""
    try:
        size = int(call.query.get("maxresults") or PAGE_MAX)
        begin = int(call.query.get("$skiptoken") or 0)
    except ValueError as error:
        raise bad_parameter("maxresults and $skiptoken are whole numbers.") from error
    if not 1 <= size <= PAGE_MAX:
        raise bad_parameter(f"maxresults is from 1 to {PAGE_MAX}.")
    following = None
    if begin + size < len(found):
        query = {
            "api-version": call.query["api-version"],
            "$skiptoken": str(begin + size),
            "maxresults": str(size),
        }
        following = f"{call.root}{call.path}?{urlencode(query)}"
    return {"value": found[begin : begin + size], "nextLink": following}
