/** Column transformer for PostgreSQL `bigint` and `numeric(20,0)`: the driver gives text, entities hold `bigint`. */
export const bigintColumn = {
  to: (value: bigint | null | undefined): string | null | undefined =>
    typeof value === 'bigint' ? value.toString() : value,
  from: (value: string | null): bigint | null => (value === null ? null : BigInt(value)),
};
