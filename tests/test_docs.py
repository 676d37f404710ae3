"""What the documents say is what the code says."""

import ast
import re
import tomllib
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
import typer

from dataverse_schema.columns import Lookup
from dataverse_schema.tables import TABLES
from work365.domain.money import Money
from work365.entrypoints.cli import app

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
ADMINISTRATOR = DOCS / "administrator-guide.md"
CLERK = DOCS / "billing-clerk-guide.md"
DEPENDENCIES = DOCS / "decisions" / "0014-dependencies.md"
DECISIONS = sorted((DOCS / "decisions").glob("*.md"))
PAGES = sorted({*DOCS.rglob("*.md"), ROOT / "infra" / "README.md"})
PAGE_LINES_MAX = 70

HEADINGS = [
    "Status and date",
    "Context",
    "Decision",
    "Consequences",
    "How it is checked",
]

CODED = [
    *sorted((ROOT / "work365" / "domain").glob("*.py")),
    *sorted((ROOT / "work365" / "usecases").glob("*.py")),
    ROOT / "work365" / "adapters" / "dataverse" / "row_faults.py",
    ROOT / "work365" / "adapters" / "dataverse" / "catalog_rows.py",
    ROOT / "work365" / "adapters" / "dataverse" / "catalog_store.py",
]
"""Modules whose refusals a clerk can meet as findings."""

FORMULA = re.compile(r"(-?[\d.,]+(?: x [\d./]+)+) = (-?[\d,]+\.\d\d)\b")
WITH_FIGURES = [page for page in PAGES if FORMULA.search(page.read_text())]
IDENTIFIER = re.compile(r"`(w365_\w+|[a-z]+)`")


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def first_cells(path: Path) -> Iterator[str]:
    """The first cell of every row of every table."""
    yield from re.findall(r"^\| (.+?) \|", path.read_text(), re.MULTILINE)


def in_backticks(cells: Iterator[str]) -> set[str]:
    return {each for cell in cells for each in re.findall(r"`([^`]+)`", cell)}


def constants_called(tree: ast.AST, function: str) -> set[str]:
    return {
        call.args[0].value
        for call in ast.walk(tree)
        if isinstance(call, ast.Call)
        and ast.unparse(call.func) == function
        and isinstance(call.args[0], ast.Constant)
        and isinstance(call.args[0].value, str)
    }


def codes_in(path: Path) -> set[str]:
    """The codes of the errors that a module defines."""
    return set(re.findall(r'^    code(?:: ClassVar\[str\])? = "(\w+)"', path.read_text(), re.M))


def exact(product: str) -> Fraction:
    value = Fraction(1)
    for factor in product.replace(",", "").split(" x "):
        value *= Fraction(factor)
    return value


class TestSettings:
    def test_the_administrator_guide_lists_every_setting_and_no_other(self) -> None:
        tree = ast.parse((ROOT / "work365" / "settings.py").read_text())
        read = constants_called(tree, "given.get")

        listed = {
            each
            for each in in_backticks(first_cells(ADMINISTRATOR))
            if each.startswith(("WORK365_", "AzureWebJobs"))
        }

        assert listed == read


class TestFindings:
    @pytest.mark.parametrize("path", [path for path in CODED if codes_in(path)], ids=name)
    def test_a_guide_explains_every_code_of_a_module(self, path: Path) -> None:
        explained = in_backticks(first_cells(CLERK)) | in_backticks(first_cells(ADMINISTRATOR))

        assert codes_in(path) <= explained

    def test_the_clerk_guide_explains_no_code_that_there_is_not(self) -> None:
        # Findings about a file have their codes where they are made, and no class of their own.
        source = "".join(path.read_text() for path in sorted((ROOT / "work365").rglob("*.py")))

        made_up = [
            code
            for code in in_backticks(first_cells(CLERK))
            if not re.search(rf'"{re.escape(code)}"', source)
        ]

        assert made_up == []


class TestCommands:
    @pytest.mark.parametrize("path", [ADMINISTRATOR, CLERK], ids=name)
    def test_the_commands_that_are_named_exist(self, path: Path) -> None:
        commands = typer.main.get_command(app)
        assert isinstance(commands, typer.core.TyperGroup)

        named = set(re.findall(r"work365 ([a-z]+(?:-[a-z]+)*)", path.read_text()))

        assert named
        assert named <= set(commands.commands)

    def test_every_command_of_a_clerk_has_its_section(self) -> None:
        sections = re.findall(r"^### work365 (.+)$", CLERK.read_text(), re.MULTILINE)

        assert sections == [
            *("bill", "invoices", "explain", "import subscriptions"),
            *("what-if", "guardian", "extended-service", "rehearse"),
        ]


