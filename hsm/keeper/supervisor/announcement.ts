import { z } from "zod";
import { parseJson, stringifyJson } from "../../../shared/json/index.ts";

/**
 * What the supervisor says on a connection of its own accord: first that a keeper has been started, last how it ended or
 * why none was started. In between it passes on the keeper's lines.
 */
const announcementSchema = z.union([
  z.strictObject({ keeper: z.unknown().transform(Number).pipe(z.number().int().positive()) }),
  z.strictObject({ ended: z.string().max(500) }),
]);
export type Announcement = z.output<typeof announcementSchema>;

export function encodeAnnouncement(announcement: Announcement): string {
  return stringifyJson(announcement);
}

/** How each of them begins. Every signature passes here on its way: for none of them is a parser asked, nor an error made. */
const beginning = /^\{"(?:keeper|ended)":/;

/** @returns undefined for any other line. */
export function decodeAnnouncement(line: string): Announcement | undefined {
  if (!beginning.test(line)) return undefined;
  try {
    return announcementSchema.parse(parseJson(line));
  } catch {
    return undefined;
  }
}
