"""rtpng query"""

import click

from cli.ask import Daemon, as_json, asks_daemon
from cli.call_report import call_report
from cli.format import as_json_text


@click.command()
@click.argument("call_id", metavar="CALL-ID")
@as_json
@asks_daemon
def query(daemon: Daemon, call_id: str, raw: bool) -> None:
    """Show a call: addresses, packets, who forwards."""
    reply = daemon.ask("query", call_id=call_id)
    click.echo(as_json_text(reply) if raw else call_report(call_id, reply))
