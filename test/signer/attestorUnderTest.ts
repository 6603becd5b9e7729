import { addressOfPublicKey, publicKeyFromHex } from "../../shared/ecdsa/index.ts";
import { type AttestorParts, createAttestor, type SigningKey } from "../../signer/attest.ts";
import { clientRights, createGate, createStatefulGate, routeRule } from "../../signer/gate/index.ts";
import { ledgerIn } from "../../signer/ledger/index.ts";
import { createLoad } from "../../signer/load.ts";
import { type TestKeeper, testKeeper, testKey } from "../support/testKeeper.ts";
import { temporaryLedger } from "./ledger/temporaryLedger.ts";
import { policiesOf, sampleClient, sampleReservation } from "./samples.ts";

/** A client's connection. */
export const peer = (name: string) => ({ name, pin: sampleClient().pins[0] ?? "" });
export const client = peer("chain-a");
export const clients = [
  sampleClient(),
  sampleClient({ name: "chain-b" }),
  sampleClient({ name: "no-rights", routes: [] }),
];

/** A key of the test keeper's, known by its number there. */
export function signingKey(name: string, number: number, changes: Partial<SigningKey> = {}): SigningKey {
  const { publicKey } = testKey(number);
  const address = addressOfPublicKey(publicKeyFromHex(publicKey) ?? new Uint8Array(65));
  const use = { scheme: "verulink-evm", deployment: "local", destination: 2n } as const;
  return { name, uri: `pkcs11:${name}`, publicKey, ...use, address, custody: "hsm", ...changes };
}

/** An attestor over a ledger of its own, with the rules about rights and routes and no others. */
export function attestorWith(
  keys: readonly SigningKey[],
  parts: Pick<AttestorParts, "keeper" | "policies"> & Partial<AttestorParts>,
) {
  const files = temporaryLedger();
  const { state } = files.ledger;
  const all: AttestorParts = {
    gate: createGate(() => [clientRights, routeRule]),
    statefulGate: createStatefulGate({ timeOf: ({ nowMs }) => ({ nowMs }) }, []),
    state,
    ledger: ledgerIn(state),
    load: createLoad({ now: () => 0 }),
    keys: new Map(keys.map((key) => [key.name, key])),
    obstacle: () => undefined,
    policyVersion: () => "1",
    ...parts,
  };
  return { attestor: createAttestor(all), ledger: all.ledger, parts: all, files };
}

export const key = signingKey("to-two", 2);
export const { digest } = sampleReservation();

/** An attestor with the one key that the samples are for, and its keeper. */
export function signer(changes: Partial<AttestorParts> = {}) {
  const keeper: TestKeeper = testKeeper([key], { "to-two": 2 });
  const policies = policiesOf({ clients });
  return { ...attestorWith([key], { keeper, policies, policyVersion: () => "3", ...changes }), keeper };
}

/** A keeper call that waits until it is let go. */
export function heldBack(keeper: TestKeeper) {
  const asked = Promise.withResolvers<void>();
  const letGo = Promise.withResolvers<void>();
  keeper.misbehave(async (signed) => {
    asked.resolve();
    await letGo.promise;
    return signed;
  });
  return { asked: asked.promise, letGo: letGo.resolve };
}
