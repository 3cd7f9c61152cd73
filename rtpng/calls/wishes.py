"""What the words of an offer or answer say about the treatment of media: it lasts until other words end it."""

from rtpng.calls import restraints
from rtpng.calls.dialogues import Exchange
from rtpng.calls.model import Call, Control, Echo, Party
from rtpng.calls.request import Request
from rtpng.calls.selection import Selection

# What becomes of the media of speaker and listener (rtpengine 26's observed behaviour).
_ECHOES = {
    "blackhole": (Echo.NOWHERE, Echo.NOWHERE),
    "forward": (Echo.NOWHERE, Echo.BACK),
    "backwards": (Echo.BACK, Echo.NOWHERE),
    "both": (Echo.BACK, Echo.BACK),
}


def apply(call: Call, exchange: Exchange, request: Request) -> None:
    """Takes the words over into the model; the streams of both parties are there."""
    if request.drop_traffic is not None:
        call.drop_traffic = request.drop_traffic
    call.dtmf_log_dest = request.dtmf_log_dest or call.dtmf_log_dest
    exchange.speaker.pierce_nat = exchange.speaker.pierce_nat or request.pierce_nat
    exchange.speaker.detect_dtmf = exchange.speaker.detect_dtmf or request.detect_dtmf
    if request.block_dtmf:
        restraints.impose(call, Control.DTMF, Selection(exchange.speaker))
    if request.block_short:
        for stream in exchange.speaker.streams:
            stream.block_short = True
    if request.media_echo is not None:
        speaker, listener = _ECHOES[request.media_echo]
        _return(exchange.speaker, speaker)
        _return(exchange.listener, listener)


def _return(party: Party, echo: Echo) -> None:
    for stream in party.streams:
        stream.echo = echo
