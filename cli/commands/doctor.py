"""rtpng doctor"""

import click

from cli.ask import Daemon, asks_daemon
from cli.doctor.findings import healthy, report
from cli.values import reads
from rtpng.local_addresses import address_of_default_route
from sipcore.address import parse_host

PORT = click.IntRange(1, 65535)


@click.command()
@click.option(
    "--address",
    metavar="ADDRESS",
    callback=reads(parse_host),
    help="Address for media.  [default: that of the default route]",
)
@click.option("--port-min", type=PORT, default=30000, show_default=True, metavar="PORT", help="Lowest media port.")
@click.option("--port-max", type=PORT, default=39999, show_default=True, metavar="PORT", help="Highest media port.")
@asks_daemon
def doctor(daemon: Daemon, address: str | None, port_min: int, port_max: int) -> None:
    """Check this host, and say what to do.

    Looks at kernel forwarding, the address of media, media ports, the control port and the limit of open files; the
    exit status is 1 if the daemon could not work.
    """
    from cli.doctor.examination import examine  # its netlink library takes long to load: not for every command

    if port_min > port_max:
        raise click.UsageError(f"--port-min {port_min} is above --port-max {port_max}: exchange them.")
    found = list(examine(daemon, address or address_of_default_route(), port_min, port_max))
    click.echo(report(found))
    click.get_current_context().exit(0 if healthy(found) else 1)
