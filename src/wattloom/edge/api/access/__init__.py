"""Who may do what over HTTP? `guarded(app, access)` puts a guard before every door of an application.

app = FastAPI(…)                       # every route with an operation_id
guarded(app, access)                   # last: adds /sign-in, /tokens, /accounts, /audit.json; refuses to start where
                                       # an operation has no rule in rules.toml, or a rule no operation
request.state.principal                # in a handler: Principal(name, tenant, roles, zones, scopes, via), or None
request.state.subject = "job 5b0c…"    # for the audit log, in place of the path
request.state.approval = "policy: …"   # by whom a command was approved
"""

from wattloom.edge.api.access.access import Access, guarded
from wattloom.edge.api.access.settings import AccessSettings, OidcSettings
from wattloom.edge.api.access.told import access_told

__all__ = ["Access", "AccessSettings", "OidcSettings", "access_told", "guarded"]
