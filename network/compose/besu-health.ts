const block = '{"jsonrpc":"2.0","id":1,"method":"eth_getBlockByNumber","params":["latest",false]}';

/**
 * A bash script that ends with status 0 when the node at `host:port` (JSON-RPC) has so many peers by its own `/readiness`, and a newest block that is
 * younger than `maxAge` seconds. The age is asked for because a node can stand still and not know it: on an overloaded computer Besu 26.8.0
 * has locked itself up between synchronising and sealing, with all its peers, a readiness of 200, and no further block. The image has bash, and neither
 * curl nor wget; a dollar sign is written once, so a compose file needs each doubled.
 */
export const besuHealth = (host: string, port: number, minPeers: number, maxAge: number): string =>
  [
    `ask() { exec 3<>/dev/tcp/${host}/${port} && printf "$@" >&3 && { IFS= read -r -d '' answer <&3; exec 3>&-; true; }; }`,
    `ask 'GET /readiness?minPeers=${minPeers}&maxBlocksBehind=5 HTTP/1.0\\r\\nHost: localhost\\r\\n\\r\\n' && [[ $answer == HTTP/*' 200 '* ]] || exit 1`,
    `ask 'POST / HTTP/1.0\\r\\nHost: localhost\\r\\nContent-Type: application/json\\r\\nContent-Length: ${block.length}\\r\\n\\r\\n%s' '${block}' || exit 1`,
    `[[ $answer =~ '"timestamp":"'(0x[0-9a-f]+) ]] && (( EPOCHSECONDS - BASH_REMATCH[1] < ${maxAge} ))`,
  ].join("; ");
