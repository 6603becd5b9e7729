import { startSigner } from "../../signer/index.ts";
import { serviceCommand } from "./service.ts";

export const signer = serviceCommand("signer", "run the signing daemon", startSigner);
