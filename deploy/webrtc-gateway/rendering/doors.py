"""What strangers can reach: the rows of the firewall."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Door:
    """Ports that are open. ``sources`` are addresses; without them, everybody may come."""

    protocol: str
    ports: str
    sources: tuple[str, ...]
    leads_to: str


def doors(values: dict[str, Any]) -> list[Door]:
    """The doors of a gateway with these settings (and what was derived from them)."""
    made = [
        Door("tcp", str(values["web_port"]), (), "Nginx: the page, and SIP over WebSocket"),
        Door("udp", str(values["rtp_ports"]), (), "the relay: media of browsers and of the trunk"),
        Door("udp", str(values["turn_port"]), (), "coturn"),
        Door("tcp", str(values["turn_port"]), (), "coturn, where UDP is blocked"),
        Door("tcp", str(values["turn_tls_port"]), (), "coturn over TLS, where only TLS passes"),
    ]
    sip = (*values["trunk_sources"], *(() if values["pbx_is_here"] else (values["pbx_address"],)))
    if sip:
        made.append(Door("udp", str(values["sip_port"]), sip, "Kamailio: SIP of the trunk and the PBX"))
    peers = tuple(address for address in values["relay_addresses"] if address != values["private_address"])
    if peers:
        made.append(Door("udp", str(values["turn_relay_ports"]), peers, "coturn: media from the relay"))
    return made
