"""EFFECTS: what a word does where its row of KEYS or FLAGS cannot say it: it differs by value, or by message."""

from rtpng.ng.advice.effect import ANSWERS_ONLY, DELETE_ONLY, OFFERS_ONLY, SETTLED, Effect, Outcome, always, does, idle
from rtpng.ng.advice.security_effects import ICE, KEYS, PROTOCOLS
from rtpng.ng.advice.sides import Side
from rtpng.ng.advice.words import Word
from rtpng.ng.rows import Support

_INTERFACES = does("Chooses the interfaces towards sender and receiver.")

_ADDRESSES = (
    Effect("direction", "", _INTERFACES, does("Chooses the interface towards the receiver.")),
    Effect("from-interface", "", does("Chooses the interface towards the sender."), SETTLED),
    always("to-interface", "", does("Chooses the interface towards the receiver.")),
    always("address-family", "", does("The receiver gets an address of this family.")),
    always("trust-address", "", does("Believes the address in the SDP, even if the daemon runs with --sip-source.")),
    always("SIP-source-address", "", does("Sends media to the host that SIP came from, not to that of the SDP.")),
    always("asymmetric", "", does("Sends to the SDP's address only; takes the sender's media from any source.")),
    always("port-latching", "", does("Learns the sender's address anew from its media.")),
    always("endpoint-learning", "off", does("Sends to the SDP's address only; nothing is learned from media.")),
    always("endpoint-learning", "immediate", does("Learns the sender's address from its first packet.")),
    always("endpoint-learning", "heuristic", does("Prefers the SDP's address to others that media comes from.")),
    always("endpoint-learning", "delayed", does("Prefers the SDP's address to others that media comes from.")),
)

_RTCP_MUX = (
    Effect("rtcp-mux", "offer", does("Offers RTP and RTCP on one port, with a second one in reserve."), SETTLED),
    Effect("rtcp-mux", "require", does("Offers RTP and RTCP on one port, and opens no second one."), SETTLED),
    Effect("rtcp-mux", "demux", does("Hides the sender's rtcp-mux from the receiver, who gets two ports."), SETTLED),
    Effect("rtcp-mux", "accept", does("Accepts the sender's rtcp-mux even if the receiver refuses."), SETTLED),
    Effect("rtcp-mux", "reject", does("Refuses the sender's rtcp-mux: it gets two ports."), SETTLED),
)

_BUNDLE = (
    Effect("bundle", "accept", does("The sender may have its media on one port, if it asks for it."), SETTLED),
    Effect("bundle", "reject", does("The sender gets a port for each medium, whatever it asks for."), SETTLED),
    Effect("bundle", "offer", does("Offers the receiver one port for all media, and a port for each."), SETTLED),
    Effect("bundle", "require", does("Offers the receiver one port for all media, and no other."), SETTLED),
    Effect("bundle", "strict", does("The same; m= lines but the first have port 0, for bundles only."), SETTLED),
)

_REPLACE = (
    always("replace", "origin", does("Puts the relay's address into the o= line.")),
    always("replace", "origin-full", does("Makes the o= line the relay's: its address, and the rest stays constant.")),
    always("replace", "session-connection", idle("every c= has the relay's address anyway")),
    always("replace", "session-name", does("Keeps the first s= line that this receiver got.")),
    always("replace", "username", does("Keeps the first user name of o= that this receiver got.")),
    always("replace", "sdp-version", does("Counts the version in o= itself: one more whenever the SDP changes.")),
    always("replace", "force-increment-sdp-ver", does("Counts the version in o= itself: one more in each SDP.")),
    always("replace", "zero-address", does("Puts the relay's address in place of 0.0.0.0 (hold of the old kind).")),
)

_HIDES = does("Hides this codec from the receiver; 'all' means all but those that except and offer name.")
_NO_TRANSCODING = idle("rtpng does not transcode")

