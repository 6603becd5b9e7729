/** Making tokens and keys. Loads the vendor's module into the calling process: for the command line only. */
export { describeKeyOrigin, type KeyOrigin } from "./describeKey.ts";
export { type DescribedKmsKey, describeKmsKey } from "./describeKmsKey.ts";
export { findSoftHsmModule } from "./findSoftHsmModule.ts";
export { type GeneratedKey, generateKey, type KeyRequest } from "./generateKey.ts";
export { type GeneratedSealedKey, generateSealedKey, type SealedKeyRequest } from "./generateSealedKey.ts";
export { initialiseToken, type TokenRequest } from "./initialiseToken.ts";
export { inspectToken, type PinState, type TokenReport } from "./inspectToken.ts";
export {
  type BindableKey,
  type BindingRequest,
  bindKeysToLedger,
  type KeyBinding,
  readLedgerBindings,
  type TokenAccess,
} from "./ledgerBinding.ts";
export { type ListedKey, type ListRequest, listKeys } from "./listKeys.ts";
export { readPinFile, type UserPin } from "./readPinFile.ts";
