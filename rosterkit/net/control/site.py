"""The HTTP side of the control API: who may call, JSON in and out, streams of events; nothing is decided here.

A call with an Origin or a Host that is not this server's own is refused, so that no web page can drive a server on
the machine of its reader.  With a token every call must show it, and the server may then have any name.

Tests: ``tests/net/control/test_site.py``.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeAlias
from urllib.parse import unquote, urlsplit

from twisted.internet.defer import CancelledError, Deferred, ensureDeferred, maybeDeferred
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.web.http import Request as HttpRequest
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET, Request, Site

from rosterkit.errors import ContactError, JidError, ScriptError, StoreError
from rosterkit.net.control.call import Answer, Call, Text
from rosterkit.net.control.page import Page, Pages
from rosterkit.net.control.refusal import Refusal, of_script

__all__ = ["MOST_BODY_BYTES", "ControlSite", "Routes"]

_log = Logger()

#: A longer body is refused with 413.
MOST_BODY_BYTES = 32 * 1024 * 1024
_LONGEST_BODY = f"at most {MOST_BODY_BYTES} bytes"
#: Where a network's own path ends.
_NETWORK = ("v1", "networks", "{network}")
_DEPTH = len(_NETWORK)

#: A handler gives an answer, a text, or a function that takes over the request (a stream of events).
Handler: TypeAlias = Callable[[Call], Any]


class Remember(Protocol):
    """Whoever keeps what was called: see :class:`~rosterkit.net.control.called.Remembering`."""

    def begin(self, name: str) -> Any:
        """A call that changes the network ``name`` begins; None where nothing is kept of it."""

    def end(self, begun: Any, method: str, parts: list[str], body: Any) -> None:
        """It has succeeded; ``begun`` is what its beginning gave."""


class Routes:
    """Handlers by method and path; a part of a path in braces is variable.

    ``remember`` is told of every call below a network that changes it.
    """

    def __init__(self, remember: Remember | None = None) -> None:
        self._remember = remember
        self._routes: dict[int, list[tuple[tuple[str, ...], dict[str, Handler]]]] = {}
        self._changing: set[Handler] = set()

    def add(self, method: str, path: str, handler: Handler, changes: bool = True) -> None:
        """Let ``handler`` answer.

        Below a network every method but GET is taken for a change, unless ``changes`` is false; the handler of a
        change answers at once.
        """
        parts = tuple(path.strip("/").split("/"))
        if changes and method != "GET" and parts[:_DEPTH] == _NETWORK and len(parts) > _DEPTH:
            self._changing.add(handler)
        known = self._routes.setdefault(len(parts), [])
        for template, handlers in known:
            if template == parts:
                handlers[method] = handler
                return
        known.append((parts, {method: handler}))

    def all(self) -> list[tuple[str, str]]:
        """Every method and path."""
        found = [(method, "/" + "/".join(t)) for ts in self._routes.values() for t, hs in ts for method in hs]
        return sorted(found)

    def call(self, method: str, path: str, body: Any, query: Mapping[str, str] | None = None) -> Any:
        """What the handler gives for one call, an awaitable for some; ``path`` is percent-encoded.

        Raises :class:`Refusal`, and what reading its JSON raises.
        """
        parts = [_unquoted(part) for part in path.strip("/").split("/")]
        handler, variable = self.find(method, parts)
        remember = self._remember if handler in self._changing else None
        begun = remember.begin(variable["network"]) if remember is not None else None
        answer = handler(Call(variable, query or {}, body))
        if remember is not None and begun is not None:
            remember.end(begun, method, parts[_DEPTH:], body)
        return answer

    def find(self, method: str, parts: list[str]) -> tuple[Handler, dict[str, str]]:
        """The handler and the variable parts; :class:`Refusal` 404 or 405."""
        for template, handlers in self._routes.get(len(parts), ()):
            variable = _match(template, parts)
            if variable is not None:
                if method not in handlers:
                    raise Refusal(405, method, "is no method of this path", ", ".join(sorted(handlers)))
                return handlers[method], variable
        raise Refusal(404, "/" + "/".join(parts)[:200], "is no path of this API", "see /v1/openapi.json")


def _match(template: tuple[str, ...], parts: list[str]) -> dict[str, str] | None:
    variable = {}
    for name, part in zip(template, parts, strict=True):
        if name.startswith("{"):
            variable[name[1:-1]] = part
        elif name != part:
            return None
    return variable


class _BoundedRequest(Request):
    """A request whose body is refused while it comes, where it is too long."""

    _received = 0
    _refused = False

    def gotLength(self, length: int | None) -> None:
        """Twisted knows how long the body will be, or that nobody knows."""
        super().gotLength(length)  # type: ignore[no-untyped-call]
        if length is not None and length > MOST_BODY_BYTES:
            self._refuse()

    def handleContentChunk(self, data: bytes) -> None:
        """Twisted has a piece of it."""
        self._received += len(data)
        if self._received <= MOST_BODY_BYTES:
            super().handleContentChunk(data)  # type: ignore[no-untyped-call]
        else:
            self._refuse()

    def _refuse(self) -> None:
        channel: Any = self.channel
        if channel is not None and not self._refused:
            self._refused = True
            body = json.dumps({"error": Refusal(413, "the body", "is too long", _LONGEST_BODY).body}).encode()
            head = f"HTTP/1.1 413 Too long\r\nConnection: close\r\nContent-Length: {len(body)}\r\n"
            channel.transport.write(head.encode() + b"Content-Type: application/json\r\n\r\n" + body)
            channel.loseConnection()


class ControlSite(Site):
    """The site; ``token`` is None where whoever reaches the port may call."""

    noisy = False

    def __init__(self, routes: Routes, pages: Pages, token: str | None) -> None:
        leaf = _Leaf(routes, pages, token)
        super().__init__(leaf, requestFactory=_BoundedRequest, timeout=None)  # type: ignore[no-untyped-call]
        self.displayTracebacks = False

    def log(self, request: HttpRequest) -> None:
        """No line for each request: the journal has what happened."""


class _Leaf(Resource):
    isLeaf = True

    def __init__(self, routes: Routes, pages: Pages, token: str | None) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._routes = routes
        self._pages = pages
        self._token = token

    def render(self, request: Request) -> Any:
        """Twisted has a request."""
        called: Deferred[Any] = maybeDeferred(self._call, request)
        gone: list[Failure] = []

        def left(why: Failure) -> None:
            gone.append(why)
            called.cancel()

        request.notifyFinish().addErrback(left)
        called.addErrback(_refused)
        called.addCallback(lambda answer: None if gone else _answer(request, answer))
        called.addErrback(lambda failure: _log.failure("An answer could not be written", failure))
        return NOT_DONE_YET

    def _call(self, request: Request) -> Any:
        _check_site(request, any_name=self._token is not None)
        method, path = request.method.decode("latin-1"), request.path.decode("latin-1")
        page = self._pages.find(path) if method in ("GET", "HEAD") else None
        if page is not None:  # what everybody may read: the page asks for the token itself
            return page
        self._check_token(request)
        answer = self._routes.call(method, path, _body(request), _query(request))
        return ensureDeferred(answer) if hasattr(answer, "__await__") and not isinstance(answer, Deferred) else answer

    def _check_token(self, request: Request) -> None:
        if self._token is None:
            return
        shown = (request.getHeader("authorization") or "").removeprefix("Bearer ")
        if not hmac.compare_digest(shown.encode(), self._token.encode()):
            raise Refusal(401, "Authorization", "is missing or wrong", "Bearer and the token of this server")


def _check_site(request: Request, any_name: bool) -> None:
    """Refuse what a page of another site has sent, and a name that somebody else may have bound to our address."""
    host = request.getHeader("host") or ""
    name = urlsplit(f"//{host}").hostname if _is_plain(host) else None
    own = str(request.getHost().host)
    if not any_name and name not in ("localhost", "127.0.0.1", "::1", own):
        raise Refusal(403, "Host", f"is {host!r:.80}", "localhost, or the address that was connected to")
    origin = request.getHeader("origin")
    if origin is not None and urlsplit(origin if _is_plain(origin) else "").netloc != host:
        raise Refusal(403, "Origin", f"is {origin!r:.80}", "no other site than this one")


def _is_plain(text: str) -> bool:
    return text.isascii() and text.isprintable() and "[" not in text.replace("[::1]", "", 1)


def _unquoted(part: str) -> str:
    try:
        return unquote(part, errors="strict")
    except UnicodeDecodeError as error:
        raise Refusal(400, "the path", "is not UTF-8", "percent-encoded UTF-8") from error


def _query(request: Request) -> Mapping[str, str]:
    query = {}
    for name, values in (request.args or {}).items():
        try:
            query[name.decode()] = values[-1].decode()
        except UnicodeDecodeError as error:
            raise Refusal(400, "the query", "is not UTF-8", "percent-encoded UTF-8") from error
    return query


def _body(request: Request) -> Any:
    raw = request.content.read() if request.content is not None else b""
    if not raw:
        return None
    kind = (request.getHeader("content-type") or "application/json").partition(";")[0].strip().lower()
    if kind != "application/json":  # which a page of another site cannot send without asking first
        raise Refusal(415, "Content-Type", f"is {kind!r:.60}", "application/json")
    try:
        return json.loads(raw, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise Refusal(400, "the body", f"is no JSON ({str(error)[:80]})", "one JSON object in UTF-8") from error


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")


def _refused(failure: Failure) -> Answer:
    error = failure.value
    if isinstance(error, ScriptError):
        error = of_script(error)
    elif isinstance(error, JidError):
        error = Refusal(400, "a JID", f"is refused: {str(error).rstrip('.')}", "name@domain")
    elif isinstance(error, ContactError | StoreError):
        error = Refusal(409, "the network", f"cannot do that: {str(error).rstrip('.')}", "")
    if isinstance(error, CancelledError):
        error = Refusal(400, "the request", "was given up", "")
    if isinstance(error, Refusal):
        return Answer(error.status, {"error": error.body})
    _log.failure("A call of the control API failed by a mistake of rosterkit.", failure)
    sentence = "rosterkit itself has failed; its log says where. Please report it."
    return Answer(500, {"error": {"key": "", "problem": "failed", "expected": "", "sentence": sentence}})


def _answer(request: Request, answer: Any) -> None:
    request.setHeader("cache-control", "no-store")
    request.setHeader("x-content-type-options", "nosniff")
    if callable(answer):
        answer(request)
        return
    if isinstance(answer, Page):
        for name, value in answer.headers.items():
            request.setHeader(name, value)
        data, kind = answer.body, answer.kind
    elif isinstance(answer, Text):
        data, kind = answer.body.encode("utf-8", "replace"), answer.kind
        if answer.name is not None:
            request.setHeader("content-disposition", f'attachment; filename="{answer.name}"')
    else:
        request.setResponseCode(answer.status)
        kind = "application/json"
        data = b"" if answer.body is None else json.dumps(answer.body, ensure_ascii=False).encode("utf-8", "replace")
    if data:
        request.setHeader("content-type", kind)
    request.setHeader("content-length", str(len(data)))
    request.write(data)
    request.finish()
