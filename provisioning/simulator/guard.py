"""Who may speak to the simulator: this machine's own page and programs, in capped bodies."""

from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})
SMALL: Final = 64 << 10
LIMITS: Final = {
    "/api/camera": 64 << 20,
    "/api/camera/frame": 4 << 20,
    "/api/holders": 7 << 20,
}
"""Largest request body in bytes, by path; SMALL for all others."""

HEADERS: Final = {
    # No other site may embed, read or frame this page, and it loads nothing from elsewhere.
    b"content-security-policy": b"default-src 'self'; img-src 'self' blob: data:; media-src blob:; "
    b"frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    b"cross-origin-resource-policy": b"same-origin",
    b"x-content-type-options": b"nosniff",
    b"referrer-policy": b"no-referrer",
    b"cache-control": b"no-store",
}


class TooLarge(Exception):
    """The body is above the path's limit; the message names it."""


class Guard:
    """Around the app: it can open a (simulated) door, so no web page elsewhere may work it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        complaint = complaint_about(scope["path"], Headers(scope=scope))
        if complaint:
            await JSONResponse({"error": complaint}, status_code=403)(scope, receive, send)
            return
        limit = LIMITS.get(scope["path"], SMALL)
        await self._app(scope, _limited(receive, limit), _with_headers(send))


def complaint_about(path: str, headers: Headers) -> str:
    """Why this request is not served; empty when it is.

    A name that resolves to loopback does not make a request local (DNS rebinding): the Host must
    be a loopback name. Another site's form or script says so in Origin or Sec-Fetch-Site.
    """
    host = headers.get("host", "")
    if _hostname(host) not in LOOPBACK:
        return f"Host: {host!r} is not this machine; open http://127.0.0.1 with the port shown"
    origin = headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != host:
        return f"Origin: {origin!r} is another site; use the page at http://{host}/"
    if path.startswith("/api/") and headers.get("sec-fetch-site") in ("cross-site", "same-site"):
        return f"Sec-Fetch-Site: another site asks; use the page at http://{host}/"
    return ""


def _hostname(host: str) -> str:
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def _limited(receive: Receive, limit: int) -> Receive:
    taken = 0

    async def receive_limited() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > limit:
            raise TooLarge(f"body: more than {limit} bytes; send something smaller")
        return message

    return receive_limited


def _with_headers(send: Send) -> Send:
    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            present = {name for name, _ in message["headers"]}
            more = [(name, value) for name, value in HEADERS.items() if name not in present]
            message = {**message, "headers": [*message["headers"], *more]}
        await send(message)

    return send_with_headers
