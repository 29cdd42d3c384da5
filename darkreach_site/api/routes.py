"""The API put together."""

from __future__ import annotations

import darkreach
from darkreach_site.api import numbers, problems, searching
from darkreach_site.api.document import PublicAPI
from darkreach_site.api.door import door
from darkreach_site.pages.kept import kept

DESCRIPTION = """\
Everything that the pages of this site show, for programs. Lists come in pages: pass
`next` of one as `cursor` to get the one after it. Answers have an ETag and may be kept
for a few seconds. Errors are `application/problem+json`.
"""

api = PublicAPI(
    title="darkreach",
    version=darkreach.__version__,
    description=DESCRIPTION,
    docs_url=None,  # its pages load scripts from elsewhere
    docs_decorator=kept(60),
    urls_namespace="api",
)
problems.install(api)
api.add_decorator(door, mode="view")
api.add_router("", numbers.router)
api.add_router("", searching.router)
