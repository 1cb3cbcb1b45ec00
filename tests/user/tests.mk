# SPDX-License-Identifier: GPL-2.0
# The unit tests of the tool: their names, and which of the tool's files each is linked with.
USER_TESTS := test_address test_child test_conntrack test_counters test_envfile test_file test_findings test_judge test_listener test_metrics test_nft test_output test_parse test_passage test_plan test_ports test_prefixes test_rules test_ssh test_uplink test_usage test_words

test_address_SRCS := user/address.c user/parse.c user/why.c
test_child_SRCS := user/child.c user/why.c
test_conntrack_SRCS := user/conntrack.c user/netlink.c user/parse.c user/why.c
test_counters_SRCS := user/counters.c user/output.c user/parse.c
test_envfile_SRCS := user/envfile.c user/file.c user/why.c
test_file_SRCS := user/file.c user/why.c
test_findings_SRCS := user/address.c user/enabler.c user/envfile.c user/file.c user/findings.c user/netns.c user/output.c \
	user/parse.c user/plan.c user/quote.c user/upgrade.c user/why.c
test_judge_SRCS := user/judge.c user/judge_iptables.c user/judge_nft.c user/nft.c user/rules.c \
	user/parse.c user/quote.c
test_listener_SRCS := user/listener.c
test_metrics_SRCS := user/metrics.c user/counters.c user/enabler.c user/envfile.c user/file.c user/genl.c user/live.c \
	user/netlink.c user/netns.c user/output.c user/parse.c user/quote.c user/why.c
test_nft_SRCS := user/nft.c user/parse.c
test_output_SRCS := user/output.c user/parse.c
test_parse_SRCS := user/parse.c
test_passage_SRCS := user/check_firewall.c user/child.c user/enabler.c user/envfile.c user/file.c user/findings.c \
	user/firewall.c user/genl.c user/judge.c user/judge_iptables.c user/judge_nft.c user/module.c user/netlink.c user/netns.c user/nft.c user/output.c \
	user/parse.c user/quote.c user/rules.c user/why.c
test_plan_SRCS := user/plan.c user/address.c user/envfile.c user/file.c user/parse.c user/why.c
test_ports_SRCS := user/ports_text.c user/counters.c user/output.c user/parse.c user/prefixes.c user/why.c \
	user/words.c
test_prefixes_SRCS := user/prefixes.c user/parse.c user/why.c
test_rules_SRCS := user/rules.c user/parse.c
test_ssh_SRCS := user/ssh.c user/file.c user/parse.c user/why.c
test_uplink_SRCS := user/uplink.c user/link.c user/netlink.c user/output.c user/parse.c user/why.c
test_usage_SRCS := user/netns.c user/quote.c user/output.c user/parse.c user/why.c user/words.c
test_words_SRCS := user/words.c user/parse.c user/why.c
