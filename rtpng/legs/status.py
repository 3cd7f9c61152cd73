"""What is told of a leg: how far ICE and DTLS are, and what keeps them."""

from typing import Any

from rtpng.legs.leg import Leg


def status(leg: Leg) -> dict[str, Any]:
    """For query: ``ICE``, ``DTLS`` by component, and the ``obstacle``, each only where there is one."""
    told: dict[str, Any] = {}
    if leg.agent is not None:
        told["ICE"] = {
            "state": leg.agent.state.name.lower(),
            "role": "controlling" if leg.agent.controlling else "controlled",
            "checks sent": leg.agent.counters.checks,
            "checks answered": leg.agent.counters.answers,
            "checks received": leg.agent.counters.requests,
            "refused": leg.agent.counters.refused + leg.agent.counters.bad,
        }
    if leg.ports:
        told["DTLS"] = [_dtls(leg, component) for component in sorted(leg.ports)]
    obstacle = leg.obstacle()
    return told | ({"obstacle": obstacle} if obstacle is not None else {})


def _dtls(leg: Leg, component: int) -> dict[str, Any]:
    port = leg.ports[component]
    state = port.transport.state
    told: dict[str, Any] = {
        "component": component,
        "state": state.value if state is not None else "waiting",
        "role": port.terms.role.value if port.terms is not None else "open",
        "dropped": sum(port.transport.drops.values()),
    }
    return told | ({"error": port.transport.last_error} if port.transport.last_error else {})
