import { z } from "zod";
import { type ConfigSchema, filePath, logLevel, type ResolvePath } from "../../../shared/config/index.ts";
import { isAttestorError } from "../../../shared/errors/index.ts";
import { durationBetween, integer } from "../../../shared/schema/index.ts";
import { planKeys } from "../keyPlan.ts";
import { anyKeySpecSchema } from "../keySpec.ts";

const noUser = { error: "must be the name or the number of a user" };

/** A container may have no name for the user of another one. The largest number stands for no user at all. */
const user = z.union([z.string(noUser).regex(/^[a-z_][a-z0-9_-]{0,31}$/, noUser), integer(0, 2 ** 32 - 2)]);

/** Schema of `keeper.yaml`; the annotated sample is `docs/samples/keeper.yaml`. */
export const keeperConfig = ((resolvePath: ResolvePath) =>
  z
    .strictObject({
      service: z.literal("keeper"),
      socket: filePath(resolvePath),
      daemonUser: user,
      stateFolder: filePath(resolvePath),
      sessions: integer(1, 64).default(4),
      callDeadline: durationBetween("100ms", "1m").default(5_000),
      logLevel,
      keys: z.array(anyKeySpecSchema).min(1, { error: "must list at least one" }),
    })
    .superRefine(({ keys }, context) => {
      try {
        planKeys(keys);
      } catch (error) {
        if (!isAttestorError(error, "invalid_field")) throw error;
        const { field, reason } = error.data;
        context.addIssue({ code: "custom", path: field.split("."), message: reason });
      }
    })) satisfies ConfigSchema<z.ZodType>;
export type KeeperConfig = z.output<ReturnType<typeof keeperConfig>>;
