"""Writes SQL: names and constants quoted, pieces put together."""


def quoted(name: str) -> str:
    """Return a name as SQL writes it."""
    return f'"{name}"'


def literal(text: str) -> str:
    """Return text as a constant of SQL."""
    return "'" + text.replace("'", "''") + "'"


def sql(*pieces: str) -> str:
    """Return a statement made of these pieces, blanks between them."""
    return " ".join(pieces)


def select(columns: str, rows: str) -> str:
    """Return a SELECT of `columns` of `rows`, which begin with their FROM."""
    return f"SELECT {columns} {rows}"
