"""EFFECTS: what a word does where its row of KEYS or FLAGS cannot say it: it differs by value, or by message."""

from dataclasses import dataclass

from rtpng.ng.advice.sides import Side
from rtpng.ng.advice.words import Word
from rtpng.ng.rows import Support


@dataclass(frozen=True, slots=True)
class Outcome:
    """What comes of a word: a sentence, or, if it does nothing, the reason without a full stop."""

    works: bool
    text: str


@dataclass(frozen=True, slots=True)
class Effect:
    """``value``: the key's value in lower case with hyphens, "" for any other and for flags.

    None in place of an outcome: a rule about mistakes says it all.
    """

    name: str
    value: str
    offer: Outcome | None
    answer: Outcome | None

    def on(self, side: Side) -> Outcome | None:
        return self.offer if side is Side.OFFER else self.answer


def _does(text: str) -> Outcome:
    return Outcome(works=True, text=text)


def _idle(reason: str) -> Outcome:
    return Outcome(works=False, text=reason)


def _always(name: str, value: str, outcome: Outcome | None) -> Effect:
    return Effect(name, value, outcome, outcome)


_SETTLED = _idle("the offer has settled it")
_OFFERS_ONLY = _idle("only offers heed it")
_ANSWERS_ONLY = _idle("only answers heed it")
_DELETE_ONLY = _idle("only delete heeds it")
_NO_ICE = _idle("rtpng does not speak ICE and takes it out of every SDP")

_INTERFACES = _does("Chooses the interfaces towards sender and receiver; the first offer of a call decides.")
_PLAIN = _does("m= lines go out with this protocol, whatever the sender's is.")
_SECURE = ("rtp/savp", "rtp/savpf", "udp/tls/rtp/savp", "udp/tls/rtp/savpf")

_ADDRESSES = (
    Effect("direction", "", _INTERFACES, _SETTLED),
    Effect("from-interface", "", _does("Chooses the interface towards the sender."), _SETTLED),
    Effect("to-interface", "", _does("Chooses the interface towards the receiver."), _SETTLED),
    Effect("address-family", "", _does("The receiver gets an address of this family."), _SETTLED),
    _always("trust-address", "", _does("Believes the address in the SDP, even if the daemon runs with --sip-source.")),
    _always("SIP-source-address", "", _does("Sends media to the host that SIP came from, not to that of the SDP.")),
    _always("asymmetric", "", _does("Sends to the SDP's address only; takes the sender's media from any source.")),
    _always("port-latching", "", _does("Learns the sender's address anew from its media.")),
    _always("endpoint-learning", "off", _does("Sends to the SDP's address only; nothing is learned from media.")),
    _always("endpoint-learning", "immediate", _does("Learns the sender's address from its first packet.")),
    _always("endpoint-learning", "heuristic", _does("Prefers the SDP's address to others that media comes from.")),
    _always("endpoint-learning", "delayed", _does("Prefers the SDP's address to others that media comes from.")),
)

_PROTOCOLS = (
    Effect("transport-protocol", "rtp/avp", _PLAIN, _PLAIN),
    Effect("transport-protocol", "rtp/avpf", _PLAIN, _PLAIN),
    Effect("transport-protocol", "accept", _ANSWERS_ONLY, _idle("an answer has the protocol that was offered anyway")),
    _always("transport-protocol", "udptl", _idle("rtpng makes no fax of audio")),
    *(_always("transport-protocol", name, None) for name in _SECURE),
    _always("WebRTC", "", None),
    _always("ICE", "", _NO_ICE),
    _always("ICE", "remove", _does("Takes ICE out of the SDP (rtpng always does).")),
)

_RTCP_MUX = (
    Effect("rtcp-mux", "offer", _does("Offers RTP and RTCP on one port, with a second one in reserve."), _SETTLED),
    Effect("rtcp-mux", "require", _does("Offers RTP and RTCP on one port, and opens no second one."), _SETTLED),
    Effect("rtcp-mux", "demux", _does("Hides the sender's rtcp-mux from the receiver, who gets two ports."), _SETTLED),
    Effect("rtcp-mux", "accept", _does("Accepts the sender's rtcp-mux even if the receiver refuses."), _SETTLED),
    Effect("rtcp-mux", "reject", _does("Refuses the sender's rtcp-mux: it gets two ports."), _SETTLED),
)

