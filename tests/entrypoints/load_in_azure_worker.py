"""Load an app as Azure's own Python worker does, call functions, and print what came of it.

    python load_in_azure_worker.py APP_DIRECTORY < calls.json

The worker's protocol classes come from a protocol this process does not speak. The loader reads
names and directions off them, so stand-ins that answer to any name will do.
"""

import asyncio
import json
import os
import sys
from importlib import import_module
from types import SimpleNamespace
from typing import Any

# By name: the library is not there below Python 3.13, which is where types are checked.
handle_event: Any = import_module("azure_functions_runtime.handle_event")
native_invocation: Any = import_module("azure_functions_runtime.native_invocation")
Datum: Any = import_module("azure_functions_runtime.bindings.datumdef").Datum
binding_registry: Any = import_module("azure_functions_runtime.bindings.meta")


class Message:
    """Any message or enumeration of the protocol."""

    undefined, string, binary, stream = range(4)

    def __init__(self, *_: Any, **fields: Any) -> None:
        self.__dict__.update(fields)

    def __getattr__(self, name: str) -> None:
        return None


# Not in the body above: one of them is a keyword of the language.
for number, direction in enumerate(("in", "out", "inout")):
    setattr(Message, direction, number)


class Protocol(SimpleNamespace):
    """The protocol: every name in it is a message."""

    def __getattr__(self, name: str) -> type[Message]:
        return Message


def load(app_directory: str) -> dict[str, list[dict[str, Any]]]:
    """Return the bindings of each function that the worker accepts."""
    os.chdir(app_directory)
    sys.path.insert(0, os.getcwd())
    handle_event.protos = Protocol()
    binding_registry.load_binding_registry()
    handle_event.load_function_metadata(os.getcwd(), caller_info="load")
    return {
        found.name: [json.loads(binding) for binding in found.raw_bindings]
        for found in handle_event._metadata_result or []
    }


def datum(kind: str, value: Any) -> Any:
    """Return what the host sends for one trigger."""
    if kind == "httpTrigger":
        fields = {name: Datum(value[name], "string") for name in ("method", "url")}
        nothing: dict[str, Any] = {"headers": {}, "query": {}, "params": {}}
        return Datum(fields | nothing | {"body": Datum(value["body"].encode(), "bytes")}, "http")
    if kind == "timerTrigger":
        return Datum(json.dumps({"IsPastDue": value["past_due"]}), "json")
    return Datum(value["text"], "string")


async def call(name: str, bindings: list[dict[str, Any]], value: Any) -> dict[str, Any]:
    """Return what the worker answers to the host."""
    (trigger,) = [binding for binding in bindings if binding["type"].endswith("Trigger")]
    functions = handle_event._functions._functions
    (function_id,) = [key for key, info in functions.items() if info.name == name]
    is_well, answer, _, error, _ = await native_invocation.invocation_request_native(
        "invocation", function_id, [(trigger["name"], datum(trigger["type"], value))], {}
    )
    body = answer.value["body"].value.decode() if answer is not None else None
    return {"is_well": is_well, "body": body, "error": error}


def main() -> None:
    """Load the app, make the calls of the standard input, and print both outcomes."""
    functions = load(sys.argv[1])
    answers = [
        asyncio.run(call(name, functions[name], value)) for name, value in json.load(sys.stdin)
    ]
    print(json.dumps({"functions": functions, "answers": answers}))


if __name__ == "__main__":
    main()
