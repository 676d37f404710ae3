"""`python -m dataverse_schema`: builds the solution file and the page about the tables."""

from pathlib import Path
from typing import Annotated

import typer

from dataverse_schema.documentation import tables_page
from dataverse_schema.solution.archive import packed, solution_files
from dataverse_schema.solution.contents import declared_contents
from dataverse_schema.solution.unpacked import unpacked_files

OUT = Path("build/solution")
PAGE = Path("docs/tables.md")
MARK = Path("Other/Solution.xml")
"""A file that every unpacked solution has."""

app = typer.Typer(
    no_args_is_help=True, add_completion=False, help="The solution file, and the page about it."
)


@app.command()
def build(
    out: Annotated[Path, typer.Option(help="Folder to write into.")] = OUT,
    numbering: Annotated[
        bool,
        typer.Option(help="Numbering formats too, which the published schema does not know."),
    ] = False,
) -> None:
    """Write solution.zip and the unpacked folder."""
    contents = declared_contents()
    out.mkdir(parents=True, exist_ok=True)
    _write(out / "unpacked", unpacked_files(contents, numbering=numbering))
    (out / "solution.zip").write_bytes(packed(solution_files(contents, numbering=numbering)))
    typer.echo(f"{out / 'solution.zip'}: {contents.solution.unique_name}", nl=False)
    typer.echo(f" {contents.solution.version}")
    typer.echo(
        f"{len(contents.tables)} tables, {len(contents.relationships)} relationships,"
        f" {len(contents.choices)} choices, {len(contents.forms)} forms,"
        f" {len(contents.views)} views, {len(contents.roles)} roles, {len(contents.steps)} steps"
    )
    left = "" if numbering else ", numbering formats"
    typer.echo(
        "Not in the file: the webhook's key and address, the application user, descriptions of"
        f" roles{left}. They are set in the environment; docs/limits.md says how."
    )


@app.command()
def docs(
    out: Annotated[Path, typer.Option(help="File to write.")] = PAGE,
) -> None:
    """Write the page about the tables."""
    out.write_text(tables_page(), encoding="utf-8")
    typer.echo(str(out))


def _write(folder: Path, files: dict[str, bytes]) -> None:
    """Make `folder` hold these files and no others."""
    found = [path for path in folder.rglob("*") if path.is_file()]
    if found and not (folder / MARK).is_file():
        typer.echo(
            f"{folder} has files that are no solution's, such as {min(found)};"
            " name another folder with --out",
            err=True,
        )
        raise typer.Exit(code=1)
    for path in found:
        if path.relative_to(folder).as_posix() not in files:
            path.unlink()
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


if __name__ == "__main__":
    app()
