"""What an installation asks of Dataverse, some of it under names that become ids later."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any

from dataverse_schema.publisher import SOLUTION
from work365.adapters.dataverse.operations import Body, Operation

NAMESPACE = "Microsoft.Dynamics.CRM"
IN_SOLUTION: Mapping[str, str] = {"MSCRM.SolutionUniqueName": SOLUTION.unique_name}
"""Makes what is created a component of the solution."""

KEEPING_LABELS: Mapping[str, str] = {"MSCRM.MergeLabels": "true"}
"""Leaves labels in other languages as they are."""

STRONGLY: Mapping[str, str] = {"Consistency": "Strong"}
"""Asks for definitions as they are now, and not as a web server remembers them."""


class Named(Enum):
    """What is known by a name until it is there."""

    CHOICE = "global choice"
    MESSAGE_FILTER = "message of a table"
    PRIVILEGE = "privilege"
    APPLICATION_USER = "application user"
    WEBHOOK_SETTINGS = "webhook settings"
    """The secret: held by the installation alone, so that no plan can show it."""


@dataclass(frozen=True, slots=True)
class Reference:
    """A value that is looked up when the request is sent."""

    kind: Named
    name: str
    written: str = "{}"
    """What is sent, with the value in the place of the brackets."""


@dataclass(frozen=True, slots=True)
class TakenOver:
    """A row that may have come with something else by the time of the request."""

    id_column: str
    condition: str
    """By which it is found, as in a filter."""

    changes: Body
    """What is written into it."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request; its path or body may hold references."""

    method: str
    path: str | Reference
    body: Body | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    repeatable: bool = False
    completes: bool = False
    """Whether the body says only what is to change of what is then found at the path.

    Dataverse takes a definition as a whole; one that comes with another is not yet there when
    the plan is made.
    """

    takes_over: TakenOver | None = None
    """What is changed instead of another row being created."""


@dataclass(frozen=True, slots=True)
class Action:
    """One step of an installation, in words and in requests."""

    kind: str
    subject: str
    description: str
    requests: tuple[Request, ...]


def outside_solution(action: Action) -> Action:
    """Return `action` without making what it creates a component of the solution."""
    return replace(
        action,
        requests=tuple(
            replace(
                request,
                headers={
                    name: value
                    for name, value in request.headers.items()
                    if name not in IN_SOLUTION
                },
            )
            for request in action.requests
        ),
    )


def redefinition(path: str, changes: Body) -> Request:
    """Return the request that changes a definition, and keeps its labels in other languages."""
    return Request("PUT", path, changes, KEEPING_LABELS, completes=True)


Lookup = Callable[[Reference], str]


def resolved(request: Request, look_up: Lookup) -> Operation:
    """Return `request` with every reference replaced by its value.

    Raises: whatever `look_up` raises for a name that nothing has.
    """

    def written(value: Any) -> Any:
        match value:
            case Reference():
                return value.written.format(look_up(value))
            case Mapping():
                return {name: written(each) for name, each in value.items()}
            case list() | tuple():
                return [written(each) for each in value]
            case _:
                return value

    return Operation(
        request.method,
        written(request.path),
        None if request.body is None else written(request.body),
        request.headers,
        request.repeatable,
    )
