import hashlib
import os
import subprocess
import sys
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

from dataverse_schema.solution.archive import packed, solution_files
from dataverse_schema.solution.contents import declared_contents
from dataverse_schema.solution.markup import parse

ROOT = Path(__file__).parents[3]
PRINT_DIGEST = """
import hashlib
from dataverse_schema.solution.archive import packed, solution_files
from dataverse_schema.solution.contents import declared_contents
print(hashlib.sha256(packed(solution_files(declared_contents()))).hexdigest())
"""


def test_another_process_with_other_hashes_writes_the_same_bytes() -> None:
    here = hashlib.sha256(packed(solution_files(declared_contents()))).hexdigest()

    elsewhere = subprocess.run(
        [sys.executable, "-c", PRINT_DIGEST],
        check=True,
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=os.environ | {"PYTHONHASHSEED": "365", "TZ": "Asia/Tokyo"},
        timeout=60,
    ).stdout.strip()

    assert elsewhere == here


def test_the_package_begins_with_its_list_of_types() -> None:
    files = solution_files(declared_contents())

    with ZipFile(BytesIO(packed(files))) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == list(files)
        assert archive.namelist()[0] == "[Content_Types].xml"


def test_every_file_has_a_type() -> None:
    files = solution_files(declared_contents())
    types = parse(files["[Content_Types].xml"])
    namespace = "{http://schemas.openxmlformats.org/package/2006/content-types}"

    named = {part.get("PartName") for part in types.iter(f"{namespace}Override")}

    assert named == {f"/{path}" for path in files if not path.endswith(".xml")}
    assert types.find(f"{namespace}Default[@Extension='xml']") is not None
