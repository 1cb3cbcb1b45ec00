// SPDX-License-Identifier: GPL-2.0
/*
 * The router CIDR that was agreed to: the one thing that no kernel knows after a reboot. Routes
 * that came later may cover it, since ours is the more specific one; at the next boot they come
 * first, and must be no conflict then. One file for each network namespace. Called by `enable` and
 * `stop`.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agreed.h"
#include "file.h"
#include "netns.h"
#include "output.h"

#define FOLDER "/var/lib/cube-router"

static const char *file_name(char path[300])
{
	const char *netns = netns_chosen();

	snprintf(path, 300, FOLDER "/router-cidr%s%s", netns ? "@" : "", netns ? netns : "");
	return path;
}

/**
 * agreed_get() - what was agreed to
 *
 * Return: the CIDR, or one with prefix length 0.
 */
struct cidr agreed_get(void)
{
	struct cidr cidr = { 0 };
	char path[300], line[CIDR_TEXT];
	FILE *f;

	f = fopen(file_name(path), "re");
	if (!f)
		return cidr;
	if (fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = '\0';
		if (!parse_cidr(line, &cidr))
			cidr = (struct cidr){ 0 };
	}
	fclose(f);
	return cidr;
}

/**
 * agreed_set() - remembers it, or says that it will not be remembered
 * @router: the CIDR, or one with prefix length 0 for none
 */
void agreed_set(struct cidr router)
{
	struct cidr old = agreed_get();
	char path[300], text[CIDR_TEXT + 1];
	struct why why;

	file_name(path);
	if (!router.prefix) {
		unlink(path);
		return;
	}
	if (old.addr == router.addr && old.prefix == router.prefix)
		return;
	cidr_text(router, text);
	strcat(text, "\n");
	if (mkdir(FOLDER, 0755) && errno != EEXIST)
		caution(FOLDER ": %s", strerror(errno));
	else if (!file_replace(path, text, &why))
		caution("%s", why.text);
}
