"""No key material in any log line, nor in what a refused request is told."""

import json
import logging

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rtpng.ng.advice.journal import Journal
from rtpng.ng.commands.context import Reply
from rtpng.ng.commands.table import run
from rtpng.ng.flags import read
from rtpng.ng.message import Message
from rtpng.ng.responder import Responder
from rtpng.ng.unknown import UnknownWords
from rtpng.ng.wire import Encoding, encode
from sipcore.address import Address
from tests.rtpng.harness import RelayUnderTest, audio, sdp

CLIENT = Address("192.0.2.1", 40000)
FORMS = (
    "{before}a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:{key}|2^20|1:4",
    "{before}a=ice-pwd:{key}",
    "{before}a=key-mgmt:mikey {key}",
    "{before}k=clear:{key}",
    "{before}k:base64:{key}",
)
# An error of its own, so that the request is refused and quoted; none, so that it is carried out.
MISTAKES = ("", "a=rtcp:x", "m=audio", "x", "c=IN IP4 nowhere")

forms = st.builds(
    lambda form, before, upper: (form.upper().replace("{KEY}", "{key}") if upper else form).replace("{BEFORE}", before),
    st.sampled_from([form.replace("{before}", "{BEFORE}") for form in FORMS]),
    st.text(" \t", max_size=2),
    st.booleans(),
)
# What no JSON or Python escapes: the search below is for the very characters.
keys = st.text("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+/=", min_size=12, max_size=90)


def datagram(document: str, encoding: Encoding, *, whole: bool) -> bytes:
    attributes = [line.strip()[2:] for line in document.splitlines() if line.strip().lower().startswith("a=")]
    edits = [f"sdp-attr-add-audio-{attribute}" for attribute in attributes]
    message = {"command": "offer", "call-id": "call", "from-tag": "alice", "sdp": document, "flags": [document, *edits]}
    sent = encode(b"cookie", message, encoding)
    return sent if whole else sent[:-2]


class Witness:
    """A relay, and everything that it says to the log and to the proxy but the SDP that it passes on."""

    def __init__(self, caplog: pytest.LogCaptureFixture) -> None:
        self._relay = RelayUnderTest()
        self._log = caplog
        self._responder = Responder(self._handle, lambda: 0.0)
        self._unknown = UnknownWords()
        self._journal = Journal()

    def _handle(self, message: Message, client: Address) -> Reply:
        request = read(message, str(client))
        self._unknown.note(request.unknown)
        self._journal.note(message, request)
        reply = run(self._relay.context, request)
        return {name: value for name, value in reply.items() if name != "sdp"}

    def hears(self, sent: bytes) -> str:
        self._log.clear()
        reply = self._responder.respond(sent, CLIENT, 0.0) or b""
        return "\n".join([reply.decode(), *(record.getMessage() for record in self._log.records)])


@pytest.mark.parametrize("mistake", MISTAKES)
@given(
    form=forms,
    key=keys.map("SECRET".__add__),
    encoding=st.sampled_from(Encoding),
    whole=st.booleans(),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], max_examples=40)
def test_no_key_is_logged_or_told(
    caplog: pytest.LogCaptureFixture, mistake: str, form: str, key: str, encoding: Encoding, whole: bool
) -> None:
    caplog.set_level(logging.DEBUG)
    document = sdp(audio(4000, "0", form.format(key=key), mistake))
    said = Witness(caplog).hears(datagram(document, encoding, whole=whole))
    assert key not in said
    assert "SECRET" not in said


def test_keys_hide_behind_json_escapes_in_vain(caplog: pytest.LogCaptureFixture) -> None:
    text = json.dumps({"sdp": 'v=0\r\na=ice-pwd:SECRET\\nSECRET"SECRET\u00e9SECRET\r\n'})
    hidden = text.replace("SECRET", "\\u0053ECRET").replace("ice-pwd", "\\u0069ce-pwd").replace('\\"', "\\u0022")
    for sent in (text, hidden):
        assert "ECRET" not in Witness(caplog).hears(b"1 " + sent.encode())
