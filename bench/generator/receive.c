// Reads both receive rings and accounts for every packet that the relay has sent.
#include "load.h"
#include <linux/if_packet.h>
#include <poll.h>
#include <string.h>

static int in_order(struct leg *receiver, uint32_t number) {
	int ordered = !receiver->heard || number > receiver->highest;
	if (ordered)
		receiver->highest = number;
	receiver->heard = 1;
	return ordered;
}

static void count_latency(struct meter *meter, int64_t ns) {
	if (meter->latencies == meter->room)
		return;
	meter->latency[meter->latencies++] = ns < 0 ? 0 : ns > UINT32_MAX ? UINT32_MAX : (uint32_t) ns;
}

static void count(struct load *load, int side, int call, const uint8_t *ip, int len, int64_t arrived) {
	struct leg *receiver = &load->calls[call].leg[side], *sender = &load->calls[call].leg[!side];
	struct meter *meter = &load->meter[!side];
	const uint8_t *udp = ip + 20, *rtp = udp + 8;
	uint32_t number = (uint16_t) (get16(rtp + 2) - sender->first_seq);
	if (memcmp(ip + 12, &receiver->relay_ip, 4) || get16(udp) != receiver->relay_port)
		meter->wrong_source++;
	int64_t sent = atomic_exchange(&sender->stamps[number % STAMPS], 0);
	if (!sent) {
		meter->duplicates++;
		return;
	}
	int ordered = in_order(receiver, number), good = receiver->rx.suite
							       ? authentic(load, receiver, rtp, len, number, meter)
							       : intact(load, rtp, len, call, !side, number);
	meter->damaged += (uint64_t) !good;
	if (sent < 0) {
		meter->warmup_received++;
		meter->warmup_reordered += (uint64_t) !ordered;
		return;
	}
	meter->received++;
	meter->reordered += (uint64_t) !ordered;
	count_latency(meter, arrived - sent);
}

static void read_packet(struct load *load, int side, const struct tpacket3_hdr *header) {
	const uint8_t *frame = (const uint8_t *) header + header->tp_mac, *ip = frame + 14, *udp = ip + 20, *rtp = udp + 8;
	int len = (int) header->tp_snaplen - HEADERS;
	int call = -1;
	if (len >= RTP_HEADER && ip[0] == 0x45 && ip[9] == 17 && rtp[0] >> 6 == 2 && (rtp[1] & 0x7f) < 64)
		call = load->call_of_port[side][get16(udp + 2)];
	if (call < 0) {
		load->device[side].strange++;
		return;
	}
	int told = get16(udp + 4) - 8;
	count(load, side, call, ip, told < len ? told : len, header->tp_sec * 1000000000LL + header->tp_nsec);
}

static int read_block(struct load *load, int side) {
	struct device *device = &load->device[side];
	struct tpacket_block_desc *block = (void *) (device->ring + (size_t) device->block * BLOCK_SIZE);
	if (!(block->hdr.bh1.block_status & TP_STATUS_USER))
		return 0;
	__sync_synchronize();
	const struct tpacket3_hdr *header = (void *) ((uint8_t *) block + block->hdr.bh1.offset_to_first_pkt);
	for (unsigned i = 0; i < block->hdr.bh1.num_pkts; i++) {
		read_packet(load, side, header);
		header = (const void *) ((const uint8_t *) header + header->tp_next_offset);
	}
	__sync_synchronize();
	block->hdr.bh1.block_status = TP_STATUS_KERNEL;
	device->block = (device->block + 1) % BLOCKS;
	return 1;
}

void *receive(void *argument) {
	struct load *load = argument;
	struct pollfd rings[SIDES] = { { load->device[0].rx, POLLIN, 0 }, { load->device[1].rx, POLLIN, 0 } };
	for (;;) {
		int found = read_block(load, 0) + read_block(load, 1);
		if (!found && atomic_load(&load->stop))
			return 0;
		if (!found)
			poll(rings, SIDES, 2);
	}
}
