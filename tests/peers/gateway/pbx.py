"""Who plays the PBX: Asterisk of Debian's sid, and where that cannot be had, sipp with ``pbx.xml``."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rendering import pbx as asterisk

from bench import sid
from tests.netns.topology import end
from tests.peers import sipp
from tests.peers.gateway.running import Gateway
from tests.peers.landscape import RELAY_LOCAL, Site

SCENARIO = Path(__file__).with_name("pbx.xml")
ADDRESS = "192.168.210.55"  # sipp's, on the gateway's host; for the gateway it is a PBX elsewhere
SWITCH = "GATEWAY_PBX"  # in the environment: with "sipp" this machine is one that cannot have Asterisk


def settings(site: Site, folder: Path) -> dict[str, str]:
    """What the gateway at ``site`` is told about its PBX."""
    try:
        return asterisk.settings(_asterisk(), folder / "asterisk")
    except sid.SidUnreachableError as error:
        print(f"sipp plays the PBX, as Asterisk cannot be had: {error}")
        site.host.ip("address", "add", f"{ADDRESS}/32", "dev", "lo")
        return {"PBX_ADDRESS": ADDRESS}


def absent(gateway: Gateway) -> str:
    """Why this gateway's cases of Asterisk are skipped; empty if it has Asterisk."""
    return "" if gateway.values["pbx_is_here"] else "Asterisk of Debian sid cannot be had: sipp plays the PBX"


@contextmanager
def played(gateway: Gateway, agent: str) -> Iterator[None]:
    """sipp as the PBX of this one agent, if the gateway has no Asterisk."""
    if not absent(gateway):
        yield
        return
    with (gateway.folder / "pbx.out").open("wb") as output:
        process = gateway.site.host.start(
            *_command(gateway, agent), cwd=gateway.folder, stdout=output, stderr=output, stdin=subprocess.DEVNULL
        )
    try:
        yield
    finally:
        end(process)


def _command(gateway: Gateway, agent: str) -> tuple[str, ...]:
    values, log = gateway.values, gateway.log("pbx")
    return (
        *(sipp.PROGRAM, f"{RELAY_LOCAL}:{values['sip_port']}", "-sf", str(SCENARIO)),
        *("-key", "agent", agent, "-key", "password", gateway.password(agent), "-key", "trunk", values["trunk"]),
        *("-i", ADDRESS, "-p", str(values["pbx_port"]), "-nostdin"),
        *("-deadcall_wait", "0"),  # a Call-ID may come again: the phone has one for all its calls
        *("-trace_msg", "-message_file", str(log), "-trace_err", "-error_file", str(log.with_suffix(".errors"))),
    )


def _asterisk() -> Path:
    if os.environ.get(SWITCH) == "sipp":
        raise sid.SidUnreachableError(f"{SWITCH}=sipp")
    return sid.asterisk()
