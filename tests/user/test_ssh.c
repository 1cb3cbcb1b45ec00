// SPDX-License-Identifier: GPL-2.0
/*
 * Whom the environment names as SSH client: our own, and that of the processes above.
 */
#include <limits.h>
#include <unistd.h>

#include "../../user/ssh.h"
#include "test.h"

static void environments(void **state)
{
	/* A string literal ends with the zero that has to follow. */
	static const struct {
		const char *environment;
		size_t len;
		uint32_t client, server;
	} rows[] = {
#define ROW(text, ...)	{ text, sizeof(text) - 1, __VA_ARGS__ }
		ROW("", 0, 0),
		ROW("HOME=/root\0TERM=xterm", 0, 0),
		ROW("SSH_CONNECTION=10.1.2.3 5000 203.0.113.10 22", 0x0a010203, 0xcb00710a),
		ROW("A=b\0SSH_CONNECTION=10.1.2.3 5000 203.0.113.10 22\0C=d",
		    0x0a010203, 0xcb00710a),
		ROW("SSH_CLIENT=10.1.2.4 5000 22", 0x0a010204, 0),
		ROW("SSH_CLIENT=10.1.2.4 5000 22\0SSH_CONNECTION=10.1.2.3 5000 203.0.113.10 22",
		    0x0a010203, 0xcb00710a),
		ROW("SSH_CONNECTION=\0SSH_CLIENT=10.1.2.4 5000 22", 0x0a010204, 0),
		ROW("SSH_CONNECTION=UNKNOWN 65535 UNKNOWN 65535\0SSH_CLIENT=10.1.2.4 5000 22",
		    0x0a010204, 0),
		ROW("SSH_CONNECTION=::ffff:10.1.2.3 5000 ::ffff:203.0.113.10 22",
		    0x0a010203, 0xcb00710a),
		ROW("SSH_CONNECTION=2001:db8::7 5000 2001:db8::1 22", 0, 0),
		ROW("SSH_CONNECTION=fe80::1%eth0 5000 fe80::2 22", 0, 0),
		ROW("MY_SSH_CLIENT=10.1.2.4 5000 22", 0, 0),
		ROW("SSH_CLIENT_IP=10.1.2.4", 0, 0),
		ROW("SSH_CLIENT", 0, 0),
		ROW("A=SSH_CLIENT=10.1.2.4", 0, 0),
		ROW("SSH_CLIENT=10.1.2.256 5000 22", 0, 0),
		ROW("\0\0SSH_CLIENT=10.1.2.4\0\0", 0x0a010204, 0),
#undef ROW
	};
	struct ssh_peers peers;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		peers = ssh_peers_in(rows[i].environment, rows[i].len);
		check_row(i, peers.client == rows[i].client && peers.server == rows[i].server);
	}
}

/* `sudo` and `env -i` leave nothing of it to us, but the processes above still have it. */
static void processes(void **state)
{
	/* A shell that has something to do afterwards stays. */
	static const struct {
		const char *script;	/* run with our SSH_CONNECTION; $0 is this program */
		const char *found;
	} rows[] = {
		{ "\"$0\" client; exit", "0xa010203" },
		{ "env -i \"$0\" client; exit", "0xa010203" },
		{ "env -i sh -c '\"$0\" client; exit' \"$0\"; exit", "0xa010203" },
		{ "SSH_CLIENT='10.1.2.4 5000 22' env -u SSH_CONNECTION \"$0\" client; exit",
		  "0xa010204" },
	};
	char self[PATH_MAX] = "", said[100];
	char command[PATH_MAX + 200];
	FILE *f;
	size_t i;

	(void)state;
	assert_true(readlink("/proc/self/exe", self, sizeof(self) - 1) > 0);
	for (i = 0; i < COUNT(rows); i++) {
		setenv("SCRIPT", rows[i].script, 1);
		snprintf(command, sizeof(command),
			 "SSH_CONNECTION='10.1.2.3 50 10.1.2.1 22' sh -c \"$SCRIPT\" %s", self);
		f = popen(command, "r");
		check_row(i, f && fgets(said, sizeof(said), f));
		check_row(i, !pclose(f));
		check_text(i, said, rows[i].found);
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(environments), cmocka_unit_test(processes),
	};

	if (argc > 1 && !strcmp(argv[1], "client")) {
		printf("%#x\n", ssh_peers().client);
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
