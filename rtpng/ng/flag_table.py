"""FLAGS, PREFIXES and SHORTHANDS: every word of ``flags`` and ``rtpp-flags``, one row each."""

from rtpng.calls.recording import Wish
from rtpng.calls.request import SdesWishes
from rtpng.ng.dictionaries import attribute, entry
from rtpng.ng.rows import Flag, Mark, Prefix, Support

_CODECS = "needs codecs, which rtpng does not have"
_RECORDING = "recordings are files, and nothing else"
_SENDING = "media commands are about what a party sends; rtpengine 26 does not heed it there either"
_NEWER = "belongs to commands that rtpng does not have"
_OBSOLETE = "obsolete"


def _sets(name: str, mark: Mark, sentence: str, *sets: tuple[str, object], synonyms: tuple[str, ...] = ()) -> Flag:
    return Flag(name, mark, sentence, Support.SUPPORTED, sets, synonyms=synonyms)


def _unused(name: str, mark: Mark, sentence: str, note: str, *synonyms: str) -> Flag:
    return Flag(name, mark, sentence, Support.ACCEPTED, note=note, synonyms=synonyms)


_ADDRESSES = (
    _sets("trust-address", Mark.CORE, "Use the address in the SDP.", ("trust_address", True)),
    _sets(
        "SIP-source-address",
        Mark.CORE,
        "Use received-from in place of the address in the SDP.",
        ("sip_source_address", True),
    ),
    _sets("asymmetric", Mark.CORE, "Do not learn the sender's address from media.", ("asymmetric", True)),
    _sets(
        "unidirectional",
        Mark.RELAY,
        "The sender only sends: shown by query; the kernel forwards each direction by itself anyhow.",
        ("unidirectional", True),
    ),
    _sets("port-latching", Mark.RELAY, "Learn anew after each re-offer.", ("port_latching", True)),
    _unused(
        "no-port-latching",
        Mark.RELAY,
        "Do not learn anew after a re-offer.",
        "rtpng learns anew only where the SDP's address changed, and sends there at once",
    ),
    _sets(
        "strict-source",
        Mark.RELAY,
        "Drop packets of any other source: shown by query; rtpng always does, unless --insecure-accept-any-source.",
        ("strict_source", True),
    ),
    _sets("media-handover", Mark.RELAY, "Follow a party to a new source at any time.", ("media_handover", True)),
    _sets("reset", Mark.RELAY, "Learn the party's address anew.", ("reset", True)),
    _sets("NAT-wait", Mark.RELAY, "Send nothing to the sender before a packet came from it.", ("nat_wait", True)),
    _sets(
        "pierce-NAT", Mark.RELAY, "Send the sender an empty packet, to open a firewall of ours.", ("pierce_nat", True)
    ),
    _unused("symmetric", Mark.CORE, "Learn addresses from media.", _OBSOLETE),
)

_SDP = (
    _sets(
        "WebRTC",
        Mark.CORE,
        "What a browser needs: UDP/TLS/RTP/SAVPF without SDES, ICE, rtcp-mux, BUNDLE, mid.",
        ("transport_protocol", "UDP/TLS/RTP/SAVPF"),
        ("ice", "force"),
        ("trickle", True),
        ("sdes", SdesWishes(off=True)),
        ("rtcp_mux", frozenset({"offer", "require"})),
        ("bundle", frozenset({"offer", "require"})),
        ("no_rtcp_attribute", True),
        ("generate_mid", True),
    ),
    _sets("generate-mid", Mark.RELAY, "Add a=mid where there is none.", ("generate_mid", True)),
    _sets("no-rtcp-attribute", Mark.CORE, "Print no a=rtcp.", ("no_rtcp_attribute", True)),
    _sets("full-rtcp-attribute", Mark.CORE, "Print a=rtcp with the address.", ("full_rtcp_attribute", True)),
    _sets("original-sendrecv", Mark.RELAY, "Leave the direction as it came.", ("original_sendrecv", True)),
    _sets("inactive", Mark.RELAY, "subscribe request: print a=inactive for all media.", ("inactive", True)),
    _sets("fragment", Mark.RELAY, "The body is an SDP fragment.", ("fragment", True)),
    _sets("loop-protect", Mark.CORE, "Mark the SDP, and leave one with our mark as it is.", ("loop_protect", True)),
    _sets("strip-extmap", Mark.RELAY, "Drop all header extensions, of packets too.", ("strip_extmap", True)),
    _sets("pad-crypto", Mark.CORE, "Pad base64 keys with '='.", ("sdes", SdesWishes(pad=True))),
    _sets("no-tls-id", Mark.RELAY, "Print no a=tls-id.", ("no_tls_id", True)),
    _sets("trickle-ICE", Mark.RELAY, "Advertise trickle ICE to the receiver.", ("trickle", True)),
    _sets("reject-ICE", Mark.RELAY, "Do not answer the sender's ICE.", ("reject_ice", True), synonyms=("ICE-reject",)),
    _unused("generate-RTCP", Mark.RELAY, "Make RTCP reports.", "RTCP is relayed as it comes"),
    _unused("mirror-RTCP", Mark.RARE, "Return RTCP to its sender.", "RTCP is relayed as it comes", "RTCP-mirror"),
)

