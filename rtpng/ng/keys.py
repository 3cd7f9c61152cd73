"""KEYS: every top-level key of a request, one row each."""

from rtpng.ng import dictionaries, values
from rtpng.ng.media_keys import MEDIA_COMMANDS
from rtpng.ng.media_list import media_list
from rtpng.ng.message import Message
from rtpng.ng.rows import Key, Kind, Mark, Support, both, interface_pair, joined, union
from rtpng.ng.rows import identifier_key as _identifier
from rtpng.ng.rows import text_key as _text
from rtpng.ng.rows import unused_key as _unused
from rtpng.ng.security_keys import SECURITY

_CODECS = "needs codecs, which rtpng does not have"
_NAMES = "names of recordings are those of --recording-dir"
_RECORDING = "no digit controls a recording, but start, stop and pause recording do"
_NEWER = "belongs to commands that rtpng does not have"

_IDENTIFYING = (
    Key(
        "command",
        Kind.TEXT,
        Mark.CORE,
        "What to do.",
        Support.SUPPORTED,
        "command",
        read=values.command,
    ),
    _identifier("call-id", "call_id", Mark.CORE, "Names the call."),
    _identifier("from-tag", "from_tag", Mark.CORE, "SIP tag of the party that sent the request of the dialogue."),
    _identifier("to-tag", "to_tag", Mark.CORE, "SIP tag of the other party; in an answer, of its sender."),
    _identifier("via-branch", "via_branch", Mark.CORE, "Tells the branches of a forked call apart."),
    _identifier("label", "label", Mark.RELAY, "Name of the party that sent this message.", "from-label"),
    _identifier("set-label", "set_label", Mark.RELAY, "subscribe request: name of the subscriber."),
    Key(
        "sip-message-type",
        Kind.TEXT,
        Mark.RELAY,
        "Whether the SIP message is a request or a reply.",
        Support.SUPPORTED,
        "sip_message_type",
        read=values.sip_message_type,
        example="sip_request",
    ),
    Key(
        "sip-code",
        Kind.NUMBER,
        Mark.RELAY,
        "Status of the SIP reply; 200 and more is final.",
        Support.SUPPORTED,
        "sip_code",
        read=values.number,
        example=200,
    ),
)

_WORDS = (
    Key("flags", Kind.FLAGS, Mark.CORE, "Flags, see below.", Support.SUPPORTED, "flags", example=["trust-address"]),
    Key(
        "rtpp-flags",
        Kind.RAW,
        Mark.CORE,
        "Keys and flags as one string, as written in the proxy's script.",
        Support.SUPPORTED,
        "flags",
        example="trust-address",
    ),
    Key(
        "supports",
        Kind.WORDS,
        Mark.CORE,
        "What the proxy understands: 'load limit' asks for the load limit reply.",
        Support.SUPPORTED,
        "supports",
        read=values.exact_words,
        merge=union,
        example=["load limit"],
    ),
)

