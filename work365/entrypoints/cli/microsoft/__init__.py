"""`work365 microsoft`: the connection to Partner Center, and everything that goes over it."""

import typer

from work365.entrypoints.cli.microsoft import (
    bringing,
    comparing,
    connecting,
    inviting,
    listening,
    rights,
    selling,
    telling,
)

app = typer.Typer(
    help="Connect with Partner Center, bring over what is there, and tell it of changes.",
    no_args_is_help=True,
)
app.add_typer(connecting.app)
app.add_typer(bringing.app)
app.add_typer(comparing.app)
app.add_typer(telling.app)
app.add_typer(inviting.app)
app.add_typer(selling.app)
app.add_typer(rights.app, name="relationships")
app.add_typer(listening.app)
