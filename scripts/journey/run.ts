import type { Display } from "./display.ts";
import { deniedToB, goneAtB, grantedAndFetched } from "./steps/access.ts";
import { sameHistory } from "./steps/audit.ts";
import { attestToB, everyoneSignsIn, grantToB, revokeFromB } from "./steps/consent.ts";
import { carriedOut, proposedAndVoted } from "./steps/council.ts";
import { brakeReleased, canceledByGuardians, consentsBraked } from "./steps/guardians.ts";
import { creditEarned, creditLost, creditSoFar } from "./steps/credit.ts";
import { flagged, reviewedUnjustified } from "./steps/emergency.ts";
import { noResidue } from "./steps/no-residue.ts";
import { lostAndRecovered } from "./steps/recovery.ts";
import { becomeRegistered, storeAtA, storeRealFiles } from "./steps/store.ts";
import { verifiedByRegulator } from "./steps/verify.ts";
import type { World } from "./world.ts";

/** The whole life of a study, each outcome asserted. Throws at the first that is not as it must be; the display has it then. */
export async function runJourney(world: World, display: Display): Promise<void> {
  const { people } = world;
  display.heading("The journey of a study");
  await display.step("Everyone signs in", (report) => everyoneSignsIn(people, report));
  await display.step("The regulator compares the contracts with their source: nobody holds power but the members' Council", (report) => verifiedByRegulator(world, report));
  await display.step("A CT study arrives at Hospital A by STOW-RS", (report) => storeAtA(world, report));
  await display.step("Real files of published packages arrive at A and B", (report) => storeRealFiles(world, report));
  const study = await display.step("Encrypted, stored, replicated, registered", (report) => becomeRegistered(people.clinicianA, world.study.files, report));
  const real = await display.step("The real files too", async (report) => {
    await becomeRegistered(people.clinicianB, world.realB.files, report);
    return await becomeRegistered(people.clinicianA, world.realA.files, report);
  });
  await display.step("No trace of the patient in anything that was written", (report) => noResidue(world, report));
  // The vote stays open while the journey goes on; what the members decided takes effect near its end.
  const decision = await display.step("The members vote on a rule: proposed by A, carried by A and C against B", (report) => proposedAndVoted(world, report));
  await display.step("Another proposal is canceled: by two of three guardians, not by one", (report) => canceledByGuardians(world, report));
  await display.step("Hospital B asks: refused for lack of consent", (report) => deniedToB(world, study, report));
  await display.step("The patient consents for Hospital B: TREAT, 30 days", (report) => grantToB(world, study, report));
  const beforeDelivery = await creditSoFar(world);
  await display.step("Hospital B asks again: granted, fetched, verified", (report) => grantedAndFetched(people.clinicianB, study, "TREAT", world.study.files, report));
  await display.step("Credit changed as the rules say", (report) => creditEarned(world, beforeDelivery, report));
  await display.step("A patient on paper: consent for B by attestation", (report) => attestToB(world, real, report));
  await display.step("Hospital B fetches that study", (report) => grantedAndFetched(people.clinicianB, real, "TREAT", world.realA.files, report));
  const release = await display.step("Two of three guardians stop new consents; reading goes on", (report) => consentsBraked(world, study, report));
  await display.step("The patient revokes all the same", (report) => revokeFromB(world, study, report));
  await display.step("Hospital B's next request is refused", (report) => deniedToB(world, study, report));
  await display.step("Hospital B's copy is dropped", (report) => goneAtB(world, study, report));
  const beforeReview = await creditSoFar(world);
  const emergency = await display.step("Hospital C breaks the glass (ETREAT)", (report) => grantedAndFetched(people.clinicianC, study, "ETREAT", world.study.files, report));
  await display.step("The emergency is flagged", (report) => flagged(world, study, emergency, report));
  await display.step("The regulator reviews it: not justified", (report) => reviewedUnjustified(world, emergency, report));
  await display.step("Hospital C's credit falls", (report) => creditLost(world, beforeReview, report));
  await display.step("The regulator lists the same history as Hospital A", (report) => sameHistory(world, study, report));
  await display.step("Hospital B loses its disk and comes back from its keyring", (report) => lostAndRecovered(world, report));
  await display.step("The members release the brake by vote", (report) => brakeReleased(world, release, report));
  await display.step("The members' decision takes effect, and nobody has more power than before", (report) => carriedOut(world, decision, report));
  await display.step("Still no trace of any patient", (report) => noResidue(world, report));
}
