"""rtpng demo"""

import click

from cli.ask import Daemon, asks_daemon
from cli.demo.performance import perform
from cli.values import reads
from sipcore.address import parse_host

LONGEST = 3600


@click.command()
@click.option(
    "--seconds",
    type=click.IntRange(1, LONGEST),
    default=5,
    show_default=True,
    metavar="NUMBER",
    help="Length of the call.",
)
@click.option(
    "--address",
    metavar="ADDRESS",
    callback=reads(parse_host),
    help="Where the phones are.  [default: the way to the daemon's media]",
)
@click.option("--temporary", is_flag=True, help="Start a daemon for the demo even if one is running.")
@asks_daemon
def demo(daemon: Daemon, seconds: int, address: str | None, temporary: bool) -> None:
    """Place a call between two built-in phones.

    Shows the packets that arrive and who forwards them. Uses the running daemon, or a temporary one on loopback if
    none answers. The exit status is 1 if one of the phones has heard nothing.
    """
    perform(daemon, seconds, address, temporary)
