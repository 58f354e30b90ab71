/** gRPC status names, as the control API and Twirp use them. */
export type RpcStatus =
  | 'invalid_argument'
  | 'unauthenticated'
  | 'permission_denied'
  | 'not_found'
  | 'already_exists'
  | 'failed_precondition'
  | 'resource_exhausted'
  | 'out_of_range'
  | 'unavailable'
  | 'unimplemented'
  | 'internal';

interface ErrorKind {
  readonly httpStatus: number;
  readonly rpc: RpcStatus;
  /** When it happens and what to do; docs/errors.md mirrors this text (a test compares them). */
  readonly about: string;
}

const kinds = {
  INVALID_ARGUMENT: {
    httpStatus: 400,
    rpc: 'invalid_argument',
    about: 'A value is missing, malformed or out of its range. The message names the field and what was expected.',
  },
  SETTING_INVALID: {
    httpStatus: 500,
    rpc: 'failed_precondition',
    about: 'An environment variable has a wrong value. The message names it; change it and start again.',
  },
  PORT_TAKEN: {
    httpStatus: 500,
    rpc: 'failed_precondition',
    about: 'Another process has a port that this network needs. The message names the port and the option for others.',
  },
  TOKEN_MISSING: {
    httpStatus: 401,
    rpc: 'unauthenticated',
    about: 'No access token was sent. Send it as a Bearer token.',
  },
  TOKEN_INVALID: {
    httpStatus: 401,
    rpc: 'unauthenticated',
    about:
      'The token cannot be verified: unknown API key, wrong signature or malformed. Make a new one with a current key.',
  },
  TOKEN_EXPIRED: { httpStatus: 401, rpc: 'unauthenticated', about: 'The token is past its expiry or not valid yet.' },
  PERMISSION_DENIED: {
    httpStatus: 403,
    rpc: 'permission_denied',
    about: 'The token lacks the grant, or the caller does not own the room, that the message names.',
  },
  ROOM_UNKNOWN: { httpStatus: 404, rpc: 'not_found', about: 'The requested room does not exist.' },
  PARTICIPANT_UNKNOWN: { httpStatus: 404, rpc: 'not_found', about: 'The room has no participant of that identity.' },
  TRACK_UNKNOWN: { httpStatus: 404, rpc: 'not_found', about: 'The participant or room has no such track.' },
  SESSION_UNKNOWN: { httpStatus: 404, rpc: 'not_found', about: 'The node has no such session; it may have ended.' },
  TRANSPORT_UNKNOWN: { httpStatus: 404, rpc: 'not_found', about: 'The session has no transport of that role yet.' },
  PROJECT_UNKNOWN: { httpStatus: 404, rpc: 'not_found', about: 'There is no such project.' },
  API_KEY_UNKNOWN: { httpStatus: 404, rpc: 'not_found', about: 'There is no such API key in the project.' },
  ALLOCATION_UNKNOWN: { httpStatus: 404, rpc: 'not_found', about: 'There is no such allocation.' },
  NODE_UNKNOWN: { httpStatus: 404, rpc: 'not_found', about: 'Discovery lists no such media node.' },
  ALREADY_EXISTS: { httpStatus: 409, rpc: 'already_exists', about: 'Something of that name or id exists already.' },
  UNMUTE_NOT_ALLOWED: {
    httpStatus: 403,
    rpc: 'permission_denied',
    about: 'Remote unmute is off; enable it in the settings of the orchestrator.',
  },
  ROOM_OWNED_ELSEWHERE: {
    httpStatus: 503,
    rpc: 'unavailable',
    about: 'Another orchestrator owns the room. Connect to it, or retry when its lease has ended (5 s).',
  },
  FENCE_STALE: {
    httpStatus: 409,
    rpc: 'failed_precondition',
    about: 'A newer owner of the room has called the node. The caller must stop acting for the room.',
  },
  LEASE_UNKNOWN: { httpStatus: 404, rpc: 'not_found', about: 'The capacity lease has ended or never was.' },
  NO_CAPACITY: {
    httpStatus: 503,
    rpc: 'resource_exhausted',
    about: 'No media node has room for the demand. Add nodes or retry later.',
  },
  LIMIT_EXCEEDED: {
    httpStatus: 429,
    rpc: 'resource_exhausted',
    about: 'A bound was reached; the message names it and its setting.',
  },
  PAYLOAD_TOO_LARGE: {
    httpStatus: 413,
    rpc: 'invalid_argument',
    about: 'A message is larger than the bound that is named.',
  },
  SDP_INVALID: {
    httpStatus: 400,
    rpc: 'invalid_argument',
    about: 'The session description cannot be used; the message says why.',
  },
  CODEC_UNSUPPORTED: {
    httpStatus: 400,
    rpc: 'invalid_argument',
    about: 'The offer has no codec that can be forwarded. Offer one of those that the message lists.',
  },
  ANNOUNCEMENT_UNSIGNED: {
    httpStatus: 401,
    rpc: 'unauthenticated',
    about: 'The announcement carries no valid signature.',
  },
  ANNOUNCEMENT_REPLAYED: {
    httpStatus: 409,
    rpc: 'already_exists',
    about: 'The announcement is not newer than the last one of this node. Sign a new one with a higher sequence.',
  },
  ANNOUNCEMENT_STALE: {
    httpStatus: 400,
    rpc: 'out_of_range',
    about: 'The announcement was signed too long ago or in the future; check the clock.',
  },
  MEMBER_UNKNOWN: { httpStatus: 403, rpc: 'permission_denied', about: 'The signer is not an active member.' },
  SIGNER_KEY_MISSING: {
    httpStatus: 500,
    rpc: 'failed_precondition',
    about:
      'The chain names a signer of ours whose private key we do not have. Add the key to the file that the message names.',
  },
  HEARTBEAT_REJECTED: {
    httpStatus: 409,
    rpc: 'failed_precondition',
    about: 'The heartbeat names no live session or an old counter. Announce again.',
  },
  TLS_KEY_MISMATCH: {
    httpStatus: 401,
    rpc: 'unauthenticated',
    about: 'The peer presented another TLS key than the one that is pinned for it.',
  },
  TLS_IDENTITY_UNREADABLE: {
    httpStatus: 500,
    rpc: 'failed_precondition',
    about: 'The file with the TLS key cannot be used. Restore it, or delete it and start again to get a new key.',
  },
  EVENTS_LOST: {
    httpStatus: 410,
    rpc: 'out_of_range',
    about: 'Events after the cursor are no longer kept. List the state and watch from the start.',
  },
  DATABASE_UNAVAILABLE: {
    httpStatus: 503,
    rpc: 'unavailable',
    about: 'The database does not answer. The message names the variable that holds its URL.',
  },
  QUEUE_UNAVAILABLE: {
    httpStatus: 503,
    rpc: 'unavailable',
    about: 'Redis does not answer. The message names the variable that holds its URL.',
  },
  REGISTRY_UNAVAILABLE: {
    httpStatus: 503,
    rpc: 'unavailable',
    about: 'The registry does not answer; known nodes stay in use.',
  },
  NODE_UNAVAILABLE: { httpStatus: 503, rpc: 'unavailable', about: 'The media node does not answer in time.' },
  CHAIN_UNAVAILABLE: {
    httpStatus: 503,
    rpc: 'unavailable',
    about: 'The chain does not answer. CHROOM_RPC_URL holds the address of its endpoint.',
  },
  CHAIN_WRONG: {
    httpStatus: 500,
    rpc: 'failed_precondition',
    about: 'The endpoint serves another chain, or has no contracts of ours. The message names the setting.',
  },
  CHAIN_TOO_EARLY: {
    httpStatus: 409,
    rpc: 'failed_precondition',
    about: 'A contract refuses because a window has not ended yet. The message says when it ends.',
  },
  CONTRACT_REFUSED: {
    httpStatus: 409,
    rpc: 'failed_precondition',
    about: 'A contract refuses the call; the message names its error.',
  },
  SENDER_UNFUNDED: {
    httpStatus: 409,
    rpc: 'failed_precondition',
    about:
      "The account that sends transactions cannot pay their gas. Send some of the chain's own coin to the address in the message; settlement then goes on by itself.",
  },
  BATCH_REFUSED: {
    httpStatus: 409,
    rpc: 'failed_precondition',
    about: 'The contract refuses a batch as it is or as it stands; the message names its error. A person must look.',
  },
  BATCH_SIGNATURE_WRONG: {
    httpStatus: 409,
    rpc: 'failed_precondition',
    about: 'A batch is not signed by the key that its member had in its epoch.',
  },
  SUBMIT_WINDOW_OVER: {
    httpStatus: 409,
    rpc: 'out_of_range',
    about: 'The batch came after the submit window of its epoch and cannot be paid any more.',
  },
  FUND_TOO_SMALL: {
    httpStatus: 409,
    rpc: 'failed_precondition',
    about:
      "The orchestrator's fund does not cover the batch, or is below what a node wants before it serves new sessions. It has to add money: to a batch before its submit window ends.",
  },
  STAKE_TOO_SMALL: {
    httpStatus: 409,
    rpc: 'failed_precondition',
    about: "The node's stake does not cover the batch, or too much of it is at risk. Add stake, or settle first.",
  },
  ACCOUNT_EMPTY: {
    httpStatus: 409,
    rpc: 'failed_precondition',
    about:
      'An account of ours lacks what it must pay on the chain. The message names it, what it has and what it needs.',
  },
  INTAKE_STOPPED: {
    httpStatus: 503,
    rpc: 'unavailable',
    about:
      'The guardian has stopped deposits and submissions; the message says until when. Windows are longer by that.',
  },
  NOTHING_TO_CLAIM: {
    httpStatus: 409,
    rpc: 'failed_precondition',
    about: 'The member has earned nothing since its last claim.',
  },
  ENGINE_CLOSED: { httpStatus: 503, rpc: 'unavailable', about: 'The media engine has been closed.' },
  EPOCH_SEALED: {
    httpStatus: 409,
    rpc: 'failed_precondition',
    about: 'The batch of the epoch is sealed; a later receipt of it cannot be counted.',
  },
  RECEIPT_REFUSED: {
    httpStatus: 400,
    rpc: 'invalid_argument',
    about: 'A receipt or its grant is not valid; the message begins with the name of the fault.',
  },
  SETTLEMENT_UNAVAILABLE: {
    httpStatus: 503,
    rpc: 'unavailable',
    about: "The operator's settlement does not take receipts now; bring them again. The message names the setting.",
  },
  RECEIPTS_MISSING: {
    httpStatus: 409,
    rpc: 'failed_precondition',
    about:
      'The node serves no new sessions of an orchestrator whose receipts have not come for too long. Running media goes on.',
  },
  COSIGN_REFUSED: {
    httpStatus: 409,
    rpc: 'failed_precondition',
    about: 'The orchestrator does not sign the batch; the message begins with the name of the fault.',
  },
  SIGNER_IN_USE: {
    httpStatus: 503,
    rpc: 'failed_precondition',
    about: 'Another settlement process sends with the same key. Stop it, or give this one a key of its own.',
  },
  LEAF_FILE_UNKNOWN: {
    httpStatus: 404,
    rpc: 'not_found',
    about: 'There is no leaf file of that hash; files are kept until a day after the settlement.',
  },
  BATCH_UNKNOWN: {
    httpStatus: 404,
    rpc: 'not_found',
    about: 'This settlement has no batch of that key.',
  },
  PRIVATE_FILE_EXPOSED: {
    httpStatus: 500,
    rpc: 'failed_precondition',
    about:
      'A file with a private key can be read by others than its owner and is not used. The message names the file, its mode and the command that mends it.',
  },
  KEYSTORE_UNREADABLE: {
    httpStatus: 500,
    rpc: 'failed_precondition',
    about: 'An encrypted key file cannot be opened. The message names the file and what was expected.',
  },
  UNIMPLEMENTED: {
    httpStatus: 501,
    rpc: 'unimplemented',
    about: 'This method is known and not offered by this server.',
  },
  INTERNAL: {
    httpStatus: 500,
    rpc: 'internal',
    about: 'A fault of ours; the log has the cause under the id in the message.',
  },
} as const satisfies Record<string, ErrorKind>;

export type ErrorCode = keyof typeof kinds;

export const errorCatalog: Readonly<Record<ErrorCode, ErrorKind>> = kinds;
