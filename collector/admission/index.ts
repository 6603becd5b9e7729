export type { Admitted } from "./admission.ts";
export { admitAttestation } from "./admitAttestation.ts";
export { admitSignature } from "./admitSignature.ts";
