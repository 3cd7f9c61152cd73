"""What all modules of tests have in common: the hosts, a gateway with its PBX, and a phone behind the trunk."""

import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.netns.topology import Network
from tests.peers import landscape, sipp
from tests.peers.gateway import chromium, pbx
from tests.peers.gateway.running import Gateway, names
from tests.peers.gateway.voice import Voice
from tests.peers.landscape import Homes, Landscape

AGENT = "1001"
_PROGRAMS = (chromium.PROGRAM, "/usr/sbin/nginx", "turnserver", "openssl")


def needs(*more: str) -> list[pytest.MarkDecorator]:
    """The marks of a module that starts the gateway, and ``more`` programs of its own."""
    missing = [program for program in (*_PROGRAMS, *more) if shutil.which(program) is None]
    reason = f"needs {', '.join(missing)}: run tests/install-needs"
    return [pytest.mark.peers, pytest.mark.skipif(bool(missing), reason=reason)]


@dataclass(frozen=True, slots=True)
class Office:
    """All of it runs; the agent's own host, the landscape's caller, is empty."""

    gateway: Gateway
    bob: sipp.Phone
    voice: Voice


@contextmanager
def hosts() -> Iterator[Landscape]:
    """Those that shall find the gateway by its name do."""
    with Network("peers") as network:
        land = landscape.build(network, Homes.ROUTED)
        with names((land.relay, land.caller)):
            yield land


@contextmanager
def office(land: Landscape, folder: Path, page: Path, **settings: str) -> Iterator[Office]:
    """``settings`` of the gateway beyond those of its PBX and its trunk."""
    usual = {"AGENTS": AGENT, "TRUNK": f"{land.callee.address}:{sipp.SIP_PORT}", "TRUNK_PING": "0"}
    with ExitStack() as owned:
        given = usual | pbx.settings(land.relay, folder) | settings
        gateway = owned.enter_context(Gateway(land, folder, given, page))
        owned.enter_context(pbx.played(gateway, AGENT))
        voice = Voice(land.callee.host.udp(land.callee.address, sipp.MEDIA_PORT))
        voice.start()
        owned.callback(voice.end)
        yield Office(gateway, sipp.Phone("2002", land.callee, folder, gateway.values["sip_port"]), voice)
