"""`python -m work365.entrypoints.cli` is the same as `work365`."""

from work365.entrypoints.cli import app

app()
