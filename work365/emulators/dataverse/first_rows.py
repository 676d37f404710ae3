"""The rows that an environment starts with: currencies, an organization, two users, messages."""

from work365.emulators.dataverse import seeds
from work365.emulators.dataverse.definitions import Schema, TableDefinition
from work365.emulators.dataverse.system_rows import insert_row
from work365.emulators.dataverse.transactions import Transaction

_CURRENCIES = (
    (seeds.BASE_CURRENCY_ID, "Euro", "EUR", "€", "1"),
    (seeds.DOLLAR_ID, "US Dollar", "USD", "$", "1.1"),
    (seeds.POUND_ID, "Pound Sterling", "GBP", "£", "0.85"),
)


def plant(transaction: Transaction) -> None:
    """Insert the first rows of an empty environment."""
    for currency_id, name, code, symbol, rate in _CURRENCIES:
        insert_row(
            transaction,
            "transactioncurrency",
            transactioncurrencyid=currency_id,
            currencyname=name,
            isocurrencycode=code,
            currencysymbol=symbol,
            currencyprecision=2,
            exchangerate=rate,
        )
    insert_row(transaction, "businessunit", businessunitid=seeds.BUSINESS_UNIT_ID, name="Work 365")
    insert_row(
        transaction,
        "organization",
        organizationid=seeds.ORGANIZATION_ID,
        name=seeds.ORGANIZATION_NAME,
        basecurrencyid=seeds.BASE_CURRENCY_ID,
        languagecode=1033,
    )
    _plant_users(transaction)
    _plant_messages(transaction)


def _plant_users(transaction: Transaction) -> None:
    insert_row(
        transaction,
        "systemuser",
        systemuserid=seeds.PERSON_ID,
        fullname="Robin Person",
        domainname="robin@partner.example",
        internalemailaddress="robin@partner.example",
        azureactivedirectoryobjectid=seeds.PERSON_OBJECT_ID,
        businessunitid=seeds.BUSINESS_UNIT_ID,
        isdisabled=0,
    )
    insert_row(
        transaction,
        "systemuser",
        systemuserid=seeds.APPLICATION_USER_ID,
        fullname="# Work 365",
        applicationid=seeds.APPLICATION_ID,
        azureactivedirectoryobjectid=seeds.APPLICATION_OBJECT_ID,
        businessunitid=seeds.BUSINESS_UNIT_ID,
        isdisabled=0,
    )


def _plant_messages(transaction: Transaction) -> None:
    for message, message_id in seeds.MESSAGE_IDS.items():
        insert_row(transaction, "sdkmessage", sdkmessageid=message_id, name=message)
    for message in seeds.RINGING:
        for table in _ours(transaction.schema):
            insert_row(
                transaction,
                "sdkmessagefilter",
                sdkmessagefilterid=seeds.fixed_id(f"filter {message} {table.name}"),
                sdkmessageid=seeds.MESSAGE_IDS[message],
                primaryobjecttypecode=table.name,
                secondaryobjecttypecode="none",
                iscustomprocessingstepallowed=1,
            )


def _ours(schema: Schema) -> list[TableDefinition]:
    """Return the tables whose rows can ring: all but the system's own."""
    return [table for table in schema.tables.values() if table.keys or table.custom]
