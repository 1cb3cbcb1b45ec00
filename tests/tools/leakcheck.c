// SPDX-License-Identifier: GPL-2.0
/*
 * leakcheck: says whether capture files hold addresses that must never have left the host. The
 * end-to-end scenarios run it on what tcpdump saw on egress devices. All of it is in leakrun.c.
 */
#include "leakrun.h"

int main(int argc, char *argv[])
{
	return leakrun(argc, argv, stdout, stderr);
}
