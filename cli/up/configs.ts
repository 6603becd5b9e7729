import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { stringify } from "yaml";
import { pinOf } from "../../shared/tls/index.ts";
import type { AleoPlan } from "./aleoPlan.ts";
import { attestorCertificates, collectorCertificates } from "./certificates.ts";
import type { AttestorKey, AttestorKeys, Network } from "./network.ts";
import type { AttestorPlan, NetworkPlan } from "./plan.ts";
import { type LocalEnd, type LocalRoute, localRoutes } from "./routes.ts";
import { keyLabels } from "./tokens.ts";

/** The configuration files of one attestor, and of the collector, by service. */
export const configFile = {
  signer: (attestor: AttestorPlan) => path.join(attestor.folder, "signer.yaml"),
  policy: (attestor: AttestorPlan) => path.join(attestor.folder, "policy.yaml"),
  operator: (attestor: AttestorPlan, name: string) => path.join(attestor.folder, `${name}.yaml`),
  chain: (attestor: AttestorPlan) => path.join(attestor.folder, "chain.yaml"),
  collector: (plan: NetworkPlan) => path.join(plan.collector.folder, "collector.yaml"),
};

/** Writes every service's configuration, the same kind of file that an operator writes by hand (docs/samples). */
export function writeConfigs(plan: NetworkPlan, network: Network): void {
  plan.attestors.forEach((attestor, index) => {
    write(configFile.signer(attestor), signerSettings(plan, network, attestor, index));
    write(configFile.chain(attestor), chainSettings(plan, network, attestor, index));
    for (const { name, certificate, key } of attestorCertificates(attestor).operators) {
      write(configFile.operator(attestor, name), operatorSettings(attestor, { certificate, key }));
    }
  });
  write(configFile.collector(plan), collectorSettings(plan, network));
}

/**
 * Writes each signer's first policy. Unlike the configurations it is written once: from then on the ledger knows its text,
 * and a change takes a new version and its operators' signatures.
 */
export function writePolicies(plan: NetworkPlan, network: Network): void {
  for (const attestor of plan.attestors) {
    const note = "# Written by `attestor up` at its first start; docs/policy.md says how to change it.\n";
    write(configFile.policy(attestor), policySettings(plan, network, attestor), note);
  }
}

const rewritten = "# Written by `attestor up` at every start; docs/samples explains each setting.\n";

function write(file: string, settings: object, note = rewritten): void {
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  writeFileSync(file, note + stringify(settings, { lineWidth: 0 }), { mode: 0o600 });
}

function place({ chainId, family, tokenService }: LocalEnd) {
  return { chainId, family, tokenService };
}

function keyOf(network: Network, attestorIndex: number, { key: name }: LocalRoute): AttestorKey {
  const key = keysOf(network, attestorIndex)[name];
  if (!key) throw new Error(`attestor ${attestorIndex} has no key ${name}`);
  return key;
}

function keysOf(network: Network, attestorIndex: number): AttestorKeys {
  const keys = network.keys[attestorIndex];
  if (!keys) throw new Error(`no keys for attestor ${attestorIndex}`);
  return keys;
}

function placeOf({ uri, publicKey }: AttestorKey) {
  return { uri, publicKey };
}

function pinOfFile(file: string): string {
  return pinOf(readFileSync(file));
}

/** As providers' addresses do, it carries an access key; Anvil ignores it, and no log may show it. */
function providerUrl(port: number): string {
  return `http://127.0.0.1:${port}/?key=${randomBytes(16).toString("hex")}`;
}

function listen(port: number) {
  return { host: "127.0.0.1", port };
}

function signerSettings(plan: NetworkPlan, network: Network, attestor: AttestorPlan, index: number): object {
  const own = attestorCertificates(attestor);
  return {
    service: "signer",
    listen: listen(attestor.signerPort),
    ops: listen(attestor.signerOpsPort),
    tls: { certificate: own.signer.certificate, key: own.signer.key, peerAuthority: own.authority },
    ledger: "ledger.sqlite",
    stateFolder: "signer-state",
    keeper: { sessions: 2, callDeadline: "5s" },
    keys: [
      ...localRoutes(plan, network).map((route) => ({
        name: keyLabels[route.key],
        ...placeOf(keyOf(network, index, route)),
        scheme: route.scheme,
        deployment: route.deployment,
        destination: route.to.chainId,
      })),
      { name: "audit", ...placeOf(keysOf(network, index).audit), use: "audit" },
    ],
    audit: { key: "audit", checkpoints: "checkpoints.jsonl", interval: "10s" },
    policy: "policy.yaml",
  };
}

