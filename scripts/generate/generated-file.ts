/** One generated file: where it belongs in the checkout and what it must contain. */
export type GeneratedFile = { readonly path: string; readonly text: string };
