"""rtpng statistics"""

import click

from cli.ask import Daemon, as_json, asks_daemon
from cli.format import as_json_text
from cli.totals import totals


@click.command()
@as_json
@asks_daemon
def statistics(daemon: Daemon, raw: bool) -> None:
    """Show the daemon's totals: calls, packets, ports, proxies."""
    reply = daemon.ask("statistics")
    click.echo(as_json_text(reply) if raw else totals(reply))
