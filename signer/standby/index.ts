export { refuseOtherHistory, refuseStandby, standbyOf, takeOver, takeOverObject } from "./standby.ts";
