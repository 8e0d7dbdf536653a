"""What schemathesis is told beyond the OpenAPI file: a call of ``wait`` waits for a moment only.

It learns stanzas from the journal and asks for others like them, which never come: each such call is right, and costs
the five seconds that ``wait`` takes where nothing is said.
"""

from __future__ import annotations

from typing import Any

import schemathesis

#: The most seconds that the control API takes anywhere (``rosterkit.core.fields``, which is not installed here).
LONGEST = 1_000_000
_MOMENT = 0.05


@schemathesis.hook
def before_call(context: Any, case: Any, **kwargs: Any) -> None:
    """Shorten ``within`` where it is missing or a number that may be; what is wrong with it stays so."""
    if case.path.endswith("/wait") and isinstance(case.body, dict):
        within = case.body.get("within", 5.0)
        if isinstance(within, int | float) and not isinstance(within, bool) and _MOMENT < within <= LONGEST:
            case.body["within"] = _MOMENT
