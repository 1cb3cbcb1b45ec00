// SPDX-License-Identifier: GPL-2.0
/*
 * What no kernel knows after a reboot. The router CIDR that was agreed to: routes that came later
 * may cover it, since ours is the more specific one; at the next boot they come first, and must be
 * no conflict then. The uplink: the default route from which it was learnt may be a tunnel by then.
 * One file of each for a network namespace. Called by `enable`, `disable`, `apply` and `stop`, and
 * by `config set`, which can name an uplink.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"
#include "kept.h"
#include "netns.h"
#include "output.h"

#define FOLDER "/var/lib/cube-router"

#define ROUTER "router-cidr"
#define UPLINK "uplink"

static const char *file_name(const char *what, char path[300])
{
	const char *netns = netns_chosen();

	snprintf(path, 300, FOLDER "/%s%s%s", what, netns ? "@" : "", netns ? netns : "");
	return path;
}

/* Reads the one line of a file. */
static bool read_line(const char *what, char *line, int room)
{
	char path[300];
	bool some;
	FILE *f;

	f = fopen(file_name(what, path), "re");
	if (!f)
		return false;
	some = fgets(line, room, f);
	fclose(f);
	if (some)
		line[strcspn(line, "\n")] = '\0';
	return some;
}

/* Writes it; where that fails, it is not kept, and that is said. */
static void write_line(const char *what, const char *line)
{
	char path[300], text[100];
	struct why why;

	snprintf(text, sizeof(text), "%s\n", line);
	if (mkdir(FOLDER, 0755) && errno != EEXIST)
		caution(FOLDER ": %s", strerror(errno));
	else if (!file_replace(file_name(what, path), text, &why))
		caution("%s", why.text);
}

/* The same where it cannot be. What is not there is forgotten, be the file system read-only. */
static void forget(const char *what)
{
	char path[300];

	if (!access(file_name(what, path), F_OK) && unlink(path))
		caution("%s is not forgotten: %s", path, strerror(errno));
}

/**
 * kept_router() - the router CIDR that was agreed to
 *
 * Return: the CIDR, or one with prefix length 0.
 */
struct cidr kept_router(void)
{
	struct cidr cidr = { 0 };
	char line[CIDR_TEXT];

	if (read_line(ROUTER, line, sizeof(line)) && !parse_cidr(line, &cidr))
		cidr = (struct cidr){ 0 };
	return cidr;
}

/**
 * kept_set_router() - keeps the router CIDR, or says that it is not kept
 * @router: the CIDR, or one with prefix length 0 for none
 */
void kept_set_router(struct cidr router)
{
	struct cidr old = kept_router();
	char text[CIDR_TEXT];

	if (!router.prefix)
		forget(ROUTER);
	else if (old.addr != router.addr || old.prefix != router.prefix)
		write_line(ROUTER, cidr_text(router, text));
}

/**
 * kept_uplink() - the uplink that was kept
 *
 * Return: the uplink, or one without a name.
 */
struct uplink kept_uplink(void)
{
	struct uplink uplink = { 0 };
	char line[UPLINK_TEXT];

	if (read_line(UPLINK, line, sizeof(line)) && !uplink_parse(&uplink, line))
		uplink = (struct uplink){ 0 };
	return uplink;
}

/**
 * kept_set_uplink() - keeps the uplink, or says that it is not kept
 * @uplink: the uplink, or NULL to forget it; one without a name changes nothing
 */
void kept_set_uplink(const struct uplink *uplink)
{
	const struct uplink old = kept_uplink();
	char text[UPLINK_TEXT];

	if (!uplink)
		forget(UPLINK);
	else if (*uplink->dev &&
		 (strcmp(old.dev, uplink->dev) || old.gateway != uplink->gateway))
		write_line(UPLINK, uplink_text(uplink, text));
}
