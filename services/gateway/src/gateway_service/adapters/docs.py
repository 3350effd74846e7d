"""The OpenAPI document, and Swagger UI to read it with; no page is loaded from elsewhere."""

from importlib.metadata import files
from importlib.resources import files as resources
from pathlib import Path

from gateway_service.domain.model import DocsFile
from gateway_service.ports import DOCS_PAGE, OPENAPI
from meshkit.errors import NotFound

_HTML, _CSS, _SCRIPT, _JSON = (
    "text/html; charset=utf-8",
    "text/css",
    "text/javascript; charset=utf-8",
    "application/json",
)
_SWAGGER_UI = "flask-swagger-ui"  # the distribution whose files are read; its code is not imported

_PAGE = b"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Hiremesh API</title>
<link rel="stylesheet" href="/docs/swagger-ui.css">
</head>
<body>
<div id="ui"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
"""
_START = b'SwaggerUIBundle({url: "/openapi.json", dom_id: "#ui", persistAuthorization: true});\n'


class PackagedDocs:
    """The real `DocsFiles`; read once, at start."""

    def __init__(self) -> None:
        self._files = {
            OPENAPI: DocsFile(_JSON, (resources("hiremesh") / OPENAPI).read_bytes()),
            DOCS_PAGE: DocsFile(_HTML, _PAGE),
            "start.js": DocsFile(_SCRIPT, _START),
            "swagger-ui.css": DocsFile(_CSS, _swagger_ui("swagger-ui.css")),
            "swagger-ui-bundle.js": DocsFile(_SCRIPT, _swagger_ui("swagger-ui-bundle.js")),
        }

    def get(self, name: str) -> DocsFile:
        """See the port."""
        if name not in self._files:
            raise NotFound(resource="Page")
        return self._files[name]


def _swagger_ui(name: str) -> bytes:
    path = next(file for file in files(_SWAGGER_UI) or () if file.parts[-2:] == ("dist", name))
    return Path(str(path.locate())).read_bytes()