class TestFigures:
    @pytest.mark.parametrize("path", WITH_FIGURES, ids=name)
    def test_every_formula_comes_to_its_amount(self, path: Path) -> None:
        formulas = FORMULA.findall(path.read_text())

        wrong = [
            (product, amount)
            for product, amount in formulas
            if Money.round(exact(product), "EUR").amount != Decimal(amount.replace(",", ""))
        ]

        assert wrong == []


class TestWords:
    def test_the_names_in_the_glossary_are_tables_and_columns(self) -> None:
        tables = {table.table_name() for table in TABLES}
        columns = {table.column_name(field) for table in TABLES for field in table.columns()}
        targets = {
            kind.target
            for table in TABLES
            for kind in table.columns().values()
            if isinstance(kind, Lookup)
        }
        rows = re.findall(r"^\| .+ \|$", (DOCS / "glossary.md").read_text(), re.MULTILINE)

        kept = {word for row in rows for word in IDENTIFIER.findall(row.rsplit("| ", 1)[1])}

        assert len(kept) > len(TABLES)
        assert kept - tables - columns - targets == {"sdkmessageprocessingstep"}

    def test_each_word_has_one_meaning(self) -> None:
        words = [
            cell
            for cell in first_cells(DOCS / "glossary.md")
            if cell != "word" and not cell.startswith("-")
        ]

        assert sorted(words) == sorted(set(words))


class TestDecisions:
    def test_they_are_numbered_without_gaps(self) -> None:
        assert [int(path.name[:4]) for path in DECISIONS] == list(range(1, len(DECISIONS) + 1))

    @pytest.mark.parametrize("path", DECISIONS, ids=name)
    def test_a_decision_begins_with_the_line_to_quote(self, path: Path) -> None:
        title, _, line, *_ = path.read_text().splitlines()

        assert title.startswith(f"# {path.name[:4]} ")
        assert line.startswith("> ")

    @pytest.mark.parametrize("path", DECISIONS, ids=name)
    def test_a_decision_has_its_five_headings_on_one_page(self, path: Path) -> None:
        text = path.read_text()

        assert re.findall(r"^## (.+)$", text, re.MULTILINE) == HEADINGS
        assert len(text.splitlines()) <= PAGE_LINES_MAX


class TestLinks:
    @pytest.mark.parametrize("path", PAGES, ids=name)
    def test_links_lead_somewhere(self, path: Path) -> None:
        links = re.findall(r"\]\(([^)#]+)\)", path.read_text())

        assert [link for link in links if not (path.parent / link).exists()] == []

    @pytest.mark.parametrize("path", PAGES, ids=name)
    def test_files_that_are_named_exist(self, path: Path) -> None:
        named = re.findall(
            r"`((?:work365|tests|dataverse_schema|infra|docs)/[\w/.-]*)`", path.read_text()
        )

        assert [file for file in named if not (ROOT / file).exists()] == []

    def test_a_document_that_the_code_names_exists(self) -> None:
        sources = [*(ROOT / "work365").rglob("*.py"), *(ROOT / "dataverse_schema").rglob("*.py")]

        named = {
            document
            for path in sources
            for document in re.findall(r"docs/[\w/-]+\.md", path.read_text())
        }

        assert named
        assert [document for document in sorted(named) if not (ROOT / document).exists()] == []


class TestDependencies:
    def test_the_decision_names_every_library_with_the_version_that_is_pinned(self) -> None:
        project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
        direct = {re.split(r"[<>=~]", each)[0] for each in project["dependencies"]}
        pins = re.findall(
            r"^([\w-]+)==([\w.]+)", (ROOT / "requirements.txt").read_text(), re.MULTILINE
        )
        rows = re.findall(r"^\| ([\w-]+) \| (\S[^|]*) \|", DEPENDENCIES.read_text(), re.MULTILINE)

        told = {
            (library, version)
            for library, versions in rows
            for version in re.findall(r"\d+(?:\.\d+)+", versions.replace("3.13 ", ""))
        }

        assert told == {(library, version) for library, version in pins if library in direct}
