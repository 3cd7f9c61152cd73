"""Where the calls take place: two phones behind private addresses, and the proxy's host behind a one-to-one NAT.

    phone A --- home A ---.            .--- home B --- phone B
    10.81.0.11            core ("the internet")        10.82.0.12
                            |
                 one-to-one NAT 203.0.113.166 = 192.168.210.54
                            |
                          relay (Kamailio and the daemon under test)

With ``Homes.ROUTED`` the core routes the private networks: what the phones' SDP says is true.
With ``Homes.MASQUERADED`` each home is a NAT that changes addresses and picks random ports: what it says is a lie.
"""

from dataclasses import dataclass
from enum import Enum

from tests.netns.topology import Cable, Host, Network

RELAY_LOCAL = "192.168.210.54"
RELAY_PUBLIC = "203.0.113.166"

_ONE_TO_ONE = f"""
table ip cloud {{
    chain in  {{ type nat hook prerouting priority dstnat; ip daddr {RELAY_PUBLIC} dnat to {RELAY_LOCAL}; }}
    chain out {{ type nat hook postrouting priority srcnat; ip saddr {RELAY_LOCAL} snat to {RELAY_PUBLIC}; }}
}}
"""
_MASQUERADE = """
table ip home {{
    chain out {{ type nat hook postrouting priority srcnat; oifname "{device}" masquerade random; }}
}}
"""
# On the phone, so that the relay's own word about its packets can be compared with what the phone has seen.
_PHONE_COUNTERS = """
table inet phone {
    counter heard { }
    counter spoken { }
    chain in  { type filter hook input priority 0; udp dport 6000-6999 udp dport & 1 == 0 counter name heard; }
    chain out { type filter hook output priority 0; udp sport 6000-6999 udp sport & 1 == 0 counter name spoken; }
}
"""


class Homes(Enum):
    """What stands between a phone and the internet."""

    ROUTED = "routed"
    MASQUERADED = "masqueraded"


@dataclass(frozen=True, slots=True)
class Site:
    """A host and the address that it knows as its own."""

    host: Host
    address: str


@dataclass(frozen=True, slots=True)
class Landscape:
    """The hosts that a call needs."""

    relay: Site
    caller: Site
    callee: Site


def build(network: Network, homes: Homes) -> Landscape:
    """Makes all hosts of ``network``."""
    core, relay = _router(network, "core"), network.host("relay")
    cable = _join(network, core, relay, "192.168.210.1", RELAY_LOCAL)
    relay.ip("route", "add", "default", "via", cable.near.ip4)
    core.ip("route", "add", RELAY_PUBLIC, "via", RELAY_LOCAL)
    nft(core, _ONE_TO_ONE)
    caller = _phone(network, core, homes, "a", "198.51.100", "10.81.0", 11)
    callee = _phone(network, core, homes, "b", "192.0.2", "10.82.0", 12)
    return Landscape(Site(relay, RELAY_LOCAL), caller, callee)


def _phone(network: Network, core: Host, homes: Homes, label: str, outside: str, inside: str, last: int) -> Site:
    home, phone = _router(network, f"home-{label}"), network.host(f"phone-{label}")
    uplink = _join(network, core, home, f"{outside}.1", f"{outside}.10")
    address = _join(network, home, phone, f"{inside}.1", f"{inside}.{last}").far.ip4
    home.ip("route", "add", "default", "via", uplink.near.ip4)
    phone.ip("route", "add", "default", "via", f"{inside}.1")
    if homes is Homes.MASQUERADED:
        nft(home, _MASQUERADE.format(device=uplink.far.device))
    else:
        core.ip("route", "add", f"{inside}.0/24", "via", uplink.far.ip4)
    nft(phone, _PHONE_COUNTERS)
    return Site(phone, address)


def _router(network: Network, label: str) -> Host:
    host = network.host(label)
    host.sysctl(net__ipv4__ip_forward=1)
    return host


def _join(network: Network, near: Host, far: Host, near_ip4: str, far_ip4: str) -> Cable:
    return network.cable(near, far, ip4=(f"{near_ip4}/24", f"{far_ip4}/24"))


def nft(host: Host, rules: str) -> None:
    """Loads nftables rules on a host."""
    host.run("sh", "-c", 'printf %s "$1" | nft -f -', "nft", rules)
