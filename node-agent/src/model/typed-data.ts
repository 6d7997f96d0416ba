/** An EIP-712 document as wallets take it (eth_signTypedData_v4). Numbers that do not fit 53 bits are decimal strings. */
export type TypedData = {
  readonly types: Readonly<Record<string, readonly { readonly name: string; readonly type: string }[]>>;
  readonly primaryType: string;
  readonly domain: {
    readonly name: string;
    readonly version: string;
    readonly chainId: number;
    readonly verifyingContract: `0x${string}`;
  };
  readonly message: Readonly<Record<string, string | number | boolean>>;
};