_OFFER_ANSWER = (
    _text("sdp", "sdp", Mark.CORE, "The SDP of the SIP message."),
    Key(
        "direction",
        Kind.WORDS,
        Mark.CORE,
        "Logical interfaces towards the sender and towards the receiver of this message.",
        Support.SUPPORTED,
        "direction",
        read=values.pair,
        merge=interface_pair,
        example=["priv", "pub"],
    ),
    _text("from-interface", "from_interface", Mark.CORE, "Logical interface towards the sender of this message."),
    _text("to-interface", "to_interface", Mark.CORE, "Logical interface towards the receiver of this message."),
    Key(
        "address-family",
        Kind.TEXT,
        Mark.CORE,
        "IP4 or IP6 towards the receiver; the default is the family of the SDP.",
        Support.SUPPORTED,
        "address_family",
        read=values.family,
        example="IP6",
    ),
    Key(
        "media-address",
        Kind.TEXT,
        Mark.CORE,
        "Printed in the SDP in place of the interface's advertised address.",
        Support.SUPPORTED,
        "media_address",
        read=values.host,
        example="192.0.2.1",
    ),
    Key(
        "received-from",
        Kind.WORDS,
        Mark.CORE,
        "Family and address that the SIP message came from; used with the flag SIP-source-address.",
        Support.SUPPORTED,
        "received_from",
        read=values.received_from,
        example=["IP4", "192.0.2.1"],
    ),
    Key(
        "transport-protocol",
        Kind.TEXT,
        Mark.CORE,
        "Protocol of the m= lines that go out: RTP/AVP or RTP/AVPF, secure ones are refused; in answers also 'accept'.",
        Support.SUPPORTED,
        "transport_protocol",
        read=values.transport,
        example="RTP/AVPF",
    ),
    Key(
        "rtcp-mux",
        Kind.WORDS,
        Mark.CORE,
        "offer, require, demux, accept, reject: RTP and RTCP on one port.",
        Support.SUPPORTED,
        "rtcp_mux",
        read=values.words,
        merge=union,
        example=["demux", "accept"],
    ),
    Key(
        "replace",
        Kind.WORDS,
        Mark.CORE,
        "Parts of the SDP to rewrite: origin, origin-full, username, session-name, sdp-version, zero-address, ...",
        Support.SUPPORTED,
        "replace",
        read=values.words,
        merge=union,
        example=["origin"],
    ),
    Key(
        "endpoint-learning",
        Kind.TEXT,
        Mark.RELAY,
        "delayed, immediate, off, heuristic: how a party's address is learned from its media.",
        Support.SUPPORTED,
        "endpoint_learning",
        read=values.endpoint_learning,
        example="off",
    ),
    Key(
        "TOS",
        Kind.NUMBER,
        Mark.RELAY,
        "TOS byte (0 to 255) of the media of both sides; -1 leaves the packets' own.",
        Support.SUPPORTED,
        "tos",
        read=values.tos,
        example=184,
    ),
    Key(
        "delete-delay",
        Kind.NUMBER,
        Mark.CORE,
        "delete: seconds until the end of the media.",
        Support.SUPPORTED,
        "delete_delay",
        read=values.delay,
        example=5,
    ),
    _text(
        "metadata",
        "metadata",
        Mark.RELAY,
        "Free text about the party that sent this message; query shows it, and the call's last one.",
    ),
    Key(
        "limit",
        Kind.NUMBER,
        Mark.CORE,
        "list: how many calls at most.",
        Support.SUPPORTED,
        "limit",
        read=values.number,
        example=10,
    ),
)

_SDP_EDITING = (
    Key(
        "bundle",
        Kind.WORDS,
        Mark.RELAY,
        "accept, reject: whether the sender of an offer may have its media on one port. offer, require, strict: its "
        "receiver is offered that, with ports to fall back on, without, or with port 0 for all media but the first.",
        Support.SUPPORTED,
        "bundle",
        read=values.words,
        merge=union,
        example=["accept", "offer"],
    ),
    Key(
        "sdp-attr",
        Kind.DICTIONARY,
        Mark.RELAY,
        "Attributes to add, remove, substitute, by section: none (or global, session), audio, video, image, message, "
        "other.",
        Support.SUPPORTED,
        "sdp_attr",
        synonyms=("sdp-attributes",),
        read=dictionaries.sdp_attr,
        merge=both,
        example=Message((("audio", Message((("add", ["foo:bar"]),))),)),
    ),
    Key(
        "sdp-media-remove",
        Kind.WORDS,
        Mark.RELAY,
        "Media types of which the receiver of an offer is not told; the sender's answer has them refused.",
        Support.SUPPORTED,
        "sdp_media_remove",
        read=values.words,
        merge=union,
        example=["video"],
    ),
    Key(
        "extmap",
        Kind.DICTIONARY,
        Mark.RELAY,
        "strip: URIs of header extensions to leave out of the SDP and of packets, or 'all'; mask: the same, but the "
        "sender of the offer is answered as if they were taken.",
        Support.SUPPORTED,
        "extmap",
        read=dictionaries.extmap,
        merge=both,
        example=Message((("strip", ["urn:x"]),)),
    ),
    _unused("alias-key", Kind.TEXT, Mark.RARE, "How aliases of a party are found.", _NEWER),
    Key(
        "template",
        Kind.TEMPLATE,
        Mark.RARE,
        "A named set of flags from the configuration file (--templates); the request's own words win over it.",
        Support.SUPPORTED,
        "template",
    ),
    _unused("generate-RTCP", Kind.TEXT, Mark.RELAY, "Make RTCP reports.", "RTCP is relayed as it comes"),
    _unused("repacketize", Kind.NUMBER, Mark.RARE, "Packet length in ms.", _CODECS),
    _text("interface", "interface", Mark.CORE, "Logical interface of publish, subscribe request and create."),
    _unused("inbound-peer", Kind.TEXT, Mark.RARE, "Peer of the sender's side.", _NEWER),
    _unused("outbound-peer", Kind.TEXT, Mark.RARE, "Peer of the receiver's side.", _NEWER),
    _unused("peer", Kind.TEXT, Mark.RARE, "Peer of publish and subscribe.", _NEWER),
    _unused("xmlrpc-callback", Kind.TEXT, Mark.RARE, "Who is told of a timeout.", "rtpng sends no callbacks"),
)

