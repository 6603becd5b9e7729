export {
  filePath,
  type ListenAddress,
  listenAddress,
  logLevel,
  publicKeyPin,
  type TlsFiles,
  tlsFiles,
} from "./fields.ts";
export {
  type ConfigSchema,
  configuredService,
  loadConfig,
  parseConfig,
  type ResolvePath,
  readConfigText,
} from "./loadConfig.ts";
export { Secret, secret } from "./secret.ts";
