"""Every mutant of our own server, in the order of the rules.

Tests: ``tests/conformance/test_server_matrix.py``.
"""

from __future__ import annotations

from rosterkit.conformance.server.mutant import Mutant
from rosterkit.conformance.server.mutants import (
    approvals,
    binding,
    checks,
    delivery,
    delivery_absent,
    delivery_others,
    iqs,
    logins,
    presence,
    presence_changes,
    presence_directed,
    presence_probes,
    presence_syntax,
    rosters,
    rosters_versions,
    stanzas,
    stanzas_content,
    stanzas_errors,
    states,
    streams,
    streams_xml,
    subscriptions,
    subscriptions_ends,
    subscriptions_notices,
    subscriptions_requests,
)

__all__ = ["MUTANTS"]

MUTANTS: tuple[Mutant, ...] = (
    *approvals.MUTANTS,
    *binding.MUTANTS,
    *checks.MUTANTS,
    *delivery.MUTANTS,
    *delivery_absent.MUTANTS,
    *delivery_others.MUTANTS,
    *iqs.MUTANTS,
    *logins.MUTANTS,
    *presence.MUTANTS,
    *presence_changes.MUTANTS,
    *presence_directed.MUTANTS,
    *presence_probes.MUTANTS,
    *presence_syntax.MUTANTS,
    *rosters.MUTANTS,
    *rosters_versions.MUTANTS,
    *stanzas.MUTANTS,
    *stanzas_content.MUTANTS,
    *stanzas_errors.MUTANTS,
    *states.MUTANTS,
    *streams.MUTANTS,
    *streams_xml.MUTANTS,
    *subscriptions.MUTANTS,
    *subscriptions_ends.MUTANTS,
    *subscriptions_notices.MUTANTS,
    *subscriptions_requests.MUTANTS,
)
