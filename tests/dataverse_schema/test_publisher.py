import tomllib
from pathlib import Path

from dataverse_schema import options
from dataverse_schema.publisher import OPTION_VALUES_PER_PREFIX, PUBLISHER, SOLUTION
from dataverse_schema.table import PREFIX

ROOT = Path(__file__).parents[2]


def test_names_begin_with_the_publishers_prefix() -> None:
    assert f"{PUBLISHER.prefix}_" == PREFIX


def test_options_begin_with_the_publishers_digits() -> None:
    first = options.ContractType.RECURRING

    assert first // OPTION_VALUES_PER_PREFIX == PUBLISHER.option_value_prefix


def test_the_solution_has_the_version_of_the_package() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

    assert SOLUTION.version == f"{project['version']}.0"
