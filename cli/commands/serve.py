"""rtpng serve"""

import click


@click.command(context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
@click.argument("options", nargs=-1, type=click.UNPROCESSED, metavar="[RTPENGINE OPTIONS]...")
@click.pass_context
def serve(context: click.Context, options: tuple[str, ...]) -> None:
    """Run the daemon.

    Takes all options of rtpengine (`rtpengine --help` lists them). What is missing gets a friendly value: media on the
    address of the default route, control port 127.0.0.1:2223, kernel forwarding with userspace as the fallback, in the
    foreground with its log on the terminal.
    """
    from cli.serving import run  # the daemon and its netlink library take long to load: not for every command

    context.exit(run(options))
