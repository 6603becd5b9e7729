import { z } from "zod";

export const aleoNetworks = ["mainnet", "testnet", "canary"] as const;
export type AleoNetwork = (typeof aleoNetworks)[number];

/** A program on one of Aleo's networks. */
export interface AleoProgram {
  readonly network: AleoNetwork;
  /** Its id, such as `bridge.aleo`. */
  readonly program: string;
}

const programId = "must be an Aleo program id: a to z, 0 to 9 and _, at most 31, a letter first, then .aleo";

/** A program's id in its one spelling. */
export const aleoProgramId = z.string({ error: programId }).regex(/^[a-z][a-z0-9_]{0,30}\.aleo$/, { error: programId });

/** Everything of it goes into what is signed, so it has one spelling. */
export const aleoProgram: z.ZodType<AleoProgram> = z.strictObject({
  network: z.enum(aleoNetworks),
  program: aleoProgramId,
});