_DIALOGUES = (
    _sets("fatal", Mark.CORE, "delete: an unknown call is an error.", ("fatal", True)),
    _sets("fast", Mark.RELAY, "delete: no statistics in the reply.", ("fast", True)),
    _sets("to-tag", Mark.CORE, "delete: honour to-tag.", ("use_to_tag", True)),
    _sets("new-branch", Mark.RELAY, "The answerer is a new party.", ("new_branch", True)),
    _sets("provisional", Mark.RELAY, "The answer is not the final one.", ("provisional", True)),
    _unused(
        "debug", Mark.RELAY, "Debug logging for this call.", "all lines of a call are logged at level 6", "debugging"
    ),
    _unused("early-media", Mark.RELAY, "Media before the final answer.", "media is relayed from the first packet"),
    _unused("no-redis-update", Mark.RARE, "Do not persist this change.", "rtpng keeps its calls in memory"),
)

_RECORD = (
    _sets("record-call", Mark.RELAY, "Start recording.", ("recording", Wish.START)),
    _sets("discard-recording", Mark.RARE, "stop recording, delete: throw it away.", ("discard_recording", True)),
    _sets("exclude-recording", Mark.RARE, "Do not record what either party sends.", ("exclude_recording", True)),
    _unused("skip-recording-db", Mark.RARE, "No database entry for the recording.", _RECORDING),
    _unused("recording-announcement", Mark.RARE, "Announce the recording.", _RECORDING),
    _unused("recording-vsc", Mark.RARE, "Digits control the recording.", _RECORDING),
    _sets("pause", Mark.RELAY, "stop recording: it may go on later.", ("pauses", True)),
)

_MEDIA_COMMANDS = (
    _sets(
        "directional",
        Mark.CORE,
        "unsubscribe: only from the party of from-tag; in media commands a from-tag always means its party.",
        ("directional", True),
    ),
    _sets("all", Mark.RELAY, "Media commands: the whole call is meant.", ("all", "all")),
    _unused("bidirectional", Mark.RELAY, "Both ways.", _SENDING),
    _unused("egress", Mark.RELAY, "What is sent, not what is received.", _SENDING),
    _unused("block-egress", Mark.RELAY, "Block what is sent.", _SENDING),
    _sets("block-DTMF", Mark.RELAY, "The sender's DTMF events are dropped, as by 'block DTMF'.", ("block_dtmf", True)),
    _sets(
        "block-short",
        Mark.RELAY,
        "G.711, G.722 and G.729 packets of the sender that are shorter than its first one are dropped.",
        ("block_short", True),
        synonyms=("block-short-packets",),
    ),
    _sets(
        "SIPREC",
        Mark.RELAY,
        "subscribe request: name each stream (a=label, tag-medias, media-labels) for a recorder.",
        ("siprec", True),
    ),
    _sets(
        "detect-DTMF",
        Mark.CODEC,
        "The sender's digits (RFC 4733 events, no tones) are recognised, counted in query and told of.",
        ("detect_dtmf", True),
    ),
    _unused("inject-DTMF", Mark.CODEC, "Prepare for playing digits.", "every stream with events can take digits"),
    _unused("unsubscribe", Mark.RARE, "End a subscription.", _NEWER),
)

