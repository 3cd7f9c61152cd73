// SDES-SRTP: everything is encrypted before the run; of what arrives a sample is authenticated and decrypted.
#include "load.h"
#include <stdlib.h>
#include <string.h>

#ifdef HAVE_SRTP
#include <srtp2/srtp.h>

static srtp_t session(uint8_t *key, srtp_ssrc_type_t direction) {
	srtp_policy_t policy;
	memset(&policy, 0, sizeof policy);
	srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(&policy.rtp);
	srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(&policy.rtcp);
	policy.ssrc.type = direction;
	policy.key = key;
	policy.window_size = 4096;
	srtp_t made;
	if (srtp_create(&made, &policy))
		die("srtp_create");
	return made;
}

static void cipher(struct load *load, int call, int side) {
	struct leg *leg = &load->calls[call].leg[side];
	srtp_t outbound = session(leg->tx_key, ssrc_any_outbound);
	uint8_t packet[MAX_FRAME];
	leg->ciphered_len = RTP_HEADER + load->payload + SRTP_TAG;
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
			if (leg->rx_srtp)
				leg->unprotect = session(leg->rx_key, ssrc_any_inbound);
			if (leg->tx_srtp)
				cipher(load, call, side);
		}
}

int authentic(struct load *load, struct leg *receiver, const uint8_t *rtp, int len, uint32_t number, struct meter *meter) {
	if (len != RTP_HEADER + load->payload + SRTP_TAG)
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
			if (load->calls[call].leg[side].tx_srtp || load->calls[call].leg[side].rx_srtp) {
				fprintf(stderr, "rtp_load: built without libsrtp2\n");
				exit(3);
			}
}

int authentic(struct load *load, struct leg *receiver, const uint8_t *rtp, int len, uint32_t number, struct meter *meter) {
	(void) load, (void) receiver, (void) rtp, (void) len, (void) number, (void) meter;
	return 0;
}

#endif
