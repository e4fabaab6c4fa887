/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the command line, the environment and the name that nat64d is called by make of the settings. */
#ifndef NAT64_TAYGA_LAUNCH_H
#define NAT64_TAYGA_LAUNCH_H

struct conf_report;
struct conf_settings;
struct device;
struct log;
struct options;

/* The settings of options->config, with everything settled: runtime_dir is NULL when there are to be neither lock nor control
 * socket, data_dir when leases are not kept. For the start and for each reload. NULL with messages. */
struct conf_settings *nat64d_launch_settings_read(const struct options *options, struct conf_report *report);

/* --mktun and --rmtun: make or remove the persistent device. 0, or -1 with a message. */
int nat64d_launch_device_make(const struct conf_settings *settings, struct conf_report *report);
int nat64d_launch_device_remove(const struct conf_settings *settings, struct conf_report *report);

/* tun-up, tun-ip and tun-route, on the device that is there. 0, or -1 with a message. */
int nat64d_launch_device_configure(const struct conf_settings *settings, struct conf_report *report);

/* By which addresses, prefixes and pool we translate, and on which device with which offloads: these explain the speed. */
void nat64d_announce_start(const struct log *log, const struct conf_settings *settings, const struct device *device);

#endif
