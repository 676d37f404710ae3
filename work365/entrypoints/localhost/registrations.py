"""What a `FunctionApp` has registered, in the words of this host."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import azure.functions as func

from work365.entrypoints.localhost.host_settings import HostSettings
from work365.entrypoints.localhost.route_templates import RouteTemplate
from work365.entrypoints.localhost.schedules import Schedule
from work365.errors import Refusal

METHODS = frozenset(method.value for method in func.HttpMethod)
"""What a function without `methods` answers."""


class UnsupportedRegistration(Refusal):
    """A function is registered in a way this host does not run as Azure's would."""

    code = "unsupported_registration"


@dataclass(frozen=True, slots=True)
class RegisteredFunction:
    """A function of the app, and what it is called with."""

    name: str
    call: Callable[..., Any]
    parameter: str
    takes_context: bool
    is_async: bool


@dataclass(frozen=True, slots=True)
class HttpFunction:
    """A function that answers requests."""

    function: RegisteredFunction
    route: RouteTemplate
    methods: frozenset[str]
    needs_key: bool


@dataclass(frozen=True, slots=True)
class TimerFunction:
    """A function that runs by the clock."""

    function: RegisteredFunction
    schedule: Schedule
    runs_on_startup: bool


@dataclass(frozen=True, slots=True)
class QueueFunction:
    """A function that works on messages."""

    function: RegisteredFunction
    queue_name: str


@dataclass(frozen=True, slots=True)
class Registrations:
    """All functions of an app, by what triggers them."""

    http: tuple[HttpFunction, ...]
    timers: tuple[TimerFunction, ...]
    queues: tuple[QueueFunction, ...]


def read_registrations(
    function_app: func.FunctionRegister, settings: HostSettings
) -> Registrations:
    """Return what `function_app` has registered. It can be read once only.

    Raises: UnsupportedRegistration; UnsupportedRoute; UnsupportedSchedule; HostMisconfigured.
    """
    http: list[HttpFunction] = []
    timers: list[TimerFunction] = []
    queues: list[QueueFunction] = []
    for registered in function_app.get_functions():
        function, trigger = _read(registered)
        match trigger["type"]:
            case "httpTrigger":
                http.append(_http(function, trigger, settings))
            case "timerTrigger":
                timers.append(_timer(function, trigger, settings))
            case "queueTrigger":
                queue_name = settings.resolve(trigger["queueName"])
                queues.append(QueueFunction(function, queue_name))
            case kind:
                raise UnsupportedRegistration(f"{function.name} is run by {kind}, unknown here")
    return Registrations(tuple(http), tuple(timers), tuple(queues))


def _read(registered: func.Function) -> tuple[RegisteredFunction, dict[str, Any]]:
    name = str(registered.get_function_name())
    trigger = registered.get_trigger()
    assert trigger is not None, "an app without triggers is refused by the library"
    for binding in registered.get_bindings():
        if binding is not trigger and (binding.type, binding.name) != ("http", "$return"):
            raise UnsupportedRegistration(f"{name} has the binding {binding.type}, unknown here")
    if registered.get_setting("retry_policy") is not None:
        raise UnsupportedRegistration(f"{name} has a retry policy, which this host would ignore")
    call = registered.get_user_function()
    parameters = set(inspect.signature(call).parameters)
    if parameters | {"context"} != {trigger.name, "context"}:
        raise UnsupportedRegistration(
            f"{name} takes {sorted(parameters)}, and its trigger gives {trigger.name}"
        )
    function = RegisteredFunction(
        name=name,
        call=call,
        parameter=trigger.name,
        takes_context="context" in parameters,
        is_async=inspect.iscoroutinefunction(call),
    )
    return function, trigger.get_dict_repr()


def _http(
    function: RegisteredFunction, trigger: dict[str, Any], settings: HostSettings
) -> HttpFunction:
    route = f"{settings.route_prefix}/{settings.resolve(trigger['route'])}"
    methods = frozenset(str(method.value) for method in trigger.get("methods") or ())
    return HttpFunction(
        function,
        route=RouteTemplate.parse(route),
        methods=methods or METHODS,
        needs_key=trigger.get("authLevel", func.AuthLevel.FUNCTION) != func.AuthLevel.ANONYMOUS,
    )


def _timer(
    function: RegisteredFunction, trigger: dict[str, Any], settings: HostSettings
) -> TimerFunction:
    return TimerFunction(
        function,
        schedule=Schedule.parse(settings.resolve(trigger["schedule"])),
        runs_on_startup=bool(trigger.get("runOnStartup")),
    )
