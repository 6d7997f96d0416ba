/** Branded identifiers. A value gets its brand once, where it enters the program; from there the type is the proof. */
declare const brand: unique symbol;
type Brand<Base, Name extends string> = Base & { readonly [brand]: Name };

/** 0x and 64 lower-case hex digits: 32 random bytes chosen by the custodian; says nothing about the study. */
export type StudyId = Brand<`0x${string}`, "StudyId">;
/** 0x and 64 lower-case hex digits: 32 random bytes chosen by the requester. */
export type RequestId = Brand<`0x${string}`, "RequestId">;
/** 0x and 64 lower-case hex digits: any 32-byte digest. */
export type Digest = Brand<`0x${string}`, "Digest">;
/** 0x and 40 lower-case hex digits. */
export type Address = Brand<`0x${string}`, "Address">;
/** Number given by MemberRegistry at admission, 1 and up; 0 as a consent's grantee means any Active hospital. */
export type MemberId = Brand<number, "MemberId">;
/** DICOM UID, PS3.5 section 9: at most 64 characters of digits and dots. */
export type Uid = Brand<string, "Uid">;

const hex32 = /^0x[0-9a-f]{64}$/u;
const hex20 = /^0x[0-9a-f]{40}$/u;
const uidForm = /^(?=.{1,64}$)\d+(?:\.\d+)*$/u;

function hexOf(text: string, form: RegExp, what: string): string {
  const lower = text.toLowerCase();
  if (!form.test(lower)) throw new TypeError(`not ${what}`);
  return lower;
}

/** Each of these returns the branded value in lower case or throws TypeError without repeating the input. */
export const studyId = (text: string): StudyId => hexOf(text, hex32, "a study id (0x and 64 hex digits)") as StudyId;
export const requestId = (text: string): RequestId => hexOf(text, hex32, "a request id (0x and 64 hex digits)") as RequestId;
export const digest = (text: string): Digest => hexOf(text, hex32, "a 32-byte digest (0x and 64 hex digits)") as Digest;
export const address = (text: string): Address => hexOf(text, hex20, "an address (0x and 40 hex digits)") as Address;

export function memberId(value: number): MemberId {
  if (!Number.isInteger(value) || value < 0 || value > 0xffff_ffff) throw new TypeError("not a member id (0 to 4294967295)");
  return value as MemberId;
}

/** Whether `text` has the form of a DICOM UID. Leading zeros in components are tolerated: real files contain them. */
export const isUid = (text: string): text is Uid => uidForm.test(text);
