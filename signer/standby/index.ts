export { refuseStandby, standbyOf, takeOver, takeOverObject } from "./standby.ts";
