"""The zip file: the same bytes whenever and wherever it is made."""

from io import BytesIO
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from dataverse_schema.solution.components import file_name
from dataverse_schema.solution.contents import Contents
from dataverse_schema.solution.customizations import customizations
from dataverse_schema.solution.environment_variables import variable_element, variable_path
from dataverse_schema.solution.manifest import content_types, manifest
from dataverse_schema.solution.markup import document

CONTENT_TYPES_PATH = "[Content_Types].xml"
FIRST_DAY_OF_ZIP = (1980, 1, 1, 0, 0, 0)


def solution_files(contents: Contents, *, numbering: bool = False) -> dict[str, bytes]:
    """Return the files of the package by their paths, in the order they are packed."""
    files = {
        "solution.xml": document(manifest(contents)),
        "customizations.xml": document(customizations(contents, numbering=numbering)),
    }
    for resource in contents.web_resources:
        files[file_name(resource)] = resource.content
    for variable in contents.environment_variables:
        files[variable_path(variable)] = document(variable_element(variable))
    return {CONTENT_TYPES_PATH: document(content_types(files))} | files


def packed(files: dict[str, bytes]) -> bytes:
    """Return the zip file with these files.

    They are stored and not compressed: compressors differ between versions in what they
    write, and what is in a version of the product should be one file.
    """
    buffer = BytesIO()
    with ZipFile(buffer, "w", ZIP_STORED) as archive:
        for path, content in files.items():
            entry = ZipInfo(path, FIRST_DAY_OF_ZIP)
            entry.create_system = 0
            archive.writestr(entry, content)
    return buffer.getvalue()
