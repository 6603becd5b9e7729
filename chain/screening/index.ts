export { createFileScreening } from "./fileScreening.ts";
export type { ScreenedAddress, Screening, ScreeningAnswer } from "./screening.ts";
