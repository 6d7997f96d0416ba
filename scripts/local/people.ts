import { join } from "node:path";
import { newPhrase } from "../../node-agent/src/wallet/phrase.ts";
import { ApiClient } from "../journey/api-client.ts";
import type { People } from "../journey/world.ts";
import type { Layout, Seat } from "./layout.ts";
import { keptSecret, readablePassword } from "./secrets.ts";

export type Login = { readonly seat: Seat; readonly name: string; readonly password: string; readonly roles: readonly string[]; readonly patient?: { readonly patientId: string; readonly issuer: string } };

const staff: Readonly<Record<Seat["key"], Readonly<Record<string, readonly string[]>>>> = {
  a: { clinician: ["clinician"], clinician2: ["clinician"], auditor: ["auditor"], admin: ["admin"] },
  b: { clinician: ["clinician"], admin: ["admin"] },
  c: { clinician: ["clinician"], auditor: ["auditor"], admin: ["admin"] },
  regulator: { auditor: ["auditor"], admin: ["admin"] },
};

/** The accounts of the local consortium with their passwords, made on the first run and kept, readable by their owner only. */
export async function staffLogins(plan: Layout): Promise<Login[]> {
  const logins: Login[] = [];
  for (const seat of plan.seats)
    for (const [name, roles] of Object.entries(staff[seat.key])) logins.push({ seat, name, roles, password: await keptSecret(join(plan.dir, "people", `${seat.key}-${name}.password`), readablePassword) });
  return logins;
}

/** The twelve words of a patient's wallet, kept like the other secrets of the local consortium. */
export const patientPhrase = (plan: Layout, name: string): Promise<string> => keptSecret(join(plan.dir, "people", `${name}.phrase`), newPhrase);

/** The account with which the patient signs in at Hospital A. */
export async function patientLogin(plan: Layout, name: string, patient: { readonly patientId: string; readonly issuer: string }): Promise<Login> {
  const [seat] = plan.seats;
  if (seat === undefined) throw new Error("no hospital");
  return { seat, name, roles: ["patient"], password: await keptSecret(join(plan.dir, "people", `a-${name}.password`), readablePassword), patient };
}

/** Clients of the journey's people. `patient` signs in at Hospital A. */
export function signIn(logins: readonly Login[], patient: Login): People {
  const client = (key: Seat["key"], name: string) => {
    const login = logins.find((one) => one.seat.key === key && one.name === name);
    if (login === undefined) throw new Error(`no account ${name} at ${key}`);
    return new ApiClient(`http://127.0.0.1:${login.seat.clinicalPort}`, name, login.password);
  };
  return {
    clinicianA: client("a", "clinician"),
    secondClinicianA: client("a", "clinician2"),
    patientA: new ApiClient(`http://127.0.0.1:${patient.seat.clinicalPort}`, patient.name, patient.password),
    auditorA: client("a", "auditor"),
    adminA: client("a", "admin"),
    clinicianB: client("b", "clinician"),
    clinicianC: client("c", "clinician"),
    auditorC: client("c", "auditor"),
    auditorRegulator: client("regulator", "auditor"),
  };
}
