/** The image of each part, by digest. */
export type Images = { readonly besu: string; readonly kubo: string; readonly cluster: string; readonly agent: string };
