import pytest

from rtpng.ng.advice.advise import Kind, advise, strangers
from rtpng.ng.advice.rules import RULES, Rule
from rtpng.ng.advice.sides import BOTH, Side
from rtpng.ng.advice.words import in_script
from tests.rtpng.harness import ALICE, BOB, RelayUnderTest, audio, lines, sdp


def each(rule: Rule) -> str:
    return rule.name


def mistakes(text: str, side: Side) -> dict[str, str]:
    """The words of each mistake by its sentence."""
    return {one.text: one.words for one in advise(in_script(text), side) if one.kind is Kind.MISTAKE}


@pytest.mark.parametrize("rule", RULES, ids=each)
def test_every_row_is_a_sentence(rule: Rule) -> None:
    assert rule.text[0] == "r" or rule.text[0].isupper()
    assert rule.text.endswith(".")
    assert "|" not in rule.text
    assert rule.sides


@pytest.mark.parametrize("rule", RULES, ids=each)
def test_every_row_finds_its_example_and_not_the_better_one(rule: Rule) -> None:
    for side in BOTH:
        found = mistakes(rule.wrong, side)
        assert (rule.text in found) is (side in rule.sides)
        assert rule.text not in mistakes(rule.right, side)
        assert set(found.get(rule.text, "").split()) <= set(rule.wrong.split())


@pytest.mark.parametrize("rule", RULES, ids=each)
def test_examples_have_no_unknown_words(rule: Rule) -> None:
    assert strangers(in_script(rule.wrong)) == ()
    assert strangers(in_script(rule.right)) == ()


def test_names_and_texts_are_unique() -> None:
    assert len({rule.name for rule in RULES}) == len({rule.text for rule in RULES}) == len(RULES)


def test_no_word_is_no_mistake() -> None:
    assert not any(mistakes("", side) for side in BOTH)


def names(text: str, side: Side) -> set[str]:
    found = mistakes(text, side)
    return {rule.name for rule in RULES if rule.text in found}


STOCK = "SIP-source-address replace-origin replace-session-connection"
TO_PHONE = "replace-origin replace-session-connection ICE=remove RTP/AVP rtcp-mux-demux DTLS-reverse=passive"
TO_BROWSER = "replace-origin ICE=force UDP/TLS/RTP/SAVPF rtcp-mux-require SDES-off generate-mid"
OFTEN_COPIED = "replace-origin replace-session-connection ICE=force DTLS=passive SDES-off RTP/SAVPF rtcp-mux-offer"
OPENSIPS = "trust-address replace-origin replace-session-connection ICE=remove RTP/AVP in-iface=priv out-iface=pub"


@pytest.mark.parametrize(
    ("flags", "in_offer", "in_answer"),
    [
        (STOCK, set(), set()),
        (TO_PHONE, set(), set()),
        (OPENSIPS, set(), set()),
        (TO_BROWSER, set(), {"secure-answer", "ice-in-answer"}),
        ("WebRTC", set(), {"secure-answer"}),
        (
            OFTEN_COPIED,
            {"savpf-for-browsers"},
            {"secure-answer", "ice-in-answer", "dtls-role-in-answer"},
        ),
        (
            "RTP/AVP ICE=remove rtcp-mux-require direction=pub",
            {"required-mux-for-plain-phones", "half-a-direction"},
            set(),
        ),
        ("trust-address SIP-source-address", {"both-addresses"}, {"both-addresses"}),
    ],
)
def test_real_strings(flags: str, in_offer: set[str], in_answer: set[str]) -> None:
    assert names(flags, Side.OFFER) == in_offer
    assert names(flags, Side.ANSWER) == in_answer


class TestTheRelayDoesAsTheRulesSay:
    @pytest.mark.parametrize("words", ["RTP/SAVPF", "UDP/TLS/RTP/SAVPF", "WebRTC"])
    def test_a_secure_answer_stays_plain(self, words: str) -> None:
        relay = RelayUnderTest()
        relay.offer(sdp(audio()))
        assert relay.answer(sdp(audio(), host=BOB), rtpp_flags=words).media[0].protocol == "RTP/AVP"

    def test_sip_source_address_wins(self) -> None:
        relay = RelayUnderTest()
        relay.offer(sdp(audio(), host=ALICE), rtpp_flags="trust-address SIP-source-address", received_from=BOB)
        (party, _) = relay.call().parties
        assert party.streams[0].endpoints[0].latch.sdp == (BOB, 4000)

    @pytest.mark.parametrize(
        ("words", "line", "is_there"),
        [
            ("no-rtcp-attribute full-rtcp-attribute", "a=rtcp:", False),
            ("RTP/AVP RTP/AVPF", "m=audio 30000 RTP/AVPF", True),
        ],
    )
    def test_of_two_words_one_wins(self, words: str, line: str, is_there: bool) -> None:
        document = RelayUnderTest().offer(sdp(audio()), rtpp_flags=words)
        found = any(
            text.startswith(line.replace("30000", str(document.media[0].port))) for text in lines(document.media[0])
        )
        assert found is is_there
