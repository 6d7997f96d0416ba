/** One metric as Prometheus sees it: kind, what it counts, label names. Units are in the name (`_seconds`, `_bytes`, `_total`). */
export type MetricDefinition = { readonly kind: "counter" | "gauge" | "histogram"; readonly help: string; readonly labels: readonly string[] };

/** Every metric of the agent. Labels take few values and never identify a person or a study. */
export const metricDefinitions = {
  fiducial_instances_stored_total: { kind: "counter", help: "Instances offered for storing, by outcome (stored, present, failed).", labels: ["outcome"] },
  fiducial_store_bytes_total: { kind: "counter", help: "Bytes of DICOM received and stored.", labels: [] },
  fiducial_store_seconds: { kind: "histogram", help: "From the first byte of an instance to its ciphertext being ready.", labels: [] },
  fiducial_retrieve_bytes_total: { kind: "counter", help: "Bytes of DICOM decrypted on the way out.", labels: [] },
  fiducial_study_reads_total: { kind: "counter", help: "Reads of a study's images by users, by the agent's part in it (custodian, holder).", labels: ["role"] },
  fiducial_studies: { kind: "gauge", help: "Studies in the catalogue, by state.", labels: ["state"] },
  fiducial_flow_seconds: { kind: "histogram", help: "Duration of flows that ended well.", labels: ["flow"] },
  fiducial_flow_failures_total: { kind: "counter", help: "Attempts of flows that failed, by error code.", labels: ["flow", "code"] },
  fiducial_fetch_bytes_total: { kind: "counter", help: "Bytes of ciphertext fetched from other members.", labels: [] },
  fiducial_keys_released_total: { kind: "counter", help: "Wrapped keys handed over to requesters, by outcome (released, refused).", labels: ["outcome"] },
  fiducial_copies_dropped_total: { kind: "counter", help: "Copies of other members' studies dropped, by reason.", labels: ["reason"] },
  fiducial_replicas_missing: { kind: "gauge", help: "Studies with fewer copies than storage.replicas asks for.", labels: [] },
  fiducial_ipfs_up: { kind: "gauge", help: "1 while this institution's Kubo and cluster peer answer and are private, 0 otherwise.", labels: [] },
  fiducial_cluster_pins: { kind: "gauge", help: "Roots on the cluster's list that some peer is late with (under_way) or has failed at (failed).", labels: ["state"] },
  fiducial_cluster_oldest_pin_seconds: { kind: "gauge", help: "Age of the oldest copy asked for and not in place yet.", labels: [] },
  fiducial_cluster_recoveries_total: { kind: "counter", help: "Roots that peers were told to try again.", labels: [] },
  fiducial_cluster_strangers: { kind: "gauge", help: "Cluster peers that are connected and that no active member has registered.", labels: [] },
  fiducial_under_replicated_studies: { kind: "gauge", help: "Own registered studies that fewer institutions keep than storage.replicas, as last counted.", labels: [] },
  fiducial_replica_bytes: { kind: "gauge", help: "Bytes of replicas kept here for another member, measured, as of its last question.", labels: ["member"] },
  fiducial_replicas_refused_total: { kind: "counter", help: "Replicas that were not taken, by the code of the refusal.", labels: ["code"] },
  fiducial_kubo_roots: { kind: "gauge", help: "Roots that this institution's Kubo keeps.", labels: [] },
  fiducial_kubo_roots_released_total: { kind: "counter", help: "Roots that this institution's Kubo no longer keeps, because nothing here and nothing on the chain asks for it.", labels: [] },
  fiducial_ledger_head_block: { kind: "gauge", help: "Newest block seen on the chain.", labels: [] },
  fiducial_ledger_head_age_seconds: { kind: "gauge", help: "Age of the newest block when it was last looked at.", labels: [] },
  fiducial_ledger_index_lag_blocks: { kind: "gauge", help: "Blocks between the chain's head and the local index.", labels: [] },
  fiducial_ledger_events_total: { kind: "counter", help: "Contract events applied to the local index.", labels: [] },
  fiducial_validators: { kind: "gauge", help: "Validators of the chain.", labels: [] },
  fiducial_validators_signing: { kind: "gauge", help: "Validators that proposed or sealed a block lately.", labels: [] },
  fiducial_validators_silent: { kind: "gauge", help: "Validators that something speaks against while the chain stands still; 0 while blocks come.", labels: [] },
  fiducial_quorum_margin: { kind: "gauge", help: "Signing validators beyond the quorum: how many may fail before the chain stands still. Below 0 it stands.", labels: [] },
  fiducial_chain_stalled_seconds: { kind: "gauge", help: "How long no block has come, once that counts as a stall; 0 while blocks come.", labels: [] },
  fiducial_node_behind_blocks: { kind: "gauge", help: "Blocks that this institution's chain node is behind the newest block any of its peers announced.", labels: [] },
  fiducial_steps_refused: { kind: "gauge", help: "Decided changes of the validators that are not voted for, because the chain would stand still.", labels: [] },
  fiducial_votes_cast_total: { kind: "counter", help: "Validator votes that this agent gave its node, by direction (add, remove).", labels: ["direction"] },
  fiducial_strangers_ejected_total: { kind: "counter", help: "Peers of the chain node that were ejected because no member has their key.", labels: [] },
  fiducial_membership_drift: { kind: "gauge", help: "Differences between the registry and a system of this institution, by system and kind (missing, surplus, stranger, unreachable, undecided).", labels: ["target", "kind"] },
  fiducial_membership_changes_total: { kind: "counter", help: "Changes made to carry membership out, by system.", labels: ["target"] },
  fiducial_membership_failures_total: { kind: "counter", help: "Rounds of membership that failed, by system and error code.", labels: ["target", "code"] },
  fiducial_outbox_window: { kind: "gauge", help: "Transactions that may be under way at once, by what the node's pool was found to take of one account.", labels: [] },
  fiducial_ledger_unknown_events: { kind: "gauge", help: "Contract events kept as they are because this version cannot read them.", labels: [] },
  fiducial_outbox_pending: { kind: "gauge", help: "Transactions recorded and not yet mined.", labels: [] },
  fiducial_blocks_free_bytes: { kind: "gauge", help: "Free bytes where blocks are kept.", labels: [] },
  fiducial_http_requests_total: { kind: "counter", help: "HTTP requests answered, by listener, method and status class.", labels: ["listener", "method", "status"] },
  fiducial_http_request_seconds: { kind: "histogram", help: "Time to answer an HTTP request.", labels: ["listener", "method"] },
  fiducial_sign_in_failures_total: { kind: "counter", help: "Failed sign-ins.", labels: [] },
} as const satisfies Readonly<Record<string, MetricDefinition>>;

export type MetricName = keyof typeof metricDefinitions;
type OfKind<Kind> = { [Name in MetricName]: (typeof metricDefinitions)[Name]["kind"] extends Kind ? Name : never }[MetricName];
export type CounterName = OfKind<"counter">;
export type GaugeName = OfKind<"gauge">;
export type HistogramName = OfKind<"histogram">;
/** Exactly the labels of a metric. */
export type LabelsOf<Name extends MetricName> = Readonly<Record<(typeof metricDefinitions)[Name]["labels"][number], string>>;
