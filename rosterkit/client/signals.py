"""Signals: the object fires one, listeners hear of it in the order in which they were connected.

What a listener does costs the others nothing: one that raises is logged and stays, one that is connected during an
emission misses it, one that is disconnected before its turn is not called.  Firing within a listener is allowed.

Tests: ``tests/client/test_signals.py``.
"""

from __future__ import annotations

import enum
import inspect
import weakref
from collections.abc import Callable
from typing import Any, ClassVar, Generic, Never, ParamSpec, Self, overload

from twisted.internet.defer import Deferred, ensureDeferred
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.python.reflect import safe_repr

__all__ = ["BoundSignal", "Mode", "Signal", "Token"]

_log = Logger()
P = ParamSpec("P")


class Mode(enum.Enum):
    """How a listener is held."""

    #: Until it is disconnected.
    STRONG = "strong"
    #: As long as somebody else holds it: the object of a bound method, or the callable itself.
    WEAK = "weak"
    #: For one emission: it is disconnected, then called.
    ONCE = "once"


class Token:
    """One connection of a listener; good for :meth:`BoundSignal.disconnect` and nothing else."""

    __slots__ = ("__weakref__", "listener", "mode")

    #: Gives the listener, or None where it is dead.
    listener: Callable[[], Callable[..., object] | None]

    def __init__(self, mode: Mode) -> None:
        self.mode = mode


class BoundSignal(Generic[P]):
    """The signal of one object, or one that stands alone: ``BoundSignal[[Item, str]]("on_moved")``.

    ``P`` are the arguments that listeners get; ``name`` is what the log calls it.  It can be a listener itself:
    connected to another signal it passes emissions on.  Used by one thread.
    """

    def __init__(self, name: str = "a signal") -> None:
        self._name = name
        self._connected: dict[Token, None] = {}

    def connect(self, listener: Callable[P, object], mode: Mode = Mode.STRONG) -> Token:
        """Call ``listener`` at each emission from the next one on; the token disconnects it.

        The same listener twice is called twice.  What a listener returns matters: a true value disconnects it, as in
        aioxmpp; a coroutine is run and a Deferred is watched, which logs their failures and ignores their results.
        With ``Mode.WEAK`` a lambda that nobody else holds is gone at once.  TypeError for what cannot be called, or
        not be held weakly.
        """
        if not callable(listener):
            raise TypeError(f"{safe_repr(listener)} cannot be called; connect a function or a method.")
        token = Token(mode)
        token.listener = self._weakly(listener, token) if mode is Mode.WEAK else lambda: listener
        self._connected[token] = None
        return token

    def disconnect(self, token: object) -> None:
        """Never call that listener again, not even in an emission that is under way; an unknown token is a no-op."""
        if isinstance(token, Token):
            self._connected.pop(token, None)

    def fire(self, *args: P.args, **kwargs: P.kwargs) -> None:
        """Call every listener in the order of connection.  Nothing is raised but what is no :class:`Exception`."""
        for token in list(self._connected):
            listener = token.listener() if token in self._connected else None
            if listener is None:  # disconnected since the start, or dead
                continue
            if token.mode is Mode.ONCE:
                self.disconnect(token)
            try:
                self._take(token, listener, listener(*args, **kwargs))
            except Exception:  # noqa: BLE001  # the listener is the application's own, and the others have to run
                self._complain(listener)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> None:
        """The same as :meth:`fire`."""
        self.fire(*args, **kwargs)

    def next(self) -> Deferred[Any]:
        """Fire at the next emission: with None, with its argument, or with a tuple of its arguments.

        Values of keyword arguments follow the others.  It has its turn like any listener; cancelling it disconnects.
        """

        def take(*args: Any, **kwargs: Any) -> None:
            values = (*args, *kwargs.values())
            deferred.callback(values if len(values) > 1 else values[0] if values else None)

        deferred: Deferred[Any] = Deferred(lambda _: self.disconnect(token))
        token = self.connect(take, Mode.ONCE)
        return deferred

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._name}: {len(self._connected)} connected>"

    def _weakly(self, listener: Callable[P, object], token: Token) -> Callable[[], Callable[..., object] | None]:
        """A weak reference that disconnects when it dies; it keeps neither the signal nor the token."""
        signal, connection = weakref.ref(self), weakref.ref(token)

        def drop(_dead: object) -> None:
            here = signal()
            if here is not None:
                here.disconnect(connection())

        try:
            if inspect.ismethod(listener):
                return weakref.WeakMethod(listener, drop)
            return weakref.ref(listener, drop)
        except TypeError as error:
            raise TypeError(f"{_name_of(listener)} cannot be held weakly; connect it with another mode.") from error

    def _take(self, token: Token, listener: Callable[..., object], result: object) -> None:
        """Do what the result of a listener asks for."""
        if inspect.iscoroutine(result):
            result = ensureDeferred(result)
        if isinstance(result, Deferred):
            result.addErrback(lambda failure: self._complain(listener, failure))
        elif result:
            self.disconnect(token)

    def _complain(self, listener: Callable[..., object], failure: Failure | None = None) -> None:
        """Log a failure, or the exception that is being handled, with its traceback."""
        _log.failure(
            "The listener {listener} of {signal} failed.",
            failure,
            listener=_name_of(listener),
            signal=self._name,
        )


class Signal(Generic[P]):
    """A signal as an attribute of a class: ``on_moved = Signal[[Item, str]]()``.

    Each instance has its own :class:`BoundSignal`, always the same one, which cannot be assigned to or deleted
    (AttributeError).  The class itself gives this descriptor.  Instances need a ``__dict__``; a shallow copy of one
    shares its signals.
    """

    STRONG: ClassVar = Mode.STRONG
    WEAK: ClassVar = Mode.WEAK
    ONCE: ClassVar = Mode.ONCE

    def __init__(self) -> None:
        self._key = f"signal {id(self):x}"  # where it is put into a class that is there already
        self._name = "a signal"

    def __set_name__(self, owner: type, name: str) -> None:
        self._key = name
        self._name = f"{owner.__qualname__}.{name}"

    @overload
    def __get__(self, instance: None, owner: type | None = None) -> Self: ...

    @overload
    def __get__(self, instance: object, owner: type | None = None) -> BoundSignal[P]: ...

    def __get__(self, instance: object | None, owner: type | None = None) -> Self | BoundSignal[P]:
        """The signal of ``instance``, made when it is first asked for."""
        if instance is None:
            return self
        kept = vars(instance)
        bound: BoundSignal[P] | None = kept.get(self._key)
        if bound is None:
            bound = kept[self._key] = BoundSignal(self._name)
        return bound

    def __set__(self, instance: object, value: Never) -> None:
        """AttributeError: connect a listener instead."""
        raise AttributeError(f"{self._name} cannot be assigned to; connect a listener to it.")

    def __delete__(self, instance: object) -> None:
        """AttributeError: disconnect the listeners instead."""
        raise AttributeError(f"{self._name} cannot be deleted; disconnect its listeners.")


def _name_of(listener: Callable[..., object]) -> str:
    """What a person recognises a listener by."""
    name = getattr(listener, "__qualname__", None)
    return f"{getattr(listener, '__module__', None)}.{name}" if name else safe_repr(listener)
