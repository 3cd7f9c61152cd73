"""rtpng delete"""

import click

from cli.ask import Daemon, as_json, asks_daemon
from cli.call_report import deletion_report
from cli.format import as_json_text

LONGEST_DELAY = 86_400


@click.command()
@click.argument("call_id", metavar="CALL-ID")
@click.option("--from-tag", metavar="TAG", help="End only the branch of this party (else the whole call).")
@click.option("--to-tag", metavar="TAG", help="With --from-tag: the branch of this other party.")
@click.option("--branch", metavar="BRANCH", help="With --from-tag: the branch with this Via branch.")
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
    if from_tag is None and (to_tag or branch):
        raise click.UsageError("--to-tag and --branch need --from-tag: without it the whole call would end.")
    tags = {"from_tag": from_tag, "to_tag": to_tag, "flags": ["to-tag"] if to_tag else None}
    reply = daemon.ask("delete", call_id=call_id, **tags, via_branch=branch, delete_delay=delay)
    if "created" not in reply and "warning" in reply:
        raise click.ClickException(f"Nothing was deleted: {reply['warning']}. `rtpng list` shows the calls.")
    click.echo(as_json_text(reply) if raw else deletion_report(call_id, from_tag, reply, delay))
