// SPDX-License-Identifier: GPL-2.0
/*
 * `verify`: all checks, one line each, and for each destination the way its packets would go. Fails
 * when a check fails. Never loads the module, changes nothing.
 *
 * JSON:
 *   ok            whether nothing failed
 *   checks        list of findings: see findings_json(); those of destinations, too
 *   destinations  list, see check_destination(), of the ways to each
 *   traces        with `trace`: list, see check_trace(), of the packets that were sent
 */
#include <string.h>

#include "check.h"
#include "command.h"
#include "destination.h"
#include "netns.h"
#include "output.h"
#include "trace.h"
#include "tunnel.h"

static bool none_failed(const struct findings *findings)
{
	size_t i;

	for (i = 0; i < findings->count; i++)
		if (findings->list[i].level == LEVEL_FAIL)
			return false;
	return true;
}

static int verify(struct scene *scene, bool trace, int argc, char **argv)
{
	struct findings findings = { 0 };
	json_t *destinations = json_array(), *traces = json_array(), *object;
	uint32_t addr;
	bool ok;
	int i;

	check_host(scene, &findings);
	/* Sandboxes pass the host's routes by in mode direct. */
	if (scene->live.mode != CUBE_ROUTER_MODE_DIRECT)
		check_tunnels(scene, &findings);
	for (i = 0; i < argc; i++)
		if (parse_addr(argv[i], &addr))
			check_destination(scene, addr, &findings, destinations);
	for (i = 0; trace && i < argc; i++)
		if (parse_addr(argv[i], &addr))
			check_trace(scene, addr, &findings, traces);
	ok = none_failed(&findings);
	object = json_pack("{s:b, s:o, s:o, s:o}", "ok", ok, "checks",
			   findings_json(&findings, LEVEL_OK), "destinations", destinations,
			   "traces", traces);
	if (out_is_json()) {
		out_json(object);
	} else {
		findings_print(&findings, LEVEL_OK);
		json_decref(object);
	}
	findings_free(&findings);
	return ok ? DONE : REFUSED;
}

/* cmd_verify() - checks the host, and the ways to destinations */
int cmd_verify(int argc, char **argv)
{
	struct scene scene;
	struct why why;
	bool trace = false;
	uint32_t addr;
	int done, i;

	for (i = 0; i < argc; i++) {
		if (!strcmp(argv[i], "trace") && trace)
			return misuse("verify: 'trace' is given twice");
		if (!strcmp(argv[i], "trace"))
			trace = true;
		else if (!parse_addr(argv[i], &addr))
			return misuse("verify: '%s' is not an IPv4 address", argv[i]);
	}
	if (trace && argc == 1)
		return misuse("verify: 'trace' needs a destination");
	if (!netns_enter(&why))
		return refuse("%s", why.text);
	if (scene_read(&scene, &why))
		done = verify(&scene, trace, argc, argv);
	else
		done = refuse("%s", why.text);
	scene_free(&scene);
	return done;
}
