"""What nftables says about packets, asked with the nft program: nobody's own word about itself."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.netns.topology import Host


@dataclass(frozen=True, slots=True)
class KernelFlows:
    """The elements of the maps in all netdev tables of a host: how many, and what they have counted."""

    flows: int = 0
    packets: int = 0


def kernel_flows(host: Host) -> KernelFlows:
    """What the kernel forwards on ``host``."""
    listings = [_list(host, "table", "netdev", table) for table in netdev_tables(host)]
    counters = [counter for listing in listings for counter in _elements(listing)]
    return KernelFlows(len(counters), sum(counter["packets"] for counter in counters))


def netdev_tables(host: Host) -> list[str]:
    """The names of the netdev tables of a host."""
    tables = (entry["table"] for entry in _list(host, "tables") if "table" in entry)
    return [table["name"] for table in tables if table["family"] == "netdev"]


def phone_counters(host: Host) -> tuple[int, int]:
    """RTP packets that a phone has spoken and heard."""
    packets = {
        entry["counter"]["name"]: entry["counter"]["packets"]
        for entry in _list(host, "counters", "table", "inet", "phone")
        if "counter" in entry
    }
    return packets["spoken"], packets["heard"]


def _list(host: Host, *what: str) -> list[dict[str, Any]]:
    listing: list[dict[str, Any]] = json.loads(host.run("nft", "-j", "list", *what).stdout)["nftables"]
    return listing


def _elements(listing: list[dict[str, Any]]) -> Iterator[dict[str, int]]:
    for entry in listing:
        for key, _ in entry.get("map", {}).get("elem", ()):
            yield key["elem"]["counter"]
