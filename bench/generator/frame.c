// The packets: G.711 RTP whose payload says which packet of which stream of which call it is.
#include "load.h"
#include <string.h>

enum { MAGIC = 0x52545031, VERSION_2 = 0x80, MARKER = 0x80, TIMESTAMPS = 160, EXPEDITED = 0xb8, UDP = 17 };

void build_rtp(uint8_t *rtp, const struct leg *leg, int call, int side, int64_t number) {
	rtp[0] = VERSION_2;
	rtp[1] = number ? 0 : MARKER;
	put16(rtp + 2, (uint16_t) (leg->first_seq + number));
	put32(rtp + 4, TIMESTAMPS * (uint32_t) number);
	put32(rtp + 8, leg->ssrc);
	put32(rtp + 12, MAGIC);
	put16(rtp + 16, (uint16_t) call);
	rtp[18] = (uint8_t) side;
	rtp[19] = 0;
	put32(rtp + 20, (uint32_t) number);
}

int intact(const struct load *load, const uint8_t *rtp, int len, int call, int side, uint32_t number) {
	return len == RTP_HEADER + load->payload && get32(rtp + 12) == MAGIC && get16(rtp + 16) == (call & 0xffff) &&
	       rtp[18] == side && get32(rtp + 20) == number;
}

static uint32_t sum(const uint8_t *from, int len) {
	uint32_t total = 0;
	for (int i = 0; i + 1 < len; i += 2)
		total += get16(from + i);
	return len & 1 ? total + (uint32_t) (from[len - 1] << 8) : total;
}

static uint16_t folded(uint32_t total) {
	while (total >> 16)
		total = (total & 0xffff) + (total >> 16);
	return (uint16_t) ~total;
}

static void build_ip(uint8_t *ip, const struct leg *leg, int len, int64_t number) {
	memset(ip, 0, 20);
	ip[0] = 0x45;
	ip[1] = EXPEDITED;
	put16(ip + 2, (uint16_t) (28 + len));
	put16(ip + 4, (uint16_t) number);
	ip[6] = 0x40;  // do not fragment
	ip[8] = 64;
	ip[9] = UDP;
	memcpy(ip + 12, &leg->ip, 4);
	memcpy(ip + 16, &leg->relay_ip, 4);
	put16(ip + 10, folded(sum(ip, 20)));
}

// With a checksum, as a network card without offload would deliver the packet.
static void build_udp(uint8_t *udp, const uint8_t *ip, const struct leg *leg, int len) {
	put16(udp, leg->port);
	put16(udp + 2, leg->relay_port);
	put16(udp + 4, (uint16_t) (8 + len));
	put16(udp + 6, 0);
	uint16_t checksum = folded(UDP + 8 + (uint32_t) len + sum(ip + 12, 8) + sum(udp, 8 + len));
	put16(udp + 6, checksum ? checksum : 0xffff);
}

int build_frame(const struct load *load, uint8_t *frame, int call, int side, int64_t number) {
	const struct leg *leg = &load->calls[call].leg[side];
	const struct device *device = &load->device[side];
	int len = leg->ciphered ? leg->ciphered_len : RTP_HEADER + load->payload;
	if (leg->ciphered)
		memcpy(frame + HEADERS, leg->ciphered + number * len, (size_t) len);
	else
		build_rtp(frame + HEADERS, leg, call, side, number);
	memcpy(frame, device->relay_mac, 6);
	memcpy(frame + 6, device->own_mac, 6);
	put16(frame + 12, 0x0800);
	build_ip(frame + 14, leg, len, number);
	build_udp(frame + 34, frame + 14, leg, len);
	return HEADERS + len;
}