_CODECS = (
    always("codec", "strip", _HIDES),
    Effect("codec", "mask", _HIDES, OFFERS_ONLY),
    Effect("codec", "consume", _HIDES, OFFERS_ONLY),
    Effect("codec", "offer", does("The receiver is told of this codec, though others are taken away."), OFFERS_ONLY),
    Effect("codec", "except", does("Spares this codec when all are taken away."), OFFERS_ONLY),
    Effect("codec", "ignore", does("The sender is not answered with this codec."), OFFERS_ONLY),
    Effect("codec", "transcode", does("Brings this codec back if all are taken away, and adds none."), OFFERS_ONLY),
    always("codec", "set", _NO_TRANSCODING),
    always("codec", "accept", _NO_TRANSCODING),
)

_SDP = (
    always("media-address", "", does("The SDP names this address in place of the interface's.")),
    always("sdp-attr", "add", does("Adds this attribute.")),
    always("sdp-attr", "remove", does("Removes this attribute.")),
    always("sdp-attr", "substitute", does("Puts one attribute in place of another.")),
    always("sdp-attr", "", does("Edits the attributes of this section of the SDP.")),
    always("extmap", "", does("Takes these header extensions out of the SDP, and out of packets.")),
    Effect("ptime", "", does("Asks the receiver for packets of so many ms; they pass as they come."), OFFERS_ONLY),
    Effect("ptime-reverse", "", does("Asks the sender, in the answer, for packets of so many ms."), OFFERS_ONLY),
)

_MEDIA_COMMANDS_ONLY = idle("only media commands heed it")

_MEDIA_KEYS = ("address", "all", "to-label", "code", "duration", "volume")
_MEDIA_COMMANDS = tuple(always(name, "", _MEDIA_COMMANDS_ONLY) for name in _MEDIA_KEYS)

_SUBSCRIPTIONS_ONLY = idle("only commands that make no offer heed it")

_SUBSCRIPTIONS = tuple(
    always(name, "", _SUBSCRIPTIONS_ONLY)
    for name in (
        "from-tags",
        "interface",
        "SIPREC",
        "directional",
        "set-label",
        "inactive",
        "to-call-id",
        "media",
        "instance",
    )
)

_REST = (
    always("label", "", does("Gives the sender of this message a name; query shows it.")),
    Effect(
        "TOS",
        "",
        does("Marks the media of both sides with this TOS byte (184 is voice)."),
        OFFERS_ONLY,
    ),
    always("delete-delay", "", does("A later delete ends the media after this many seconds.")),
    always("limit", "", idle("only list heeds it")),
    always("via-branch", "", does("The proxy sends the branch of this Via: it tells forked calls apart.")),
    Effect("sip-code", "", ANSWERS_ONLY, does("A final status ends the early dialogue.")),
    Effect("sip-message-type", "", ANSWERS_ONLY, does("With sip-code: tells final answers from others.")),
    Effect(
        "generate-mid", "", does("Adds a=mid where there is none."), idle("an answer repeats the mids of the offer")
    ),
    Effect(
        "fragment",
        "",
        does("Takes further candidates of the sender (trickle ICE)."),
        OFFERS_ONLY,
    ),
    Effect("new-branch", "", ANSWERS_ONLY, does("The answerer is a new party, beside those that answered before.")),
    Effect("provisional", "", ANSWERS_ONLY, does("Another answer may follow from another party.")),
    *(always(name, "", DELETE_ONLY) for name in ("fatal", "fast", "to-tag")),
)

EFFECTS = (
    _ADDRESSES
    + PROTOCOLS
    + ICE
    + KEYS
    + _RTCP_MUX
    + _BUNDLE
    + _REPLACE
    + _CODECS
    + _SDP
    + _MEDIA_COMMANDS
    + _SUBSCRIPTIONS
    + _REST
)

_EFFECTS = {(effect.name, effect.value): effect for effect in EFFECTS}


def outcome(word: Word, side: Side) -> Outcome | None:
    """What comes of a word that a table knows and whose value is in order; None if a rule about mistakes says it."""
    if word.row is None:
        return None
    if word.row.support is Support.ACCEPTED:
        return idle(word.row.note)
    effect = _EFFECTS.get((word.row.name, word.value)) or _EFFECTS.get((word.row.name, ""))
    return effect.on(side) if effect is not None else does(word.row.help)
