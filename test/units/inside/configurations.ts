import { chmodSync, writeFileSync } from "node:fs";
import path from "node:path";
import { stringify } from "yaml";
import { accountAddress, roles } from "../../../cli/up/localChains.ts";
import { type Bridge, plan } from "./bridge.ts";
import { configFolder, configOf, run, type ServiceName, stateOf, unitOf } from "./machine.ts";
import type { Key, Keys, Pins } from "./provision.ts";

/** Where each service that has one answers probes. */
export const opsPorts = { signer: 7401, collector: 7090, chain: 7411 } as const;

/** In an address of a provider: no log may show it. */
export const providerSecret = "c0ffee5ec4e7";

const listen = (port: number) => ({ host: "127.0.0.1", port });
const scheme = "verulink-evm";
const deployment = "main";

/** Writes every file below /etc/hsm-attestor that an operator writes, each readable by its service and root. */
export function writeConfigurations({ sides }: Bridge, keys: Keys, pins: Pins): void {
  const tls = (name: string) => ({
    certificate: `tls/${name}.crt`,
    key: `tls/${name}.key`,
    peerAuthority: "tls/ca.crt",
  });
  const place = ({ uri, publicKey }: Key) => ({ uri, publicKey });
  const keyEntries = [
    { name: "to-beta", ...place(keys.beta), scheme, deployment, destination: sides[1].chainId },
    { name: "audit", ...place(keys.audit), use: "audit" },
  ];
  const socket = "/run/attestor-keeper/keeper.sock";
  const [from, to] = sides;
  const end = ({ chainId, tokenService }: { chainId: bigint; tokenService: string }) => ({
    chainId,
    family: "evm",
    tokenService,
  });
  write("keeper", {
    service: "keeper",
    socket,
    daemonUser: unitOf("signer"),
    stateFolder: stateOf("keeper"),
    keys: keyEntries,
  });
  write("signer", {
    service: "signer",
    listen: listen(7400),
    ops: listen(opsPorts.signer),
    tls: tls("signer"),
    ledger: `${stateOf("signer")}/ledger.sqlite`,
    policy: "policy.yaml",
    stateFolder: stateOf("signer"),
    keeper: { socket },
    keys: keyEntries,
    audit: { key: "audit", checkpoints: `${stateOf("signer")}/checkpoints.jsonl`, interval: "10s" },
  });
  write(
    "signer",
    {
      service: "policy",
      version: 1,
      operators: pins.operators,
      clients: [
        {
          name: "chain-service",
          pins: [pins.chain],
          routes: ["alpha-to-beta"],
          schemes: [scheme],
          operations: ["attest", "read"],
        },
      ],
      routes: [{ name: "alpha-to-beta", deployment, source: end(from), destination: end(to), scheme, key: "to-beta" }],
    },
    path.join(configFolder, "policy.yaml"),
  );
  write("collector", {
    service: "collector",
    listen: listen(7443),
    public: listen(7080),
    ops: listen(opsPorts.collector),
    tls: tls("collector"),
    database: `${stateOf("collector")}/collector.sqlite`,
    clients: [{ name: "acme", pins: [pins.chain], attestors: [keys.beta.address] }],
    registry: [
      {
        deployment,
        source: end(from),
        destination: { ...end(to), bridge: to.bridge },
        scheme,
        quorum: 1,
        attestors: [keys.beta.address],
      },
    ],
  });
  write("chain", {
    service: "chain",
    ops: listen(opsPorts.chain),
    stateFolder: stateOf("chain"),
    tls: tls("chain-service"),
    chains: plan.chains.map(({ name, chainId, evmChainId, port }) => ({
      ...{ name, family: "evm", chainId, evmChainId, singleSource: "accepted", pollInterval: "500ms" },
      providers: [{ label: `local-${name}`, url: `http://127.0.0.1:${port}/?key=${providerSecret}` }],
    })),
    routes: [
      {
        name: "alpha-to-beta",
        deployment,
        source: {
          chain: "alpha",
          bridge: from.bridge,
          tokenService: from.tokenService,
          startHeight: from.deploymentBlock.number,
        },
        destination: { chain: "beta", bridge: to.bridge, tokenService: to.tokenService },
        scheme,
        attestor: keys.beta.address,
        wait: "1s",
      },
    ],
    screening: [{ kind: "list", name: "list", list: "screening.txt" }],
    signer: { url: "https://127.0.0.1:7400", pin: pins.signer },
    collectors: [{ name: "collector", url: "https://127.0.0.1:7443", pin: pins.collector }],
  });
  writeFileSync(path.join(configFolder, "screening.txt"), `${accountAddress(roles.screenedUser)}\n`);
  chmodSync(path.join(configFolder, "screening.txt"), 0o644);
}

function write(service: ServiceName, settings: object, file = configOf(service)): void {
  writeFileSync(file, stringify(settings, { lineWidth: 0 }));
  run("chown", `root:${unitOf(service)}`, file);
  chmodSync(file, 0o640);
}
