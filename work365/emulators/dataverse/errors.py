"""Errors in Dataverse's own statuses, codes and words."""

from collections.abc import Mapping, Sequence

HELP_LINK = "https://go.microsoft.com/fwlink/?linkid=2195293"
QUERY_ERROR = "0x80060888"
PAYLOAD_ERROR = "0x80048d19"


class DataverseError(Exception):
    """An answer that is an error: the request did nothing."""

    def __init__(
        self, status: int, code: str, message: str, *, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = dict(headers or {})


def not_emulated(what: str) -> DataverseError:
    """Return the refusal of something that Dataverse may do and the emulator does not."""
    return DataverseError(501, "0x80040219", f"Not emulated: {what}")


def query_error(message: str) -> DataverseError:
    """Return the refusal of a query option."""
    return DataverseError(400, QUERY_ERROR, message)


def payload_error(
    set_name: str, inner: str, *, exception: str = "Microsoft.OData.ODataException"
) -> DataverseError:
    """Return the refusal of a body that does not fit the table."""
    return DataverseError(
        400,
        PAYLOAD_ERROR,
        "Error identified in Payload provided by the user for Entity :"
        f"'{set_name}', For more information on this error please follow this help link "
        f"{HELP_LINK}  ---->  InnerException : {exception}: {inner}",
    )


def unknown_column(set_name: str, name: str, table: str) -> DataverseError:
    """Return the refusal of a body that names a column that there is not."""
    return payload_error(
        set_name,
        f"Invalid property '{name}' was found in entity 'Microsoft.Dynamics.CRM.{table}'. "
        "---> Microsoft.OData.ODataException: Does not support untyped value in non-open type.",
        exception="Microsoft.Crm.CrmException",
    )


def stream_unreadable(set_name: str) -> DataverseError:
    """Return the refusal of a batch's last body, where the batch's last line has no end."""
    return payload_error(set_name, "Stream was not readable.", exception="System.ArgumentException")


def no_resource(url: str) -> DataverseError:
    """Return the refusal of a function or an action that is called by the other's method."""
    return DataverseError(
        404, "", f"No HTTP resource was found that matches the request URI '{url}'."
    )


def invalid_character(field: str, character: str) -> DataverseError:
    """Return the refusal of a text with a character that no row can keep."""
    return DataverseError(
        400,
        "0x80040278",
        f"Invalid character in field '{field}': hexadecimal value 0x{ord(character):02X}, is an "
        "invalid character.",
    )


def wrong_method(method: str) -> DataverseError:
    """Return the refusal of a method that the address does not have."""
    return DataverseError(
        405, QUERY_ERROR, f"The requested resource does not support http method '{method}'."
    )


def too_many_conditions() -> DataverseError:
    """Return the refusal of a filter with more conditions than a query may have."""
    return DataverseError(
        400, "0x8004430c", "Number of conditions in query exceeded maximum limit."
    )


def unknown_property(name: str, table: str) -> DataverseError:
    """Return the refusal of a column or navigation property that a query names."""
    return query_error(
        f"Could not find a property named '{name}' on type 'Microsoft.Dynamics.CRM.{table}'."
    )


def unknown_attribute(name: str, table: str) -> DataverseError:
    """Return the refusal of a column that a query function does not find by its logical name."""
    return DataverseError(
        400,
        "0x80041103",
        f"'{table}' entity doesn't contain attribute with Name = '{name}' and"
        " NameMapping = 'Logical'.",
    )


def unknown_segment(segment: str) -> DataverseError:
    """Return the refusal of an address that leads nowhere."""
    return DataverseError(404, "0x8006088a", f"Resource not found for the segment '{segment}'.")


def row_absent(table: str, row_id: str) -> DataverseError:
    """Return the refusal of a row that is not there."""
    return DataverseError(404, "0x80040217", f"{table} With Id = {row_id} Does Not Exist")


def rows_absent(table: str, row_ids: Sequence[str]) -> DataverseError:
    """Return a bulk action's refusal of rows that are not there."""
    name = table[:1].upper() + table[1:]
    return DataverseError(404, "0x80040217", f"{name} With Ids = {', '.join(row_ids)} Do Not Exist")


def row_absent_by_key(table: str) -> DataverseError:
    """Return the refusal of an alternate key that no row has."""
    return DataverseError(
        404,
        "0x80060891",
        f"A record with the specified key values does not exist in {table} entity",
    )


def row_present() -> DataverseError:
    """Return the refusal of a row that is there already."""
    return DataverseError(412, "0x80040237", "A record with matching key values already exists.")


def duplicate_in_bulk() -> DataverseError:
    """Return a bulk action's refusal of a row that is there already."""
    return DataverseError(412, "0x80040237", "Cannot insert duplicate key.")


def version_mismatch() -> DataverseError:
    """Return the refusal of a stale `If-Match`."""
    return DataverseError(
        412,
        "0x80060882",
        "The version of the existing record doesn't match the RowVersion property provided.",
    )


def key_violated(key: str, columns: Sequence[str]) -> DataverseError:
    """Return the refusal of a row whose alternate key another row has."""
    return DataverseError(
        412,
        "0x80060892",
        f"Entity Key {key} violated. A record with the same value for {', '.join(columns)} "
        "already exists. A duplicate record cannot be created. Select one or more unique "
        "values and try again.",
    )


def key_undefined(table: str) -> DataverseError:
    """Return the refusal of an address whose key the table does not have."""
    kind = f"Microsoft.Dynamics.CRM.{table}"
    return query_error(
        f"The key in the request URI is not valid for resource '{kind}'. Ensure that the names "
        "and number of key properties match the declared or alternate key properties for the "
        f"resource '{kind}'."
    )


def key_character(character: str) -> DataverseError:
    r"""Return the refusal of a key value that cannot stand in an address.

    Source: alternate keys with one of `/ < > * % & : \ ? +` cannot be addressed.
    """
    return DataverseError(
        400,
        QUERY_ERROR,
        f"A potentially dangerous Request.Path value was detected from the client ({character}).",
    )


def referred_to(table: str, row_id: str, by: str) -> DataverseError:
    """Return the refusal to delete a row that another table's rows refer to."""
    return DataverseError(
        405,
        "0x80040227",
        f"The object you tried to delete is associated with another object and cannot be "
        f"deleted. ({table} With Id = {row_id}, referred to by {by})",
    )


def read_only(column: str) -> DataverseError:
    """Return the refusal to set a column that Dataverse sets."""
    return not_emulated(f"a value for '{column}', which Dataverse sets by itself")
