"""Every case and check for servers, in the order of the RFC.

Tests: ``tests/conformance/test_server_catalogue.py``.
"""

from __future__ import annotations

from collections.abc import Sequence

from rosterkit.conformance.case import Check, Rule
from rosterkit.conformance.catalogue import in_order
from rosterkit.conformance.server.case import ServerCase
from rosterkit.conformance.server.cases import (
    approvals,
    approvals_beforehand,
    approvals_redeemed,
    binding,
    binding_conflict,
    delivery_absent,
    delivery_bare,
    delivery_behalf,
    delivery_full,
    delivery_full_iqs,
    delivery_nobody,
    iqs,
    iqs_answers,
    logins,
    logins_refused,
    presence_changes,
    presence_changes_content,
    presence_directed,
    presence_directed_ends,
    presence_directed_limits,
    presence_ends,
    presence_inbound,
    presence_initial,
    presence_initial_own,
    presence_probes,
    presence_returns,
    presence_strangers,
    presence_syntax,
    rosters,
    rosters_refused,
    rosters_removal,
    rosters_versions,
    stanzas,
    stanzas_content,
    stanzas_errors,
    stanzas_nowhere,
    stanzas_order,
    stanzas_texts,
    states,
    streams,
    streams_bytes,
    streams_ends,
    streams_refused,
    streams_tls,
    streams_xml,
    subscriptions,
    subscriptions_crossings,
    subscriptions_ends,
    subscriptions_in,
    subscriptions_nowhere,
    subscriptions_out,
    subscriptions_refusals,
    subscriptions_requests,
    subscriptions_requests_answers,
    subscriptions_requests_kept,
)
from rosterkit.conformance.server.checks import CHECKS

__all__ = ["SERVER_CASES", "SERVER_CHECKS", "SERVER_ROWS"]

SERVER_CASES: tuple[ServerCase, ...] = tuple(
    in_order(
        (
            *approvals.CASES,
            *approvals_beforehand.CASES,
            *approvals_redeemed.CASES,
            *binding.CASES,
            *binding_conflict.CASES,
            *delivery_absent.CASES,
            *delivery_bare.CASES,
            *delivery_behalf.CASES,
            *delivery_full.CASES,
            *delivery_full_iqs.CASES,
            *delivery_nobody.CASES,
            *iqs.CASES,
            *iqs_answers.CASES,
            *logins.CASES,
            *logins_refused.CASES,
            *presence_changes.CASES,
            *presence_changes_content.CASES,
            *presence_directed.CASES,
            *presence_directed_ends.CASES,
            *presence_directed_limits.CASES,
            *presence_ends.CASES,
            *presence_inbound.CASES,
            *presence_initial.CASES,
            *presence_initial_own.CASES,
            *presence_probes.CASES,
            *presence_returns.CASES,
            *presence_strangers.CASES,
            *presence_syntax.CASES,
            *rosters.CASES,
            *rosters_refused.CASES,
            *rosters_removal.CASES,
            *rosters_versions.CASES,
            *stanzas.CASES,
            *stanzas_content.CASES,
            *stanzas_errors.CASES,
            *stanzas_nowhere.CASES,
            *stanzas_order.CASES,
            *stanzas_texts.CASES,
            *states.CASES,
            *streams.CASES,
            *streams_bytes.CASES,
            *streams_ends.CASES,
            *streams_refused.CASES,
            *streams_tls.CASES,
            *streams_xml.CASES,
            *subscriptions.CASES,
            *subscriptions_crossings.CASES,
            *subscriptions_ends.CASES,
            *subscriptions_in.CASES,
            *subscriptions_nowhere.CASES,
            *subscriptions_out.CASES,
            *subscriptions_refusals.CASES,
            *subscriptions_requests.CASES,
            *subscriptions_requests_answers.CASES,
            *subscriptions_requests_kept.CASES,
        )
    )
)
SERVER_CHECKS: tuple[Check, ...] = CHECKS
#: Every case and every check.
SERVER_ROWS: Sequence[Rule] = (*SERVER_CASES, *SERVER_CHECKS)
