import type { Clock } from "../../shared/clock/index.ts";
import type { Logger } from "../../shared/log/index.ts";
import { createAddressApi } from "./addressApi.ts";
import { combineScreening, type Screening } from "./combine.ts";
import { createFileScreening } from "./fileScreening.ts";
import { type CallContract, createOracleScreening } from "./oracleScreening.ts";
import type { ScreeningSource } from "./screening.ts";
import type { ScreeningSettings } from "./screeningConfig.ts";

interface Parts {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Calls contracts on a chain of the configuration, by its name. */
  readonly contractsOn: (chain: string) => CallContract;
}

/** All screening sources of the configuration as one. Asks nobody yet. */
export function openScreening(settings: ScreeningSettings, parts: Parts): Screening {
  return combineScreening(settings.map((source) => openSource(source, parts)));
}

function openSource(source: ScreeningSettings[number], { clock, logger, contractsOn }: Parts): ScreeningSource {
  switch (source.kind) {
    case "list":
      return createFileScreening({ name: source.name, file: source.list }, { clock, logger });
    case "chainalysis-api":
      return createAddressApi({ ...source, timeoutMs: source.timeout }, clock);
    case "oracle":
      return createOracleScreening({ ...source, call: contractsOn(source.chain) }, clock);
  }
}
