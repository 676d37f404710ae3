"""Takes the texts of query options apart."""

from work365.emulators.dataverse.errors import not_emulated, query_error


def parts_of(text: str, separator: str) -> list[str]:
    """Return the parts of `text` between separators that are in no parentheses or quotes."""
    parts = [""]
    depth = 0
    is_quoted = False
    for letter in text:
        if letter == "'":
            is_quoted = not is_quoted
        elif not is_quoted:
            depth += (letter == "(") - (letter == ")")
        if letter == separator and depth == 0 and not is_quoted:
            parts.append("")
        else:
            parts[-1] += letter
    return parts


def names_in(text: str) -> tuple[str, ...]:
    """Return the names of a `$select`."""
    names = tuple(name.strip() for name in text.split(","))
    if "*" in names:
        raise not_emulated("$select=*")
    for name in names:
        if not name or not name.replace("_", "").isalnum():
            raise query_error(f"Term '{text}' is not valid in a $select or $expand expression.")
    return names
