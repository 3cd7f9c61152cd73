"""rtpng list"""

import click

from cli.ask import Daemon, as_json, asks_daemon
from cli.format import as_json_text, shown

LIMIT = 32


@click.command("list")
@click.option(
    "--limit", type=click.IntRange(0), default=LIMIT, show_default=True, metavar="NUMBER", help="Show at most so many."
)
@as_json
@asks_daemon
def list_calls(daemon: Daemon, limit: int, raw: bool) -> None:
    """Show the Call-IDs of the daemon's calls, one per line."""
    reply = daemon.ask("list", limit=limit)
    calls = reply.get("calls", [])
    click.echo(as_json_text(reply) if raw else "\n".join(map(shown, calls)), nl=bool(raw or calls))
    if not calls:
        click.echo("The daemon has no calls.", err=True)
    elif len(calls) == limit:
        click.echo(f"These are the first {limit}; there may be more, see --limit.", err=True)
