/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The uplink: the device, and its gateway, by which sandboxes leave in mode direct and answer at
 * mapped ports.
 */
#ifndef CUBE_UPLINK_H
#define CUBE_UPLINK_H

#include <net/if.h>

#include "address.h"
#include "link.h"
#include "live.h"
#include "why.h"

#define UPLINK_TEXT	(IFNAMSIZ + CIDR_TEXT + 5)	/* room for an uplink as text */
#define UPLINK_PORTS	16384	/* fewer translated ports than these are too few */

/**
 * struct uplink - an uplink
 * @dev: name of the device, "" where there is none
 * @gateway: next hop of what is not on its links, host byte order; 0: none
 */
struct uplink {
	char dev[IFNAMSIZ];
	uint32_t gateway;
};

/**
 * struct uplink_wish - what somebody has said of it
 * @dev: name of the device, NULL unsaid
 * @gateway: its gateway, 0 unsaid
 * @typed: said on the command line, so that the device has to be there
 * @anew: a gateway that is not said is that of the default route, not the live one
 */
struct uplink_wish {
	const char *dev;
	uint32_t gateway;
	bool typed;
	bool anew;
};

/**
 * struct uplink_facts - where else an uplink can be known from
 * @live: what the module says
 * @kept: what was kept from earlier
 * @host: the facts of the host
 * @links: its devices
 */
struct uplink_facts {
	const struct live *live;
	struct uplink kept;
	const struct host *host;
	const struct links *links;
};

bool uplink_settle(struct uplink *uplink, const struct uplink_wish *wish,
		   const struct uplink_facts *facts, struct why *why);
bool uplink_known(const struct uplink_wish *wish, const struct live *live);
const char *uplink_text(const struct uplink *uplink, char text[UPLINK_TEXT]);
json_t *uplink_json(const struct uplink *uplink);
bool uplink_parse(struct uplink *uplink, char *line);
uint32_t uplink_ports(uint16_t local_high, uint16_t map_high);
const char *uplink_room(uint16_t local_low, uint16_t local_high, uint16_t map_high, char text[200]);

#endif
