"""The page at `/`: files of this package, served as they are. The guard gives them their Content-Security-Policy."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from starlette.responses import FileResponse, Response
from starlette.staticfiles import StaticFiles

from ragsys.errors import RouteError
from ragsys.server.origins import WIDGET

if TYPE_CHECKING:
    from fastapi import FastAPI

__all__ = ["WEB", "add_page"]

WEB = Path(__file__).parent / "web"


def add_page(app: FastAPI) -> None:
    """Serve `web/index.html` at `/` and what lies beside it below `/web/`."""

    async def page() -> Response:
        index = WEB / "index.html"
        if not index.is_file():
            raise RouteError("this build has no page; GET /openapi.json describes the API")
        return FileResponse(index)

    async def widget() -> Response:
        return FileResponse(WEB / "widget.js")

    app.add_api_route("/", page, include_in_schema=False)
    app.add_api_route(WIDGET, widget, include_in_schema=False)
    if WEB.is_dir():
        app.mount("/web", StaticFiles(directory=WEB), name="web")
