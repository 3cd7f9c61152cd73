"""rtpng explain"""

import click

from cli.explanation import as_data, report
from cli.format import as_json_text
from rtpng.errors import NgError
from rtpng.ng.advice.advise import explain as explained
from rtpng.ng.advice.sides import BOTH, Side
from rtpng.ng.advice.words import in_script


@click.command()
@click.argument("flags", nargs=-1, required=True, metavar="FLAGS...")
@click.option("--offer", "sides", flag_value=Side.OFFER, type=click.UNPROCESSED, help="Only what is true for an offer.")
@click.option("--answer", "sides", flag_value=Side.ANSWER, type=click.UNPROCESSED, help="Only for an answer.")
@click.option("--json", "raw", is_flag=True, help="Print JSON.")
def explain(flags: tuple[str, ...], sides: Side | None, raw: bool) -> None:
    """Say what a proxy's flags do, in plain words.

    FLAGS is the string that the proxy's script hands to rtpengine_offer, rtpengine_answer or rtpengine_manage, or the
    value of rtpp-flags. Nobody is asked: this works without a daemon.
    """
    try:
        said = in_script(" ".join(flags))
    except NgError as error:
        raise click.ClickException(f"{error}.") from error
    explanation = explained(said, BOTH if sides is None else (sides,))
    click.echo(as_json_text(as_data(explanation)) if raw else report(explanation))
