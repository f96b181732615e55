"""Operations that ask for global tables of the older version: there are none, since a table has no replicas."""

from eventsim import ApiError, Request, Result
from eventsim_sources.table.api.tables import Tables


def list_global_tables(tables: Tables, request: Request) -> Result:
    """List none."""
    del tables, request
    return {"GlobalTables": []}


def describe_global_table(tables: Tables, request: Request) -> Result:
    """Say that there is none of this name; so do its settings."""
    del tables
    name = request.parameters["GlobalTableName"]
    message = f"Global table not found: Global table with name: '{name}' does not exist."  # unconfirmed words
    raise ApiError("GlobalTableNotFoundException", message)