_RECORD = (
    Key(
        "record-call",
        Kind.TEXT,
        Mark.RELAY,
        "yes, on: start recording; no, off: stop; discard: stop and throw away. Needs --recording-dir.",
        Support.SUPPORTED,
        "recording",
        read=values.record_call,
        example="yes",
    ),
    _text(
        "recording-file", "recording_file", Mark.RARE, "The pcap file, below --recording-dir.", "output-recording-file"
    ),
    *(
        _unused(f"{side}recording-{part}", Kind.TEXT, Mark.RARE, f"The recording's {part}.", _NAMES)
        for side in ("", "output-")
        for part in ("dir", "pattern")
    ),
    *(
        _unused(f"vsc-{action}-rec", Kind.TEXT, Mark.RARE, f"Digits that {action} the recording.", _RECORDING)
        for action in ("start", "stop", "pause", "start-stop", "pause-resume", "start-pause-resume")
    ),
)

_CODEC = (
    Key(
        "codec",
        Kind.DICTIONARY,
        Mark.CORE,
        "strip: codecs to remove, or 'all'; except, offer: which of them stay in place, or come last in this order; "
        "ignore: offered, but not accepted back. mask and consume only strip, transcode only brings back what 'all' "
        "removed, accept and set have no effect: rtpng does not transcode.",
        Support.SUPPORTED,
        "codec",
        synonyms=("codecs",),
        read=dictionaries.codec,
        merge=both,
        example=Message((("strip", ["PCMA"]),)),
    ),
    Key(
        "ptime",
        Kind.NUMBER,
        Mark.CODEC,
        "a=ptime of an offer, in ms: what the receiver is asked for; packets pass as they come.",
        Support.SUPPORTED,
        "ptime",
        read=values.milliseconds,
        example=40,
    ),
    Key(
        "ptime-reverse",
        Kind.NUMBER,
        Mark.CODEC,
        "a=ptime of the answer to this offer, in ms; packets pass as they come.",
        Support.SUPPORTED,
        "ptime_reverse",
        read=values.milliseconds,
        example=40,
    ),
    _unused("T.38", Kind.WORDS, Mark.CODEC, "Fax: decode, force, stop.", _CODECS, "T38"),
    _unused("moh", Kind.DICTIONARY, Mark.CODEC, "Music on hold.", _CODECS),
    _unused("audio-player", Kind.TEXT, Mark.CODEC, "Play comfort audio.", _CODECS, "player"),
    _unused("passthrough", Kind.TEXT, Mark.RARE, "Relay media unchanged.", "rtpng always does"),
)

_NEWER_COMMANDS = (
    Key(
        "from-tags",
        Kind.WORDS,
        Mark.RELAY,
        "subscribe request: tags of the parties to hear.",
        Support.SUPPORTED,
        "from_tags",
        read=values.identifiers,
        merge=joined,
        example=["a", "b"],
    ),
    _unused("source-tag", Kind.TEXT, Mark.RARE, "Party to inject from.", _NEWER),
    _unused("source-call-id", Kind.TEXT, Mark.RARE, "Call to inject from.", _NEWER),
    _identifier("to-call-id", "to_call_id", Mark.RARE, "connect: the call of to-tag, if it is another one."),
    _unused("calls", Kind.WORDS, Mark.RARE, "Calls to join.", _NEWER),
    _unused("tags", Kind.WORDS, Mark.RARE, "Who hears whom.", _NEWER),
    Key(
        "media",
        Kind.DICTIONARIES,
        Mark.RARE,
        "create: the streams to offer, each with its type; transform: also with id and destination (address, port).",
        Support.SUPPORTED,
        "media",
        synonyms=("medias",),
        read=media_list,
        example=[Message((("type", "video"),))],
    ),
    _text("instance", "instance", Mark.RARE, "transform: the relay that asks, so that none asks itself."),
    _text("body", "body", Mark.RELAY, "The line for the command 'cli'."),
)

KEYS = (
    _IDENTIFYING
    + _WORDS
    + _OFFER_ANSWER
    + SECURITY
    + _SDP_EDITING
    + _RECORD
    + _CODEC
    + MEDIA_COMMANDS
    + _NEWER_COMMANDS
)
