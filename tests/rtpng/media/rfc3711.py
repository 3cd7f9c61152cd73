"""SRTP written down from RFC 3711, 6188 and 7714 with AES and HMAC: what libsrtp's packets are held against.

Roll-over counter 0, no key derivation rate, no MKI, packets without extension or CSRC.
"""

import hashlib
import hmac

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from sipcore import srtp
from sipcore.srtp import Keys


def key_stream(key: bytes, start: bytes, size: int) -> bytes:
    """AES in counter mode (RFC 3711 4.1.1)."""
    return Cipher(algorithms.AES(key), modes.CTR(start)).encryptor().update(bytes(size))


def derived(keys: Keys, label: int, size: int) -> bytes:
    """A session key (4.3.1); a salt of 12 bytes is taken for one of 14 that ends in zeros (RFC 7714 11)."""
    salt = int.from_bytes(keys.salt.ljust(14, b"\0"))
    return key_stream(keys.key, ((salt ^ label << 48) << 16).to_bytes(16), size)


def xor(one: bytes, other: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(one, other, strict=True))


def counter_start(salt: bytes, ssrc: bytes, index: int) -> bytes:
    """4.1.1: salt * 2^16 ^ ssrc * 2^64 ^ index * 2^16."""
    number = int.from_bytes(salt) << 16 ^ int.from_bytes(ssrc) << 64 ^ index << 16
    return number.to_bytes(16)


def f8(keys: Keys, key: bytes, salt: bytes, start: bytes, payload: bytes) -> bytes:
    """4.1.2.1: S(j) = E(k_e, IV' ^ j ^ S(j-1)), with IV' = E(k_e ^ m, IV) and m = k_s, filled up with 0x55."""
    assert keys.suite.cipher is srtp.Cipher.AES_F8
    first = aes(xor(key, salt + b"\x55" * (len(key) - len(salt))), start)
    block, out = bytes(16), b""
    for number in range(len(payload) // 16 + 1):
        block = aes(key, xor(xor(first, number.to_bytes(16)), block))
        out += block
    return xor(payload, out[: len(payload)])


def aes(key: bytes, block: bytes) -> bytes:
    return Cipher(algorithms.AES(key), modes.ECB()).encryptor().update(block)


def protect_rtp(keys: Keys, packet: bytes) -> bytes:
    header, payload = packet[:12], packet[12:]
    index = int.from_bytes(packet[2:4])
    session, salt = derived(keys, 0, keys.suite.key), derived(keys, 2, keys.suite.salt)
    if keys.suite.cipher is srtp.Cipher.AES_GCM:  # RFC 7714 8.1: two zero bytes, SSRC, roll-over counter, sequence
        nonce = xor(bytes(2) + packet[8:12] + index.to_bytes(6), salt)
        return header + AESGCM(session).encrypt(nonce, payload, header)
    if keys.suite.cipher is srtp.Cipher.AES_CM and not keys.unencrypted_srtp:
        payload = xor(payload, key_stream(session, counter_start(salt, packet[8:12], index), len(payload)))
    if keys.suite.cipher is srtp.Cipher.AES_F8 and not keys.unencrypted_srtp:  # 4.1.2.2
        payload = f8(keys, session, salt, b"\0" + packet[1:12] + bytes(4), payload)
    return with_tag(keys, header + payload) if not keys.unauthenticated_srtp else header + payload


def with_tag(keys: Keys, sealed: bytes) -> bytes:
    """4.2.1: the roll-over counter belongs to what is authenticated."""
    return sealed + hmac.digest(derived(keys, 1, 20), sealed + bytes(4), hashlib.sha1)[: keys.suite.tag]


def protect_rtcp(keys: Keys, packet: bytes, index: int) -> bytes:
    """RFC 3711 3.4, RFC 7714 9."""
    header, payload = packet[:8], packet[8:]
    encrypted = not keys.unencrypted_srtcp
    trailer = (encrypted << 31 | index).to_bytes(4)
    session, salt = derived(keys, 3, keys.suite.key), derived(keys, 5, keys.suite.salt)
    if keys.suite.cipher is srtp.Cipher.AES_GCM:
        nonce = xor(bytes(2) + packet[4:8] + index.to_bytes(6), salt)
        return header + AESGCM(session).encrypt(nonce, payload, header + trailer) + trailer
    if keys.suite.cipher is srtp.Cipher.AES_CM and encrypted:
        payload = xor(payload, key_stream(session, counter_start(salt, packet[4:8], index), len(payload)))
    if keys.suite.cipher is srtp.Cipher.AES_F8 and encrypted:  # 4.1.2.3
        payload = f8(keys, session, salt, bytes(4) + trailer + header, payload)
    sealed = header + payload + trailer
    return sealed + hmac.digest(derived(keys, 4, 20), sealed, hashlib.sha1)[: keys.suite.rtcp_tag]
