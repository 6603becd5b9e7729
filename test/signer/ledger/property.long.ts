import { it } from "vitest";
import { checkOnceOnly } from "./onceOnly.ts";

it("never lets two digests be signed, or two attestations be released, for one packet id", () => checkOnceOnly(10_000));
