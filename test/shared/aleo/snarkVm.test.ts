import { compareWithSnarkVm } from "./compareWithSnarkVm.ts";

compareWithSnarkVm({ packets: 100, values: 100, bitStrings: 60, addresses: 60, accounts: 20 });
