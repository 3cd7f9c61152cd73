// Sends all streams, evenly spread: packet m of the whole run belongs to stream m % streams.
#define _GNU_SOURCE
#include "load.h"
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { SHORTEST_SLEEP = 40000, LATE = 5000000 };  // ns; the first bounds the number of wakeups

struct batch {
	int count;
	uint8_t frame[MAX_BATCH][MAX_FRAME];
	struct iovec part[MAX_BATCH];
	struct mmsghdr message[MAX_BATCH];
	_Atomic int64_t *stamp[MAX_BATCH];
};

enum { PHASES = 3 };

struct phase {  // of the run; packets of all streams together
	int64_t first, begins;  // packet number; ns from the start of the run
	double gap;             // ns between two packets
};

static int64_t clock_ns(clockid_t id) {
	struct timespec t;
	clock_gettime(id, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

// The first packet of each stream, then the warm-up, then the full rate.
static void plan_phases(const struct load *load, struct phase *phase) {
	double streams = (double) load->streams;
	double gaps[PHASES] = { 1e9 * load->start / streams, 1e9 / (load->warm_pps * streams), 1e9 / (load->pps * streams) };
	int64_t first[PHASES] = { 0, load->streams, load->warm_packets * load->streams };
	for (int i = 0; i < PHASES; i++) {
		int64_t before = i ? (int64_t) ((double) (first[i] - first[i - 1]) * gaps[i - 1]) : 0;
		phase[i] = (struct phase) { first[i], i ? phase[i - 1].begins + before : 0, gaps[i] };
	}
}

static int64_t due_at(const struct phase *phase, int64_t m) {
	int i = PHASES - 1;
	while (m < phase[i].first)
		i--;
	return phase[i].begins + (int64_t) ((double) (m - phase[i].first) * phase[i].gap);
}

static int64_t due_by(const struct phase *phase, int64_t elapsed) {
	int i = PHASES - 1;
	while (i && elapsed < phase[i].begins)
		i--;
	int64_t due = phase[i].gap > 0 ? phase[i].first + (int64_t) ((double) (elapsed - phase[i].begins) / phase[i].gap) + 1 : 0;
	return i + 1 < PHASES && due > phase[i + 1].first ? phase[i + 1].first : due;
}

static void sleep_until(int64_t when, int64_t now) {
	if (when < now + SHORTEST_SLEEP)
		when = now + SHORTEST_SLEEP;
	struct timespec t = { when / 1000000000LL, when % 1000000000LL };
	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, 0);
}

static void add(struct load *load, struct batch *batches, int64_t m) {
	int64_t number = m / load->streams, stream = m % load->streams;
	int side = (int) (stream & 1), call = (int) (stream >> 1);
	struct batch *batch = &batches[side];
	int i = batch->count++;
	batch->part[i].iov_len = (size_t) build_frame(load, batch->frame[i], call, side, number);
	batch->stamp[i] = &load->calls[call].leg[side].stamps[number % STAMPS];
}

// A packet that the device does not take counts as sent, and so as lost.
static void flush(struct load *load, int side, struct batch *batch, int measured) {
	struct meter *meter = &load->meter[side];
	for (int done = 0; done < batch->count;) {
		int64_t now = clock_ns(CLOCK_REALTIME);
		for (int i = done; i < batch->count; i++)
			atomic_store(batch->stamp[i], measured ? now : -now);
		int taken = sendmmsg(load->device[side].tx, batch->message + done, (unsigned) (batch->count - done), 0);
		if (taken < 0) {
			if (errno != ENOBUFS && errno != EAGAIN && errno != EINTR)
				die("sendmmsg");
			meter->tx_errors++;
			taken = 1;
		}
		*(measured ? &meter->sent : &meter->warmup_sent) += (uint64_t) taken;
		done += taken;
	}
	batch->count = 0;
}

static void prepare(struct batch *batch) {
	memset(batch, 0, sizeof *batch);
	memset(batch->frame, 0xd5, sizeof batch->frame);
	for (int i = 0; i < MAX_BATCH; i++) {
		batch->part[i].iov_base = batch->frame[i];
		batch->message[i].msg_hdr.msg_iov = &batch->part[i];
		batch->message[i].msg_hdr.msg_iovlen = 1;
	}
}

static void say(const char *what) {
	puts(what);
	fflush(stdout);
}

static void note_lateness(struct load *load, int64_t late) {
	if (late > load->latest_ns)
		load->latest_ns = late;
	if (late > LATE)
		load->late_batches++;
}

// Sends what is due, up to a batch per side and not across `end`; returns the number of the next packet.
static int64_t send_due(struct load *load, struct batch *batches, int64_t m, int64_t end, int measured) {
	while (m < end && batches[0].count < load->batch && batches[1].count < load->batch)
		add(load, batches, m++);
	for (int side = 0; side < SIDES; side++)
		flush(load, side, &batches[side], measured);
	return m;
}

void send_all(struct load *load) {
	static struct batch batches[SIDES];
	prepare(&batches[0]);
	prepare(&batches[1]);
	struct phase phase[PHASES];
	plan_phases(load, phase);
	int64_t opens = load->first_measured * load->streams, total = load->packets * load->streams;
	int64_t start = clock_ns(CLOCK_MONOTONIC), opened = 0;
	for (int64_t m = 0; m < total;) {
		int64_t now = clock_ns(CLOCK_MONOTONIC), due = due_by(phase, now - start);
		if (due <= m) {
			sleep_until(start + due_at(phase, m), now);
			continue;
		}
		int measured = m >= opens;
		if (measured && !opened) {
			say("BEGIN");
			opened = clock_ns(CLOCK_MONOTONIC);
		} else if (measured)
			note_lateness(load, now - start - due_at(phase, m));
		int64_t end = measured ? total : opens;
		m = send_due(load, batches, m, due < end ? due : end, measured);
	}
	load->window_ns = clock_ns(CLOCK_MONOTONIC) - opened;
	usleep(20000);  // what is on its way belongs to the window
	say("END");
}
