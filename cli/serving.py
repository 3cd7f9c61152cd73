"""Running the daemon from ``rtpng serve``."""

from collections.abc import Sequence

import click

from cli.banner import banner
from kernel.probe import open_table
from rtpng import daemon
from rtpng.defaults import serve_config
from rtpng.errors import ConfigError


def run(options: Sequence[str]) -> int:
    """Serves until a signal; returns the exit status. Raises UsageError for options, ClickException for the rest."""
    try:
        config = serve_config(options)
    except ConfigError as error:
        raise click.UsageError(f"{error}.") from None
    click.echo(banner(config, _obstacle(config.table)), err=True)
    try:
        return 1 if daemon.serve(config) else 0
    except ConfigError as error:
        raise click.ClickException(f"{error}.") from None


def _obstacle(number: int) -> str | None:
    """Why the kernel cannot forward with this table, found out by making it for a moment."""
    table, reason = open_table(number, max_flows=1)
    table.close()
    return reason