function policySettings(plan: NetworkPlan, network: Network, attestor: AttestorPlan): object {
  const own = attestorCertificates(attestor);
  const routes = localRoutes(plan, network);
  return {
    service: "policy",
    version: 1,
    operators: own.operators.map(({ name, certificate, ssh }) => ({
      name,
      certificatePins: [pinOfFile(certificate)],
      signingKeys: [readFileSync(`${ssh}.pub`, "utf8").trim()],
    })),
    clients: [
      {
        name: "chain-service",
        pins: [pinOfFile(own.chain.certificate)],
        routes: routes.map(({ name }) => name),
        schemes: [...new Set(routes.map(({ scheme }) => scheme))],
        operations: ["attest", "read"],
      },
    ],
    routes: routes.map(({ name, deployment, scheme, key, from, to }) => ({
      name,
      deployment,
      source: place(from),
      destination: place(to),
      scheme,
      key: keyLabels[key],
      tokens: [{ source: from.token, destination: to.token }],
    })),
  };
}

function operatorSettings(attestor: AttestorPlan, own: { certificate: string; key: string }): object {
  const { signer, authority } = attestorCertificates(attestor);
  return {
    service: "operator",
    signer: { url: `https://127.0.0.1:${attestor.signerPort}`, pin: pinOfFile(signer.certificate) },
    tls: { ...own, peerAuthority: authority },
  };
}

function chainSettings(plan: NetworkPlan, network: Network, attestor: AttestorPlan, index: number): object {
  const own = attestorCertificates(attestor);
  const { collector } = collectorCertificates(plan);
  return {
    service: "chain",
    ops: listen(attestor.chainOpsPort),
    stateFolder: "chain-state",
    tls: { certificate: own.chain.certificate, key: own.chain.key, peerAuthority: own.peerAuthorities },
    chains: [
      ...plan.chains.map(({ name, chainId, evmChainId, port }) => ({
        name,
        family: "evm",
        chainId,
        evmChainId,
        ...seenThrough(name, port),
        finality: "finalized",
      })),
      ...(plan.aleo ? [aleoChain(plan.aleo)] : []),
    ],
    routes: localRoutes(plan, network).map((route) => ({
      name: route.name,
      deployment: route.deployment,
      source: { ...contractsOf(route.from), startHeight: route.from.startHeight },
      destination: contractsOf(route.to),
      scheme: route.scheme,
      attestor: keyOf(network, index, route).address,
      wait: `${plan.waitSeconds}s`,
    })),
    screening: [{ kind: "list", name: "local-list", list: plan.screeningList }],
    signer: {
      url: `https://127.0.0.1:${attestor.signerPort}`,
      pin: pinOfFile(own.signer.certificate),
      timeout: "10s",
    },
    collectors: [
      {
        name: "collector",
        url: `https://127.0.0.1:${plan.collector.port}`,
        pin: pinOfFile(collector.certificate),
        timeout: "10s",
      },
    ],
  };
}

function seenThrough(name: string, port: number) {
  const providers = [{ label: `local-${name}`, url: providerUrl(port) }];
  return { providers, singleSource: "accepted", pollInterval: "500ms" };
}

function aleoChain({ name, chainId, network, port }: AleoPlan) {
  return { name, family: "aleo", chainId, network, ...seenThrough(name, port) };
}

function contractsOf({ chain, bridge, tokenService }: LocalEnd) {
  return { chain, bridge, tokenService };
}

function collectorSettings(plan: NetworkPlan, network: Network): object {
  const routes = localRoutes(plan, network);
  const { collector, clientAuthorities } = collectorCertificates(plan);
  return {
    service: "collector",
    listen: listen(plan.collector.port),
    public: listen(plan.collector.publicPort),
    ops: listen(plan.collector.opsPort),
    tls: { certificate: collector.certificate, key: collector.key, peerAuthority: clientAuthorities },
    database: "collector.sqlite",
    clients: plan.attestors.map((attestor, index) => ({
      name: attestor.name,
      pins: [pinOfFile(attestorCertificates(attestor).chain.certificate)],
      attestors: routes.map((route) => keyOf(network, index, route).address),
    })),
    registry: routes.map((route) => ({
      deployment: route.deployment,
      source: place(route.from),
      destination: { ...place(route.to), bridge: route.to.bridge },
      scheme: route.scheme,
      quorum: plan.quorum,
      attestors: plan.attestors.map((_, index) => keyOf(network, index, route).address),
    })),
  };
}
