"""What is registered is what Azure's own Python worker accepts."""

import importlib.util
import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
LOADER = Path(__file__).with_name("load_in_azure_worker.py")

pytestmark = pytest.mark.skipif(
    sys.version_info < (3, 13) or importlib.util.find_spec("azure_functions_runtime") is None,
    reason="Azure's worker library, azure-functions-runtime, is not installed (Python 3.13)",
)

SAMPLE = """
    import asyncio
    import azure.functions as func

    app = func.FunctionApp(http_auth_level=func.AuthLevel.FUNCTION)
    done = []

    @app.queue_trigger(arg_name="message", queue_name="jobs", connection="AzureWebJobsStorage")
    def run_job(message: func.QueueMessage, context: func.Context) -> None:
        done.append(f"{context.function_name} {message.get_body().decode()}")

    @app.timer_trigger(arg_name="timer", schedule="0 */15 * * * *")
    async def sweep(timer: func.TimerRequest) -> None:
        await asyncio.sleep(0)
        done.append(f"swept, past due: {timer.past_due}")

    @app.route(route="done", methods=["GET"])
    def tell(req: func.HttpRequest) -> func.HttpResponse:
        return func.HttpResponse(", ".join(done))
"""

REQUEST = {"method": "GET", "url": "http://localhost/api/done", "body": ""}


def run_worker(app_directory: Path, calls: list[tuple[str, dict[str, Any]]]) -> dict[str, Any]:
    finished = subprocess.run(  # this interpreter, and no outside input
        [sys.executable, str(LOADER), str(app_directory)],
        input=json.dumps(calls),
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert finished.returncode == 0, finished.stderr
    outcome: dict[str, Any] = json.loads(finished.stdout.splitlines()[-1])
    return outcome


def triggers(outcome: dict[str, Any]) -> dict[str, str]:
    return {
        name: binding["type"]
        for name, bindings in outcome["functions"].items()
        for binding in bindings
        if binding["type"].endswith("Trigger")
    }


def test_a_sample_is_accepted_and_runs(tmp_path: Path) -> None:
    (tmp_path / "function_app.py").write_text(textwrap.dedent(SAMPLE))

    outcome = run_worker(
        tmp_path,
        [("run_job", {"text": "job"}), ("sweep", {"past_due": True}), ("tell", REQUEST)],
    )

    assert triggers(outcome) == {
        "run_job": "queueTrigger",
        "sweep": "timerTrigger",
        "tell": "httpTrigger",
    }
    assert [answer["error"] for answer in outcome["answers"]] == [None, None, None]
    assert outcome["answers"][2]["body"] == "run_job job, swept, past due: True"


def test_the_service_is_accepted_function_by_function() -> None:
    registered = registered_functions()

    outcome = run_worker(ROOT, [])

    assert registered
    assert triggers(outcome) == registered


def test_the_consent_pages_answer_in_it() -> None:
    page = {"method": "GET", "url": "https://localhost/api/consent/links/abc", "body": ""}

    outcome = run_worker(ROOT, [("show_consent", page), ("show_connection", page)])

    assert [answer["error"] for answer in outcome["answers"]] == [None, None]
    assert all("Microsoft is not set up" in answer["body"] for answer in outcome["answers"])


def registered_functions() -> dict[str, str]:
    """What the service's own app registers, read in a process where nobody else has read it."""
    read = """
import json
from function_app import app
print(json.dumps({f.get_function_name(): f.get_trigger().type for f in app.get_functions()}))
"""
    finished = subprocess.run(  # this interpreter, and no outside input
        [sys.executable, "-c", read], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert finished.returncode == 0, finished.stderr
    found: dict[str, str] = json.loads(finished.stdout)
    return found
