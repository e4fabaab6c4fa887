/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The words of Tailscale's own menus, which it does not translate: Windows (docs/windows/policy/en-US/tailscale.adml), macOS and iOS (https://tailscale.com/kb/1072), Android
 * (res/values/strings.xml; a Chromebook has that app). tests/net/test_page_advice.py has them too.
 *
 * A device's kind is best known to the tailnet: an iPad's browser says that it is a Mac's, and curl says nothing at all.
 */
#include "http/advice.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

#define APPROVED    " Then the route has to be approved, and the policy has to let this device reach the prefix."
#define APPROVED_ZH "然后还要批准这条路由，并且策略要允许这台设备访问该前缀。"
#define OVERLAP     " The twin's route has to be approved too, and no network of this device may overlap it."
#define OVERLAP_ZH  "孪生前缀的路由也要批准，并且本机网络不能与它重叠。"

struct words {
	const char *en, *zh;
};

static const struct {
	const char *name, *curl;
	struct words lights[HTTP_LIGHTS];
} systems[HTTP_UNKNOWN] = {
	[HTTP_LINUX] = {"linux",
			"curl",
			{{"Run: tailscale status; and sudo tailscale up where it is stopped.",
			  "运行：tailscale status；若已停止，运行 sudo tailscale up。"},
			 {"Run: sudo tailscale set --accept-routes." APPROVED,
			  "运行：sudo tailscale set --accept-routes。" APPROVED_ZH},
			 {"Run: sudo tailscale set --accept-dns; tailscale dns status then lists the split domain, once the tailnet's DNS settings "
			  "hand it to this relay. In the browser, secure DNS: off.",
			  "运行：sudo tailscale set --accept-dns；tailnet 的 DNS 设置把分域交给此中继之后，tailscale dns status "
			  "会列出它。浏览器的安全 DNS 要关闭。"},
			 {"Run: sudo tailscale set --accept-routes." OVERLAP,
			  "运行：sudo tailscale set --accept-routes。" OVERLAP_ZH}}},
	[HTTP_WINDOWS] =
		{"windows",
		 "curl.exe",
		 {{"Tailscale icon in the taskbar: is it connected?", "任务栏的 Tailscale 图标：已经连接了吗？"},
		  {"Tailscale icon in the taskbar › Preferences › Use Tailscale subnets." APPROVED,
		   "任务栏的 Tailscale 图标 › Preferences › Use Tailscale subnets。" APPROVED_ZH},
		  {"Tailscale icon in the taskbar › Preferences › Use Tailscale DNS settings. In PowerShell, Get-DnsClientNrptPolicy "
		   "-Effective then lists the split domain: NRPT rules of a group policy override it. A name without a public suffix "
		   "needs the split domain behind it. In the browser, secure DNS: off.",
		   "任务栏的 Tailscale 图标 › Preferences › Use Tailscale DNS settings。之后在 PowerShell 中，Get-DnsClientNrptPolicy "
		   "-Effective 会列出分域：组策略的 NRPT 规则会盖过它。没有公共后缀的名字后面要写上分域。浏览器的安全 DNS 要关闭。"},
		  {"Tailscale icon in the taskbar › Preferences › Use Tailscale subnets." OVERLAP,
		   "任务栏的 Tailscale 图标 › Preferences › Use Tailscale subnets。" OVERLAP_ZH}}},
	[HTTP_MACOS] = {"macos",
			"curl",
			{{"Tailscale in the menu bar: is it connected?", "菜单栏的 Tailscale：已经连接了吗？"},
			 {"Tailscale in the menu bar › Settings › Use Tailscale subnets (with tailscaled from a terminal: sudo tailscale set "
			  "--accept-routes)." APPROVED,
			  "菜单栏的 Tailscale › Settings › Use Tailscale subnets（终端里的 tailscaled：sudo tailscale set "
			  "--accept-routes）。" APPROVED_ZH},
			 {"Tailscale in the menu bar › Settings › Use Tailscale DNS settings; scutil --dns then lists the split domain. In the "
			  "browser, secure DNS: off.",
			  "菜单栏的 Tailscale › Settings › Use Tailscale DNS settings；之后 scutil --dns 会列出分域。浏览器的安全 DNS 要关闭。"},
			 {"Tailscale in the menu bar › Settings › Use Tailscale subnets." OVERLAP,
			  "菜单栏的 Tailscale › Settings › Use Tailscale subnets。" OVERLAP_ZH}}},
	[HTTP_IOS] = {"ios",
		      "",
		      {{"Tailscale app: is it connected?", "Tailscale 应用：已经连接了吗？"},
		       {"Tailscale app › Settings › Use Tailscale Subnets." APPROVED,
			"Tailscale 应用 › Settings › Use Tailscale Subnets。" APPROVED_ZH},
		       {"Tailscale app › Settings › DNS Settings › Use Tailscale DNS Settings. No other DNS profile, VPN or iCloud Private Relay may "
			"be on.",
			"Tailscale 应用 › Settings › DNS Settings › Use Tailscale DNS Settings。不能开着别的 DNS 描述文件、VPN 或 iCloud "
			"专用代理。"},
		       {"Tailscale app › Settings › Use Tailscale Subnets." OVERLAP,
			"Tailscale 应用 › Settings › Use Tailscale Subnets。" OVERLAP_ZH}}},
	[HTTP_ANDROID] = {"android",
			  "",
			  {{"Tailscale app: is it connected?", "Tailscale 应用：已经连接了吗？"},
			   {"Tailscale app › Settings › Subnet routing › Use Tailscale subnets." APPROVED,
			    "Tailscale 应用 › Settings › Subnet routing › Use Tailscale subnets。" APPROVED_ZH},
			   {"Tailscale app › Settings › DNS settings › Use Tailscale DNS. Android's Private DNS: automatic or off. In the browser, "
			    "secure DNS: off.",
			    "Tailscale 应用 › Settings › DNS settings › Use Tailscale DNS。Android 的“私人 DNS”：自动或关闭。浏览器的安全 DNS 要关闭。"},
			   {"Tailscale app › Settings › Subnet routing › Use Tailscale subnets." OVERLAP,
			    "Tailscale 应用 › Settings › Subnet routing › Use Tailscale subnets。" OVERLAP_ZH}}},
	[HTTP_CHROMEOS] =
		{"chromeos",
		 "",
		 {{"Tailscale's Android app: is it connected?", "Tailscale 的 Android 应用：已经连接了吗？"},
		  {"Tailscale's Android app › Settings › Subnet routing › Use Tailscale subnets." APPROVED,
		   "Tailscale 的 Android 应用 › Settings › Subnet routing › Use Tailscale subnets。" APPROVED_ZH},
		  {"Tailscale's Android app › Settings › DNS settings › Use Tailscale DNS. In the settings of ChromeOS, secure DNS: off.",
		   "Tailscale 的 Android 应用 › Settings › DNS settings › Use Tailscale DNS。ChromeOS 设置中的安全 DNS 要关闭。"},
		  {"Tailscale's Android app › Settings › Subnet routing › Use Tailscale subnets." OVERLAP,
		   "Tailscale 的 Android 应用 › Settings › Subnet routing › Use Tailscale subnets。" OVERLAP_ZH}}},
};

