import { type Vendor, vendors } from "../hsm/index.ts";
import { AttestorError } from "../shared/errors/index.ts";
import type { Arguments } from "./command.ts";

/**
 * The value of `--vendor`.
 *
 * @throws AttestorError `usage` for a vendor that there is no profile for.
 */
export function vendorOption(args: Arguments): Vendor | undefined {
  const name = args.text("vendor");
  const vendor = vendors.find((known) => known === name);
  if (name === undefined || vendor) return vendor;
  throw new AttestorError("usage", { reason: `--vendor must be ${vendors.join(" or ")}` });
}
