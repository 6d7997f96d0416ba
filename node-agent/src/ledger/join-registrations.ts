import { decodeValues, encodeCall } from "./abi-codec.ts";
import { functionOf } from "./contracts.ts";
import type { CallJoiner } from "./courier.ts";
import { asText } from "./values.ts";

const register = functionOf("studyRegistry", "register");

/**
 * Registrations of studies that wait at once go as one `registerBatch`: a ward's evening worth of studies in one transaction. The contract takes 200; with half of that a
 * transaction stays well below the gas that one may use (EIP-7825).
 */
export const registrationsTogether: CallJoiner = {
  kinds: new Set(["registerStudy"]),
  most: 100,
  join(calls) {
    const [first] = calls;
    if (first === undefined) throw new TypeError("no calls to join");
    const all = calls.map(({ data }) => decodeValues(register.inputs ?? [], `0x${data.slice(10)}`));
    const column = (name: string): string[] => all.map((values) => asText(values[name]));
    return { kind: "registerBatch", to: first.to, data: encodeCall("studyRegistry", "registerBatch", [column("studyId"), column("patient"), column("root")]) };
  },
};
