"""The Bicep files, as far as they can be checked without the compiler.

They are read as text: what is declared, what is named, and which settings the app is given.
"""

import ast
import json
import re
from pathlib import Path

import pytest

from work365.adapters.queue.messages import poison_name
from work365.bootstrap import QUEUE_NAME
from work365.entrypoints import queue

ROOT = Path(__file__).parents[2]
INFRA = ROOT / "infra"
MAIN = INFRA / "main.bicep"
FUNCTION_APP = INFRA / "modules" / "function_app.bicep"
FILES = sorted(INFRA.rglob("*.bicep"))

NOT_IN_AZURE = {
    "AzureWebJobsStorage",
    "WORK365_CLOCK_URL",
    "WORK365_DATAVERSE_TOKEN",
    "WORK365_DEVELOPMENT_CERTIFICATE",
    "WORK365_DEVELOPMENT_SECRET",
    "WORK365_QUEUE_FILE",
    "WORK365_STAND_IN_AUTHORITIES",
    "WORK365_STAND_IN_MICROSOFT_URL",
    "WORK365_STAND_IN_SIGN_IN_URL",
}
"""Settings for a machine of one's own: the emulators, and Azurite's connection string."""

OF_THE_HOST = {
    "APPLICATIONINSIGHTS_AUTHENTICATION_STRING",
    "APPLICATIONINSIGHTS_CONNECTION_STRING",
    "AzureWebJobsStorage__blobServiceUri",
    "AzureWebJobsStorage__clientId",
    "AzureWebJobsStorage__credential",
}
"""Source: "App settings reference for Azure Functions", learn.microsoft.com."""

CLOSING = {"(": ")", "[": "]", "{": "}"}
TEXT = re.compile(r"'(?:\\.|[^'\\])*'")
COMMENT = re.compile(r"^\s*//.*$", re.MULTILINE)


def name(path: Path) -> str:
    return str(path.relative_to(INFRA))


def code_of(path: Path) -> str:
    return COMMENT.sub("", path.read_text())


def params_of(path: Path) -> dict[str, bool]:
    """The parameters of a file, and whether each has to be given."""
    found = re.findall(r"^param (\w+) \w+( =)?", code_of(path), re.MULTILINE)
    return {param: not default for param, default in found}


def outputs_of(path: Path) -> set[str]:
    return set(re.findall(r"^output (\w+) ", code_of(path), re.MULTILINE))


def modules_of(path: Path) -> dict[str, tuple[Path, set[str]]]:
    """The modules that a file uses: where each is, and the parameters that it is given."""
    found = {}
    for module in re.finditer(r"^module (\w+) '([^']+)' = \{", code_of(path), re.MULTILINE):
        body = TEXT.sub("''", _block(code_of(path), module.end() - 1))
        params = _block(body, body.index("params: {") + len("params: "))
        given = set(re.findall(r"(?:[{,]|^)\s*(\w+):", params, re.MULTILINE))
        found[module[1]] = path.parent / module[2], given
    return found


def _block(text: str, start: int) -> str:
    depth = 0
    for index in range(start, len(text)):
        depth += {"{": 1, "}": -1}.get(text[index], 0)
        if depth == 0:
            return text[start : index + 1]
    raise AssertionError(f"a block is not closed: {text[start : start + 40]}")


def settings_that_are_read() -> set[str]:
    """The names that `Settings.read` and its helpers look up."""
    tree = ast.parse((ROOT / "work365" / "settings.py").read_text())
    return {
        call.args[0].value
        for call in ast.walk(tree)
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and ast.unparse(call.func) == "given.get"
        and isinstance(call.args[0], ast.Constant)
        and isinstance(call.args[0].value, str)
    }


def settings_that_are_given() -> set[str]:
    settings = re.search(r"appSettings: \[(.*?)\n      \]", code_of(FUNCTION_APP), re.DOTALL)
    assert settings is not None
    return set(re.findall(r"name: '(\w+)'", settings[1]))


