/** A leaf as it is stored and sent. */
export const packedLeafBytes = 358;