_CODEC_LISTS = (
    _sets("single-codec", Mark.CODEC, "Leave one codec in the answer.", ("single_codec", True)),
    _sets(
        "allow-no-codec-media",
        Mark.CODEC,
        "Refuse media of which no codec is left, instead of leaving its codecs as they were.",
        ("allow_no_codec_media", True),
    ),
    _sets(
        "no-codec-renegotiation",
        Mark.CODEC,
        "Codecs that were agreed before stay the preferred ones.",
        ("reuse_codecs", True),
        synonyms=("reuse-codecs",),
    ),
)

_CODEC = tuple(
    _unused(name, Mark.CODEC, sentence, _CODECS, *synonyms)
    for name, sentence, *synonyms in (
        ("mix", "Mix the sources."),
        ("allow-transcoding", "Transcode where needed."),
        ("force-transcoding", "Transcode always.", "always-transcode"),
        ("symmetric-codecs", "One codec in both directions."),
        ("asymmetric-codecs", "Different codecs per direction.", "allow-asymmetric-codecs"),
        ("reorder-codecs", "Sort codecs."),
        ("static-codecs", "Keep the codecs of the first offer."),
        ("no-jitter-buffer", "Switch the jitter buffer off."),
        ("audio-player", "Play comfort audio."),
        ("no-audio-player", "Play no comfort audio.", "no-player"),
        ("recrypt", "Decrypt and encrypt again."),
        ("passthrough", "Relay media unchanged."),
        ("no-passthrough", "Do not relay media unchanged."),
    )
)

FLAGS = _ADDRESSES + _SDP + _DIALOGUES + _RECORD + _MEDIA_COMMANDS + _CODEC_LISTS + _CODEC

PREFIXES = (
    Prefix("replace-", "replace", "A part of the SDP to rewrite.", ("replace-origin",)),
    Prefix("rtcp-mux-", "rtcp-mux", "RTP and RTCP on one port.", ("rtcp-mux-demux",)),
    Prefix("endpoint-learning-", "endpoint-learning", "How addresses are learned.", ("endpoint-learning-off",)),
    Prefix("from-tags-", "from-tags", "A party to subscribe to.", ("from-tags-abc",)),
    Prefix("SDES-", "SDES", "An option of SDES.", ("SDES-off", "SDES-no-AES_256_CM_HMAC_SHA1_80")),
    Prefix("OSRTP-", "OSRTP", "An option of OSRTP.", ("OSRTP-offer",)),
    Prefix("BUNDLE-", "bundle", "An option of bundling.", ("BUNDLE-offer",)),
    Prefix("T38-", "T.38", "An option of fax.", ("T38-decode",)),
    Prefix("T.38-", "T.38", "An option of fax.", ("T.38-decode",)),
    Prefix("transcode-", "codec", "A codec to add.", ("transcode-PCMA",), entry("transcode")),
    *(
        Prefix(f"codec-{action}-", "codec", f"A codec to {action}.", (f"codec-{action}-PCMA",), entry(action))
        for action in ("strip", "offer", "except", "ignore", "mask", "transcode", "accept", "consume", "set")
    ),
    *(
        Prefix(f"sdp-attr-{action}-", "sdp-attr", f"An attribute to {action}.", (example,), attribute(action))
        for action, example in (
            ("add", "sdp-attr-add-audio-foo:1..a--b"),
            ("remove", "sdp-attr-remove-none-foo"),
            ("substitute", "sdp-attr-substitute-audio-foo>bar"),
        )
    ),
)

# Bare words of rtpp-flags that stand for a transport protocol.
SHORTHANDS = {
    "RTP": "RTP/AVP",
    "AVP": "RTP/AVP",
    "SRTP": "RTP/SAVP",
    "AVPF": "RTP/AVPF",
    "DTLS": "UDP/TLS/RTP/SAVP",
    "RTP/AVP": "RTP/AVP",
    "RTP/SAVP": "RTP/SAVP",
    "RTP/AVPF": "RTP/AVPF",
    "RTP/SAVPF": "RTP/SAVPF",
    "UDP/TLS/RTP/SAVP": "UDP/TLS/RTP/SAVP",
    "UDP/TLS/RTP/SAVPF": "UDP/TLS/RTP/SAVPF",
}

# Bare words of rtpp-flags that name a logical interface.
INTERFACE_WORDS = ("internal", "external")
