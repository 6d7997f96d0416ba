const uid = /(?<![\d.])[0-2](?:\.\d+){4,}(?![\d.])/gu;
const quoted = /"[^"]*"|'[^']*'|`[^`]*`|\u201c[^\u201d]*\u201d/gu;

/** Replaces what has the form of a DICOM UID (five components or more, so that IP addresses and versions stay readable). */
export const scrubUids = (text: string): string => text.replaceAll(uid, "[uid]");

/**
 * For messages nobody here wrote (parsers quote their input, drivers their arguments): everything in quotes and every UID is replaced,
 * the rest is cut to 200 characters.
 */
export const scrubForeign = (text: string): string => scrubUids(text.replaceAll(quoted, "[...]")).slice(0, 200);
