"""rtpng delete"""

import click

from cli.ask import Daemon, as_json, asks_daemon
from cli.call_report import deletion_report
from cli.format import as_json_text

LONGEST_DELAY = 86_400


@click.command()
@click.argument("call_id", metavar="CALL-ID")
@click.option("--from-tag", metavar="TAG", help="End only the branch of this party.")
@click.option("--to-tag", metavar="TAG", help="The other party of that branch.")
@click.option("--branch", metavar="BRANCH", help="End only the branch with this Via branch.")
@click.option(
    "--delay",
    type=click.IntRange(0, LONGEST_DELAY),
    default=0,
    metavar="SECONDS",
    help="Keep forwarding for this long.  [default: end at once]",
)
@as_json
@asks_daemon
def delete(
    daemon: Daemon, call_id: str, from_tag: str | None, to_tag: str | None, branch: str | None, delay: int, raw: bool
) -> None:
    """End a call, or one branch of it."""
    keys = {"from_tag": from_tag, "to_tag": to_tag, "via_branch": branch, "delete_delay": delay}
    reply = daemon.ask("delete", call_id=call_id, **keys)
    if "created" not in reply and "warning" in reply:
        raise click.ClickException(f"Nothing was deleted: {reply['warning']}. `rtpng list` shows the calls.")
    click.echo(as_json_text(reply) if raw else deletion_report(call_id, reply, delay))
