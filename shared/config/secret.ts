import { inspect } from "node:util";
import { z } from "zod";

/** A value that must never be shown (PIN, RPC URL): every way of turning it into text gives `[secret]`. */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The value itself, for the one call that needs it. */
  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return "[secret]";
  }

  toJSON(): string {
    return "[secret]";
  }

  [inspect.custom](): string {
    return "[secret]";
  }
}

/** A setting that becomes a {@link Secret} as soon as it is read. */
export const secret = z
  .string({ error: "must be a string" })
  .min(1, { error: "must not be empty" })
  .transform((text) => new Secret(text));
