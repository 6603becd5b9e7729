import type { VerdictResult } from "../../shared/digest/index.ts";
import type { ChainFamily } from "../../shared/packet/index.ts";

/** An address as a packet spells it. */
export interface ScreenedAddress {
  readonly family: ChainFamily;
  readonly text: string;
}

/** A result with where it came from, or why there is none. */
export type ScreeningAnswer =
  | { readonly result: VerdictResult; readonly source: string; readonly version: string }
  | { readonly cannotTell: string };

/** Looks addresses up on a list of those that a bridge must not serve. */
export interface Screening {
  readonly name: string;
  /** Flagged if any of the addresses is listed. */
  screen(addresses: readonly ScreenedAddress[]): Promise<ScreeningAnswer>;
  /** Version of the list in use, or why none can be used. */
  state(): { readonly version: string } | { readonly cannotTell: string };
}
