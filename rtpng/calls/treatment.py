"""What is done to the RTP of a party on its way to another: follows from the restraints that are in force."""

from rtpng.calls import restraints
from rtpng.calls.model import Call, Control, Party
from rtpng.media.relay import UNTOUCHED, Treatment


def treatment(call: Call, speaker: Party, listener: Party) -> Treatment:
    """What becomes of the packets of ``speaker`` that ``listener`` is to get."""
    if not call.restraints:
        return UNTOUCHED
    controls = restraints.between(call, speaker, listener)
    return Treatment(blocked=Control.MEDIA in controls)
