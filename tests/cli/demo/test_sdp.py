import pytest

from cli.demo.sdp import describe, media_address, reachable
from sipcore.address import Address
from sipcore.errors import ParseError


@pytest.mark.parametrize("media", [Address("192.0.2.1", 4000), Address("2001:db8::1", 4000)])
def test_what_a_phone_writes_it_can_read(media: Address) -> None:
    assert media_address(describe(media, 1)) == media


@pytest.mark.parametrize(
    "text",
    [
        "",
        "None",
        "v=0\r\ns=-\r\n",
        "v=0\r\ns=-\r\nm=audio 4000 RTP/AVP 0\r\n",
        "v=0\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nm=audio 0 RTP/AVP 0\r\n",
    ],
)
def test_sdp_without_an_address_for_media(text: str) -> None:
    with pytest.raises(ParseError):
        media_address(text)


def test_a_relay_behind_nat_is_asked_at_its_own_address() -> None:
    wanted = Address("198.51.100.1", 30000)
    assert reachable(wanted, ("10.0.0.1", "10.0.0.2")) == Address("10.0.0.1", 30000)
    assert reachable(wanted, ("10.0.0.1", "198.51.100.1")) == wanted
    assert reachable(wanted, ()) == wanted
