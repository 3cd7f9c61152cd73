// The result as one line of JSON; latencies in microseconds.
#include "load.h"
#include <inttypes.h>
#include <linux/if_packet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

static int ascending(const void *a, const void *b) {
	uint32_t x = *(const uint32_t *) a, y = *(const uint32_t *) b;
	return (x > y) - (x < y);
}

static double quantile(const struct meter *meter, double share) {
	return meter->latencies ? meter->latency[(size_t) (share * (double) (meter->latencies - 1))] / 1000.0 : -1;
}

static void number(const char *name, uint64_t value) { printf("\"%s\":%" PRIu64 ",", name, value); }

static void print_meter(const char *name, struct meter *meter) {
	qsort(meter->latency, meter->latencies, sizeof *meter->latency, ascending);
	printf(",\"%s\":{", name);
	number("sent", meter->sent);
	number("received", meter->received);
	number("duplicates", meter->duplicates);
	number("reordered", meter->reordered);
	number("damaged", meter->damaged);
	number("auth_ok", meter->auth_ok);
	number("auth_failed", meter->auth_failed);
	number("wrong_source", meter->wrong_source);
	number("tx_errors", meter->tx_errors);
	number("warmup_sent", meter->warmup_sent);
	number("warmup_received", meter->warmup_received);
	number("warmup_reordered", meter->warmup_reordered);
	printf("\"p50\":%.1f,\"p99\":%.1f,\"p999\":%.1f,\"max\":%.1f}", quantile(meter, .5), quantile(meter, .99),
	       quantile(meter, .999), quantile(meter, 1));
}

static struct meter together(const struct meter *a, const struct meter *b) {
	struct meter all = {
		.sent = a->sent + b->sent,
		.received = a->received + b->received,
		.duplicates = a->duplicates + b->duplicates,
		.reordered = a->reordered + b->reordered,
		.damaged = a->damaged + b->damaged,
		.auth_ok = a->auth_ok + b->auth_ok,
		.auth_failed = a->auth_failed + b->auth_failed,
		.wrong_source = a->wrong_source + b->wrong_source,
		.tx_errors = a->tx_errors + b->tx_errors,
		.warmup_sent = a->warmup_sent + b->warmup_sent,
		.warmup_received = a->warmup_received + b->warmup_received,
		.warmup_reordered = a->warmup_reordered + b->warmup_reordered,
		.latencies = a->latencies + b->latencies,
		.latency = malloc((a->latencies + b->latencies + 1) * sizeof(uint32_t)),
	};
	if (!all.latency)
		die("memory");
	memcpy(all.latency, a->latency, a->latencies * sizeof(uint32_t));
	memcpy(all.latency + a->latencies, b->latency, b->latencies * sizeof(uint32_t));
	return all;
}

static uint64_t ring_drops(const struct device *device) {
	struct tpacket_stats_v3 stats;
	socklen_t size = sizeof stats;
	return getsockopt(device->rx, SOL_PACKET, PACKET_STATISTICS, &stats, &size) ? 0 : stats.tp_drops;
}

void report(struct load *load) {
	struct meter all = together(&load->meter[0], &load->meter[1]);
	double window = (double) load->window_ns / 1e9;
	printf("{\"window_s\":%.4f,\"offered_pps\":%.1f,\"late_max_us\":%.1f,", window, (double) all.sent / window,
	       (double) load->latest_ns / 1e3);
	number("late_batches", (uint64_t) load->late_batches);
	number("ring_drops", ring_drops(&load->device[0]) + ring_drops(&load->device[1]));
	printf("\"strange\":%" PRIu64, load->device[0].strange + load->device[1].strange);
	print_meter("all", &all);
	print_meter("a_to_b", &load->meter[0]);
	print_meter("b_to_a", &load->meter[1]);
	puts("}");
}