/* Hostinfo.OS is the name in small letters or not; a BSD has the same program as Linux. */
static enum http_system named(const char *name)
{
	static const char *const likes_linux[] = {"freebsd", "openbsd", "netbsd", "dragonfly", "illumos", "solaris"};

	for (enum http_system system = 0; name && system < HTTP_UNKNOWN; system++)
		if (strcasecmp(name, systems[system].name) == 0)
			return system;
	for (size_t i = 0; name && i < sizeof(likes_linux) / sizeof(likes_linux[0]); i++)
		if (strcasecmp(name, likes_linux[i]) == 0)
			return HTTP_LINUX;
	return HTTP_UNKNOWN;
}

/* By the first of these words that it has: an iPhone's says "like Mac OS X", and Android's "Linux". */
static enum http_system of_agent(const char *agent)
{
	static const struct {
		const char *word;
		enum http_system system;
	} words[] = {
		{"Android", HTTP_ANDROID}, {"CrOS", HTTP_CHROMEOS}, {"iPhone", HTTP_IOS},  {"iPad", HTTP_IOS},
		{"Windows", HTTP_WINDOWS}, {"Mac OS", HTTP_MACOS},  {"Linux", HTTP_LINUX}, {"BSD", HTTP_LINUX},
	};

	for (size_t i = 0; agent && i < sizeof(words) / sizeof(words[0]); i++)
		if (strstr(agent, words[i].word))
			return words[i].system;
	return HTTP_UNKNOWN;
}

enum http_system http_system_find(const char *asked, const char *tailnet, const char *guess, const char *agent)
{
	enum http_system guessed = named(guess), known = named(asked);

	if (known == HTTP_UNKNOWN)
		known = named(tailnet);
	if (guessed == HTTP_UNKNOWN)
		guessed = of_agent(agent);
	if (known == HTTP_ANDROID && guessed == HTTP_CHROMEOS && named(asked) == HTTP_UNKNOWN)
		return HTTP_CHROMEOS; /* the tailnet sees the Android app alone */
	return known != HTTP_UNKNOWN ? known : guessed;
}

const char *http_advice_text(enum http_system system, enum http_light light, bool chinese)
{
	if (system == HTTP_UNKNOWN)
		return NULL;
	return chinese ? systems[system].lights[light].zh : systems[system].lights[light].en;
}

json_t *http_advice_make(enum http_system system, bool chinese)
{
	static const char *const lights[HTTP_LIGHTS] = {"reached", "route", "dns", "twin"};
	json_t *advice = json_object();

	if (system == HTTP_UNKNOWN) {
		json_object_set_new(advice, "curl", json_string("curl"));
		return advice;
	}
	json_object_set_new(advice, "device", json_string(systems[system].name));
	json_object_set_new(advice, "curl", json_string(systems[system].curl));
	for (enum http_light light = 0; light < HTTP_LIGHTS; light++)
		json_object_set_new(advice, lights[light], json_string(http_advice_text(system, light, chinese)));
	return advice;
}
