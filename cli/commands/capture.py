"""rtpng capture"""

from collections.abc import Collection
from contextlib import suppress

import click

from cli.ask import Daemon, asks_daemon
from cli.call_report import streams
from cli.capture.listening import Capture, opened
from cli.capture.packets import Sorter
from cli.format import count, shown
from sipcore.address import Address


@click.command()
@click.argument("call_id", metavar="CALL-ID")
@click.option("--seconds", type=click.FloatRange(min=0.1), metavar="NUMBER", help="End after this time.")
@click.option("-o", "path", metavar="FILE", default="call.pcap", show_default=True, help="Where to write.")
@asks_daemon
def capture(daemon: Daemon, call_id: str, seconds: float | None, path: str) -> None:
    """Write a call's packets into a pcap file.

    Its media, whatever forwards it, and the ng messages about it over UDP, with keys blanked. Until the call ends or
    Ctrl-C. On the daemon's host, as root. SRTP stays encrypted.
    """
    daemon.ask("query", call_id=call_id)
    ng = [daemon.target.port]
    running = Capture(Sorter(call_id, ng), lambda: _ports(daemon, call_id), ng)
    with opened(path) as file, suppress(KeyboardInterrupt):
        running.run(file, seconds)
    lost = f"; {count(running.lost)} were missed" if running.lost else ""
    click.echo(f"{count(running.packets)} packets of call {shown(call_id)} are in {path}{lost}.")


def _ports(daemon: Daemon, call_id: str) -> Collection[Address] | None:
    """Our ports of the call; None when it is over."""
    try:
        reply = daemon.ask("query", call_id=call_id)
    except click.ClickException:
        return None
    local = [(stream.get("local address"), stream.get("local port")) for stream in streams(reply)]
    return [Address(str(host), int(port)) for host, port in local if host and port]
