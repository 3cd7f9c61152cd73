"""rtpng ping"""

from time import perf_counter

import click

from cli.ask import Daemon, asks_daemon


@click.command()
@asks_daemon
def ping(daemon: Daemon) -> None:
    """Ask whether the daemon answers."""
    began = perf_counter()
    daemon.ask("ping")
    click.echo(f"{daemon.target} answers after {1000 * (perf_counter() - began):.1f} ms.")
