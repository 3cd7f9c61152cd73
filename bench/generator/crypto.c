// SRTP: everything is encrypted before the run; of what arrives a sample is authenticated and decrypted.
#include "load.h"
#include <stdlib.h>
#include <string.h>

static const struct suite SUITES[] = { { "AES_CM_128_HMAC_SHA1_80", 30, 10 }, { "AEAD_AES_128_GCM", 28, 16 } };

const struct suite *suite_of(const char *name) {
	for (size_t i = 0; i < sizeof SUITES / sizeof *SUITES; i++)
		if (!strcmp(SUITES[i].name, name))
			return &SUITES[i];
	return 0;
}

#ifdef HAVE_SRTP
#include <srtp2/srtp.h>

static void choose(srtp_crypto_policy_t *policy, const struct suite *suite) {
	if (suite == &SUITES[0])
		srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(policy);
	else
		srtp_crypto_policy_set_aes_gcm_128_16_auth(policy);
}

static srtp_t session(struct keys *keys, srtp_ssrc_type_t direction) {
	srtp_policy_t policy;
	memset(&policy, 0, sizeof policy);
	choose(&policy.rtp, keys->suite);
	choose(&policy.rtcp, keys->suite);
	policy.ssrc.type = direction;
	policy.key = keys->material;
	policy.window_size = 4096;
	srtp_t made;
	if (srtp_create(&made, &policy))
		die("srtp_create");
	return made;
}

static void cipher(struct load *load, int call, int side) {
	struct leg *leg = &load->calls[call].leg[side];
	srtp_t outbound = session(&leg->tx, ssrc_any_outbound);
	uint8_t packet[MAX_FRAME];
	leg->ciphered_len = RTP_HEADER + load->payload + leg->tx.suite->tag;
	leg->ciphered = malloc((size_t) load->packets * (size_t) leg->ciphered_len);
	if (!leg->ciphered)
		die("memory");
	for (int64_t number = 0; number < load->packets; number++) {
		memset(packet + RTP_HEADER, 0xd5, (size_t) load->payload);
		build_rtp(packet, leg, call, side, number);
		int len = RTP_HEADER + load->payload;
		if (srtp_protect(outbound, packet, &len) || len != leg->ciphered_len)
			die("srtp_protect");
		memcpy(leg->ciphered + number * len, packet, (size_t) len);
	}
	srtp_dealloc(outbound);
}

void prepare_crypto(struct load *load) {
	srtp_init();
	for (int call = 0; call < load->ncalls; call++)
		for (int side = 0; side < SIDES; side++) {
			struct leg *leg = &load->calls[call].leg[side];
			if (leg->rx.suite)
				leg->unprotect = session(&leg->rx, ssrc_any_inbound);
			if (leg->tx.suite)
				cipher(load, call, side);
		}
}

int authentic(struct load *load, struct leg *receiver, const uint8_t *rtp, int len, uint32_t number, struct meter *meter) {
	if (len != RTP_HEADER + load->payload + receiver->rx.suite->tag)
		return 0;
	if (number % (uint32_t) load->check)
		return 1;
	uint8_t clear[MAX_FRAME];
	int clear_len = len;
	memcpy(clear, rtp, (size_t) len);
	int ok = !srtp_unprotect(receiver->unprotect, clear, &clear_len) && clear_len == RTP_HEADER + load->payload &&
		 get32(clear + 20) == number;
	meter->auth_ok += (uint64_t) ok;
	meter->auth_failed += (uint64_t) !ok;
	return ok;
}

#else

void prepare_crypto(struct load *load) {
	for (int call = 0; call < load->ncalls; call++)
		for (int side = 0; side < SIDES; side++)
			if (load->calls[call].leg[side].tx.suite || load->calls[call].leg[side].rx.suite) {
				fprintf(stderr, "rtp_load: built without libsrtp2\n");
				exit(3);
			}
}

int authentic(struct load *load, struct leg *receiver, const uint8_t *rtp, int len, uint32_t number, struct meter *meter) {
	(void) load, (void) receiver, (void) rtp, (void) len, (void) number, (void) meter;
	return 0;
}

#endif
