"""What becomes of media whose source is not the trusted one: the rules of learning, applied to the calls."""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from rtpng.calls import keys, learn
from rtpng.calls.hearing import judge_untrusted
from rtpng.calls.learn import Latch
from rtpng.calls.model import Call
from rtpng.calls.registry import Owner, Registry
from rtpng.insight import Insight, Learned
from rtpng.media.relay import Verdict
from rtpng.said import OncePerCall
from rtpng.timeline import Kind
from sipcore.address import Address

_LEARNED = {Verdict.FORWARD: Learned.FORWARDED, Verdict.HOLD: Learned.HELD, Verdict.FOREIGN: Learned.FOREIGN}


@dataclass(frozen=True, slots=True)
class Judgement:
    """``allows``: whether ICE has proven a source at a port of ours. ``heard``: when the peer behind a port was last
    heard, monotonic; the kernel has to be asked for it. ``any_source``: whether the operator lets everybody speak.
    """

    calls: Registry
    said: OncePerCall
    allows: Callable[[Address, Address], bool]
    heard: Callable[[Owner], float]
    reconcile: Callable[[Call], None]
    any_source: Callable[[], bool]
    insight: Insight

    def __call__(self, local: Address, source: Address, data: bytes, now: float) -> Verdict:
        """May change the call, and so the plan."""
        owner = self.calls.owner(local)
        if owner is None:
            return Verdict.FOREIGN
        if owner.stream.ice is not None:
            verdict = Verdict.FORWARD if self.allows(local, source) else Verdict.FOREIGN
        else:
            verdict = self._learn(owner, local, source, data, now)
        self.insight.counts[_LEARNED[verdict]] += 1
        if verdict is Verdict.FOREIGN:
            text = "Dropping media from %s on port %d: it is not the peer's address (further ones are only counted)"
            self.said.warn(owner.call.call_id, "foreign", text, source, local.port)
        return verdict

    def _learn(self, owner: Owner, local: Address, source: Address, data: bytes, now: float) -> Verdict:
        endpoint = owner.endpoint
        endpoint.latch = self._informed(owner, source)
        authentic = keys.authenticates(owner.stream, keys.RTP)
        decision = judge_untrusted(owner, source, data, now, authentic=authentic)
        moved = decision.latch.remote != endpoint.latch.remote
        endpoint.latch = decision.latch
        if moved:
            text, trust = "Confirmed peer address as %s on port %d (%s)", decision.latch.trust.name
            timelines = self.said.timelines
            timelines.say(owner.call.call_id, Kind.PEER, logging.INFO, text, source, local.port, trust)
            self.insight.counts[Learned.CONFIRMED] += 1
            self.reconcile(owner.call)
        return Verdict.FORWARD if self.any_source() else decision.verdict

    def _informed(self, owner: Owner, source: Address) -> Latch:
        """The latch with the time when the locked peer was last heard: its packets pass the judge by.

        Looked up only for a source that is believed more than the lock.
        """
        latch = owner.endpoint.latch
        if latch.remote is None or learn.trust_in(latch, source) <= latch.trust:
            return latch
        return latch._replace(last_known=max(self.heard(owner), latch.last_known or 0.0))
