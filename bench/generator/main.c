// rtp_load: see load.h for what it does, options.c for how it is called. Prints "BEGIN" when the measured window opens,
// "END" when it closes, then the result.
#define _GNU_SOURCE
#include "load.h"
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

void die(const char *what) {
	perror(what);
	exit(2);
}

static void pin(int cpu) {
	if (cpu < 0)
		return;
	cpu_set_t set;
	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof set, &set))
		die("pin to a CPU");
}

static void plan(struct load *load) {
	load->streams = (int64_t) load->ncalls * SIDES;
	load->warm_packets = 1 + (int64_t) (load->warm_pps * load->warm);
	load->first_measured = load->warm_packets + (int64_t) (load->pps * load->run_in);
	load->packets = load->first_measured + (int64_t) (load->pps * load->seconds);
	if (load->packets > 65535 || load->packets <= load->first_measured) {
		fprintf(stderr, "rtp_load: 1 to 65535 packets per stream, not %ld: use more calls\n", (long) load->packets);
		exit(2);
	}
}

static void make_room(struct load *load) {
	for (int side = 0; side < SIDES; side++) {
		struct meter *meter = &load->meter[side];
		meter->room = (size_t) (load->packets - load->first_measured) * (size_t) load->ncalls;
		meter->latency = malloc(meter->room * sizeof *meter->latency);
		if (!meter->latency)
			die("memory");
		for (size_t i = 0; i < meter->room; i += 1024)
			meter->latency[i] = 0;  // no page fault in the measured window
	}
}

int main(int argc, char **argv) {
	static struct load load = { .payload = 160, .batch = 16, .check = 32, .cpu = -1, .pps = 50, .seconds = 5,
				    .start = 1, .warm_pps = 50, .warm = 1 };
	if (argc < 2) {
		fprintf(stderr, "usage: rtp_load CALLS [--pps P] [--seconds S] ...\n");
		return 2;
	}
	read_options(&load, argc, argv);
	read_calls(&load, argv[1]);
	plan(&load);
	pin(load.cpu);
	prctl(PR_SET_TIMERSLACK, 1000UL);
	prepare_crypto(&load);
	make_room(&load);
	open_device(&load.device[0]);
	open_device(&load.device[1]);
	pthread_t receiver;
	if (pthread_create(&receiver, 0, receive, &load))
		die("thread");
	send_all(&load);
	usleep(500000);  // stragglers count as received, with their latency
	atomic_store(&load.stop, 1);
	pthread_join(receiver, 0);
	report(&load);
	return 0;
}
