import { startSupervisor } from "../../hsm/index.ts";
import { serviceCommand } from "./service.ts";

export const keeper = serviceCommand("keeper", "run the keepers' supervisor under their own user", startSupervisor);
