"""What the words about protocols, keys and ICE do, in plain sentences."""

from rtpng.ng.advice.effect import ANSWERS_ONLY, OFFERS_ONLY, SETTLED, Effect, always, does, idle

_PLAIN = does("m= lines go out with this protocol, whatever the sender's is.")
_SDES = ("RTP/SAVP", "RTP/SAVPF")
_TLS = ("UDP/TLS/RTP/SAVP", "UDP/TLS/RTP/SAVPF")
_ANSWERED_BY_SDES = does("Answers with SDES, if it was offered.")
_OFF = ("off", "no", "disable", "disabled")

PROTOCOLS = (
    Effect("transport-protocol", "rtp/avp", _PLAIN, _PLAIN),
    Effect("transport-protocol", "rtp/avpf", _PLAIN, _PLAIN),
    *(
        Effect("transport-protocol", name.lower(), does("Offers SRTP, with keys in the SDP (SDES) and by DTLS."), None)
        for name in _SDES
    ),
    *(
        Effect("transport-protocol", name.lower(), does("Offers SRTP with keys by DTLS, as browsers want it."), None)
        for name in _TLS
    ),
    Effect("transport-protocol", "accept", ANSWERS_ONLY, idle("an answer has the protocol that was offered anyway")),
    always("transport-protocol", "udptl", idle("rtpng makes no fax of audio")),
    Effect("WebRTC", "", does("Offers what a browser needs: SRTP with keys by DTLS, ICE, one port."), None),
)

ICE = (
    Effect(
        "ICE",
        "remove",
        does("Offers no ICE to the receiver."),
        SETTLED,
    ),
    Effect("ICE", "force", does("Offers ICE with our own candidates, whatever the sender has."), None),
    Effect("ICE", "default", does("Offers ICE with our own candidates, if the sender has ICE."), SETTLED),
    Effect("ICE", "optional", does("Offers ICE with our own candidates, if the sender has ICE or not."), None),
    Effect("ICE", "force-relay", does("Offers ICE with our own candidates, if the sender has ICE or not."), None),
    Effect("ICE", "", does("Advertises an option of ICE."), SETTLED),
    Effect("ICE-lite", "", does("Only answers checks of ICE, in place of making its own."), SETTLED),
    Effect("trickle-ICE", "", does("Tells the receiver that candidates may come later."), SETTLED),
    Effect("reject-ICE", "", does("Gives the sender an answer without ICE."), SETTLED),
)

KEYS = (
    *(
        Effect("DTLS", word, does("Offers the receiver no DTLS."), does("Answers with SDES, if it was offered."))
        for word in _OFF
    ),
    Effect("DTLS", "passive", does("Waits for the sender's handshake, if it leaves the choice."), None),
    Effect("DTLS", "active", does("Begins the handshake with the sender, which is the default."), None),
    Effect("DTLS-reverse", "passive", does("Waits for the sender's handshake, if it leaves the choice."), SETTLED),
    Effect("DTLS-reverse", "", does("Begins the handshake with the sender, which is the default."), SETTLED),
    always("DTLS-fingerprint", "", does("Names our certificate by this hash.")),
    *(Effect("SDES", word, does("Puts no keys into the SDP."), SETTLED) for word in _OFF),
    Effect("SDES", "prefer", does("Answers the sender with SDES, if it offers DTLS as well."), SETTLED),
    Effect("SDES", "", does("Says which keys are offered in the SDP, or how they are printed."), SETTLED),
    Effect("OSRTP", "offer", does("Puts keys into an offer of a plain protocol."), OFFERS_ONLY),
    Effect("OSRTP", "offer-legacy", does("Offers secure media in two sections, plain and secure."), OFFERS_ONLY),
    Effect(
        "OSRTP", "accept-legacy", does("Takes a plain and a secure section of the sender for one media."), OFFERS_ONLY
    ),
    Effect("OSRTP", "", does("Takes the keys that a sender puts into an offer of a plain protocol."), SETTLED),
    always("pad-crypto", "", does("Pads the keys in the SDP with '='.")),
    always("no-tls-id", "", does("Prints no a=tls-id.")),
)
