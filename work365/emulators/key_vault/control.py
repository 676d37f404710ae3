"""The endpoints under `/_emulator/v1/`: what a test asks of the vault itself.

No answer has a secret's value.
"""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from work365.emulators.key_vault.access import PERMISSIONS
from work365.emulators.key_vault.state import Vault

PREFIX = "/_emulator/v1/"

Body = dict[str, Any]


def control_routes(vault: Vault) -> list[Route]:
    """Return the routes that control this vault."""
    return [
        Route(f"{PREFIX}policies", _control(vault, _set_policy), methods=["PUT"]),
        Route(f"{PREFIX}faults", _control(vault, _plan_faults), methods=["POST"]),
        Route(f"{PREFIX}requests", _control(vault, _requests), methods=["GET"]),
    ]


def _control(vault: Vault, work: Callable[[Vault, Body], Body]) -> Callable[[Request], Any]:
    async def endpoint(request: Request) -> JSONResponse:
        body = await request.json() if await request.body() else {}
        try:
            with vault.lock:
                return JSONResponse(work(vault, body))
        except (KeyError, TypeError, ValueError) as error:
            return JSONResponse({"error": f"{type(error).__name__}: {error}"}, status_code=400)

    return endpoint


def _set_policy(vault: Vault, body: Body) -> Body:
    """Set the `permissions` of an `object_id`."""
    permissions = frozenset(body["permissions"])
    if not permissions <= PERMISSIONS:
        raise ValueError(f"permissions are {', '.join(sorted(PERMISSIONS))}")
    vault.access.policies[body["object_id"]] = permissions
    return {"permissions": sorted(permissions)}


def _plan_faults(vault: Vault, body: Body) -> Body:
    """Fail the next requests with `statuses`."""
    vault.faults = [int(status) for status in body["statuses"]]
    return {"statuses": vault.faults}


def _requests(vault: Vault, _body: Body) -> Body:
    """Tell which requests there were, the oldest first."""
    shown = [asdict(one) | {"at": one.at.isoformat()} for one in vault.requests]
    return {"requests": shown}
