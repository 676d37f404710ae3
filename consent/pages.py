"""The pages as HTML."""

from collections.abc import Mapping
from http import HTTPStatus
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import HTMLResponse

STYLE = files(__package__).joinpath("static/consent.css").read_text(encoding="utf-8")

_templates = Environment(
    loader=PackageLoader(__package__),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def page(
    template: str, values: Mapping[str, object], *, status: HTTPStatus = HTTPStatus.OK
) -> HTMLResponse:
    """Return `template` filled with `values`; what is not in them is an error."""
    return HTMLResponse(_templates.get_template(template).render(values), status_code=status)
