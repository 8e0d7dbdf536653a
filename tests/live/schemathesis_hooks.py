"""What schemathesis is told beyond the OpenAPI file: a call of ``wait`` waits for a moment only.

It learns stanzas from the journal and asks for others like them, which never come: each such call is right, and costs
the five seconds that ``wait`` takes where nothing is said.
"""

from __future__ import annotations

from typing import Any

import schemathesis

_MOMENT = 0.05


@schemathesis.hook
def before_call(context: Any, case: Any, **kwargs: Any) -> None:
    """Shorten ``within`` where it is missing or a number; what is wrong with it stays so."""
    if case.path.endswith("/wait") and isinstance(case.body, dict):
        within = case.body.get("within", _MOMENT)
        if isinstance(within, int | float) and not isinstance(within, bool) and within > _MOMENT:
            within = _MOMENT
        case.body["within"] = within
