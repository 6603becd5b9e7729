import { describe, expect, test } from "vitest";
import { addresses, problemsWith, type Settings } from "./support/sampleConfig.ts";

const { evm: service, aleo: account } = addresses;

describe("a configuration is refused for", () => {
  const secondRoute = (settings: Settings, change: (route: Settings) => unknown) => {
    const route = structuredClone(settings.routes[0]);
    change(route);
    settings.routes.push(route);
  };
  test.each<[string, (settings: Settings) => unknown, string]>([
    ["a typing error in a key", (s) => Object.assign(s, { colectors: [] }), "colectors: is not a known key"],
    ["a chain without provider", (s) => (s.chains[0].providers = []), "chains.0.providers: "],
    [
      "one provider that nobody has accepted",
      (s) => delete s.chains[1].singleSource,
      "chains.1.providers: name at least 3, or write singleSource: accepted",
    ],
    [
      "two providers that nobody has accepted",
      (s) => s.chains[0].providers.pop(),
      "chains.0.providers: name at least 3, or write singleSource: accepted",
    ],
    [
      "several providers without an anchor",
      (s) => delete s.chains[0].anchor,
      "chains.0.anchor: name a final block (number and hash) that you know from a source other than these providers",
    ],
    ["an anchor without a hash", (s) => (s.chains[0].anchor.hash = "0x12"), "chains.0.anchor.hash: must be"],
    [
      "two providers of one label",
      (s) => (s.chains[0].providers[2].label = "own-node"),
      "chains.0.providers.2.label: has the label of providers.0 (own-node)",
    ],
    [
      "two providers of one host, whatever their ports, paths and letter case",
      (s) => (s.chains[0].providers[2].url = "https://Ethereum.Example.:8545/other"),
      "chains.0.providers.2.url: has the host of providers.0 (own-node): take another, or write singleSource: accepted",
    ],
    [
      "two providers of one loopback port",
      (s) => {
        s.chains[0].providers[1].url = "http://127.0.0.1:8545/a";
        s.chains[0].providers[2].url = "http://127.0.0.1:8545/b";
      },
      "chains.0.providers.2.url: has the host of providers.1 (provider-a)",
    ],
    [
      "two providers of one loopback port in two spellings",
      (s) => {
        s.chains[0].providers[1].url = "http://localhost:8545/a";
        s.chains[0].providers[2].url = "http://[::1]:8545/b";
      },
      "chains.0.providers.2.url: has the host of providers.1 (provider-a)",
    ],
    [
      "two providers of one operator",
      (s) => (s.chains[0].providers[2].operator = "provider-a"),
      "chains.0.providers.2.operator: is run by the operator of providers.1 (provider-a)",
    ],
    [
      "a quorum of half of the providers, also where it is accepted",
      (s) => {
        s.chains[0].providers.pop();
        Object.assign(s.chains[0], { quorum: 1n, singleSource: "accepted" });
      },
      "chains.0.quorum: must be more than half of the 2 providers",
    ],
    [
      "a quorum of more than there are",
      (s) => (s.chains[0].quorum = 4n),
      "chains.0.quorum: 4 providers have to agree and only 3 are asked",
    ],
    [
      "so many put aside that none is a quorum",
      (s) => {
        for (const provider of s.chains[0].providers.slice(1)) provider.aside = true;
      },
      "chains.0.quorum: 2 providers have to agree and only 1 are asked",
    ],
    [
      "a provider that is no web address",
      (s) => (s.chains[0].providers[0].url = "/var/run/geth.ipc"),
      "chains.0.providers.0.url: must be an http or https URL",
    ],
    ["a chain of an unknown kind", (s) => (s.chains[0].family = "cosmos"), "chains.0.family: must be one of evm, aleo"],
    ["depth alone without a depth", (s) => (s.chains[0].finality = "depth"), "chains.0.depth: must be at least 1"],
    [
      "two chains of one name",
      (s) => (s.chains[1].name = "ethereum"),
      "chains.1.name: is the same as that of chains.0 (ethereum)",
    ],
    [
      "two chains of one id",
      (s) => (s.chains[1].chainId = 27234042785n),
      "chains.1.chainId: is the same as that of chains.0 (ethereum)",
    ],
    [
      "a route from an unknown chain",
      (s) => (s.routes[0].source.chain = "etherium"),
      "routes.0.source.chain: there is no such chain; did you mean ethereum?",
    ],
    [
      "a route to an unknown chain",
      (s) => (s.routes[0].destination.chain = "somewhere"),
      "routes.0.destination.chain: there is no such chain; known are ethereum, bsc",
    ],
    [
      "a route to where it starts",
      (s) => (s.routes[0].destination.chain = "ethereum"),
      "routes.0.destination.chain: is the same as that of the source",
    ],
    [
      "an address in one letter case",
      (s) => (s.routes[0].source.bridge = service.toLowerCase()),
      `routes.0.source.bridge: is not in EIP-55 spelling; write ${service}`,
    ],
    [
      "an address that is none",
      (s) => (s.routes[0].destination.tokenService = "0x12"),
      "routes.0.destination.tokenService: is not a valid EVM address",
    ],
    [
      "an attestor that is none",
      (s) => (s.routes[0].attestor = "0x12"),
      "routes.0.attestor: is not a valid EVM address",
    ],
    [
      "a successor that is none",
      (s) => (s.routes[0].successors = [{ attestor: "0x12", fromSequence: 9n }]),
      "routes.0.successors.0.attestor: is not a valid EVM address",
    ],
    [
      "a successor that has the route already",
      (s) => (s.routes[0].successors = [{ attestor: s.routes[0].attestor, fromSequence: 9n }]),
      "routes.0.successors.0.attestor: is an attestor of this route already",
    ],
    [
      "a successor from the first packet on",
      (s) => (s.routes[0].successors = [{ attestor: service, fromSequence: 1n }]),
      "routes.0.successors.0.fromSequence: must be above 1",
    ],
    ["an unknown scheme", (s) => (s.routes[0].scheme = "verulink"), "routes.0.scheme: must be verulink-evm or"],
    ["a wait without unit", (s) => (s.routes[0].wait = 24n), "routes.0.wait: must be a duration"],
    [
      "a start height below 0",
      (s) => (s.routes[0].source.startHeight = -1n),
      "routes.0.source.startHeight: must be a whole number",
    ],
    [
      "an instant wait that is longer than the full one",
      (s) => (s.routes[0].instant.wait = "25h"),
      "routes.0.instant.wait: must not be longer than the route's wait",
    ],
    [
      "an instant token that is none on the destination chain",
      (s) => (s.routes[0].instant.tokens[0].token = "0x12"),
      "routes.0.instant.tokens.0.token: is not a valid EVM address",
    ],
    [
      "an instant token twice",
      (s) => s.routes[0].instant.tokens.push(structuredClone(s.routes[0].instant.tokens[0])),
      "routes.0.instant.tokens.1.token: is the token of instant.tokens.0 already",
    ],
    [
      "two routes of one name",
      (s) => secondRoute(s, (r) => Object.assign(r, { deployment: "other" })),
      "routes.3.name: is the same as that of routes.0 (ethereum-to-bsc)",
    ],
    [
      "two routes of one deployment between the same chains",
      (s) => secondRoute(s, (r) => Object.assign(r, { name: "again" })),
      "routes.3.deployment: leads between the same chains as routes.0 (ethereum-to-bsc)",
    ],
    [
      "one bridge as the source of two routes",
      (s) => secondRoute(s, (r) => Object.assign(r, { name: "again", deployment: "other" })),
      "routes.3.source.bridge: is the source bridge of routes.0 (ethereum-to-bsc) already",
    ],
    [
      "two collectors of one name",
      (s) => s.collectors.push(structuredClone(s.collectors[0])),
      "collectors.1.name: is the same as that of collectors.0 (council)",
    ],
    ["no collector", (s) => (s.collectors = []), "collectors: "],
    [
      "an announcing endpoint that is no WebSocket",
      (s) => (s.chains[0].providers[0].ws = "https://ethereum.example/ws"),
      "chains.0.providers.0.ws: must be a ws or wss URL",
    ],
    ["a signer without TLS", (s) => (s.signer.url = "http://signer.internal"), "signer.url: must be an https URL"],
    ["a pin that is none", (s) => (s.signer.pin = "sha256/abc"), "signer.pin: must be sha256/"],
    [
      "an Aleo network that there is none of",
      (s) => (s.chains[2].network = "moon"),
      "chains.2.network: must be one of",
    ],
    [
      "an Aleo anchor in hex",
      (s) => (s.chains[2].anchor.hash = `0x${"00".repeat(32)}`),
      "chains.2.anchor.hash: must be the hash of an Aleo block (ab1…, bech32m)",
    ],
    [
      "a WebSocket on Aleo",
      (s) => (s.chains[2].providers[0].ws = "wss://a.example"),
      "chains.2.providers.0.ws: is not",
    ],
    ["a finality on Aleo", (s) => (s.chains[2].finality = "finalized"), "chains.2.finality: is not a known key"],
    [
      "an Aleo bridge by address",
      (s) => (s.routes[1].source.bridge = service),
      "routes.1.source.bridge: must be an Aleo",
    ],
    [
      "an Aleo token service by its id",
      (s) => (s.routes[1].source.tokenService = "tokens.aleo"),
      "routes.1.source.tokenService: is not a valid Aleo address",
    ],
    [
      "one Aleo program as the source of two routes to one chain",
      (s) => s.routes.push({ ...structuredClone(s.routes[1]), name: "again", deployment: "other" }),
      "routes.3.source.bridge: is the source bridge of routes.1 (aleo-to-ethereum) already",
    ],
    [
      "a scheme of another Aleo program",
      (s) => (s.routes[2].scheme = "verulink-aleo-ecdsa:mainnet:other.aleo"),
      "routes.2.scheme: names another network or program than the destination's: write verulink-aleo-ecdsa:mainnet:attested",
    ],
    [
      "a scheme of another Aleo network",
      (s) => (s.chains[2].network = "testnet"),
      "routes.2.scheme: names another network or program",
    ],
    ["an EVM scheme for Aleo", (s) => (s.routes[2].scheme = "verulink-evm"), "routes.2.scheme: is for destinations of"],
    [
      "an Aleo address for an attestor with an ECDSA key",
      (s) => (s.routes[2].attestor = s.routes[1].source.tokenService),
      "routes.2.attestor: is an Aleo address, and attestors of verulink-aleo-ecdsa:mainnet:attested_bridge.aleo have EVM addresses: write the address (0x…) that `attestor hsm list` prints",
    ],
    [
      "an EVM address for an attestor with an Aleo account",
      (s) => Object.assign(s.routes[2], { scheme: "verulink-aleo-schnorr", attestor: service }),
      "routes.2.attestor: is an EVM address, and attestors of verulink-aleo-schnorr have Aleo addresses: write the account's address (aleo1…), the key's publicKey in signer.yaml",
    ],
    [
      "an Aleo account's address with a wrong letter",
      (s) => Object.assign(s.routes[2], { scheme: "verulink-aleo-schnorr", attestor: `${account.slice(0, -1)}q` }),
      "routes.2.attestor: is not a valid Aleo address (aleo1…",
    ],
    [
      "a successor's EVM address on a route of Aleo accounts",
      (s) =>
        Object.assign(s.routes[2], {
          ...{ scheme: "verulink-aleo-schnorr", attestor: account },
          successors: [{ attestor: service, fromSequence: 9n }],
        }),
      "routes.2.successors.0.attestor: is an EVM address, and attestors of verulink-aleo-schnorr have Aleo addresses",
    ],
    [
      "Verulink's database for attestations that it has no form for",
      (s) => (s.collectors[0].kind = "verulink"),
      "collectors.0.kind: has no form for attestations of route ethereum-to-aleo",
    ],
    [
      "an instant token on Aleo by address",
      (s) => (s.routes[2].instant = { wait: "1m", tokens: [{ token: service, maximumAmount: 1n }] }),
      "routes.2.instant.tokens.0.token: is not a valid Aleo token id",
    ],
    ["an oracle on Aleo", (s) => (s.screening[2].chain = "aleo"), "screening.2.chain: is no EVM chain"],
    ["a chain id beyond 128 bits", (s) => (s.chains[0].chainId = 1n << 128n), "chains.0.chainId: must be below 2^128"],
  ])("%s", (_what, change, problem) => {
    const problems = problemsWith(change);
    expect(
      problems.some((found) => found.startsWith(problem)),
      problems.join("\n"),
    ).toBe(true);
  });
});
