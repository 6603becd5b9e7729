import { stringifyJson } from "../../../shared/json/index.ts";
import { attestationToWire } from "../../../shared/wire/index.ts";
import { addresses, sampleRequest } from "../../signer/samples.ts";

/** Every sequence has as many digits as this one, so that a request changes in these places only. */
const firstSequence = 1_000_000_000;
const digits = `${firstSequence}`.length;

const services = { 1: addresses.sourceService, 2: addresses.destinationService };

export type Destination = 1 | 2;

/** The packet that a load asks for, by its number. */
export function requestOf(number: number, destination: Destination) {
  const source = destination === 1 ? 2 : 1;
  return sampleRequest({
    sequence: BigInt(firstSequence + number),
    source: { chainId: BigInt(source), address: services[source] },
    destination: { chainId: BigInt(destination), address: services[destination] },
  });
}

export function sequenceText(number: number): string {
  return `${firstSequence + number}`;
}

/** An HTTP request for one attestation or a batch, written once; only the sequences in it change. */
export interface RequestForm {
  /** Its bytes for these packets. The same memory each time: it must have been sent before the next call. */
  with(numbers: readonly number[]): Uint8Array;
}

/** @param destinations of each attestation in turn; more than one makes a batch. */
export function requestForm(destinations: readonly Destination[], isBatch: boolean): RequestForm {
  const requests = destinations.map((destination) => attestationToWire(requestOf(0, destination)));
  const body = stringifyJson(isBatch ? { requests } : requests[0]);
  const path = isBatch ? "/v1/attestations/batch" : "/v1/attestations";
  const head = [
    `POST ${path} HTTP/1.1`,
    "host: 127.0.0.1",
    "content-type: application/json",
    `content-length: ${body.length}`,
  ];
  const bytes = Buffer.from(`${head.join("\r\n")}\r\n\r\n${body}`, "latin1");
  const places: number[] = [];
  const key = `"sequence":"`;
  for (let at = bytes.indexOf(key); at >= 0; at = bytes.indexOf(key, at + 1)) places.push(at + key.length);
  if (places.length !== destinations.length) throw new Error("a request must have one sequence for each packet");
  return {
    with(numbers) {
      for (const [index, place] of places.entries()) {
        bytes.write(sequenceText(numbers[index] ?? 0), place, digits, "latin1");
      }
      return bytes;
    },
  };
}
