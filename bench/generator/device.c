// Raw access to one device of another network namespace.
#define _GNU_SOURCE
#include "load.h"
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

static void set(int fd, int level, int option, int value, const char *what) {
	if (setsockopt(fd, level, option, &value, sizeof value))
		die(what);
}

static void map_ring(struct device *device) {
	struct tpacket_req3 ring = {
		.tp_block_size = BLOCK_SIZE,
		.tp_block_nr = BLOCKS,
		.tp_frame_size = MAX_FRAME,
		.tp_frame_nr = BLOCK_SIZE / MAX_FRAME * BLOCKS,
		.tp_retire_blk_tov = 4,  // ms until a block that is not full is handed over
	};
	set(device->rx, SOL_PACKET, PACKET_VERSION, TPACKET_V3, "packet version");
	set(device->rx, SOL_PACKET, PACKET_IGNORE_OUTGOING, 1, "ignore outgoing");
	if (setsockopt(device->rx, SOL_PACKET, PACKET_RX_RING, &ring, sizeof ring))
		die("receive ring");
	size_t size = (size_t) BLOCK_SIZE * BLOCKS;
	device->ring = mmap(0, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, device->rx, 0);
	if (device->ring == MAP_FAILED)
		die("map receive ring");
}

static void attach(struct device *device) {
	device->tx = socket(AF_PACKET, SOCK_RAW, 0);
	device->rx = socket(AF_PACKET, SOCK_RAW, 0);
	if (device->tx < 0 || device->rx < 0)
		die("packet socket");
	struct sockaddr_ll here = { .sll_family = AF_PACKET, .sll_ifindex = (int) if_nametoindex(device->name) };
	if (!here.sll_ifindex)
		die(device->name);
	set(device->tx, SOL_SOCKET, SO_SNDBUFFORCE, 8 << 20, "send buffer");
	if (bind(device->tx, (void *) &here, sizeof here))
		die("bind for sending");
	map_ring(device);
	here.sll_protocol = htons(ETH_P_ALL);
	if (bind(device->rx, (void *) &here, sizeof here))
		die("bind for receiving");
}

void open_device(struct device *device) {
	int here = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC), there = open(device->netns, O_RDONLY | O_CLOEXEC);
	if (here < 0 || there < 0 || setns(there, CLONE_NEWNET))
		die(device->netns);
	attach(device);
	if (setns(here, CLONE_NEWNET))
		die("return to the own namespace");
	close(here);
	close(there);
}
