import { mkdtempSync } from "node:fs";
import path from "node:path";
import type { SealedKeySpec } from "../../../hsm/index.ts";
import { generateSealedKey, readPinFile } from "../../../hsm/provisioning/index.ts";
import type { SoftHsm } from "../../support/softhsm.ts";
import { withSoftHsmEnvironment } from "./inToken.ts";
import { packetToAleo } from "./packets.ts";

/** A sealed key with its file. */
export interface TestSealedKey {
  readonly spec: SealedKeySpec;
  readonly sealedFile: string;
}

/** Holds the ceremony's part for a sealed key in a test's token; it signs for the destination of the vectors' packet. */
export function sealKey(hsm: SoftHsm, name: string, id: string, changes: Partial<SealedKeySpec> = {}): TestSealedKey {
  const { deployment = "demo", destination = packetToAleo.destination.chainId } = changes;
  const sealedFile = path.join(mkdtempSync(path.join(hsm.folder, "sealed-")), `${name}.json`);
  const { module, token, pinFile } = hsm;
  const { uri, address } = withSoftHsmEnvironment(hsm, () =>
    generateSealedKey({
      ...{ module, token, pinFile, pin: readPinFile(pinFile), id, label: name },
      ...{ deployment, destination, sealedFile },
    }),
  );
  const use = { scheme: "verulink-aleo-schnorr", custody: "sealed-software", deployment, destination } as const;
  return { spec: { name, uri, publicKey: address, ...use }, sealedFile };
}