_REPLACE = (
    _always("replace", "origin", _does("Puts the relay's address into the o= line.")),
    _always(
        "replace", "origin-full", _does("Makes the o= line the relay's: its address, and the rest stays constant.")
    ),
    _always("replace", "session-connection", _idle("every c= has the relay's address anyway")),
    _always("replace", "session-name", _does("Keeps the first s= line that this receiver got.")),
    _always("replace", "username", _does("Keeps the first user name of o= that this receiver got.")),
    _always("replace", "sdp-version", _does("Counts the version in o= itself: one more whenever the SDP changes.")),
    _always("replace", "force-increment-sdp-ver", _does("Counts the version in o= itself: one more in each SDP.")),
    _always("replace", "zero-address", _does("Puts the relay's address in place of 0.0.0.0 (hold of the old kind).")),
)

_HIDES = _does("Hides this codec from the receiver; 'all' means all but those that except and offer name.")
_NO_TRANSCODING = _idle("rtpng does not transcode")

_CODECS = (
    _always("codec", "strip", _HIDES),
    Effect("codec", "mask", _HIDES, _OFFERS_ONLY),
    Effect("codec", "consume", _HIDES, _OFFERS_ONLY),
    Effect("codec", "offer", _does("The receiver is told of this codec, though others are taken away."), _OFFERS_ONLY),
    Effect("codec", "except", _does("Spares this codec when all are taken away."), _OFFERS_ONLY),
    Effect("codec", "ignore", _does("The sender is not answered with this codec."), _OFFERS_ONLY),
    Effect("codec", "transcode", _does("Brings this codec back if all are taken away, and adds none."), _OFFERS_ONLY),
    _always("codec", "set", _NO_TRANSCODING),
    _always("codec", "accept", _NO_TRANSCODING),
)

_SDP = (
    _always("media-address", "", _does("The SDP names this address in place of the interface's.")),
    _always("sdp-attr", "add", _does("Adds this attribute.")),
    _always("sdp-attr", "remove", _does("Removes this attribute.")),
    _always("sdp-attr", "substitute", _does("Puts one attribute in place of another.")),
    _always("sdp-attr", "", _does("Edits the attributes of this section of the SDP.")),
    _always("extmap", "", _does("The receiver is not told of these header extensions; packets keep them.")),
    Effect("ptime", "", _does("Asks the receiver for packets of so many ms; they pass as they come."), _OFFERS_ONLY),
    Effect("ptime-reverse", "", _does("Asks the sender, in the answer, for packets of so many ms."), _OFFERS_ONLY),
)

_MEDIA_COMMANDS_ONLY = _idle("only media commands heed it")

_MEDIA_COMMANDS = tuple(_always(name, "", _MEDIA_COMMANDS_ONLY) for name in ("address", "all", "to-label"))

_REST = (
    _always("label", "", _does("Gives the sender of this message a name; query shows it.")),
    _always("set-label", "", _does("Gives the sender of this message a new name; query shows it.")),
    Effect(
        "TOS",
        "",
        _does("Marks the media of both sides with this TOS byte (184 is voice)."),
        _OFFERS_ONLY,
    ),
    _always("delete-delay", "", _does("A later delete ends the media after this many seconds.")),
    _always("limit", "", _idle("only list heeds it")),
    _always("via-branch", "", _does("The proxy sends the branch of this Via: it tells forked calls apart.")),
    Effect("sip-code", "", _ANSWERS_ONLY, _does("A final status ends the early dialogue.")),
    Effect("sip-message-type", "", _ANSWERS_ONLY, _does("With sip-code: tells final answers from others.")),
    Effect(
        "generate-mid", "", _does("Adds a=mid where there is none."), _idle("an answer repeats the mids of the offer")
    ),
    Effect("fragment", "", _does("Takes an SDP fragment (trickle ICE) and changes nothing."), _OFFERS_ONLY),
    Effect("new-branch", "", _ANSWERS_ONLY, _does("The answerer is a new party, beside those that answered before.")),
    Effect("provisional", "", _ANSWERS_ONLY, _does("Another answer may follow from another party.")),
    *(_always(name, "", _DELETE_ONLY) for name in ("fatal", "fast", "to-tag")),
)

EFFECTS = _ADDRESSES + _PROTOCOLS + _RTCP_MUX + _REPLACE + _CODECS + _SDP + _MEDIA_COMMANDS + _REST

_EFFECTS = {(effect.name, effect.value): effect for effect in EFFECTS}


def outcome(word: Word, side: Side) -> Outcome | None:
    """What comes of a word that a table knows and whose value is in order; None if a rule about mistakes says it."""
    if word.row is None:
        return None
    if word.row.support is Support.ACCEPTED:
        return _idle(word.row.note)
    effect = _EFFECTS.get((word.row.name, word.value)) or _EFFECTS.get((word.row.name, ""))
    return effect.on(side) if effect is not None else _does(word.row.help)
