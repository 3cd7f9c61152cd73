// rtp_load plays both ends of every call at once, at packet level, and meters what the relay makes of it.
//
// Packets are written straight to the devices of "caller" (side 0) and "callee" (side 1) and read back from them through
// a mapped receive ring: no socket per call, little cost, and one clock for both time stamps. The send stamp is taken
// right before the system call, the receive stamp by the kernel when the packet reaches the device.
#ifndef LOAD_H
#define LOAD_H
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>

enum {
	SIDES = 2,
	STAMPS = 8192,    // send stamps kept per stream: more than a relay can hold back
	MAX_BATCH = 64,   // packets per system call
	MAX_FRAME = 2048,
	HEADERS = 42,     // Ethernet, IPv4 and UDP
	RTP_HEADER = 12,
	LONGEST_KEY = 30, // key and salt of the suites in crypto.c
	BLOCK_SIZE = 1 << 18,
	BLOCKS = 256,
};

struct suite {  // lengths in bytes; `key` is key and salt
	const char *name;
	int key, tag;
};

struct keys {  // of one direction; no suite means plain RTP
	const struct suite *suite;
	uint8_t material[LONGEST_KEY];
};

struct leg {                    // one side of one call; as sender it is one stream
	uint32_t ip, relay_ip;  // network order
	uint16_t port, relay_port;
	struct keys tx, rx;
	uint32_t ssrc;
	uint16_t first_seq;
	_Atomic int64_t *stamps;  // of the packets that this leg sends; negative in warm-up, 0 once received
	uint8_t *ciphered;        // all packets of this stream, encrypted before the run
	int ciphered_len;
	uint32_t highest;         // of the packets that this leg receives
	int heard;
	void *unprotect;
};

struct call {
	struct leg leg[SIDES];
};

struct device {
	char name[32], netns[256];
	uint8_t own_mac[6], relay_mac[6];
	int tx, rx;
	uint8_t *ring;
	unsigned block;
	uint64_t ring_drops, strange;
};

struct meter {  // of the packets that one side sends
	uint64_t sent, received, duplicates, reordered, damaged, auth_ok, auth_failed, wrong_source, tx_errors;
	uint64_t warmup_sent, warmup_received, warmup_reordered;
	uint32_t *latency;  // ns
	size_t latencies, room;
};

struct load {
	struct call *calls;
	int ncalls;
	struct device device[SIDES];
	int32_t *call_of_port[SIDES];
	struct meter meter[SIDES];
	int payload, batch, check, cpu;  // bytes; packets; one SRTP packet in `check` is authenticated; -1 for any CPU
	double pps, seconds;             // of one stream in the measured window
	double start;                    // seconds over which the streams begin, one after the other
	double warm_pps, warm;           // gentle rate: the relay learns the addresses and sets up its forwarding
	double run_in;                   // seconds at full rate before the window opens
	int64_t warm_packets, first_measured, packets, streams;  // packets: per stream, in all
	int64_t window_ns, latest_ns, late_batches;
	atomic_int stop;
};

void die(const char *what);
void read_options(struct load *load, int argc, char **argv);
void read_calls(struct load *load, const char *path);
void open_device(struct device *device);
int build_frame(const struct load *load, uint8_t *frame, int call, int side, int64_t number);
void build_rtp(uint8_t *rtp, const struct leg *leg, int call, int side, int64_t number);
int intact(const struct load *load, const uint8_t *rtp, int len, int call, int side, uint32_t number);
const struct suite *suite_of(const char *name);
void prepare_crypto(struct load *load);
int authentic(struct load *load, struct leg *receiver, const uint8_t *rtp, int len, uint32_t number, struct meter *meter);
void *receive(void *load);
void send_all(struct load *load);
void report(struct load *load);

static inline void put16(uint8_t *at, uint16_t value) { at[0] = value >> 8; at[1] = value & 0xff; }
static inline void put32(uint8_t *at, uint32_t value) { put16(at, value >> 16); put16(at + 2, value & 0xffff); }
static inline uint16_t get16(const uint8_t *at) { return (uint16_t) (at[0] << 8 | at[1]); }
static inline uint32_t get32(const uint8_t *at) { return (uint32_t) get16(at) << 16 | get16(at + 2); }
#endif
