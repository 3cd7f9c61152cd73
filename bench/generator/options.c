// The command line and the file of calls.
//
//   rtp_load CALLS [--pps P] [--seconds S] [--start S] [--warm-pps P] [--warm S] [--run-in S] [--payload BYTES]
//            [--batch N] [--check N] [--cpu N]
//
// Lines of CALLS:
//   dev A|B DEVICE NETNS_PATH OWN_MAC RELAY_MAC
//   call IP PORT RELAY_IP RELAY_PORT TX_KEY RX_KEY  IP PORT RELAY_IP RELAY_PORT TX_KEY RX_KEY
// with the caller's six fields before the callee's; RELAY_* is what that side was told in SDP, a key is SUITE:HEX (key and
// salt) or "-".
#include "load.h"
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static void wrong(const char *what, const char *text) {
	fprintf(stderr, "rtp_load: %s: %s\n", what, text);
	exit(2);
}

void read_options(struct load *load, int argc, char **argv) {
	struct { const char *name; double *number; int *whole; } table[] = {
		{ "--pps", &load->pps, 0 },           { "--seconds", &load->seconds, 0 }, { "--warm-pps", &load->warm_pps, 0 },
		{ "--warm", &load->warm, 0 },         { "--run-in", &load->run_in, 0 },   { "--payload", 0, &load->payload },
		{ "--batch", 0, &load->batch },       { "--check", 0, &load->check },     { "--cpu", 0, &load->cpu },
		{ "--start", &load->start, 0 },
	};
	for (int i = 2; i < argc; i += 2) {
		size_t row = 0, rows = sizeof table / sizeof *table;
		while (row < rows && strcmp(argv[i], table[row].name))
			row++;
		if (row == rows || i + 1 == argc)
			wrong("unknown option or missing value", argv[i]);
		if (table[row].number)
			*table[row].number = atof(argv[i + 1]);
		else
			*table[row].whole = atoi(argv[i + 1]);
	}
	if (load->batch < 1 || load->batch > MAX_BATCH || load->payload < 24 || load->payload > 1400 || load->check < 1)
		wrong("out of range", "--batch 1..64, --payload 24..1400, --check from 1");
}

static void keys_of(char *text, struct keys *keys) {
	if (!strcmp(text, "-"))
		return;
	char *hex = strchr(text, ':');
	if (!hex)
		wrong("a key without its suite", "SUITE:HEX is wanted");
	*hex++ = 0;
	keys->suite = suite_of(text);
	if (!keys->suite)
		wrong("unknown suite", text);
	if (strlen(hex) != 2 * (size_t) keys->suite->key)
		wrong("wrong length of a key", text);
	for (int i = 0; i < keys->suite->key; i++) {
		unsigned octet;
		if (sscanf(hex + 2 * i, "%2x", &octet) != 1)
			wrong("a key is no hex", text);
		keys->material[i] = (uint8_t) octet;
	}
}

static void mac_of(const char *text, uint8_t *mac) {
	unsigned v[6];
	if (sscanf(text, "%x:%x:%x:%x:%x:%x", v, v + 1, v + 2, v + 3, v + 4, v + 5) != 6)
		wrong("bad hardware address", text);
	for (int i = 0; i < 6; i++)
		mac[i] = (uint8_t) v[i];
}

static void add_device(struct load *load, char (*word)[256]) {
	struct device *device = &load->device[word[1][0] == 'B'];
	snprintf(device->name, sizeof device->name, "%.31s", word[2]);
	snprintf(device->netns, sizeof device->netns, "%s", word[3]);
	mac_of(word[4], device->own_mac);
	mac_of(word[5], device->relay_mac);
}

static void add_call(struct load *load, char (*word)[256]) {
	load->calls = realloc(load->calls, (size_t) (load->ncalls + 1) * sizeof *load->calls);
	if (!load->calls)
		die("memory");
	struct call *call = &load->calls[load->ncalls];
	memset(call, 0, sizeof *call);
	for (int side = 0; side < SIDES; side++) {
		struct leg *leg = &call->leg[side];
		char (*field)[256] = word + 1 + 6 * side;
		leg->ip = inet_addr(field[0]);
		leg->port = (uint16_t) atoi(field[1]);
		leg->relay_ip = inet_addr(field[2]);
		leg->relay_port = (uint16_t) atoi(field[3]);
		keys_of(field[4], &leg->tx);
		keys_of(field[5], &leg->rx);
		leg->ssrc = ((uint32_t) rand() << 8) ^ (uint32_t) (load->ncalls * 2 + side) ^ 0x1000;
		leg->first_seq = (uint16_t) (1 + rand() % 30000);
		leg->stamps = calloc(STAMPS, sizeof *leg->stamps);
		if (!leg->stamps)
			die("memory");
		load->call_of_port[side][leg->port] = load->ncalls;
	}
	load->ncalls++;
}

void read_calls(struct load *load, const char *path) {
	FILE *file = fopen(path, "r");
	if (!file)
		die(path);
	srand((unsigned) time(0) ^ (unsigned) getpid());
	for (int side = 0; side < SIDES; side++) {
		load->call_of_port[side] = malloc(65536 * sizeof(int32_t));
		memset(load->call_of_port[side], 0xff, 65536 * sizeof(int32_t));
	}
	char line[1024], w[13][256];
	while (fgets(line, sizeof line, file)) {
		int words = sscanf(line, "%255s %255s %255s %255s %255s %255s %255s %255s %255s %255s %255s %255s %255s", w[0], w[1], w[2],
				   w[3], w[4], w[5], w[6], w[7], w[8], w[9], w[10], w[11], w[12]);
		if (words == 6 && !strcmp(w[0], "dev"))
			add_device(load, w);
		else if (words == 13 && !strcmp(w[0], "call"))
			add_call(load, w);
		else
			wrong("bad line", line);
	}
	fclose(file);
	if (!load->ncalls || !load->device[0].name[0] || !load->device[1].name[0])
		wrong("needs two devices and a call", path);
}