class TestText:
    @pytest.mark.parametrize("path", FILES, ids=name)
    def test_brackets_are_closed_in_order(self, path: Path) -> None:
        expected: list[str] = []

        for character in TEXT.sub("", code_of(path)):
            if character in CLOSING:
                expected.append(CLOSING[character])
            elif character in CLOSING.values():
                assert expected.pop() == character

        assert expected == []

    @pytest.mark.parametrize("path", FILES, ids=name)
    def test_every_parameter_and_variable_is_used(self, path: Path) -> None:
        code = code_of(path)
        declared = re.findall(r"^(?:param|var) (\w+)", code, re.MULTILINE)

        unused = [each for each in declared if len(re.findall(rf"\b{each}\b", code)) == 1]

        assert unused == []


class TestModules:
    @pytest.mark.parametrize("module", sorted(modules_of(MAIN)))
    def test_a_module_is_given_the_parameters_that_it_has(self, module: str) -> None:
        path, given = modules_of(MAIN)[module]

        params = params_of(path)

        assert given <= set(params)
        assert {param for param, required in params.items() if required} <= given

    def test_no_module_lies_unused(self) -> None:
        used = {path for path, _ in modules_of(MAIN).values()}

        assert used == set(FILES) - {MAIN}

    def test_only_outputs_that_exist_are_named(self) -> None:
        named = set(re.findall(r"\b(\w+)\.outputs\.(\w+)", code_of(MAIN)))

        there = {
            (module, output)
            for module, (path, _) in modules_of(MAIN).items()
            for output in outputs_of(path)
        }

        assert named == there


class TestParameters:
    def test_the_file_gives_the_parameters_that_there_are(self) -> None:
        given = json.loads((INFRA / "main.parameters.json").read_text())["parameters"]

        assert set(given) == set(params_of(MAIN))

    def test_what_has_to_be_given_has_no_default_in_the_file(self) -> None:
        given = json.loads((INFRA / "main.parameters.json").read_text())["parameters"]

        required = [param for param, must_be_given in params_of(MAIN).items() if must_be_given]

        assert [param for param in required if "=" in given[param]["value"]] == []


class TestSettings:
    def test_the_app_is_given_every_setting_that_it_reads(self) -> None:
        assert settings_that_are_read() - NOT_IN_AZURE <= settings_that_are_given()

    def test_the_app_is_given_no_setting_that_nobody_reads(self) -> None:
        assert settings_that_are_given() - OF_THE_HOST <= settings_that_are_read()

    def test_nothing_meant_for_one_machine_is_set_in_azure(self) -> None:
        assert settings_that_are_given() & NOT_IN_AZURE == set()

    def test_the_lists_of_this_test_hold_no_more_than_there_is(self) -> None:
        assert settings_that_are_read() >= NOT_IN_AZURE
        assert settings_that_are_given() >= OF_THE_HOST


class TestAgreement:
    def test_the_queues_are_those_of_the_app(self) -> None:
        queues = re.search(r"var queueNames = (\[.*\])", code_of(INFRA / "modules/storage.bicep"))

        assert queues is not None
        assert ast.literal_eval(queues[1]) == [QUEUE_NAME, poison_name(QUEUE_NAME)]

    def test_the_alert_watches_a_function_that_there_is(self) -> None:
        watched = re.search(r'name == "(\w+)"', code_of(INFRA / "modules/monitoring.bicep"))

        assert watched is not None
        assert hasattr(queue, watched[1])

    def test_azd_finds_the_app_by_its_tag_and_its_folder(self) -> None:
        azure = (INFRA / "azure.yaml").read_text()
        tag = re.search(r"'azd-service-name': '(\w+)'", code_of(FUNCTION_APP))
        service = re.search(r"^services:\n  (\w+):\n    project: (\S+)", azure, re.MULTILINE)

        assert tag is not None
        assert service is not None
        assert service[1] == tag[1]
        assert (INFRA / service[2] / "function_app.py").resolve() == ROOT / "function_app.py"

    def test_no_key_of_the_storage_account_is_read(self) -> None:
        assert [path for path in FILES if "listKeys" in path.read_text()] == []
