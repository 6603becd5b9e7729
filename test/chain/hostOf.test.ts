import { expect, test } from "vitest";
import { hostOf } from "../../chain/hostOf.ts";

test.each<[string, readonly string[]]>([
  [
    "this machine on one port",
    [
      "http://localhost:8545",
      "http://LocalHost.:8545/path",
      "http://127.0.0.1:8545",
      "http://127.0.0.1.:8545",
      "http://127.1:8545",
      "http://0x7f000001:8545",
      "http://2130706433:8545/?key=1",
      "http://user:password@localhost:8545",
      "https://node.localhost:8545",
      "http://127.0.0.2:8545",
      "http://0.0.0.0:8545",
      "http://[::1]:8545",
      "http://[0:0:0:0:0:0:0:1]:8545",
      "http://[::]:8545",
      "http://[::ffff:127.0.0.1]:8545",
      "http://[::FFFF:7f00:1]:8545",
    ],
  ],
  ["this machine on the port that nobody has to write", ["http://localhost", "http://127.0.0.1:80/a", "http://[::1]/"]],
  [
    "a host elsewhere, whatever the port",
    ["https://node.example", "https://NODE.example.:443/a", "http://user@node.example:8545", "http://node.ex%61mple"],
  ],
  ["an IPv4 address", ["http://192.0.2.1", "http://192.0.2.1:8545", "http://[::ffff:192.0.2.1]", "http://3221225985"]],
  ["an IPv6 address", ["http://[2001:db8::1]", "http://[2001:DB8:0:0::0001]:8545"]],
])("one endpoint in several spellings is one: %s", (_what, urls) => {
  expect(new Set(urls.map(hostOf)).size).toBe(1);
});

test("endpoints that may be several are several", () => {
  const urls = [
    "http://localhost:8545",
    "http://localhost:8546",
    "http://127.0.0.1",
    "https://127.0.0.1",
    "http://128.0.0.1",
    "http://notlocalhost",
    "http://localhost.example",
    "http://[2001:db8::1]",
    "http://[2001:db8::ffff:7f00:1]",
    "http://a.example",
    "http://b.example",
  ];
  expect(new Set(urls.map(hostOf)).size).toBe(urls.length);
});
