export { createAddressApi } from "./addressApi.ts";
export { combineScreening, type Screening, type ScreeningResult } from "./combine.ts";
export { createFileScreening } from "./fileScreening.ts";
export { openScreening } from "./openScreening.ts";
export { type CallContract, createOracleScreening } from "./oracleScreening.ts";
export type { CannotTell, Finding, ScreenedAddress, ScreeningSource, SourceState } from "./screening.ts";
export { screeningProblems } from "./screeningChecks.ts";
export { type ScreeningSettings, screeningSettings } from "./screeningConfig.ts";
