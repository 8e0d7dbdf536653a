"""The public names of the package, for autodoc to fill in.

Tests: ``tests/pages/test_names.py``.
"""

from __future__ import annotations

import inspect
from types import ModuleType

import rosterkit

__all__ = ["page"]


def page() -> str:
    """Give a section for each name but the version, in the order of the alphabet without regard to case."""
    names = sorted((name for name in rosterkit.__all__ if not name.startswith("_")), key=str.lower)
    return "\n\n".join(f"## {name}\n\n```{{eval-rst}}\n{_directive(name)}\n```" for name in names)


def _directive(name: str) -> str:
    found = getattr(rosterkit, name)
    where = f"rosterkit.{name}"
    if isinstance(found, ModuleType):
        return f".. automodule:: {where}\n   :members:\n   :no-index:"  # Item is the name of an entry's class too
    if inspect.isclass(found):
        kind = "autoexception" if issubclass(found, BaseException) else "autoclass"
        return f".. {kind}:: {where}\n   :members:\n   :inherited-members: {_FOREIGN}"
    return f".. {'autofunction' if callable(found) else 'autodata'}:: {where}"


#: What these hold is documented elsewhere, or is none of our interface.
_FOREIGN = "object, tuple, dict, Exception, BaseException, OSError, ValueError, RuntimeError, XMPPHandler"
