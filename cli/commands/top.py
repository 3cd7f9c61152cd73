"""rtpng top"""

import click

from cli.ask import Daemon, asks_daemon

LIMIT = 200


@click.command()
@click.option(
    "--limit",
    type=click.IntRange(1, 10_000),
    default=LIMIT,
    show_default=True,
    metavar="NUMBER",
    help="Ask about so many calls at most, once a second.",
)
@asks_daemon
def top(daemon: Daemon, limit: int) -> None:
    """Watch the calls on a live screen.

    Packets per second, loss, MOS and who forwards, call by call; s sorts, / filters, Enter shows one call, q ends.
    """
    try:
        from cli.top.screen import Top  # its library is an extra, and takes long to load
    except ModuleNotFoundError as error:
        if not (error.name or "").startswith("textual"):
            raise
        raise click.ClickException("The live view needs textual: pip install 'rtpng[top]'.") from None
    Top(daemon, limit).run()
