/** Words for this machine, besides its loopback addresses; `0.0.0.0` and `::` lead to it as well. */
const thisMachine = /^((.+\.)?localhost|127\.[0-9.]+|0\.0\.0\.0|\[::1?\])$/;

const defaultPorts: Readonly<Record<string, string>> = { "http:": "80", "https:": "443" };

/**
 * Where a URL certainly leads, in one spelling for all that say the same. Several nodes may run on this machine, each on its
 * own port; anywhere else a host is one operator's, whatever the port.
 *
 * @param url a valid http or https URL, whose parser has settled letter case, forms of addresses and user info.
 */
export function hostOf(url: string): string {
  const { hostname, port, protocol } = new URL(url);
  const name = withoutMapping(hostname.replace(/\.+$/, ""));
  return thisMachine.test(name) ? `loopback:${port || defaultPorts[protocol]}` : name;
}

/** An IPv4 address within IPv6 (RFC 4291, section 2.5.5.2) is reached by IPv4. */
function withoutMapping(host: string): string {
  const [, high, low] = /^\[::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})\]$/.exec(host) ?? [];
  if (high === undefined || low === undefined) return host;
  return [high, low]
    .map((text) => Number.parseInt(text, 16))
    .flatMap((pair) => [pair >> 8, pair & 0xff])
    .join(".");
}
