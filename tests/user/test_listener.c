// SPDX-License-Identifier: GPL-2.0
/*
 * Lines of /proc/net/tcp, udp and their IPv6 brothers, as a little-endian kernel prints them.
 */
#include "../../user/listener.h"
#include "test.h"

#define REST	" 00000000:00000000 00:00000000 00000000     0        0 12345 1 00000000 100 0 0 10 0"
#define NOBODY	"00000000:0000"
#define NOBODY6	"00000000000000000000000000000000:0000"

static void read_lines(void **state)
{
	static const struct {
		const char *line;
		bool tcp, some, any;
		uint32_t addr;
		uint16_t port;
	} rows[] = {
		{ "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when",
		  true, false, false, 0, 0 },
		{ "   0: 00000000:4E27 " NOBODY " 0A" REST, true, true, true, 0, 20007 },
		{ "  10: 020012C6:4E27 " NOBODY " 0A" REST, true, true, false, 0xc6120002, 20007 },
		{ "   1: 0100007F:0016 " NOBODY " 0A" REST, true, true, false, 0x7f000001, 22 },
		/* a connection waits for nobody */
		{ "   2: 020012C6:4E27 01010101:01BB 01" REST, true, false, false, 0, 0 },
		/* UDP has no such state, and what is connected takes what it gets all the same */
		{ " 100: 00000000:4E27 " NOBODY " 07" REST, false, true, true, 0, 20007 },
		{ " 101: 020012C6:4E27 01010101:0035 01" REST, false, true, false, 0xc6120002,
		  20007 },
		/* IPv6: all addresses, one of its own, all of IPv4 and one of IPv4 */
		{ "   0: 00000000000000000000000000000000:4E27 " NOBODY6 " 0A" REST, true, true,
		  true, 0, 20007 },
		{ "   0: B80D0120000000000000000001000000:4E27 " NOBODY6 " 0A" REST, true, true,
		  false, 0, 20007 },
		{ "   0: 0000000000000000FFFF000000000000:4E27 " NOBODY6 " 0A" REST, true, true,
		  true, 0, 20007 },
		{ "   0: 0000000000000000FFFF0000020012C6:4E27 " NOBODY6 " 0A" REST, true, true,
		  false, 0xc6120002, 20007 },
		{ "", true, false, false, 0, 0 },
		{ "   0: 0000:4E27 " NOBODY " 0A" REST, true, false, false, 0, 0 },
		{ "   0: 00000000:4E27 " NOBODY " 0A", true, false, false, 0, 0 },
	};
	struct listener l;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		check_row(i, listener_parse(rows[i].line, rows[i].tcp, &l) == rows[i].some);
		if (!rows[i].some)
			continue;
		check_row(i, l.any == rows[i].any && l.addr == rows[i].addr);
		check_row(i, l.port == rows[i].port && l.inode == 12345);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(read_lines) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
