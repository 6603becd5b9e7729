/** @typedef {import("./graph.mjs").Import} Import */

const allRooms = ["shared", "hsm", "signer", "chain", "collector", "cli", "certs", "contracts", "scripts"];

/**
 * Which rooms a room may import: the table of the design, §3. Tests may import anything, and nobody tests.
 *
 * @type {Record<string, readonly string[]>}
 */
const mayImport = {
  shared: [],
  contracts: [],
  hsm: ["shared"],
  signer: ["shared", "hsm"],
  chain: ["shared"],
  collector: ["shared"],
  certs: ["shared"],
  cli: allRooms,
  scripts: allRooms,
};

/**
 * @param {readonly Import[]} imports
 * @returns {string[]} a sentence for each import that breaks the rule and for each circle; a type, which is erased before
 * the code runs, closes none
 */
export function findViolations(imports) {
  const ours = imports.filter((edge) => edge.isFile);
  return [...ours.flatMap(violationOf), ...findCircles(ours.filter((edge) => edge.kind !== "type"))];
}

/**
 * @param {Import} edge
 * @returns {string[]}
 */
function violationOf({ from, to }) {
  const [fromRoom, toRoom] = [roomOf(from), roomOf(to)];
  if (fromRoom === toRoom || fromRoom === "test" || fromRoom === "") return [];
  const allowed = mayImport[fromRoom];
  if (allowed === undefined) return [`${from}: ${fromRoom}/ is not a room; name it in scripts/importRule.mjs`];
  if (!allowed.includes(toRoom))
    return [`${from} imports ${to}: ${fromRoom} may import ${allowed.join(", ") || "no room"}`];
  return isDoor(to) ? [] : [`${from} imports ${to}, which is behind the door (index.ts) of ${toRoom}`];
}

/** @param {string} path relative to the root */
function roomOf(path) {
  return path.includes("/") ? path.slice(0, path.indexOf("/")) : "";
}

/**
 * A room has one door; `shared`, which is a set of small libraries, has one for each of its folders, and `hsm` a second one
 * for provisioning, which loads a vendor's module and so must not stand behind the daemon's door.
 *
 * @param {string} path relative to the root
 */
function isDoor(path) {
  return /^[^/]+\/index\.ts$|^shared\/[^/]+\/index\.ts$|^hsm\/provisioning\/index\.ts$/.test(path);
}

/**
 * @param {readonly Import[]} imports
 * @returns {string[]} a sentence for each import that closes a circle
 */
function findCircles(imports) {
  /** @type {Map<string, Set<string>>} */
  const next = new Map();
  for (const { from, to } of imports) next.set(from, (next.get(from) ?? new Set()).add(to));
  /** @type {string[]} */
  const circles = [];
  const finished = new Set();
  /**
   * @param {string} file
   * @param {readonly string[]} path the files that lead here
   */
  const visit = (file, path) => {
    const seenAt = path.indexOf(file);
    if (seenAt >= 0) circles.push(`imports in a circle: ${[...path.slice(seenAt), file].join(" → ")}`);
    if (seenAt >= 0 || finished.has(file)) return;
    for (const target of next.get(file) ?? []) visit(target, [...path, file]);
    finished.add(file);
  };
  for (const file of next.keys()) visit(file, []);
  return circles;
}
