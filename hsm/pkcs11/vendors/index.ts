import type { TokenProfile } from "../profile.ts";
import { cloudHsm } from "./cloudHsm.ts";
import { generic } from "./generic.ts";
import { softHsm } from "./softHsm.ts";
import { yubiHsm } from "./yubiHsm.ts";

/** One profile a file: a further vendor is a further file. */
export const profiles: readonly TokenProfile[] = [softHsm, cloudHsm, yubiHsm, generic];
