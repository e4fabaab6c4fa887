/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The fuzz target without a fuzzer, for `make check`: mutated packets of every kind, the same ones each time.
 *
 * usage: translate-random [RUNS [SEED]]; or translate-random --corpus DIRECTORY writes one seed file a kind. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define VNET 10
#define RUNS 200000

struct input {
	uint8_t octets[80000]; /* a super-packet of 64 KiB, and more behind it */
	size_t size;
};

static uint64_t state;

static uint32_t next(uint32_t below) /* xorshift64*, for the same numbers everywhere */
{
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return (uint32_t)((state * UINT64_C(2685821657736338717)) >> 33) % below;
}

static void put16(uint8_t *at, size_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static void seal_ipv4(uint8_t *ip)
{
	uint32_t sum = 0;

	put16(ip + 10, 0);
	for (unsigned i = 0; i < (ip[0] & 15U) * 4; i += 2)
		sum += (uint32_t)ip[i] << 8 | ip[i + 1];
	sum = (sum & 0xffff) + (sum >> 16);
	put16(ip + 10, (uint16_t) ~(sum + (sum >> 16)));
}

/* Hosts of all kinds, the usual ones most of the time: another client, own address, mapped, martian, global, private. */
static const uint8_t *pick_server(void)
{
	static const uint8_t servers[][4] = {{198, 51, 100, 7}, {192, 168, 240, 0x22}, {192, 168, 240, 1},
					     {10, 1, 2, 3},     {127, 0, 0, 1},        {8, 8, 8, 8},
					     {172, 16, 0, 1},   {192, 168, 241, 9}};

	return servers[next(2) ? 0 : next(8)];
}

static void put_server6(uint8_t *at)
{
	static const uint8_t networks[][12] = {{0xfd, 0x64}, {0, 0x64, 0xff, 0x9b}, {0x20, 1, 0x0d, 0xb8, 0, 9}};
	static const uint8_t own[16] = {0xfd, 0x64, [12] = 192, 168, 240, 1};

	memcpy(at, networks[next(3) ? 0 : next(3)], 12);
	memcpy(at + 12, pick_server(), 4);
	if (next(20) == 0)
		memcpy(at, own, sizeof(own));
}

static void put_client6(uint8_t *at)
{
	static const uint8_t clients[][16] = {{0x20, 1, 0x0d, 0xb8, [15] = 0x21},
					      {0x20, 1, 0x0d, 0xb8, 0, 1, [15] = 7},
					      {0xfd, 0x64, [12] = 198, 51, 100, 9},
					      {0x20, 1, 0x0d, 0xb8, [14] = 1},
					      {0xfe, 0x80, [15] = 1}};

	memcpy(at, clients[next(3) ? 0 : next(5)], 16);
}

static void put_client4(uint8_t *at)
{
	static const uint8_t clients[][4] = {{192, 168, 240, 0x21}, {10, 1, 2, 7}, {198, 51, 100, 9}, {192, 168, 240, 1}};

	memcpy(at, clients[next(3) ? 0 : next(4)], 4);
}

static size_t put_ipv6(uint8_t *at, int answer, uint8_t next_header, size_t payload)
{
	memset(at, 0, 8);
	at[0] = 0x60;
	put16(at + 4, payload);
	at[6] = next_header;
	at[7] = (uint8_t)(next(8) ? 64 : next(3));
	put_client6(at + (answer ? 24 : 8));
	put_server6(at + (answer ? 8 : 24));
	return 40;
}

static size_t put_ipv4(uint8_t *at, int answer, uint8_t protocol, size_t payload)
{
	memset(at, 0, 12);
	at[0] = 0x45;
	put16(at + 2, payload + 20);
	at[6] = next(2) ? 0x40 : 0;
	at[8] = (uint8_t)(next(8) ? 64 : next(3));
	at[9] = protocol;
	put_client4(at + (answer ? 16 : 12));
	memcpy(at + (answer ? 12 : 16), pick_server(), 4);
	seal_ipv4(at);
	return 20;
}

static size_t put_ip(uint8_t *at, int version, int answer, uint8_t protocol, size_t payload)
{
	if (version == 6 && next(6) == 0) { /* behind an extension or Fragment header */
		size_t header = put_ipv6(at, answer, next(2) ? 44 : next(2) ? 60 : 43, payload + 8);

		memset(at + header, 0, 8);
		at[header] = protocol == 1 ? 58 : protocol;
		if (at[6] == 44)
			put16(at + header + 2, next(3) ? next(2) : next(65536));
		return header + 8;
	}
	if (version == 4) {
		put_ipv4(at, answer, protocol, payload);
		if (next(6) == 0)
			put16(at + 6, next(2) ? 0x2000 : next(65536));
		seal_ipv4(at);
		return 20;
	}
	return put_ipv6(at, answer, protocol == 1 ? 58 : protocol, payload);
}

/* The transport of a packet: returns its size. kind: 0 UDP, 1 TCP, 2 echo, 3 error with a quoted packet, 4 other. */
static size_t put_transport(uint8_t *at, int version, unsigned kind, size_t size)
{
	static const uint8_t quoted[] = {17, 6, 1, 50, 0, 2, 43, 44, 58, 60};
	static const uint8_t errors4[] = {3, 11, 12, 5}, errors6[] = {1, 2, 3, 4, 137};

	if (size < 40)
		size = 40;
	for (size_t i = 0; i < size; i++)
		at[i] = (uint8_t)next(256);
	if (kind == 0) {
		put16(at + 4, size);
		if (next(8) == 0)
			put16(at + 6, 0);
	}
	if (kind == 1)
		at[12] = (uint8_t)((5 + next(5)) << 4);
	if (kind == 2)
		at[0] = (uint8_t)(version == 6 ? 128 + next(2) : next(2) * 8);
	if (kind == 3) {
		at[0] = version == 6 ? errors6[next(5)] : errors4[next(4)];
		at[1] = (uint8_t)next(next(3) ? 5 : 17);
		at[4] = at[5] = (uint8_t)(next(3) ? 0 : next(40));
		if (next(3) == 0) /* an MTU from before RFC 1191 */
			put16(at + 6, 0);
		put_ip(at + 8, version, version == 6, quoted[next(2) ? 0 : next(sizeof(quoted))],
		       next(2) ? size - 28 : next(60000));
	}
	return size;
}

/* The ICMP checksum, without which no error is looked into. */
static void seal_icmp(uint8_t *ip, int version, size_t header, size_t size)
{
	uint8_t *at = ip + header;
	uint32_t sum = 0;

	put16(at + 2, 0);
	if (version == 6) {
		sum = (uint32_t)size + 58;
		for (unsigned i = 8; i < 40; i += 2)
			sum += (uint32_t)ip[i] << 8 | ip[i + 1];
	}
	for (size_t i = 0; i < size; i++)
		sum += i % 2 ? at[i] : (uint32_t)at[i] << 8;
	sum = (sum & 0xffff) + (sum >> 16);
	put16(at + 2, (uint16_t) ~(sum + (sum >> 16)));
}

static void put_vnet(uint8_t *at, int version, unsigned kind, size_t header)
{
	static const uint16_t usual[] = {1220, 1232, 1400, 1448};
	uint16_t segment = next(2) ? usual[next(4)] : (uint16_t)(1 + next(1500));
	uint16_t words[4] = {0, segment, (uint16_t)header, kind == 1 ? 16 : 6};

	memset(at, 0, VNET);
	if (kind > 1 || next(3))
		return;
	at[0] = 1;
	if (next(2))
		at[1] = kind == 0 ? 5 : version == 4 ? 1 : 4;
	memcpy(at + 2, words, sizeof(words));
}

static void add_frame(struct input *input)
{
	static const uint8_t protocols[] = {17, 6, 1, 1, 50};
	int version = next(2) ? 6 : 4;
	unsigned kind = next(5);
	uint8_t *frame = input->octets + input->size + 2, *ip = frame + VNET;
	size_t size = next(4) ? next(200) : next(40) ? next(3000) : next(60000), header;

	if (input->size + size + 200 > sizeof(input->octets))
		return;
	size = put_transport(ip + 64, version, kind, size);
	header = put_ip(ip, version, version == 4, protocols[kind], size);
	memmove(ip + header, ip + 64, size);
	if (kind == 2 || kind == 3)
		seal_icmp(ip, version, header, size);
	put_vnet(frame, version, kind, header);
	put16(frame - 2, VNET + header + size);
	input->size += 2 + VNET + header + size;
}

static void mutate(struct input *input)
{
	for (unsigned count = next(4); count; count--)
		input->octets[1 + next((uint32_t)input->size - 1)] = (uint8_t)next(256);
	if (next(10) == 0)
		input->size = 1 + next((uint32_t)input->size - 1);
}

static void make(struct input *input)
{
	input->octets[0] = (uint8_t)next(256);
	input->size = 1;
	for (unsigned count = 1 + next(6); count; count--)
		add_frame(input);
}

static int write_corpus(const char *directory)
{
	struct input input;
	char path[4096];
	FILE *file;

	for (unsigned i = 0; i < 300; i++) {
		make(&input);
		snprintf(path, sizeof(path), "%s/%03u", directory, i);
		file = fopen(path, "wb");
		if (!file || fwrite(input.octets, input.size, 1, file) != 1) {
			perror(path);
			return 1;
		}
		fclose(file);
	}
	return 0;
}

int main(int argc, char **argv)
{
	unsigned long runs = argc > 1 ? strtoul(argv[1], NULL, 10) : RUNS;
	static struct input input;

	state = argc > 2 ? strtoull(argv[2], NULL, 10) | 1 : 7915;
	if (argc == 3 && !strcmp(argv[1], "--corpus")) {
		state = 7915;
		return write_corpus(argv[2]);
	}
	printf("1..1\n");
	for (unsigned long i = 0; i < runs; i++) {
		make(&input);
		if (next(3))
			mutate(&input);
		LLVMFuzzerTestOneInput(input.octets, input.size);
	}
	printf("ok 1 - %lu lists of packets\n", runs);
	return 0;
}
