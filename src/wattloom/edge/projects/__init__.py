"""The door through which a project file enters: read, check, schema, starting file, table of keys.

Example:
    >>> from pathlib import Path
    >>> check(Path("no-such-project.yaml"), territories=())[0].found
    'no such file or directory'
"""

from wattloom.edge.projects.bids import read_bids, read_prices_of
from wattloom.edge.projects.certificates import read_certificates
from wattloom.edge.projects.dispatch import read_dispatch, read_forecasts_of
from wattloom.edge.projects.forecast import read_forecast
from wattloom.edge.projects.matching import read_match
from wattloom.edge.projects.pool import read_pool
from wattloom.edge.projects.reading import check, read
from wattloom.edge.projects.reference import reference, reference_of
from wattloom.edge.projects.schema import schema, schema_of
from wattloom.edge.projects.settle import read_settle
from wattloom.edge.projects.sorts import PLAN, SORTS, sort_of
from wattloom.edge.projects.template import Language, template, write_new
from wattloom.edge.projects.value import read_value
from wattloom.edge.projects.within import files_within

__all__ = [
    "PLAN",
    "SORTS",
    "Language",
    "check",
    "files_within",
    "read",
    "read_bids",
    "read_certificates",
    "read_dispatch",
    "read_forecast",
    "read_forecasts_of",
    "read_match",
    "read_pool",
    "read_prices_of",
    "read_settle",
    "read_value",
    "reference",
    "reference_of",
    "schema",
    "schema_of",
    "sort_of",
    "template",
    "write_new",
]
