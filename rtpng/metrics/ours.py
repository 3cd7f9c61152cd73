"""What rtpng tells beyond rtpengine: its kernel path, learning, legs and event loop."""

from collections.abc import Iterator, Sequence

from rtpng.engine import Engine
from rtpng.insight import Insight, Learned, Refusal, Trouble
from rtpng.interfaces import Interface
from rtpng.metrics.family import Distribution, Family, Type, single


def families(engine: Engine, interfaces: Sequence[Interface]) -> Iterator[Family | Distribution]:
    insight = engine.insight
    yield single("rtpng_kernel_active", "gauge", "Whether there is kernel forwarding", int(engine.offload.table.active))
    forwarded = sum(not flow.through for flow in engine.offload.table.installed)
    yield single("rtpng_kernel_flows", "gauge", "Flows that the kernel forwards", forwarded)
    yield _counted("kernel_refusals", "reason", "Flows that the kernel did not take", insight, Refusal)
    yield _counted("learning", "outcome", "Packets of unproven sources, by what became of them", insight, Learned)
    yield _counted("leg_failures", "reason", "Legs without keys or without a path", insight, Trouble)
    yield _pool(engine, interfaces)
    yield from _recordings(engine)
    yield Distribution("rtpng_dtls_handshake_seconds", "From the agreement on roles to keys", insight.handshakes)
    yield Distribution("rtpng_loop_lag_seconds", "How late the event loop comes to what is due", insight.lag)


def _counted(
    name: str, label: str, text: str, insight: Insight, words: type[Refusal] | type[Learned] | type[Trouble]
) -> Family:
    """A counter for every word, those that have not come up too."""
    values = tuple(({label: word.value}, float(insight.counts[word])) for word in words)
    kind: Type = "counter"
    return Family(f"rtpng_{name}_total", kind, text, values)


def _recordings(engine: Engine) -> Iterator[Family]:
    counts = engine.recordings.counts
    yield single("rtpng_recordings", "gauge", "Calls that are recorded", len(engine.recordings))
    yield single("rtpng_recordings_started_total", "counter", "Recordings that have begun", counts.started)
    failed = "Recordings that ended because their files could not be written"
    yield single("rtpng_recordings_failed_total", "counter", failed, counts.failed)
    outcomes = (("taken", counts.packets_taken), ("dropped", counts.packets_dropped))
    values = tuple(({"outcome": outcome}, float(packets)) for outcome, packets in outcomes)
    text = "Packets for recordings: taken to be written, or dropped because the disk lags behind"
    yield Family("rtpng_recording_packets_total", "counter", text, values)


def _pool(engine: Engine, interfaces: Sequence[Interface]) -> Family:
    values = []
    for interface in interfaces:
        usage = engine.ports.usage(interface)
        labels = {"name": interface.name, "address": interface.address}
        values.append((labels, usage.used / max(1, usage.total)))
    return Family("rtpng_port_pool_used_ratio", "gauge", "Share of media ports in use, from 0 to 1", tuple(values))
