export { type AleoAccount, accountOfSeed, seedBytes } from "./account.ts";
export { fieldMessage, type Message, statementMessage } from "./message.ts";
export { signMessage } from "./sign.ts";
export { formatSchnorrSignature, isSchnorrText, parseSchnorrSignature, type SchnorrText } from "./signatureText.ts";
export { signerOfMessage, verifiesMessage } from "./verify.ts";
