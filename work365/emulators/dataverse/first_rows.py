"""The rows that an environment starts with: currencies, an organization, two users, messages."""

from work365.emulators.dataverse import seeds
from work365.emulators.dataverse.definitions import Schema, TableDefinition
from work365.emulators.dataverse.security_rows import make_administrator, plant_security
from work365.emulators.dataverse.solution_tables import SOLUTION_TABLES
from work365.emulators.dataverse.system_rows import insert_row
from work365.emulators.dataverse.system_tables import SYSTEM_TABLES
from work365.emulators.dataverse.table_rows import plant_parts
from work365.emulators.dataverse.transactions import Transaction

_CURRENCIES = (
    (seeds.BASE_CURRENCY_ID, "Euro", "EUR", "€", "1"),
    (seeds.DOLLAR_ID, "US Dollar", "USD", "$", "1.1"),
    (seeds.POUND_ID, "Pound Sterling", "GBP", "£", "0.85"),
)


def plant_first_rows(transaction: Transaction) -> None:
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
    plant_security(transaction)
    insert_row(
        transaction,
        "organization",
        organizationid=seeds.ORGANIZATION_ID,
        name=seeds.ORGANIZATION_NAME,
        basecurrencyid=seeds.BASE_CURRENCY_ID,
        languagecode=1033,
    )
    _plant_users(transaction)
    for user_id in (seeds.PERSON_ID, seeds.APPLICATION_USER_ID):
        make_administrator(transaction, user_id)
    _plant_publishers(transaction)
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
    for message, message_id in (seeds.MESSAGE_IDS | seeds.BULK_MESSAGE_IDS).items():
        insert_row(transaction, "sdkmessage", sdkmessageid=message_id, name=message)
    plant_parts(transaction, _for_people(transaction.schema))


def _for_people(schema: Schema) -> list[TableDefinition]:
    """Return the tables whose rows people write: all but those of the system's own working."""
    own = {table.name for table in (*SYSTEM_TABLES, *SOLUTION_TABLES)}
    return [table for name, table in schema.tables.items() if name not in own]


def _plant_publishers(transaction: Transaction) -> None:
    insert_row(
        transaction,
        "publisher",
        publisherid=seeds.DEFAULT_PUBLISHER_ID,
        friendlyname="Default Publisher",
        uniquename=f"DefaultPublisher{seeds.ORGANIZATION_NAME}",
        customizationprefix="new",
        customizationoptionvalueprefix=10_000,
    )
    for name, friendly_name in (("Default", "Default Solution"), ("Active", "Active Solution")):
        insert_row(
            transaction,
            "solution",
            solutionid=seeds.fixed_id(f"solution {name}"),
            uniquename=name,
            friendlyname=friendly_name,
            version="1.0",
            publisherid=seeds.DEFAULT_PUBLISHER_ID,
            isvisible=int(name == "Default"),
            installedon=transaction.now,
        )
