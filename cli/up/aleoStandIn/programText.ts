/** The part of a bridge program's text that its readers look at, as a node prints it: structs and mappings. */
export function bridgeProgram(program: string): string {
  const structs = {
    AleoProgram: ["chain_id as u128", "addr as address"],
    ForeignContract: ["chain_id as u128", "addr as [u8; 32u32]"],
    OutTokenMessage: [
      "sender_address as address",
      "dest_token_address as [u8; 32u32]",
      "amount as u128",
      "receiver_address as [u8; 32u32]",
    ],
    OutPacket: [
      "version as u8",
      "sequence as u64",
      "source as AleoProgram",
      "destination as ForeignContract",
      "message as OutTokenMessage",
      "height as u64",
    ],
    PacketId: ["chain_id as u128", "sequence as u64"],
  };
  const mappings = {
    out_packets: ["PacketId", "OutPacket"],
    sequences: ["u128", "u64"],
    in_packet_consumed: ["PacketId", "boolean"],
  };
  return [
    `program ${program};`,
    ...Object.entries(structs).map(([name, members]) => `struct ${name}:\n${members.map(indented).join("\n")}`),
    ...Object.entries(mappings).map(
      ([name, [key, value]]) =>
        `mapping ${name}:\n${indented(`key as ${key}.public`)}\n${indented(`value as ${value}.public`)}`,
    ),
  ].join("\n\n");
}

function indented(line: string): string {
  return `    ${line};`;
}
