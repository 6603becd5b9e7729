import { devnodeKey, openAleoAccount } from "../../../contracts/index.ts";

/** The node that `npm run test:aleo-vm` has started for all these tests. */
export function devnodeOfTheRun(): string {
  const url = process.env.ALEO_DEVNODE_URL;
  if (url === undefined) throw new Error("these tests need an Aleo node: run npm run test:aleo-vm");
  return url;
}

export function openOwner() {
  return openAleoAccount(devnodeOfTheRun(), devnodeKey);
}
