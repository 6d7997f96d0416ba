import { entry } from "./entry.ts";

export const deployErrors = {
  DEPLOY_ARTIFACT_MISSING: entry<{ contract: string }>({
    status: 500,
    title: "Compiled contract is missing",
    message: (d) => `no compiled artifact of ${d.contract} was found`,
    hint: "Compile the contracts with `npm run build`, then deploy again.",
  }),
  DEPLOY_INPUT_WRONG: entry<{ what: string }>({
    status: 400,
    title: "Deployment input is wrong",
    message: (d) => `the deployment cannot start: ${d.what}`,
    hint: "Correct the consortium's founding values named here; nothing was sent to the chain.",
  }),
  DEPLOY_RPC_FAILED: entry<{ method: string; why: string }>({
    status: 502,
    title: "Chain node refused a call",
    message: (d) => `${d.method} failed: ${d.why}`,
    hint: "Check the node's address and log. A deployment cut in the middle is abandoned: start a new one.",
  }),
  DEPLOY_TIMEOUT: entry<{ step: string; seconds: number }>({
    status: 504,
    title: "Deployment step was not mined in time",
    message: (d) => `the step "${d.step}" was not mined within ${d.seconds} s`,
    hint: "Check that the chain produces blocks and accepts transactions of gas price 0, then deploy anew.",
  }),
  DEPLOY_REVERTED: entry<{ step: string; transaction: string }>({
    status: 409,
    title: "Deployment step was reverted",
    message: (d) => `the step "${d.step}" was reverted by the chain (transaction ${d.transaction})`,
    hint: "Compare the founding values with the contracts' bounds: an address may serve one member only.",
  }),
  DEPLOY_NOT_AS_PLANNED: entry<{ findings: readonly string[] }>({
    status: 500,
    title: "What was deployed is not what was planned",
    message: (d) => `the deployment does not hold what it should: ${d.findings.join("; ")}`,
    hint: "Do not use these contracts. Deploy anew, and make sure nobody else uses the deployer's key meanwhile.",
  }),
  DEPLOY_UPGRADE_REFUSED: entry<{ contract: string; findings: readonly string[] }>({
    status: 409,
    title: "An upgrade would do harm",
    message: (d) => `the new ${d.contract} cannot replace the one in use: ${d.findings.join("; ")}`,
    hint: "Correct the new version; nothing was proposed. A change of the layout that is wanted needs fields after the ones there are.",
  }),
} as const;
