import { copyFileSync, existsSync, mkdirSync, rmSync } from "node:fs";
import path from "node:path";
import { onTestFinished } from "vitest";
import { check } from "../../../shared/schema/index.ts";
import type { PeerAnswer } from "../../../shared/tls/index.ts";
import type { AttestationRequest } from "../../../shared/wire/index.ts";
import { attestationToWire } from "../../../shared/wire/index.ts";
import { waiverObject } from "../../../signer/newest/index.ts";
import { formatStatement } from "../../../signer/policy/index.ts";
import { statusAnswer, wantedAnswer } from "../../../signer/server/answerSchemas.ts";
import { createSignerWorld, type SignerWorld, type SignerWorldOptions } from "../../support/signerWorld.ts";
import { sampleRequest } from "../samples.ts";

/** An attestation as it came over the wire. */
export type WireAttestation = Readonly<Record<string, unknown>> & { readonly signature: string };

/** A route as the interface names it. */
export const oneToTwo = { deployment: "local", source: "1", destination: "2" };
export const twoToOne = { deployment: "local", source: "2", destination: "1" };

/** A signer with what a test of its clients' newest attestations says to it. */
export interface NewestWorld extends SignerWorld {
  ask(request?: AttestationRequest, client?: string): Promise<PeerAnswer>;
  /** The attestation of that packet from chain 1 to chain 2. */
  attest(sequence: bigint): Promise<WireAttestation>;
  /** What chain-a shows: this on the route from 1 to 2, and none on the other. */
  show(newest: object | null): Promise<PeerAnswer>;
  wanted(client: string): Promise<ReturnType<typeof readWanted>>;
  status(): Promise<ReturnType<typeof readStatus>>;
  readiness(): Promise<{ ready: boolean; reasons: string[] }>;
  /** Signs as these operators that the signer goes on without a client. */
  waive(client: string, operators: readonly string[], start?: string): Promise<PeerAnswer>;
  /** Copies everything that a machine's backup of the signer would hold; the signer must be stopped. */
  backUp(): void;
  /** Puts the copy back. */
  restore(): void;
}

const readWanted = (body: unknown) => check(wantedAnswer, body, "body");
const readStatus = (body: unknown) => check(statusAnswer, body, "body");

const files = ["ledger.sqlite", "ledger.sqlite-wal", "ledger.sqlite-shm", "checkpoints.jsonl"];

export async function newestWorld(options?: SignerWorldOptions): Promise<NewestWorld> {
  const world = await createSignerWorld(options);
  onTestFinished(() => world.close());
  const backup = path.join(world.folder, "backup");
  const copy = (from: string, to: string) => {
    mkdirSync(to, { recursive: true });
    for (const file of files) {
      rmSync(path.join(to, file), { force: true });
      if (existsSync(path.join(from, file))) copyFileSync(path.join(from, file), path.join(to, file));
    }
  };
  const request = async (
    client: string,
    ...words: Parameters<Awaited<ReturnType<SignerWorld["client"]>>["request"]>
  ) => {
    const connection = await world.client(client);
    return connection.request(...words);
  };
  const added: Omit<NewestWorld, keyof SignerWorld> = {
    ask: (asked = sampleRequest(), client = "chain-a") =>
      request(client, "POST", "/v1/attestations", attestationToWire(asked)),
    async attest(sequence) {
      const { body } = await added.ask(sampleRequest({ sequence }));
      return (body as { attestation: WireAttestation }).attestation;
    },
    show: (newest) =>
      request("chain-a", "PUT", "/v1/clients/self/newest", {
        routes: [
          { route: oneToTwo, newest },
          { route: twoToOne, newest: null },
        ],
      }),
    wanted: async (client) => readWanted((await request(client, "GET", "/v1/clients/self/newest")).body),
    status: async () => readStatus((await request("olga", "GET", "/v1/status")).body),
    readiness: async () => (await world.ops("/readyz")).json() as Promise<{ ready: boolean; reasons: string[] }>,
    async waive(client, operators, start) {
      const status = await added.status();
      const statement = formatStatement({
        action: "waive-newest",
        object: waiverObject(client, start ?? status.start),
        ledger: status.ledger,
        expiresMs: Date.now() + 3_600_000,
      });
      const signatures = world.operators
        .filter(({ name }) => operators.includes(name))
        .map(({ sign }) => sign(statement));
      return request("olga", "POST", `/v1/clients/${client}/waive`, { approval: { statement, signatures } });
    },
    backUp: () => copy(world.folder, backup),
    restore: () => copy(backup, world.folder),
  };
  // getters of the world stay getters
  return Object.defineProperties(added, Object.getOwnPropertyDescriptors(world)) as NewestWorld;
}
