"""rtpng trace"""

import click

from cli.ask import Daemon, as_json, asks_daemon
from cli.format import as_json_text
from cli.timeline import timeline


@click.command()
@click.argument("call_id", metavar="CALL-ID")
@as_json
@asks_daemon
def trace(daemon: Daemon, call_id: str, raw: bool) -> None:
    """Tell what has happened to a call, also after its end."""
    reply = daemon.ask("trace", call_id=call_id)
    click.echo(as_json_text(reply) if raw else timeline(call_id, reply))
